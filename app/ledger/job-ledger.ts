/** The ledger of jobs in portable SQL. Every statement stands alone: whoever is killed between two of them is mended by `tend`. */
import { randomUUID } from 'node:crypto';
import type { Accepted, Claim, JobId, JobLedger, NewJob } from '../../src/index.ts';
import { sqlAccepting } from './accepting.ts';
import { gather } from './gather.ts';
import { OPEN, sqlLanes } from './lanes.ts';
import { settlement } from './settlement.ts';
import { jsonOf, numberOf, places, type Row, type Sql, type SqlValue } from './sql.ts';

/** How a ledger hands out jobs. */
export interface LedgerOptions {
  /** How long a claim holds without being renewed, in milliseconds. */
  readonly leaseMs: number;
  /** Who claims; shown on pages. */
  readonly worker: string;
}

// Postgres takes 65,535 parameters in a statement, SQLite 32,766.
const BATCH_SIZE = 200;
// Enough to wake workers that sleep; those that work find the rest by themselves.
const RUNG_AGAIN = 20;
const COLUMNS = 'id, key, kind, lane, grp, priority, payload, attempt, max_attempts, token, memo';
// Others look every half second, and are rung again after three.
const ELSEWHERE_MS = 5000;
const FREE = 'token = null, lease_until = null, worker = null';

/** The ledger in a database. */
export function sqlLedger(sql: Sql, { leaseMs, worker }: LedgerOptions): JobLedger {
  const { now, skipLocked, greatest } = sql.dialect;
  const runKept: Sql['run'] = (text, values) => retried(() => sql.runKept(text, values));
  // All but accepting happens again when it is undone: a job that is claimed twice is fenced, and its effect finds itself.
  const run: Sql['run'] = (text, values) => retried(() => sql.runSoft(text, values));
  const lanes = sqlLanes({ run, runKept }, sql.dialect);
  const acceptBatch = sqlAccepting({ run, runKept }, sql.dialect, lanes);
  // In a subselect Postgres cannot tell the type of a parameter by the column.
  const isPostgres = sql.dialect.name === 'postgres';
  const textOf = (place: string) => (isPostgres ? `${place}::text` : place);
  const bigOf = (place: string) => (isPostgres ? `${place}::bigint` : place);

  /** Parents whose children are all final go on. */
  async function wakeParents(which: string, values: readonly SqlValue[]): Promise<readonly Row[]> {
    return run(
      `update job set state = 'queued', ready_at = ${now}
       where ${which} and state = 'waiting' and not exists (
         select 1 from job child where child.parent = job.id and child.state in ${OPEN}) returning id`,
      values,
    );
  }

  const acceptOne = gather<NewJob, Accepted>((jobs) => acceptBatch(jobs, undefined), BATCH_SIZE);

  /** Many outcomes `done` in one statement; a row that is missing in the answer was fenced off. */
  const finishOne = gather<{ readonly claim: Claim; readonly result: string | null }, boolean>(async (finished) => {
    const values: SqlValue[] = [];
    const place = (value: SqlValue) => `$${values.push(value)}`;
    const given = finished.map(
      ({ claim, result }) =>
        `(${bigOf(place(Number(claim.id)))}, ${textOf(place(claim.token))}, ${textOf(place(result))})`,
    );
    const rows = await run(
      `with given (given_id, given_token, given_result) as (values ${given.join(', ')})
       update job set state = 'done', finished_at = ${now}, error = null, result = given_result, ${FREE}
       from given where id = given_id and token = given_token and state = 'active' returning id, parent`,
      values,
    );
    const parents = [...new Set(rows.flatMap(({ parent }) => (parent === null ? [] : [Number(parent)])))];
    if (parents.length > 0) await wakeParents(`id in (${places(parents.length, 1)})`, parents);
    const ids = new Set(rows.map((row) => String(row.id)));
    return finished.map(({ claim }) => ids.has(claim.id));
  }, BATCH_SIZE);

  return {
    async accept(jobs, parent) {
      if (parent === undefined) return Promise.all(jobs.map(acceptOne));
      const accepted: Accepted[] = [];
      for (let at = 0; at < jobs.length; at += BATCH_SIZE) {
        accepted.push(...(await acceptBatch(jobs.slice(at, at + BATCH_SIZE), parent)));
      }
      return accepted;
    },

    async claim({ limit, id }) {
      const set = `update job set state = 'active', attempt = attempt + 1, token = $1, lease_until = ${now} + $2, worker = $3,
           avoid = null, started_at = coalesce(started_at, ${now})`;
      const values = [randomUUID(), leaseMs, worker];
      // Who failed at it waits; when nobody else comes, there is nobody else.
      const forUs = `(avoid is null or avoid <> $3 or ready_at < ${now} - ${ELSEWHERE_MS})`;
      // One job by its number waits for whoever holds the row at this moment: passing by would lose the ring.
      const rows =
        id !== undefined
          ? await run(`${set} where id = $4 and state = 'queued' and ${forUs} returning ${COLUMNS}`, [
              ...values,
              Number(id),
            ])
          : // Chosen apart: as a condition, Postgres may make the choice more than once, and take more jobs than asked for.
            await run(
              `with best as materialized (
                 select id as best_id from job where state = 'queued' and ${forUs} order by priority desc, turn, id limit $4 ${skipLocked})
               ${set} from best where id = best_id and state = 'queued' returning ${COLUMNS}`,
              [...values, limit],
            );
      return rows.map(claimOf);
    },

    async renew(claim, progress) {
      const [row] = await run(
        `update job set lease_until = ${now} + $3, progress = coalesce($4, progress)
         where id = $1 and token = $2 and state = 'active' returning cancelled`,
        [Number(claim.id), claim.token, leaseMs, progress === undefined ? null : JSON.stringify(progress)],
      );
      if (row === undefined) return 'lost';
      return numberOf(row, 'cancelled') === 1 ? 'cancelled' : 'held';
    },

    async settle(claim, outcome) {
      if (outcome.kind === 'done') {
        const result = outcome.result === undefined ? null : JSON.stringify(outcome.result);
        const isOurs = await finishOne({ claim, result });
        if (isOurs && claim.memo !== null) await lanes.closeOrphans('parent = $1', [Number(claim.id)]);
        return isOurs;
      }
      const { set, values } = settlement(outcome, sql);
      const [row] = await run(
        `update job set ${set}, ${FREE}
         where id = $1 and token = $2 and state = 'active' returning id, parent, state`,
        [Number(claim.id), claim.token, ...values],
      );
      if (row === undefined) return false;
      const { id, parent, state } = row;
      // After our own commit: the last of several children to end sees all the others, and wakes the parent.
      if (state === 'waiting') await wakeParents('id = $1', [Number(id)]);
      else if (state !== 'queued' && state !== 'delayed') {
        if (parent !== null) await wakeParents('id = $1', [Number(parent)]);
        await lanes.closeOrphans('parent = $1', [Number(id)]);
      }
      return true;
    },

    async tend(unclaimedMs) {
      await run(
        `update job set ${FREE}, ready_at = ${now},
           error = 'the worker that had it did not answer any more',
           finished_at = case when cancelled = 1 or attempt >= max_attempts then ${now} else null end,
           state = case when cancelled = 1 then 'superseded' when attempt >= max_attempts then 'failed' else 'queued' end
         where state = 'active' and lease_until < ${now}`,
      );
      await run(
        `update job set state = 'queued', ready_at = ${now}, turn = ${greatest}(turn, coalesce((
           select served.turn from job served where served.state = 'queued' and served.priority = job.priority
           order by served.turn, served.id limit 1), 0))
         where state = 'delayed' and ready_at <= ${now}`,
      );
      await wakeParents('true', []);
      const ready = await run(
        `select id from job where state = 'queued' and ready_at <= ${now} - $1 order by priority desc, turn, id limit ${RUNG_AGAIN}`,
        [unclaimedMs],
      );
      // What it did not get to look at it looks at next time; those that wait are rung all the same.
      await lanes.mend().catch(() => {});
      return ready.map((row): JobId => String(row.id));
    },
  };
}

function claimOf(row: Row): Claim {
  return {
    id: String(row.id),
    key: String(row.key),
    kind: String(row.kind),
    lane: row.lane === null ? null : String(row.lane),
    group: String(row.grp),
    priority: numberOf(row, 'priority'),
    payload: jsonOf(row, 'payload'),
    attempt: numberOf(row, 'attempt'),
    maxAttempts: numberOf(row, 'max_attempts'),
    token: String(row.token),
    memo: jsonOf(row, 'memo'),
  };
}

// Two statements that took the same rows in a different order: one of them is told to try again. [postgresql.org/docs/15/errcodes-appendix.html]
const TRY_AGAIN = new Set(['40P01', '40001']);

async function retried<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (thrown) {
      const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : '';
      if (!TRY_AGAIN.has(code) || attempt >= 5) throw thrown;
    }
  }
}
