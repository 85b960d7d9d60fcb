/** `/metrics`: what operators watch, as Prometheus reads it. */
import type { Hono } from 'hono';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { JobBoard, Outcome, ReportStore } from '../../src/index.ts';
import type { Access } from './access.ts';
import { Refusal } from './answer.ts';

/** Counts what happens in this process. */
export interface Meter {
  webhook(event: string, outcome: string): void;
  accepted(kind: string, outcome: string): void;
  /** A try of a job has ended. `waitMs` is null for one that was not the first. */
  settled(
    job: { readonly kind: string; readonly waitMs: number | null; readonly runMs: number },
    outcome: Outcome,
  ): void;
  bytes(direction: 'in' | 'out', byteLength: number): void;
  rendered(what: string): void;
  tierLost(name: string): void;
  readonly registry: Registry;
}

/** What is asked of the ledger and the broker for each scrape. */
export interface MetricsParts {
  readonly access: Pick<Access, 'visitor'>;
  readonly meter: Meter;
  readonly board: Pick<JobBoard, 'count'>;
  readonly reports: Pick<ReportStore, 'statistics'>;
  readonly tiers: () => readonly { readonly name: string; readonly state: string }[];
  readonly spooledCount: () => number;
}

const PREFIX = 'glb_optimizer_';
const BUCKETS_S = [0.1, 0.5, 1, 2, 5, 10, 20, 60, 120, 300, 600, 1800];

/** Opens it. */
export function openMeter(): Meter {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: PREFIX });
  const counter = <const Label extends string>(name: string, help: string, labelNames: readonly Label[]) =>
    new Counter({ name: `${PREFIX}${name}`, help, labelNames: [...labelNames], registers: [registry] });
  const histogram = (name: string, help: string) =>
    new Histogram({ name: `${PREFIX}${name}`, help, labelNames: ['kind'], buckets: BUCKETS_S, registers: [registry] });
  const webhooks = counter('webhooks_received_total', 'Webhooks by event and outcome.', ['event', 'outcome']);
  const accepted = counter('jobs_accepted_total', 'Jobs that were asked for, by kind and outcome.', [
    'kind',
    'outcome',
  ]);
  const finished = counter('jobs_finished_total', 'Jobs that this process finished.', ['kind']);
  const failed = counter('jobs_failed_total', 'Tries that failed in this process, by reason.', ['kind', 'reason']);
  const wait = histogram('job_wait_seconds', 'From accepted to begun.');
  const run = histogram('job_run_seconds', 'One try, from begun to ended.');
  const bytes = counter('bytes_total', 'Bytes of uploads (in) and artifacts (out).', ['direction']);
  const renders = counter('renders_total', 'What the browser drew.', ['what']);
  const fallbacks = counter('broker_fallbacks_total', 'How often a tier of the broker was left.', ['tier']);
  return {
    registry,
    webhook: (event, outcome) => webhooks.inc({ event, outcome }),
    accepted: (kind, outcome) => accepted.inc({ kind, outcome }),
    settled({ kind, waitMs, runMs }, outcome) {
      if (waitMs !== null) wait.observe({ kind }, waitMs / 1000);
      run.observe({ kind }, runMs / 1000);
      if (outcome.kind === 'done') finished.inc({ kind });
      else if (outcome.kind === 'dead' || outcome.kind === 'again')
        failed.inc({ kind, reason: outcome.kind === 'dead' ? 'given-up' : 'tried-again' });
    },
    bytes: (direction, byteLength) => bytes.inc({ direction }, byteLength),
    rendered: (what) => renders.inc({ what }),
    tierLost: (tier) => fallbacks.inc({ tier }),
  };
}

/** Mounts it. For this machine and the operator: Prometheus can send ADMIN_TOKEN as its bearer. */
export function mountMetrics(web: Hono, { access, meter, board, reports, tiers, spooledCount }: MetricsParts): void {
  const { registry } = meter;
  const gauge = <const Label extends string>(name: string, help: string, labelNames: readonly Label[]) =>
    new Gauge({ name: `${PREFIX}${name}`, help, labelNames: [...labelNames], registers: [registry] });
  const depth = gauge('queue_depth', 'Jobs in the ledger that are not final, and failed ones, by state.', ['state']);
  const reviews = gauge('reviews', 'Reviews that have ended, in the whole ledger, by outcome.', ['outcome']);
  const saved = gauge('saved_bytes', 'Bytes saved by all reviews.', []);
  const tier = gauge('broker_tier', '1 for the tier in use, 0 for the others.', ['tier']);
  const spooled = gauge('spooled_jobs', 'Jobs on the disk that wait for the ledger.', []);

  web.get('/metrics', async (context) => {
    const { kind } = await access.visitor(context);
    if (kind !== 'local' && kind !== 'operator')
      throw new Refusal(401, 'SIGN_IN', 'Metrics are for the operator.', {
        hint: 'Send ADMIN_TOKEN: authorization: Bearer ….',
      });
    for (const { name, state } of tiers()) tier.set({ tier: name }, state === 'active' ? 1 : 0);
    spooled.set(spooledCount());
    // While the ledger is away, the rest is all the more wanted.
    const [counts, statistics] = await Promise.all([
      board.count().catch(() => null),
      reports.statistics({}).catch(() => null),
    ]);
    for (const [state, count] of Object.entries(counts ?? {})) depth.set({ state }, count);
    if (statistics !== null) {
      const { reviewCount, failedCount, savedBytes } = statistics.totals;
      reviews.set({ outcome: 'completed' }, reviewCount - failedCount);
      reviews.set({ outcome: 'failed' }, failedCount);
      saved.set(savedBytes);
    }
    return context.body(await registry.metrics(), 200, { 'content-type': registry.contentType });
  });
}
