/** Postgres by `pg`. */
import { createHash } from 'node:crypto';
import pg from 'pg';
import type { Dialect, Sql, SqlValue } from './sql.ts';

const POSTGRES: Dialect = {
  name: 'postgres',
  now: '(extract(epoch from clock_timestamp()) * 1000)::bigint',
  skipLocked: 'for update skip locked',
  serial: 'bigint generated always as identity primary key',
  greatest: 'greatest',
  rowsOf: (place, columns) =>
    `(select * from json_to_recordset(${place}::json) as given (${columns.map((column) => column.join(' ')).join(', ')}))`,
  isOneOf: (column, place) => `${column} = any(${place}::text[])`,
  // [postgresql.org/docs/15/arrays.html#ARRAYS-IO]
  listOf: (texts) => `{${texts.map((text) => `"${text.replace(/["\\]/g, '\\$&')}"`).join(',')}}`,
  // Not by its JSON functions: they refuse a text with \u0000 anywhere. Inside a text, a quote has a backslash before it.
  numberIn: (column, path) => `substring(${column} from '"${path.at(-1)}":([0-9]+)')::bigint`,
};

// Without them a server that is frozen, or a cable that is cut, would hang whoever asks.
const CONNECT_TIMEOUT_MS = 2000;
const QUERY_TIMEOUT_MS = 10_000;
// Beside those of `connectionCount`; accepting needs one at a time, and others while workers hand in the parts of their work.
const KEPT_COUNT = 4;
// bigint: row numbers and milliseconds, far below 2^53.
const BIGINT_OID = 20;

/** How a pool is opened. */
export interface PostgresOptions {
  readonly url: string;
  readonly connectionCount?: number;
  readonly queryTimeoutMs?: number;
}

/** Opens a pool; connections are made when they are needed. */
export function openPostgres({ url, connectionCount = 10, queryTimeoutMs = QUERY_TIMEOUT_MS }: PostgresOptions): Sql & {
  readonly pool: pg.Pool;
} {
  const types = {
    getTypeParser: (oid: number, format?: 'text' | 'binary') =>
      oid === BIGINT_OID ? Number : pg.types.getTypeParser(oid, format),
  };
  const open = (max: number, onConnect: string): pg.Pool => {
    const pool = new pg.Pool({
      connectionString: url,
      max,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      query_timeout: queryTimeoutMs,
      keepAlive: true,
      application_name: 'glb-optimizer',
      types,
      onConnect: async (client) => {
        // In use, a connection has no listener of the pool: its death is told by the query, and must not end the process.
        client.on('error', () => {});
        await client.query(onConnect).catch(() => {});
      },
    });
    // An idle connection that dies tells the pool, which would end the process without a listener. The next query makes a new one.
    pool.on('error', () => {});
    return pool;
  };
  // A plan that is kept was made for the table as it was: on a new ledger an empty one, which is read from end to end.
  const pool = open(connectionCount, 'set plan_cache_mode = force_custom_plan');
  // Here it never is: planning an insert takes Postgres longer than inserting.
  const kept = open(KEPT_COUNT, 'set plan_cache_mode = force_generic_plan; set enable_seqscan = off');
  const runOn =
    (on: pg.Pool): Sql['run'] =>
    async (text, values = []) =>
      (await on.query(prepared(text, values))).rows;
  const run = runOn(pool);
  return {
    dialect: POSTGRES,
    pool,
    run,
    runSoft: run,
    runKept: runOn(kept),
    async transaction(work) {
      const client = await pool.connect();
      let broken: Error | undefined;
      try {
        await client.query('begin');
        const result = await work(async (text, values = []) => (await client.query(prepared(text, values))).rows);
        await client.query('commit');
        return result;
      } catch (thrown) {
        await client.query('rollback').catch((cause: Error) => {
          broken = cause;
        });
        throw thrown;
      } finally {
        client.release(broken);
      }
    },
    close: async () => void (await Promise.all([pool.end(), kept.end()])),
  };
}

const names = new Map<string, string>();

// Named, so that the server plans each text once for each connection.
function prepared(text: string, values: readonly SqlValue[]): { name: string; text: string; values: SqlValue[] } {
  let name = names.get(text);
  if (name === undefined) {
    name = createHash('sha256').update(text).digest('hex').slice(0, 24);
    names.set(text, name);
  }
  return { name, text, values: [...values] };
}
