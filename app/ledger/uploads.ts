/** Uploads whose time is over. */
import type { Digest, ReviewJob, StoredAsset, UploadShelf } from '../../src/index.ts';
import { jsonOf, numberOf, places, type Sql } from './sql.ts';

// The first as the index is written; the others are the groups of uploads: of nobody, or of one person (`uploads:login`).
const KEPT = `grp like 'uploads%' and kind = 'review' and forgotten_at is null and (grp = 'uploads' or grp like 'uploads:%')`;
// One by one: for each of them there is an index that holds nothing else.
const OPEN = ['queued', 'delayed', 'active', 'waiting'].map((state) => `select id from job where state = '${state}'`);
const PAGE = 500;
const DIGEST = /[0-9a-f]{64}/g;

/** The shelf of a database. */
export function sqlUploads(sql: Sql): UploadShelf {
  return {
    async expired(nowMs, limit) {
      const expires = sql.dialect.numberIn('payload', ['job', 'upload', 'expiresMs']);
      const rows = await sql.run(
        `select id, payload, finished_at from job where ${KEPT} and finished_at <= $1 and ${expires} <= $1
         order by finished_at limit $2`,
        [nowMs, limit],
      );
      return Promise.all(
        rows.map(async (row) => {
          // We wrote it.
          const { job } = jsonOf(row, 'payload') as { readonly job: ReviewJob };
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

    async inOtherReviews(digests, id) {
      const { isOneOf, listOf } = sql.dialect;
      const rows = await sql.run(
        `select source_digest as digest from asset where ${isOneOf('source_digest', '$1')} and review <> $2
         union select output_digest from asset where ${isOneOf('output_digest', '$1')} and review <> $2`,
        [listOf(digests), Number(id)],
      );
      return new Set(rows.map(({ digest }) => String(digest)));
    },

    async inOpenJobs(digests) {
      const wanted = new Set(digests);
      const found = new Set<Digest>();
      const open = (await sql.run(OPEN.join(' union all '))).map((row) => numberOf(row, 'id'));
      for (let at = 0; at < open.length; at += PAGE) {
        const ids = open.slice(at, at + PAGE);
        const which = places(ids.length, 1);
        // A child that is done has told its result to nobody but its row until its parent goes on.
        const rows = await sql.run(
          `select payload, memo, result from job where id in (${which})
           union all select payload, memo, result from job where parent in (${which})`,
          ids,
        );
        for (const [digest] of rows.flatMap((row) => [...Object.values(row).join(' ').matchAll(DIGEST)]))
          if (wanted.has(digest)) found.add(digest);
      }
      return found;
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
