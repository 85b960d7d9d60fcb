/** Rings through Postgres: NOTIFY, heard by every worker that listens. */
import pg from 'pg';
import type { Dispatcher, JobId } from '../../src/index.ts';

const CHANNEL = 'glb_job';
// One NOTIFY at a time: Postgres takes a lock for each commit with one. [postgresql.org/docs/15/sql-notify.html]
const GATHER_MS = 5;
// Workers take the best jobs there are; the one that is named is for whoever finds none.
const IDS_AT_ONCE = 1;
const RECONNECT_MS = 500;
const CONNECT_TIMEOUT_MS = 2000;

/** The dispatcher of a database. */
export function notifyDispatcher(url: string): Dispatcher {
  const pool = new pg.Pool({
    connectionString: url,
    max: 1,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: CONNECT_TIMEOUT_MS,
    application_name: 'glb-optimizer ring',
    // A NOTIFY commits, and would wait for the disk; after a crash nobody is there who could have heard it.
    onConnect: async (client) => void (await client.query('set synchronous_commit = off').catch(() => {})),
  });
  pool.on('error', () => {});
  let gathered: JobId[] = [];
  let sending: Promise<void> | undefined;
  let last: Promise<void> = Promise.resolve();
  let isClosed = false;
  let listener: pg.Client | undefined;
  let retry: NodeJS.Timeout | undefined;

  async function send(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, GATHER_MS));
    const ids = gathered;
    gathered = [];
    sending = undefined;
    await pool.query('select pg_notify($1, $2)', [CHANNEL, ids.slice(0, IDS_AT_ONCE).join(' ')]);
  }

  async function connect(wake: (id?: JobId) => Promise<void>): Promise<void> {
    const client = new pg.Client({
      connectionString: url,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      keepAlive: true,
      application_name: 'glb-optimizer ear',
    });
    const again = () => {
      if (isClosed || listener !== client) return;
      listener = undefined;
      client.end().catch(() => {});
      retry = setTimeout(() => void connect(wake), RECONNECT_MS);
    };
    listener = client;
    client.on('error', again);
    client.on('end', again);
    client.on('notification', ({ payload }) => {
      // A worker takes as many as it has slots for: it needs no call for each.
      const [id = ''] = (payload ?? '').split(' ');
      void wake(id === '' ? undefined : id).catch(() => {});
    });
    try {
      await client.connect();
      await client.query(`listen ${CHANNEL}`);
      // What was rung while nobody listened.
      void wake().catch(() => {});
    } catch {
      again();
    }
  }

  return {
    async ring(ids) {
      gathered.push(...ids);
      // After the one that is under way: what comes meanwhile is rung for together.
      if (sending === undefined) {
        sending = last.catch(() => {}).then(send);
        last = sending;
      }
      await sending;
    },
    listen: (wake) => connect(wake),
    async close() {
      isClosed = true;
      clearTimeout(retry);
      await listener?.end().catch(() => {});
      await pool.end();
    },
  };
}
