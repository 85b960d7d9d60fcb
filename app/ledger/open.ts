/** Opens the ledger that the settings ask for: SQLite in a folder, or Postgres. */
import path from 'node:path';
import type {
  JobBoard,
  JobLedger,
  NoteStore,
  ReportStore,
  ResultStore,
  ReviewDesk,
  UploadShelf,
} from '../../src/index.ts';
import { sqlDesk } from './desk.ts';
import { sqlBoard } from './job-board.ts';
import { type LedgerOptions, sqlLedger } from './job-ledger.ts';
import { migratePostgres, migrateSqlite } from './migrate.ts';
import { sqlNotes } from './notes.ts';
import { openPostgres } from './postgres-sql.ts';
import { sqlReports } from './reports.ts';
import { sqlResults } from './results.ts';
import { type Ages, forget } from './retention.ts';
import { openSqlite } from './sqlite-sql.ts';
import { sqlUploads } from './uploads.ts';

/** All faces of one database. */
export interface OpenLedger {
  readonly kind: 'sqlite' | 'postgres';
  readonly jobs: JobLedger;
  readonly board: JobBoard;
  readonly desk: ReviewDesk;
  readonly notes: NoteStore;
  readonly results: ResultStore;
  readonly reports: ReportStore;
  readonly uploads: UploadShelf;
  /** Brings tables up to date; throws while the database does not answer. */
  migrate(): Promise<void>;
  /** Deletes old jobs, reports and results; gives how many. */
  forget(ages: Ages): Promise<number>;
  /** Throws while the database does not answer. */
  ping(): Promise<unknown>;
  close(): Promise<void>;
}

/** Where the ledger is. */
export type LedgerPlace = { readonly url: string; readonly connectionCount?: number } | { readonly folder: string };

/** Opens it; asks the database for nothing yet. */
export function openLedger(place: LedgerPlace, options: LedgerOptions): OpenLedger {
  if ('url' in place) {
    const sql = openPostgres(place);
    return { ...faces(sql, options), migrate: () => migratePostgres(sql.pool, sql.dialect) };
  }
  const file = path.join(place.folder, 'ledger.sqlite');
  const sql = openSqlite(file);
  return { ...faces(sql, options), migrate: () => migrateSqlite(file, sql.dialect) };
}

function faces(sql: ReturnType<typeof openSqlite> | ReturnType<typeof openPostgres>, options: LedgerOptions) {
  return {
    kind: sql.dialect.name,
    jobs: sqlLedger(sql, options),
    board: sqlBoard(sql),
    desk: sqlDesk(sql),
    notes: sqlNotes(sql),
    results: sqlResults(sql),
    reports: sqlReports(sql),
    uploads: sqlUploads(sql),
    forget: (ages: Ages) => forget(sql, ages),
    ping: () => sql.run('select 1'),
    close: () => sql.close(),
  };
}
