/** What pages ask of jobs and reports together. */
import type { ReviewDesk, ReviewPageQuery } from '../../src/index.ts';
import { literals, RECORD_COLUMNS, recordOf } from './job-board.ts';
import { momentOf } from './reports.ts';
import { numberOf, places, type Sql, type SqlValue } from './sql.ts';

/** The desk of a database. */
export function sqlDesk(sql: Sql): ReviewDesk {
  return {
    async page({ offset, limit, ...query }) {
      const { where, values } = conditions(query);
      // The page is found in an index; only its own rows, which hold whole reports, are read.
      const rows = await sql.run(
        `select ${RECORD_COLUMNS} from job where id in (select id from job where ${where} order by id desc
         limit $${values.push(limit)} offset $${values.push(offset)}) order by id desc`,
        values,
      );
      return rows.map(recordOf);
    },

    async count(query) {
      const { where, values } = conditions(query);
      const [row] = await sql.run(`select count(*) as found from job where ${where}`, values);
      return numberOf(row, 'found');
    },

    async ahead(id) {
      const [row] = await sql.run(
        `select (select count(*) from job other where other.state = 'queued' and (other.priority > mine.priority or
             (other.priority = mine.priority and (other.turn < mine.turn or (other.turn = mine.turn and other.id < mine.id)))
           )) as ahead from job mine where mine.id = $1 and mine.state = 'queued'`,
        [Number(id)],
      );
      return row === undefined ? null : numberOf(row, 'ahead');
    },

    async results(ids) {
      if (ids.length === 0) return [];
      const rows = await sql.run(
        `select id, saved_bytes, duration_ms from review where id in (${places(ids.length, 1)})`,
        ids.map(Number),
      );
      return rows.map((row) => ({
        id: String(row.id),
        savedBytes: numberOf(row, 'saved_bytes'),
        durationMs: numberOf(row, 'duration_ms'),
      }));
    },

    async assets(ids, limit) {
      if (ids.length === 0) return [];
      const rows = await sql.run(
        `select * from asset where review in (${places(ids.length, 1)}) order by review desc, place limit $${ids.length + 1}`,
        [...ids.map(Number), limit],
      );
      return rows.map(momentOf);
    },
  };
}

// The jobs of more repositories are found faster in the order of all jobs than sorted out of an index of repositories.
const SORTED_GROUPS = 8;

function conditions({ repositories, states, sinceMs }: Omit<ReviewPageQuery, 'offset' | 'limit'>) {
  const values: SqlValue[] = [];
  // Written out: an index holds reviews alone.
  const where = [`kind = 'review'`];
  // Most jobs are done: sorting them by number costs more than looking at all in their order. `coalesce` keeps the
  // databases from the index that would make them sort.
  const isMost = states?.includes('done') ?? false;
  if (states !== undefined) where.push(`${isMost ? `coalesce(state, '')` : 'state'} in (${literals(states)})`);
  if (sinceMs !== undefined) where.push(`created_at >= $${values.push(sinceMs)}`);
  if (repositories !== undefined) {
    const column = repositories.length > SORTED_GROUPS ? `coalesce(grp, '')` : 'grp';
    const among = `${column} in (${places(repositories.length, values.length + 1)})`;
    where.push(repositories.length === 0 ? 'false' : among);
    values.push(...repositories);
  }
  return { where: where.join(' and '), values };
}
