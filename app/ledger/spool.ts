/**
 * Accepts while the ledger is down: jobs wait in a file of their own until it is back. The file is a SQLite database,
 * so that every job is on the disk before it counts, several processes may share it, and a drain that is killed in the
 * middle leaves what it did not hand over. Handing over twice is harmless: the ledger knows the key.
 */
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type Accepted, BotError, type JobLedger, messageOf, type NewJob } from '../../src/index.ts';
import { gather } from './gather.ts';

/** A spool before a ledger. */
export interface Spool {
  /** Into the ledger, or onto the disk when it does not answer. */
  accept(jobs: readonly NewJob[]): Promise<readonly Accepted[]>;
  /** Hands over what waits; gives how many jobs went. Throws what the ledger throws. */
  drain(): Promise<readonly Accepted[]>;
  /** Jobs on the disk, and since when the ledger has not answered. */
  state(): { readonly waitingCount: number; readonly downSinceMs: number | null; readonly lastError: string | null };
  close(): void;
}

/** The ledger behind the spool; `ping` throws when it does not answer. */
export interface SpooledLedger extends Pick<JobLedger, 'accept'> {
  ping(): Promise<unknown>;
}

/** How long the ledger may take, in milliseconds. */
export interface SpoolOptions {
  readonly acceptTimeoutMs: number;
  /** The work, or an error when it takes longer. */
  readonly within: <T>(timeoutMs: number, work: Promise<T>) => Promise<T>;
}

const DRAIN_BATCH = 100;
const STORE_BATCH = 1000;

/** Opens the spool in a folder. */
export function openSpool(folder: string, ledger: SpooledLedger, { acceptTimeoutMs, within }: SpoolOptions): Spool {
  const database = new DatabaseSync(path.join(folder, 'spool.sqlite'), { timeout: 5000 });
  database.exec(
    `pragma journal_mode = wal; pragma synchronous = full;
     create table if not exists spooled (id integer primary key autoincrement, key text not null unique, job text not null, error text)`,
  );
  const add = database.prepare('insert into spooled (key, job) values (?, ?) on conflict (key) do nothing');
  const next = database.prepare('select id, job from spooled where id > ? order by id limit ?');
  const remove = database.prepare('delete from spooled where id = ?');
  const blame = database.prepare('update spooled set error = ? where id = ?');
  const count = database.prepare('select count(*) as n from spooled');
  let downSinceMs: number | null = null;
  let lastError: string | null = null;

  const up = () => {
    downSinceMs = null;
    lastError = null;
  };
  const down = (thrown: unknown) => {
    downSinceMs ??= Date.now();
    lastError = messageOf(thrown);
  };
  const inOne = <T>(work: () => T): T => {
    database.exec('begin immediate');
    try {
      const result = work();
      database.exec('commit');
      return result;
    } catch (thrown) {
      if (database.isTransaction) database.exec('rollback');
      throw thrown;
    }
  };
  // The disk is asked once for all that come together: a sync for each would keep whoever comes next waiting for all of them.
  const store = gather<readonly NewJob[], readonly Accepted[]>(async (calls) => {
    try {
      return inOne(() =>
        calls.map((jobs) =>
          jobs.map((job): Accepted => {
            const isNew = add.run(job.key, JSON.stringify(job)).changes > 0;
            return { outcome: isNew ? 'accepted' : 'already-known', id: null };
          }),
        ),
      );
    } catch (cause) {
      throw new BotError('SERVICE_UNAVAILABLE', `neither the ledger nor the spool takes jobs: ${messageOf(cause)}`, {
        cause,
      });
    }
  }, STORE_BATCH);

  /** Together, or one by one: a job that the ledger never takes must not keep the others waiting. */
  async function handOver(
    spooled: readonly { readonly id: number; readonly job: NewJob }[],
  ): Promise<readonly Accepted[]> {
    if (spooled.length === 0) return [];
    try {
      const accepted = await ledger.accept(spooled.map(({ job }) => job));
      inOne(() => {
        for (const { id } of spooled) remove.run(id);
      });
      return accepted;
    } catch (thrown) {
      // Its own fault only if the ledger answers everybody else.
      await ledger.ping();
      const [first] = spooled;
      if (spooled.length === 1 && first !== undefined) {
        blame.run(messageOf(thrown), first.id);
        return [];
      }
      const accepted: Accepted[] = [];
      for (const one of spooled) accepted.push(...(await handOver([one])));
      return accepted;
    }
  }

  return {
    async accept(jobs) {
      // While it is known to be down, nobody waits for it; the drain finds out when it is back.
      if (downSinceMs !== null) return store(jobs);
      try {
        return await within(acceptTimeoutMs, ledger.accept(jobs));
      } catch (thrown) {
        // The ledger may have them all the same; then the drain brings them a second time.
        down(thrown);
        return store(jobs);
      }
    },

    async drain() {
      const accepted: Accepted[] = [];
      try {
        await ledger.ping();
        for (let after = 0; ; ) {
          const rows = next.all(after, DRAIN_BATCH);
          accepted.push(
            ...(await handOver(rows.map((row) => ({ id: Number(row.id), job: JSON.parse(String(row.job)) })))),
          );
          if (rows.length < DRAIN_BATCH) break;
          after = Number(rows.at(-1)?.id);
        }
      } catch (thrown) {
        down(thrown);
        throw thrown;
      }
      up();
      return accepted;
    },

    state: () => ({ waitingCount: Number(count.get()?.n ?? 0), downSinceMs, lastError }),
    close: () => database.close(),
  };
}
