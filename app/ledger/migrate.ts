/** Brings a database to the shape that this version needs. One set of migrations, run by kysely, for both databases. */
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Kysely, PostgresDialect, SqliteDialect, sql } from 'kysely';
import { Migrator } from 'kysely/migration';
import type pg from 'pg';
import { BotError, messageOf } from '../../src/index.ts';
import { jobs } from './migrations/0001-jobs.ts';
import { reports } from './migrations/0002-reports.ts';
import { pages } from './migrations/0003-pages.ts';
import { notes } from './migrations/0004-notes.ts';
import { deepPages } from './migrations/0005-deep-pages.ts';
import { elsewhere } from './migrations/0006-elsewhere.ts';
import { supersededLanes } from './migrations/0007-superseded-lanes.ts';
import type { Dialect } from './sql.ts';

const MIGRATIONS: Readonly<Record<string, (dialect: Dialect) => readonly string[]>> = {
  '0001-jobs': jobs,
  '0002-reports': reports,
  '0003-pages': pages,
  '0004-notes': notes,
  '0005-deep-pages': deepPages,
  '0006-elsewhere': elsewhere,
  '0007-superseded-lanes': supersededLanes,
};

/** Migrates Postgres; kysely holds a lock there, so that several processes may start at once. */
export async function migratePostgres(pool: pg.Pool, dialect: Dialect): Promise<void> {
  await migrate(new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) }), dialect);
}

/** Migrates the file of a SQLite database. */
export async function migrateSqlite(file: string, dialect: Dialect): Promise<void> {
  // kysely has no lock for SQLite. The kernel frees this one when we are killed.
  const lock = new DatabaseSync(path.join(path.dirname(file), 'migration.lock'), { timeout: 30_000 });
  lock.exec('begin exclusive');
  const database = new DatabaseSync(file, { timeout: 5000 });
  try {
    await migrate(new Kysely<unknown>({ dialect: new SqliteDialect({ database: betterSqlite(database) }) }), dialect);
  } finally {
    database.close();
    lock.exec('rollback');
    lock.close();
  }
}

async function migrate(database: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const migrations = Object.entries(MIGRATIONS).map(([name, statements]) => [
    name,
    {
      up: async (into: Kysely<unknown>) => {
        for (const statement of statements(dialect)) await sql.raw(statement).execute(into);
      },
    },
  ]);
  const provider = { getMigrations: async () => Object.fromEntries(migrations) };
  const { error } = await new Migrator({ db: database, provider }).migrateToLatest();
  if (error === undefined) return;
  throw new BotError('SERVICE_UNAVAILABLE', `the ledger cannot be brought up to date: ${messageOf(error)}.`, {
    // Who is not reached has run no newer version.
    ...(isUnreached(error)
      ? {}
      : { hint: 'A newer version may have run on this database: go back to it, or start with an empty one.' }),
    cause: error,
  });
}

/** Whether no database answered: Node's codes, such as ECONNREFUSED, EAI_AGAIN and ETIMEDOUT. */
function isUnreached(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^E[A-Z_]+$/.test(code);
}

// What kysely asks of better-sqlite3, by node:sqlite.
function betterSqlite(database: DatabaseSync) {
  return {
    close: () => {},
    prepare(text: string) {
      const statement = database.prepare(text);
      const values = (parameters: readonly unknown[]) => parameters.map((value) => value as string | number | null);
      return {
        reader: statement.columns().length > 0,
        all: (parameters: readonly unknown[]) => statement.all(...values(parameters)),
        run: (parameters: readonly unknown[]) => statement.run(...values(parameters)),
        iterate: (parameters: readonly unknown[]) => statement.iterate(...values(parameters)),
      };
    },
  };
}
