/** Uploads whose time is over. */
import type { ReviewJob, StoredAsset, UploadShelf } from '../../src/index.ts';
import { jsonOf, numberOf, type Sql } from './sql.ts';

// Written as the index is: uploads of everybody, or of one person (`uploads:login`).
const KEPT = `grp like 'uploads%' and kind = 'review' and forgotten_at is null`;

/** The shelf of a database. */
export function sqlUploads(sql: Sql): UploadShelf {
  return {
    async expired(nowMs, limit) {
      const rows = await sql.run(
        `select id, payload, finished_at from job where ${KEPT} and finished_at <= $1 order by finished_at`,
        [nowMs],
      );
      const over = rows
        // We wrote it.
        .map((row) => ({ row, job: (jsonOf(row, 'payload') as { readonly job: ReviewJob }).job }))
        .filter(({ job }) => (job.upload?.expiresMs ?? Infinity) <= nowMs)
        .slice(0, limit);
      return Promise.all(
        over.map(async ({ row, job }) => {
          const id = numberOf(row, 'id');
          const children = await sql.run(`select result from job where parent = $1 and result is not null`, [id]);
          const [review] = await sql.run(`select assets from review where id = $1`, [id]);
          const made = children.map((child) => jsonOf(child, 'result') as StoredAsset);
          const reported = review === undefined ? [] : ((jsonOf(review, 'assets') ?? []) as readonly StoredAsset[]);
          return {
            id: String(id),
            finishedMs: numberOf(row, 'finished_at'),
            files: (job.upload?.files ?? []).map(({ digest }) => digest),
            assets: [...made, ...reported],
          };
        }),
      );
    },

    async isUsedElsewhere(digest, id) {
      const [row] = await sql.run(
        `select 1 as found from asset where (source_digest = $1 or output_digest = $1) and review <> $2 limit 1`,
        [digest, Number(id)],
      );
      if (row !== undefined) return true;
      // What waits or runs names its files in its payload; there are never many of those.
      const [open] = await sql.run(
        `select 1 as found from job where state in ('queued', 'delayed', 'active', 'waiting') and payload like '%' || $1 || '%' limit 1`,
        [digest],
      );
      return open !== undefined;
    },

    async forget(id) {
      await sql.transaction(async (run) => {
        await run('delete from asset where review = $1', [Number(id)]);
        // Saved bytes and durations stay: they are in the plots.
        await run(`update review set report = '{}', assets = '[]' where id = $1`, [Number(id)]);
        await run(`update job set result = null, progress = null where parent = $1`, [Number(id)]);
        await run(`update job set forgotten_at = ${sql.dialect.now} where id = $1`, [Number(id)]);
      });
    },
  };
}
