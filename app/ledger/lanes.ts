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
export const SLOW_ACCEPT_MS = 5000;

// Numbers are given before a commit is seen: one that came late is found for as long.
const LOOK_BACK_MS = 3 * SLOW_ACCEPT_MS;
// At the start nobody knows what was looked at; and so many are looked at in milliseconds.
const FIRST_LOOK_COUNT = 2000;
const LOOK_COUNT = 20_000;

const CANCEL = (now: string, why: string) =>
  `update job set cancelled = 1, error = '${why}',
     finished_at = case when state = 'active' then null else ${now} end,
     state = case when state = 'active' then 'active' else 'superseded' end`;

/** The lanes of a ledger; `run` may be undone by a power cut, for all of it is done again. */
export function sqlLanes(run: Sql['run'], { now, isOneOf, listOf }: Sql['dialect']): Lanes {
  const looked: { readonly atMs: number; readonly lastId: number }[] = [];

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

  /** The number after which all may still have an older job beside it. */
  function since(lastId: number): number {
    const nowMs = performance.now();
    if (looked.length === 0) looked.push({ atMs: nowMs, lastId: Math.max(0, lastId - FIRST_LOOK_COUNT) });
    looked.push({ atMs: nowMs, lastId });
    while ((looked[1]?.atMs ?? nowMs) < nowMs - LOOK_BACK_MS) looked.shift();
    return Math.max(looked[0]?.lastId ?? 0, lastId - LOOK_COUNT);
  }

  return {
    supersede,
    closeOrphans,
    async mend() {
      const [row] = await run('select max(id) as last_id from job');
      const lastId = numberOf(row, 'last_id');
      const from = since(lastId);
      if (from >= lastId) return;
      const doubled = await run(
        `select distinct lane from job where id > $1 and lane is not null and state in ${OPEN} and exists (
           select 1 from job older where older.lane = job.lane and older.kind = job.kind and older.id < job.id
             and older.state in ${OPEN} and older.cancelled = 0)`,
        [from],
      );
      if (doubled.length > 0) await supersede(doubled.map(({ lane }) => String(lane)));
    },
  };
}
