/** The service: settings -> adapters -> ledger, dispatcher, worker, web, by role. */
import { mkdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import {
  type Accepted,
  type ArtifactStore,
  type JobBoard,
  type JobId,
  messageOf,
  type NewJob,
  type NoteStore,
  type OpenHome,
  type Renderer,
} from '../../src/index.ts';
import { openTiers, TIER_DEFAULTS, type Tiers } from '../dispatch/tiers.ts';
import { type OpenLedger, openLedger } from '../ledger/open.ts';
import { openSpool, type Spool } from '../ledger/spool.ts';
import { caused, type Log } from '../log.ts';
import { reviewHandlers } from '../review-jobs.ts';
import { openSandbox } from '../sandbox/pool.ts';
import type { Walls } from '../sandbox/walls.ts';
import { readLimits } from '../settings/limits.ts';
import type { ServiceSettings } from '../settings/service.ts';
import { shareReviewers } from '../shared-reviewers.ts';
import type { Meter } from '../web/metrics.ts';
import { within } from '../within.ts';
import { type Handler, startWorker, type Worker, type WorkerOptions } from '../worker.ts';
import { openArtifacts } from './artifacts.ts';
import { startCaretaker } from './caretaker.ts';
import { openHomes } from './homes.ts';
import { metered } from './metered.ts';
import { openServiceRenderer } from './renderer.ts';
import { tiersOf } from './tiers.ts';

/** Which parts of the service run in this process. */
export interface Roles {
  readonly web: boolean;
  readonly worker: boolean;
}

/** What rooms of the web and webhooks work with. */
export interface Service {
  readonly settings: ServiceSettings;
  readonly roles: Roles;
  readonly log: Log;
  /** Into the ledger, or onto the disk while it is away; then the workers are woken. */
  readonly accept: Accept;
  readonly ledger: OpenLedger;
  readonly artifacts: ArtifactStore;
  readonly tiers: Tiers;
  readonly spool: Spool;
  readonly worker: Worker | null;
  readonly renderer: {
    readonly name: string;
    readonly why: string | null;
    readonly isSandboxed: () => boolean | null;
  };
  /** What stands around the processes of assets. */
  readonly walls: () => Promise<Walls>;
  readonly startedMs: number;
  /** Stops taking work, waits for what runs, gives leases back, closes everything. */
  stop(): Promise<void>;
}

/** Takes jobs: into the ledger, or onto the disk while it is away. */
export type Accept = (jobs: readonly NewJob[]) => Promise<readonly Accepted[]>;

/** What other parts of the product bring along. */
export interface ServiceExtras {
  /** Opens homes of jobs that belong to GitHub. */
  readonly openGitHubHome?: OpenHome;
  /** Handlers of further kinds of jobs. */
  readonly handlers?: Readonly<Record<string, Handler>>;
  /** What needs the ledger itself. */
  readonly room?: (base: RoomBase) => ServiceRoom;
  /** Processes that wait for assets; as many as slots unless said. */
  readonly spareCount?: number;
  /** Counts for `/metrics`. */
  readonly meter?: Meter;
}

/** What a room works with. */
export interface RoomBase {
  readonly accept: Accept;
  readonly board: JobBoard;
  readonly notes: NoteStore;
  readonly artifacts: ArtifactStore;
}

/** A part that brings homes of its own, and puts something around every review. */
export interface ServiceRoom {
  readonly openGitHubHome: OpenHome;
  readonly handlers: (review: Handler) => Readonly<Record<string, Handler>>;
}

// GitHub waits ten seconds for an answer; a ledger that takes longer than this is as good as down.
const ACCEPT_TIMEOUT_MS = 300;
const POLL_MS = { sqlite: 250, postgres: 500 } as const;
const BACKOFF_MS = 1000;
// By then we listen: as many processes as there are cores would double the time of our own start.
const SPARES_AFTER_MS = 1000;

/** Starts what the roles ask for. Postgres and Redis may be down: the service starts all the same. */
export async function startService(
  settings: ServiceSettings,
  roles: Roles,
  log: Log,
  extras: ServiceExtras = {},
): Promise<Service> {
  const startedMs = Date.now();
  await mkdir(settings.dataDir, { recursive: true, mode: 0o700 });
  const place = settings.databaseUrl === null ? { folder: settings.dataDir } : { url: settings.databaseUrl };
  const ledger = openLedger(place, { leaseMs: settings.leaseMs, worker: `${hostname()}:${process.pid}` });
  const migrated = await ledger.migrate().then(
    () => true,
    (thrown: unknown) => {
      if (ledger.kind === 'sqlite') throw thrown;
      log('warn', 'the ledger does not answer yet: jobs wait on the disk', { error: messageOf(thrown) });
      return false;
    },
  );
  const spool = openSpool(
    settings.dataDir,
    { accept: ledger.jobs.accept, ping: ledger.ping },
    { acceptTimeoutMs: ACCEPT_TIMEOUT_MS, within },
  );
  const artifacts = await openArtifacts(settings);
  const tiers = await openTiers(await tiersOf(settings, ledger), {
    ...TIER_DEFAULTS,
    within,
    onChange({ name, state, why }) {
      if (state === 'down') extras.meter?.tierLost(name);
      log(state === 'up' ? 'info' : 'warn', `tier ${name} is ${state}`, { why });
    },
  });
  const ring = (ids: readonly JobId[]): void => {
    if (ids.length > 0)
      tiers.ring(ids).catch((thrown: unknown) => log('warn', 'nobody could be rung', { error: messageOf(thrown) }));
  };
  const accept: Accept = async (jobs) => {
    const accepted = await spool.accept(caused(jobs));
    for (const [place, { outcome }] of accepted.entries()) extras.meter?.accepted(jobs[place]?.kind ?? '', outcome);
    ring(accepted.flatMap(({ outcome, id }) => (outcome === 'accepted' && id !== null ? [id] : [])));
    return accepted;
  };

  const renderer: Renderer & Service['renderer'] = roles.worker
    ? openServiceRenderer(settings.slots, settings.environment)
    : {
        name: 'none',
        why: 'this process reviews nothing',
        isSandboxed: () => null,
        open: async () => ({ kind: 'not-rendered', why: '' }),
        close: async () => {},
      };
  // As many wait as may be needed at once: nobody waits for a process to start.
  const limits = readLimits(settings.environment);
  const sandbox = openSandbox({
    spareCount: extras.spareCount ?? (roles.worker ? settings.slots : 0),
    sparesAfterMs: SPARES_AFTER_MS,
    fileLimits: limits.file,
    limits: limits.process,
  });
  const room = extras.room?.({ accept, board: ledger.board, notes: ledger.notes, artifacts });
  const reviews = reviewHandlers({
    openHome: openHomes(artifacts, room?.openGitHubHome ?? extras.openGitHubHome),
    openReviewer: shareReviewers(() => sandbox.openReviewer(metered(renderer, extras.meter))),
    artifacts,
    results: ledger.results,
    reports: ledger.reports,
    board: ledger.board,
    hasRenderer: renderer.why === null,
    limits: limits.file,
  });
  const handlers = { ...reviews, ...room?.handlers(reviews.review), ...extras.handlers };
  const worker = roles.worker
    ? startWorker(ledger.jobs, handlers, {
        slots: settings.slots,
        pollMs: POLL_MS[ledger.kind],
        renewMs: Math.min(2000, settings.leaseMs / 3),
        backoffMs: BACKOFF_MS,
        random: Math.random,
        log,
        ...(extras.meter && { onSettled: settledBy(extras.meter, ledger) }),
      })
    : null;
  if (worker !== null) await tiers.listen((id) => worker.wake(id));
  const caretaker = startCaretaker({
    ledger,
    spool,
    artifacts,
    ring,
    log,
    isMigrated: migrated,
    artifactDays: settings.artifactDays,
    historyDays: settings.historyDays,
  });

  return {
    settings,
    roles,
    log,
    accept,
    ledger,
    artifacts,
    tiers,
    spool,
    worker,
    renderer,
    walls: sandbox.walls,
    startedMs,
    async stop() {
      await worker?.stop(settings.drainMs);
      await caretaker.stop();
      await tiers.close();
      await sandbox.close();
      await renderer.close();
      spool.close();
      await ledger.close();
    },
  };
}

/** How long it waited is in the ledger. */
function settledBy(meter: Meter, ledger: OpenLedger): NonNullable<WorkerOptions['onSettled']> {
  return ({ id, kind, attempt, memo }, outcome, runMs) => {
    const settled = (waitMs: number | null) => meter.settled({ kind, waitMs, runMs }, outcome);
    if (attempt > 1 || memo !== null) return settled(null);
    void ledger.board
      .find({ id })
      .catch(() => undefined)
      .then((record) => settled(record?.startedMs ? Math.max(0, record.startedMs - record.createdMs) : null));
  };
}

/** Where the service keeps things, for its log. */
export function placesOf({ settings, ledger }: Service): Readonly<Record<string, string>> {
  return {
    ledger: ledger.kind === 'sqlite' ? path.join(settings.dataDir, 'ledger.sqlite') : 'Postgres',
    artifacts: settings.artifactsUrl === null ? path.join(settings.dataDir, 'artifacts') : 'bucket',
  };
}
