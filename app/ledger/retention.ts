/** Deletes what is old, a page at a time, so that nobody waits for it. Sums by day stay. */
import { numberOf, places, type Sql } from './sql.ts';

/** How old what is deleted must be, in milliseconds. */
export interface Ages {
  /** Since the end of a job, or of a review. */
  readonly historyMs: number;
  /** Since a result was kept. */
  readonly resultMs: number;
}

const PAGE = 500;
const FINAL = `('done', 'failed', 'superseded')`;

/** Gives how many jobs, reviews and results went. */
export async function forget(sql: Sql, { historyMs, resultMs }: Ages): Promise<number> {
  const { now } = sql.dialect;
  let count = await forgetJobs(sql, historyMs);
  for (let ids = [0]; ids.length > 0; ) {
    const rows = await sql.run(
      `select id from review where finished_at < ${now} - $1 order by finished_at limit ${PAGE}`,
      [historyMs],
    );
    ids = rows.map((row) => numberOf(row, 'id'));
    if (ids.length === 0) break;
    const which = places(ids.length, 1);
    await sql.transaction(async (run) => {
      await run(`delete from asset where review in (${which})`, ids);
      await run(`delete from review where id in (${which})`, ids);
    });
    count += ids.length;
  }
  for (;;) {
    const gone = await sql.run(
      `delete from result where (source_digest, recipe_digest, tool_version) in (
         select source_digest, recipe_digest, tool_version from result where created_at < ${now} - $1 order by created_at limit ${PAGE})
       returning source_digest`,
      [resultMs],
    );
    count += gone.length;
    if (gone.length < PAGE) return count;
  }
}

/** Along the numbers, for they grow with time: no index is kept for this alone, and the first young page ends it. */
async function forgetJobs(sql: Sql, historyMs: number): Promise<number> {
  const { now } = sql.dialect;
  let count = 0;
  for (let after = 0; ; ) {
    const page = await sql.run(
      `select id, case when created_at < ${now} - $2 then 1 else 0 end as is_old from job where id > $1 order by id limit ${PAGE}`,
      [after, historyMs],
    );
    const old = page.filter((row) => numberOf(row, 'is_old') === 1).map((row) => numberOf(row, 'id'));
    const last = old.at(-1);
    if (last === undefined) return count;
    // A job that is still open, or was put back into the queue by hand, stays.
    const gone = await sql.run(
      `delete from job where id in (${places(old.length, 2)}) and state in ${FINAL} and finished_at < ${now} - $1 returning id`,
      [historyMs, ...old],
    );
    const ids = gone.map((row) => numberOf(row, 'id'));
    // That it was counted is of no interest any more: it cannot be tried again.
    if (ids.length > 0) await sql.run(`delete from counted where id in (${places(ids.length, 1)})`, ids);
    count += ids.length;
    if (old.length < PAGE) return count;
    after = last;
  }
}
