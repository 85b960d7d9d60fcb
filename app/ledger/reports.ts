/** Reports and the sums that the dashboard shows, kept as reviews end. */
import type {
  AssetMoment,
  AssetReport,
  ReportStore,
  ReviewRecord,
  ReviewSummary,
  StoredAsset,
} from '../../src/index.ts';
import { readReport, writeReport } from '../../src/index.ts';
import { dayOf, within } from './scope.ts';
import { numberOf, numberOrNull, places, type Row, type Sql, type SqlValue, textOrNull } from './sql.ts';
import { openStatistics } from './statistics.ts';

/** The reports in a database. */
export function sqlReports(sql: Sql): ReportStore {
  return {
    async record(review) {
      const id = Number(review.id);
      await sql.transaction(async (run) => {
        const report = 'report' in review ? review : undefined;
        const repository = review.job.repository ?? '';
        const failedDay = report === undefined ? dayOf(review.finishedMs) : null;
        const [known] = await run('select failed_day from counted where id = $1', [id]);
        if (known !== undefined) {
          const wrongDay = textOrNull(known, 'failed_day');
          if (report === undefined || wrongDay === null) return;
          // It had been given up, and a retry made it good.
          await run('update counted set failed_day = null where id = $1', [id]);
          await run(DAY_UPSERT, [wrongDay, repository, -1, -1, 0, 0, 0, 0, 0, 0]);
        } else await run('insert into counted (id, failed_day) values ($1, $2)', [id, failedDay]);
        await run(DAY_UPSERT, daySums(repository, review.finishedMs, report));
        if (report === undefined) return;
        await run(REVIEW_INSERT, reviewRow(report));
        const moments = report.report.assets.map((asset, place): SqlValue[] => [
          id,
          place,
          review.job.repository ?? '',
          asset.path,
          review.job.headCommit,
          asset.verdict,
          asset.before.byteLength,
          asset.verdict === 'improved' && asset.after !== null ? asset.after.byteLength : asset.before.byteLength,
          asset.sourceDigest,
          asset.outputDigest,
          review.finishedMs,
        ]);
        for (const values of moments) await run(`insert into asset values (${places(values.length, 1)})`, values);
      });
    },

    async read(id) {
      const [row] = await sql.run(
        'select id, job, report, assets, duration_ms, finished_at from review where id = $1',
        [Number(id)],
      );
      if (row === undefined) return undefined;
      return {
        id: String(row.id),
        // We wrote both.
        job: JSON.parse(String(row.job)) as ReviewRecord['job'],
        assets: JSON.parse(String(row.assets)) as readonly StoredAsset[],
        report: readReport(String(row.report)),
        durationMs: numberOf(row, 'duration_ms'),
        finishedMs: numberOf(row, 'finished_at'),
      };
    },

    async recent({ before, limit, ...scope }) {
      const { where, values } = within(scope, 'finished_at');
      if (before !== undefined) where.push(`id < $${values.push(Number(before))}`);
      const rows = await sql.run(
        `select id, kind, repository, pull_number, is_private, branch, head_commit, commit_made, asset_count, failed_count,
           bytes_before, saved_bytes, duration_ms, finished_at
         from review ${where.length === 0 ? '' : `where ${where.join(' and ')}`} order by id desc limit $${values.push(limit)}`,
        values,
      );
      return rows.map(summaryOf);
    },

    async history({ repository, path, limit }) {
      const values: SqlValue[] = [repository, limit];
      if (path !== undefined) values.push(path);
      const rows = await sql.run(
        `select * from asset where repository = $1 ${path === undefined ? '' : 'and path = $3'}
         order by ${path === undefined ? '' : 'path, '}finished_at desc limit $2`,
        values,
      );
      return rows.map(momentOf);
    },

    statistics: openStatistics(sql),
  };
}

const SUMS = [
  'review_count',
  'failed_count',
  'asset_count',
  'improved_count',
  'bytes_before',
  'saved_bytes',
  'saved_lfs_bytes',
  'duration_ms',
];
const DAY_UPSERT = `insert into day (day, repository, ${SUMS.join(', ')}) values (${places(2 + SUMS.length, 1)})
  on conflict (day, repository) do update set ${SUMS.map((name) => `${name} = day.${name} + excluded.${name}`).join(', ')}`;

function daySums(repository: string, finishedMs: number, review: ReviewRecord | undefined): SqlValue[] {
  const head = [dayOf(finishedMs), repository];
  if (review === undefined) return [...head, 1, 1, 0, 0, 0, 0, 0, 0];
  const { assets, totals } = review.report;
  const improvedCount = assets.filter(({ verdict }) => verdict === 'improved').length;
  return [
    ...head,
    1,
    0,
    totals.assetCount,
    improvedCount,
    totals.byteLengthBefore,
    totals.savedBytes,
    assets.reduce((sum, asset) => sum + savedLfsBytes(asset), 0),
    Math.round(review.durationMs),
  ];
}

function savedLfsBytes({ isLfs, verdict, before, after }: AssetReport): number {
  return isLfs === true && verdict === 'improved' && after !== null ? before.byteLength - after.byteLength : 0;
}

const REVIEW_INSERT = `insert into review (id, kind, repository, pull_number, is_private, branch, head_commit, commit_made,
  asset_count, failed_count, bytes_before, saved_bytes, duration_ms, finished_at, job, report, assets) values (${places(17, 1)})`;

function reviewRow({ id, job, report, assets, durationMs, finishedMs }: ReviewRecord): SqlValue[] {
  return [
    Number(id),
    job.kind,
    job.repository ?? '',
    job.origin?.pullNumber ?? null,
    job.origin?.isPrivate === false ? 0 : 1,
    job.branch,
    job.headCommit,
    report.job.commit,
    report.totals.assetCount,
    report.assets.filter(({ verdict }) => verdict === 'failed').length,
    report.totals.byteLengthBefore,
    report.totals.savedBytes,
    Math.round(durationMs),
    finishedMs,
    JSON.stringify(job),
    writeReport(report),
    JSON.stringify(assets),
  ];
}

function summaryOf(row: Row): ReviewSummary {
  return {
    id: String(row.id),
    kind: KINDS.find((kind) => kind === row.kind) ?? 'files',
    repository: row.repository === '' ? null : String(row.repository),
    pullNumber: numberOrNull(row, 'pull_number'),
    isPrivate: numberOf(row, 'is_private') === 1,
    branch: textOrNull(row, 'branch'),
    headCommit: textOrNull(row, 'head_commit'),
    commit: textOrNull(row, 'commit_made'),
    assetCount: numberOf(row, 'asset_count'),
    failedCount: numberOf(row, 'failed_count'),
    byteLengthBefore: numberOf(row, 'bytes_before'),
    savedBytes: numberOf(row, 'saved_bytes'),
    durationMs: numberOf(row, 'duration_ms'),
    finishedMs: numberOf(row, 'finished_at'),
  };
}

const KINDS = ['pull-request', 'files', 'upload', 'backfill'] as const;
const VERDICTS = ['improved', 'unchanged', 'needs-review', 'refused', 'failed'] as const;

/** One asset of one review, out of its row. */
export function momentOf(row: Row): AssetMoment {
  return {
    review: String(row.review),
    repository: String(row.repository),
    path: String(row.path),
    headCommit: textOrNull(row, 'head_commit'),
    verdict: VERDICTS.find((verdict) => verdict === row.verdict) ?? 'failed',
    byteLengthBefore: numberOf(row, 'bytes_before'),
    byteLengthAfter: numberOf(row, 'bytes_after'),
    sourceDigest: textOrNull(row, 'source_digest'),
    outputDigest: textOrNull(row, 'output_digest'),
    finishedMs: numberOf(row, 'finished_at'),
  };
}
