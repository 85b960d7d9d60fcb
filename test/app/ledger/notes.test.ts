import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe } from 'vitest';
import { type LedgerPlace, type OpenLedger, openLedger } from '../../../app/ledger/open.ts';
import { noPostgres, skipped, startPostgres } from '../../doubles/servers.ts';
import { noteStoreContract } from '../../ports/note-store.contract.ts';

function opened(place: LedgerPlace, end: () => Promise<void> | void) {
  const ledgers: OpenLedger[] = [];
  return {
    async open() {
      const ledger = openLedger(place, { leaseMs: 30_000, worker: 'test' });
      ledgers.push(ledger);
      await ledger.migrate();
      return ledger.notes;
    },
    async close() {
      await Promise.all(ledgers.map((ledger) => ledger.close()));
      await end();
    },
  };
}

noteStoreContract('SQLite', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'glb notes '));
  return opened({ folder }, () => rmSync(folder, { recursive: true, force: true }));
});

describe.skipIf(skipped(noPostgres))('with a server', () => {
  noteStoreContract('Postgres', async () => {
    const server = await startPostgres();
    return opened({ url: server.url }, server.close);
  });
});
