/** Ends jobs that a newer one has made useless: older ones of its lane, and children that nobody waits for. */
import { numberOf, places, type Sql, type SqlValue } from './sql.ts';

/** The states of a job that is not over. */
export const OPEN = `('queued', 'delayed', 'active', 'waiting')`;

/** What keeps lanes in order. */
export interface Lanes {
  /** Ends what a newer job in its lane has made useless, and tells workers that hold such a job. */
  supersede(lanes: readonly string[]): Promise<void>;
  /** Children whose parent is final or about to be: nobody waits for them. */
  closeOrphans(which: string, values: readonly SqlValue[]): Promise<void>;
  /**
   * Ends what accepting left open: of two jobs of a lane that came at the same moment, by statements that could not see each
   * other, and after a process that was killed between its two statements.
   */
  mend(): Promise<void>;
}

/** A statement that took longer ends the older jobs of its lanes in any case: `mend` may have looked too early. */
export const SLOW_ACCEPT_MS = 3000;

// Numbers are given before a commit is seen: each is looked at when it is new, and once more after this time.
const AGAIN_MS = 2 * SLOW_ACCEPT_MS;
// At the start nobody knows what was looked at.
const FIRST_LOOK_COUNT = 2000;
// Some microseconds each; more would keep whoever else asks waiting.
const LOOK_COUNT = 20_000;

/** How statements are run. */
export type LaneRuns = Pick<Sql, 'run' | 'runKept'>;

const CANCEL = (now: string, why: string) =>
  `update job set cancelled = 1, error = '${why}',
     finished_at = case when state = 'active' then null else ${now} end,
     state = case when state = 'active' then 'active' else 'superseded' end`;

/** The lanes of a ledger; what `run` does may be undone by a power cut, for all of it is done again. */
export function sqlLanes({ run, runKept }: LaneRuns, { now, isOneOf, listOf }: Sql['dialect']): Lanes {
  let looks: readonly { readonly atMs: number; readonly lastId: number }[] = [];

  async function closeOrphans(which: string, values: readonly SqlValue[]): Promise<void> {
    await run(
      `${CANCEL(now, 'the job that asked for it has ended')}
       where ${which} and parent is not null and state in ${OPEN} and cancelled = 0 and exists (
         select 1 from job up where up.id = job.parent and (up.cancelled = 1 or up.state in ('done', 'failed', 'superseded')))`,
      values,
    );
  }

  async function supersede(lanes: readonly string[]): Promise<void> {
    const closed = await run(
      `${CANCEL(now, 'a newer change superseded it')}
       where ${isOneOf('lane', '$1')} and lane is not null and state in ${OPEN} and cancelled = 0 and id < (
         select max(newer.id) from job newer where newer.lane = job.lane and newer.kind = job.kind and newer.state in ${OPEN})
       returning id`,
      [listOf(lanes)],
    );
    if (closed.length > 0)
      await closeOrphans(
        `parent in (${places(closed.length, 1)})`,
        closed.map((row) => numberOf(row, 'id')),
      );
  }

  /** Ends older jobs beside those with a number above `from`, up to `to`. */
  async function look(from: number, to: number): Promise<void> {
    if (from >= to) return;
    // By number, then row by row in the index of lanes: left to itself, Postgres joins the whole table with itself.
    const doubled = await runKept(
      `select distinct lane from (select id, lane, kind, state from job where id > $1 and id <= $2 order by id) as recent
       where lane is not null and state in ${OPEN} and id > (
         select min(older.id) from job older where older.lane = recent.lane and older.kind = recent.kind
           and older.state in ${OPEN} and older.cancelled = 0)`,
      [Math.max(from, to - LOOK_COUNT), to],
    );
    if (doubled.length > 0) await supersede(doubled.map(({ lane }) => String(lane)));
  }

  return {
    supersede,
    closeOrphans,
    async mend() {
      const [row] = await run('select max(id) as last_id from job');
      const now = { atMs: performance.now(), lastId: numberOf(row, 'last_id') };
      const first = looks[0] ?? { ...now, lastId: Math.max(0, now.lastId - FIRST_LOOK_COUNT) };
      const due = looks.findLast(({ atMs }) => atMs < now.atMs - AGAIN_MS) ?? first;
      await look((looks.at(-1) ?? first).lastId, now.lastId);
      await look(first.lastId, due.lastId);
      looks = [due, ...looks.filter(({ atMs }) => atMs > due.atMs), now];
    },
  };
}
