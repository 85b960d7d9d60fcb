/** The databases that a ledger may be in, for suites that run on each. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type LedgerPlace, type OpenLedger, openLedger } from '../../app/ledger/open.ts';
import { noPostgres, startPostgres } from './servers.ts';

/** A database for one suite; `open` gives another process's view of it, with tables. */
export interface TestDatabase {
  readonly open: (leaseMs: number, worker?: string) => Promise<OpenLedger>;
  readonly close: () => Promise<void>;
}

/** Name, why it cannot run here (undefined where it can), and how it starts. */
export const DATABASES: readonly (readonly [string, string | undefined, () => Promise<TestDatabase>])[] = [
  ['SQLite', undefined, startSqlite],
  ['Postgres', noPostgres, startServer],
];

async function startSqlite(): Promise<TestDatabase> {
  const folder = mkdtempSync(path.join(tmpdir(), 'glb ledger '));
  return { open: opener({ folder }), close: async () => rmSync(folder, { recursive: true, force: true }) };
}

async function startServer(): Promise<TestDatabase> {
  const server = await startPostgres();
  return { open: opener({ url: server.url }), close: server.close };
}

function opener(place: LedgerPlace): TestDatabase['open'] {
  return async (leaseMs, worker = 'test') => {
    const ledger = openLedger(place, { leaseMs, worker });
    await ledger.migrate();
    return ledger;
  };
}
