import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe } from 'vitest';
import { openLedger } from '../../../app/ledger/open.ts';
import { noPostgres, skipped, startPostgres } from '../../doubles/servers.ts';
import { jobLedgerContract } from '../../ports/job-ledger.contract.ts';

jobLedgerContract('SQLite', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'glb ledger '));
  return {
    open: async (leaseMs, worker = 'test') => {
      const ledger = openLedger({ folder }, { leaseMs, worker });
      await ledger.migrate();
      return ledger;
    },
    close: async () => rmSync(folder, { recursive: true, force: true }),
  };
});

describe.skipIf(skipped(noPostgres))('with a server', () => {
  jobLedgerContract('Postgres', async () => {
    const server = await startPostgres();
    return {
      open: async (leaseMs, worker = 'test') => {
        const ledger = openLedger({ url: server.url }, { leaseMs, worker });
        await ledger.migrate();
        return ledger;
      },
      close: server.close,
    };
  });
});
