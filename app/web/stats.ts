/** `GET /api/stats`, `/api/stats.csv` and `/api/assets`: the dashboard's numbers, narrowed to what the visitor may see. */
import type { Context, Hono } from 'hono';
import type {
  AssetHistory,
  JobBoard,
  JobState,
  ReportStore,
  ReviewDesk,
  ReviewPageQuery,
  Statistics,
  StatsDocument,
  WebJobStatus,
} from '../../src/index.ts';
import type { Access } from './access.ts';
import { notHere, Refusal } from './answer.ts';
import { csvOf } from './csv.ts';
import { type JobViewParts, listJobs } from './job-view.ts';
import { maySee, scopeOf } from './visitor.ts';

/** What the numbers come from. */
export interface StatsParts extends Omit<JobViewParts, 'board' | 'desk' | 'reports'> {
  readonly access: Pick<Access, 'known'>;
  readonly board: Pick<JobBoard, 'find' | 'list' | 'count'>;
  readonly desk: ReviewDesk;
  readonly reports: Pick<ReportStore, 'read' | 'statistics' | 'history'>;
  readonly broker: () => StatsDocument['broker'];
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

const STATES: Readonly<Record<WebJobStatus, readonly JobState[]>> = Object.freeze({
  queued: ['queued', 'delayed'],
  running: ['active', 'waiting'],
  done: ['done', 'superseded'],
  failed: ['failed'],
});
const PAGE_SIZE = 25;
const CSV_LIMIT_ROWS = 10_000;
const CSV_PAGE = 200;
const HISTORY_LIMIT = 200;
const DAY_MS = 86_400_000;

/** Mounts them. */
export function mountStats(web: Hono, parts: StatsParts): void {
  web.get('/api/stats', async (context) => {
    const query = await readQuery(context, parts);
    const { page, ...filter } = query;
    const narrowed = narrowedTo(filter.repositories);
    const scope = { ...narrowed, sinceMs: filter.sinceMs };
    const [statistics, jobCount, found, records, running, counts] = await Promise.all([
      parts.reports.statistics(scope),
      parts.desk.count(scope),
      parts.desk.count(filter),
      parts.desk.page({ ...filter, offset: (page - 1) * PAGE_SIZE, limit: PAGE_SIZE }),
      parts.desk.page({ ...narrowed, states: STATES.running, offset: 0, limit: PAGE_SIZE }),
      parts.board.count(),
    ]);
    const document: StatsDocument = {
      ...numbersOf(statistics),
      totals: { ...numbersOf(statistics).totals, jobCount, queueDepth: counts.queued + counts.delayed },
      jobs: await listJobs(records, parts),
      page,
      pageCount: Math.max(1, Math.ceil(found / PAGE_SIZE)),
      running: await listJobs(running, parts),
      broker: parts.broker(),
    };
    return context.json(document);
  });

  web.get('/api/stats.csv', async (context) => {
    const { page: _page, ...filter } = await readQuery(context, parts);
    const rows = [];
    for (let offset = 0; offset < CSV_LIMIT_ROWS; offset += CSV_PAGE) {
      const records = await parts.desk.page({ ...filter, offset, limit: CSV_PAGE });
      rows.push(...(await listJobs(records, parts)));
      if (records.length < CSV_PAGE) break;
    }
    return context.body(csvOf(rows), 200, {
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': 'attachment; filename="jobs.csv"',
    });
  });

  web.get('/api/assets', async (context) => {
    const visitor = await parts.access.known(context);
    const { repository = '', path } = context.req.query();
    // Uploads of different people may have one name.
    if (repository === '' || !maySee(visitor, repository)) throw notHere('This repository');
    const moments = await parts.reports.history({
      repository,
      ...(path === undefined ? {} : { path }),
      limit: HISTORY_LIMIT,
    });
    const history: AssetHistory = {
      versions: moments.map((moment) => ({
        repository: moment.repository,
        path: moment.path,
        commit: moment.headCommit ?? '',
        jobId: moment.review,
        at: new Date(moment.finishedMs).toISOString(),
        verdict: moment.verdict,
        byteLengthBefore: moment.byteLengthBefore,
        byteLengthAfter: moment.byteLengthAfter,
      })),
    };
    return context.json(history);
  });
}

type Filter = Omit<ReviewPageQuery, 'offset' | 'limit'> & { readonly sinceMs: number; readonly page: number };

async function readQuery(context: Context, { access, now }: StatsParts): Promise<Filter> {
  const visitor = await access.known(context);
  const { days = '30', status = '', repository = '', page = '1' } = context.req.query();
  const whole = (name: string, text: string, max: number) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= 1 && value <= max) return value;
    throw new Refusal(400, 'WRONG_QUERY', `${name}: expected a whole number from 1 to ${max}.`);
  };
  const states = status === '' ? undefined : Object.entries(STATES).find(([name]) => name === status)?.[1];
  if (status !== '' && states === undefined)
    throw new Refusal(400, 'WRONG_QUERY', `status: expected one of ${Object.keys(STATES).join(', ')}.`);
  if (repository !== '' && !maySee(visitor, repository)) throw notHere('This repository');
  const repositories = repository === '' ? scopeOf(visitor) : [repository];
  // From midnight on: the sums are kept by day.
  const sinceMs = Math.floor(now() / DAY_MS) * DAY_MS - (whole('days', days, 3650) - 1) * DAY_MS;
  return { ...narrowedTo(repositories), ...(states && { states }), sinceMs, page: whole('page', page, 1_000_000) };
}

function narrowedTo(repositories: readonly string[] | undefined): { readonly repositories?: readonly string[] } {
  return repositories === undefined ? {} : { repositories };
}

function numbersOf({ totals, days, repositories, duration }: Statistics) {
  const completed = totals.reviewCount - totals.failedCount;
  return {
    totals: {
      completed,
      failed: totals.failedCount,
      successRatio: totals.reviewCount === 0 ? null : completed / totals.reviewCount,
      savedBytes: totals.savedBytes,
      savedLfsBytes: totals.savedLfsBytes,
      medianMs: duration.medianMs,
      p95Ms: duration.p95Ms,
    },
    points: days.map((day) => ({
      from: `${day.day}T00:00:00.000Z`,
      completed: day.reviewCount - day.failedCount,
      failed: day.failedCount,
      savedBytes: day.savedBytes,
      medianMs: day.medianMs,
    })),
    repositories: repositories
      .filter(({ repository }) => repository !== '')
      .map((sums) => ({
        repository: sums.repository,
        completed: sums.reviewCount - sums.failedCount,
        failed: sums.failedCount,
        savedBytes: sums.savedBytes,
        savedRatio: sums.byteLengthBefore === 0 ? 0 : sums.savedBytes / sums.byteLengthBefore,
      })),
  };
}
