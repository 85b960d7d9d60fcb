/** The ledger as people see it: lists, counts, retry and cancel. */
import type { JobBoard, JobRecord, JobState } from '../../src/index.ts';
import { jsonOf, numberOf, numberOrNull, type Row, type Sql, type SqlValue, textOrNull } from './sql.ts';

/** The columns that `recordOf` reads. */
export const RECORD_COLUMNS = `id, key, kind, lane, grp, priority, payload, state, attempt, parent, result, error, progress, created_at, started_at, finished_at`;
const OPEN = `('queued', 'delayed', 'active', 'waiting')`;
const STATES: readonly JobState[] = ['queued', 'delayed', 'active', 'waiting', 'done', 'failed', 'superseded'];

/** The board of a database. */
export function sqlBoard(sql: Sql): JobBoard {
  const { now } = sql.dialect;
  return {
    async find(wish) {
      const [row] =
        'id' in wish
          ? await sql.run(`select ${RECORD_COLUMNS} from job where id = $1`, [Number(wish.id)])
          : await sql.run(`select ${RECORD_COLUMNS} from job where key = $1`, [wish.key]);
      return row === undefined ? undefined : recordOf(row);
    },

    async list({ states, kind, group, lane, parent, before, limit }) {
      const values: SqlValue[] = [];
      const place = (value: SqlValue) => `$${values.push(value)}`;
      const where = [
        // SQLite sees that an index of one state fits only by an equals sign.
        states === undefined
          ? ''
          : states.length === 1
            ? `state = ${literals(states)}`
            : `state in (${literals(states)})`,
        kind === undefined ? '' : `kind = ${place(kind)}`,
        group === undefined ? '' : `grp = ${place(group)}`,
        lane === undefined ? '' : `lane = ${place(lane)}`,
        parent === undefined ? '' : `parent = ${place(Number(parent))}`,
        before === undefined ? '' : `id < ${place(Number(before))}`,
      ].filter((condition) => condition !== '');
      const rows = await sql.run(
        `select ${RECORD_COLUMNS} from job ${where.length === 0 ? '' : `where ${where.join(' and ')}`} order by id desc limit ${place(limit)}`,
        values,
      );
      return rows.map(recordOf);
    },

    async count() {
      const one = (state: string) => `(select count(*) from job where state = '${state}') as ${state}`;
      const states = ['queued', 'delayed', 'active', 'waiting', 'failed'] as const;
      const [row] = await sql.run(`select ${states.map(one).join(', ')}`);
      const [queued, delayed, active, waiting, failed] = states.map((state) => numberOf(row, state));
      return {
        queued: queued ?? 0,
        delayed: delayed ?? 0,
        active: active ?? 0,
        waiting: waiting ?? 0,
        failed: failed ?? 0,
      };
    },

    async retry(id) {
      const rows = await sql.run(
        `update job set state = 'queued', attempt = 0, ready_at = ${now}, finished_at = null, cancelled = 0
         where id = $1 and state = 'failed' returning id`,
        [Number(id)],
      );
      return rows.length > 0;
    },

    async cancel(id) {
      const rows = await sql.run(
        `update job set cancelled = 1, error = 'cancelled',
           finished_at = case when state = 'active' then null else ${now} end,
           state = case when state = 'active' then 'active' else 'superseded' end
         where (id = $1 or parent = $1) and state in ${OPEN} returning id`,
        [Number(id)],
      );
      return rows.some((row) => String(row.id) === id);
    },
  };
}

/** States as SQL, written out, so that the databases see that an index of that state fits. */
export function literals(states: readonly JobState[]): string {
  return states
    .filter((state) => STATES.includes(state))
    .map((state) => `'${state}'`)
    .join(', ');
}

/** A job out of its row. */
export function recordOf(row: Row): JobRecord {
  const parent = numberOrNull(row, 'parent');
  const state = STATES.find((name) => name === row.state) ?? 'failed';
  return {
    id: String(row.id),
    key: String(row.key),
    kind: String(row.kind),
    lane: textOrNull(row, 'lane'),
    group: String(row.grp),
    priority: numberOf(row, 'priority'),
    payload: jsonOf(row, 'payload'),
    state,
    attempt: numberOf(row, 'attempt'),
    parent: parent === null ? null : String(parent),
    result: jsonOf(row, 'result'),
    error: textOrNull(row, 'error'),
    progress: jsonOf(row, 'progress'),
    createdMs: numberOf(row, 'created_at'),
    startedMs: numberOrNull(row, 'started_at'),
    finishedMs: numberOrNull(row, 'finished_at'),
  };
}
