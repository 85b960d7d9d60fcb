/** The dashboard's numbers out of the daily sums. */
import type { ReviewScope, ReviewTotals, Statistics } from '../../src/index.ts';
import { dayOf, within } from './scope.ts';
import { numberOf, type Row, type Sql } from './sql.ts';

// How long a job takes is read off the latest ones: older ones ran on another version.
const DURATION_SAMPLE = 1000;
const REPOSITORY_LIMIT = 100;
// Medians of days come from a sample of about so many reviews: a plot shows no more.
const MEDIAN_SAMPLE = 4000;
const DAY_MS = 86_400_000;

const SUMS = `coalesce(sum(review_count), 0) as review_count, coalesce(sum(failed_count), 0) as failed_count,
  coalesce(sum(asset_count), 0) as asset_count, coalesce(sum(improved_count), 0) as improved_count,
  coalesce(sum(bytes_before), 0) as bytes_before, coalesce(sum(saved_bytes), 0) as saved_bytes,
  coalesce(sum(saved_lfs_bytes), 0) as saved_lfs_bytes, coalesce(sum(duration_ms), 0) as duration_ms`;

// So many scopes are remembered: each person with repositories of their own asks for one or two.
const KNOWN_LIMIT = 200;

/** Totals, days, repositories and durations of a scope. Counted anew only when a review of it has ended since. */
export function openStatistics(sql: Sql): (scope: ReviewScope) => Promise<Statistics> {
  const known = new Map<string, { readonly stamp: string; readonly statistics: Promise<Statistics> }>();
  return async (scope) => {
    const key = JSON.stringify([scope.repositories ?? null, scope.sinceMs ?? null]);
    const { where, values } = daysOf(scope);
    const [totals = {}] = await sql.run(`select ${SUMS} from day ${where}`, values);
    // Each review that ends changes a sum.
    const stamp = JSON.stringify(totalsOf(totals));
    const last = known.get(key);
    if (last?.stamp === stamp) return last.statistics;
    const statistics = statisticsOf(sql, scope, totals);
    known.delete(key);
    known.set(key, { stamp, statistics });
    statistics.catch(() => known.delete(key));
    for (const oldest of known.keys()) {
      if (known.size <= KNOWN_LIMIT) break;
      known.delete(oldest);
    }
    return statistics;
  };
}

function daysOf(scope: ReviewScope) {
  const days = within({ ...(scope.repositories === undefined ? {} : { repositories: scope.repositories }) }, 'day');
  if (scope.sinceMs !== undefined) days.where.push(`day >= $${days.values.push(dayOf(scope.sinceMs))}`);
  return { where: days.where.length === 0 ? '' : `where ${days.where.join(' and ')}`, values: days.values };
}

async function statisticsOf(sql: Sql, scope: ReviewScope, totals: Row): Promise<Statistics> {
  const { where, values } = daysOf(scope);
  const latest = within(scope, 'finished_at');
  const [byDay, byRepository, durations] = await Promise.all([
    sql.run(`select day, ${SUMS} from day ${where} group by day order by day`, values),
    sql.run(
      `select repository, ${SUMS} from day ${where} group by repository order by sum(saved_bytes) desc limit ${REPOSITORY_LIMIT}`,
      values,
    ),
    sql.run(
      `select duration_ms from review ${latest.where.length === 0 ? '' : `where ${latest.where.join(' and ')}`}
       order by finished_at desc limit ${DURATION_SAMPLE}`,
      latest.values,
    ),
  ]);
  const medians = await mediansByDay(sql, scope, numberOf(totals, 'review_count'));
  const sorted = durations.map((row) => numberOf(row, 'duration_ms')).sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? null;
  return {
    totals: totalsOf(totals),
    days: byDay.map((row) => ({
      day: String(row.day),
      ...totalsOf(row),
      medianMs: medians.get(String(row.day)) ?? null,
    })),
    repositories: byRepository.map((row) => ({ repository: String(row.repository), ...totalsOf(row) })),
    duration: { medianMs: at(0.5), p95Ms: at(0.95) },
  };
}

/** Of a few thousand reviews, taken by the last digits of their milliseconds: chance enough, and the same each time. */
async function mediansByDay(sql: Sql, scope: ReviewScope, reviewCount: number): Promise<ReadonlyMap<string, number>> {
  const { where, values } = within(scope, 'finished_at');
  const every = Math.ceil(reviewCount / MEDIAN_SAMPLE);
  if (every > 1) where.push(`finished_at % ${every} = 0`);
  const rows = await sql.run(
    `select finished_at / ${DAY_MS} as day, duration_ms from review ${where.length === 0 ? '' : `where ${where.join(' and ')}`}
     order by 1, 2`,
    values,
  );
  const byDay = new Map<number, number[]>();
  for (const row of rows) {
    const day = numberOf(row, 'day');
    const durations = byDay.get(day) ?? [];
    durations.push(numberOf(row, 'duration_ms'));
    byDay.set(day, durations);
  }
  return new Map(
    [...byDay].map(([day, durations]) => [dayOf(day * DAY_MS), durations[Math.floor(durations.length / 2)] ?? 0]),
  );
}

function totalsOf(row: Row): ReviewTotals {
  return {
    reviewCount: numberOf(row, 'review_count'),
    failedCount: numberOf(row, 'failed_count'),
    assetCount: numberOf(row, 'asset_count'),
    improvedCount: numberOf(row, 'improved_count'),
    byteLengthBefore: numberOf(row, 'bytes_before'),
    savedBytes: numberOf(row, 'saved_bytes'),
    savedLfsBytes: numberOf(row, 'saved_lfs_bytes'),
    durationMs: numberOf(row, 'duration_ms'),
  };
}
