/** The embedded database: `node:sqlite`, one file, several processes, every commit on the disk before it counts. */
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { Dialect, Row, Sql, SqlValue } from './sql.ts';

const SQLITE: Dialect = {
  name: 'sqlite',
  now: "cast(unixepoch('subsec') * 1000 as integer)",
  skipLocked: '',
  serial: 'integer primary key autoincrement',
  greatest: 'max',
  rowsOf: (place, columns) =>
    `(select ${columns.map(([name]) => `value ->> '${name}' as ${name}`).join(', ')} from json_each(${place}))`,
  isOneOf: (column, place) => `${column} in (select value from json_each(${place}))`,
  listOf: (texts) => JSON.stringify(texts),
  numberIn: (column, path) => `json_extract(${column}, '$.${path.join('.')}')`,
};

// Another process holds the write lock for milliseconds; longer means that it is stopped, or the disk is.
const BUSY_TIMEOUT_MS = 5000;

/** A SQLite database, and the handle that migrations work on. */
export interface SqliteSql extends Sql {
  readonly database: DatabaseSync;
}

/** Opens or creates the file. */
export function openSqlite(file: string): SqliteSql {
  const database = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS });
  // FULL: what was answered with "accepted" survives a power cut.
  database.exec('pragma journal_mode = wal; pragma synchronous = full');
  // Syncing claims and heartbeats as well would cost four syncs a job in place of one.
  const soft = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS });
  soft.exec('pragma synchronous = normal');
  const execute = preparedOn(database);
  const executeSoft = preparedOn(soft);
  // One after the other: nobody joins a transaction, and our two connections never wait for each other.
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => T | Promise<T>): Promise<T> => {
    const mine = last.then(work);
    last = mine.catch(() => {});
    return mine;
  };
  return {
    dialect: SQLITE,
    database,
    run: (text, values) => inTurn(() => execute(text, values)),
    // It plans each statement once in any case.
    runKept: (text, values) => inTurn(() => execute(text, values)),
    runSoft: (text, values) => inTurn(() => executeSoft(text, values)),
    transaction: (work) =>
      inTurn(async () => {
        database.exec('begin immediate');
        try {
          const result = await work(async (text, values) => execute(text, values));
          database.exec('commit');
          return result;
        } catch (thrown) {
          database.exec('rollback');
          throw thrown;
        }
      }),
    close: () =>
      inTurn(() => {
        soft.close();
        database.close();
      }),
  };
}

function preparedOn(database: DatabaseSync): (text: string, values?: readonly SqlValue[]) => readonly Row[] {
  const statements = new Map<string, StatementSync>();
  return (text, values = []) => {
    let statement = statements.get(text);
    if (statement === undefined) {
      // `?1` is a numbered parameter; `$1` would be a named one.
      statement = database.prepare(text.replace(/\$(\d+)/g, '?$1'));
      statements.set(text, statement);
    }
    return statement.all(...values);
  };
}
