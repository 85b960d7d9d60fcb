/** Takes jobs into the ledger, many in one statement; a newer job of a lane ends the older ones. */
import type { Accepted, Claim, NewJob } from '../../src/index.ts';
import { type LaneRuns, type Lanes, OPEN, SLOW_ACCEPT_MS } from './lanes.ts';
import type { Column, Row, Sql } from './sql.ts';

const DEFAULT_ATTEMPTS = 5;
const NEW_JOB: readonly Column[] = [
  ['place', 'integer'],
  ['key', 'text'],
  ['kind', 'text'],
  ['lane', 'text'],
  ['grp', 'text'],
  ['priority', 'integer'],
  ['nth', 'integer'],
  ['payload', 'text'],
  ['max_attempts', 'integer'],
];

// Whether the lane has another job of the kind that is open. Rows of the same statement and of one at the same moment are not
// always seen: those of the same are compared here, and `mend` of the lanes finds the others.
const IS_ALONE = `case when job.lane is not null and exists (
  select 1 from job other where other.lane = job.lane and other.kind = job.kind and other.state in ${OPEN} and other.id <> job.id)
  then 0 else 1 end`;

/** Accepts a batch; answers in its order. */
export type AcceptBatch = (jobs: readonly NewJob[], parent: Claim | undefined) => Promise<readonly Accepted[]>;

/** Accepting, in a database. */
export function sqlAccepting({ run, runKept }: LaneRuns, dialect: Sql['dialect'], lanes: Lanes): AcceptBatch {
  const { now } = dialect;
  // In a subselect Postgres cannot tell the type of a parameter by the column.
  const bigOf = (place: string) => (dialect.name === 'postgres' ? `${place}::bigint` : place);

  // Groups take turns: a job's turn is one after the last of its group, but never before the turn that is served now.
  // The first of an order, not `min`: where statistics are old, Postgres would look at all that wait to find the least of them.
  const turn = `(select coalesce(max(tag), 0) from (
      select tag from (select turn + 1 as tag from job
        where state = 'queued' and priority = given.priority and grp = given.grp order by turn desc limit 1) as own
      union all select tag from (select turn as tag from job
        where state = 'queued' and priority = given.priority order by turn, id limit 1) as served) as tags)`;

  async function insert(jobs: readonly NewJob[], parent: Claim | undefined): Promise<readonly Row[]> {
    const counts = new Map<string, number>();
    const given = jobs.map(({ key, kind, lane, group, priority, payload, maxAttempts = DEFAULT_ATTEMPTS }, place) => {
      const nth = counts.get(`${priority} ${group}`) ?? 0;
      counts.set(`${priority} ${group}`, nth + 1);
      const stored = JSON.stringify(payload ?? null);
      return { place, key, kind, lane, grp: group, priority, nth, payload: stored, max_attempts: maxAttempts };
    });
    const held =
      parent === undefined
        ? 'true'
        : `exists (select 1 from job where id = ${bigOf('$2')} and token = $3 and state = 'active' and cancelled = 0)`;
    // The turn is looked up once for each group; and numbers grow in the order in which jobs came, whatever the window sorts.
    return runKept(
      `insert into job (key, kind, lane, grp, priority, turn, payload, state, max_attempts, parent, ready_at, created_at)
       select key, kind, lane, grp, priority, max(first_turn) over (partition by priority, grp) + nth, payload, 'queued', max_attempts,
         ${parent === undefined ? 'null' : bigOf('$2')}, ${now}, ${now}
       from (select given.*, case when nth = 0 then ${turn} end as first_turn
         from ${dialect.rowsOf('$1', NEW_JOB)} as given) as tagged where ${held} order by place
       on conflict (key) do nothing returning id, key, ${IS_ALONE} as is_alone`,
      [JSON.stringify(given), ...(parent === undefined ? [] : [Number(parent.id), parent.token])],
    );
  }

  /** Those that are there already. Whoever delivers again also ends what was interrupted the first time. */
  const find = (keys: readonly string[]) =>
    run(
      `select id, key, case when state in ${OPEN} then ${IS_ALONE} else 1 end as is_alone
       from job where ${dialect.isOneOf('key', '$1')}`,
      [dialect.listOf(keys)],
    );

  return async (jobs, parent) => {
    const startMs = performance.now();
    const made = await insert(jobs, parent);
    const isSlow = performance.now() - startMs > SLOW_ACCEPT_MS;
    const fresh = new Map(made.map((row) => [String(row.key), String(row.id)]));
    const old = [...new Set(jobs.map(({ key }) => key).filter((key) => !fresh.has(key)))];
    const known = old.length === 0 ? [] : await find(old);
    const ids = new Map(known.map((row) => [String(row.key), String(row.id)]));

    const crowded = new Set(
      [...made, ...known].flatMap((row) => (Number(row.is_alone) === 0 ? [String(row.key)] : [])),
    );
    const seen = new Map<string, string>();
    const shared = new Set<string>();
    for (const { key, kind, lane } of jobs) {
      if (lane === null) continue;
      const twin = seen.get(`${kind} ${lane}`);
      seen.set(`${kind} ${lane}`, key);
      if (crowded.has(key) || (fresh.has(key) && (isSlow || (twin !== undefined && twin !== key)))) shared.add(lane);
    }
    if (shared.size > 0) await lanes.supersede([...shared]);
    return jobs.map(({ key }) => {
      const id = fresh.get(key);
      // Twice in one call: the first is new, the second is known.
      if (id !== undefined && fresh.delete(key)) {
        ids.set(key, id);
        return { outcome: 'accepted', id };
      }
      return { outcome: 'already-known', id: ids.get(key) ?? null };
    });
  };
}
