/** The same many finished reviews as `bench -- dashboard` writes into SQLite, made by Postgres itself: rows over a wire would take minutes. */
import pg from 'pg';

/** Fills the ledger behind the URL, and lets the database look at what it holds, as it does by itself after a while. */
export async function fillPostgres(
  url: string,
  { jobs, repositories, days }: { readonly jobs: number; readonly repositories: number; readonly days: number },
): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const dayMs = 86_400_000;
  const startMs = Date.now() - (days - 1) * dayMs;
  const at = `(${startMs} + floor(i::float / ${jobs} * ${(days - 1) * dayMs}))::bigint`;
  const repository = `'acme/r' || (i::bigint * 7919) % ${repositories}`;
  const day = `to_char(to_timestamp(${at} / 1000.0) at time zone 'utc', 'YYYY-MM-DD')`;
  const series = `from generate_series(1, ${jobs}) i`;
  const isFailed = 'i % 50 = 0';
  const payload = `json_build_object('job', json_build_object('kind', 'pull-request', 'repository', ${repository}, 'origin', json_build_object('pullNumber', 7)))`;
  try {
    await client.query(
      `insert into job (key, kind, grp, priority, turn, payload, state, max_attempts, ready_at, created_at, started_at, finished_at, error)
       select 'k' || i, 'review', ${repository}, 20, 0, ${payload}, case when ${isFailed} then 'failed' else 'done' end, 5, ${at}, ${at}, ${at}, ${at},
         case when ${isFailed} then 'why' end ${series}`,
    );
    await client.query(
      `insert into review select i, 'pull-request', ${repository}, 7, 1, 'b', 'c', null, 1, 0, 9000000, 7000000,
         1000 + (i::bigint * 104729) % 60000, ${at}, '{}', '{}', '[]' ${series} where not (${isFailed})`,
    );
    await client.query(
      `insert into asset select i, 0, ${repository}, 'a.glb', 'c', 'improved', 9000000, 2000000, 'd', 'e', ${at} ${series} where not (${isFailed})`,
    );
    await client.query(
      `insert into day (day, repository, review_count, failed_count, asset_count, improved_count, bytes_before, saved_bytes, duration_ms)
       select ${day}, ${repository}, count(*), count(*) filter (where ${isFailed}), count(*), count(*), count(*) * 9000000, count(*) * 7000000, count(*) * 9000
       ${series} group by 1, 2`,
    );
    for (const table of ['job', 'review', 'asset', 'day']) await client.query(`vacuum analyze ${table}`);
  } finally {
    await client.end();
  }
}
