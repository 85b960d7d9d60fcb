/** Takes jobs from the ledger and runs their handlers, as many at once as there are slots. This process renews leases: it does no CPU work. */
import {
  type Accepted,
  BotError,
  type Claim,
  type JobLedger,
  messageOf,
  type NewJob,
  type Outcome,
} from '../src/index.ts';
import { caused, causeOf, type Log, withOwnLogFields } from './log.ts';

/** What a handler may do besides its work. */
export interface JobTools {
  /** Aborted when the job is cancelled, lost or given back. */
  readonly signal: AbortSignal;
  /** Kept with the next heartbeat, for everybody to see. */
  readonly tell: (progress: unknown) => void;
  /** Children, taken only as long as the job is ours. */
  readonly enqueue: (jobs: readonly NewJob[]) => Promise<readonly Accepted[]>;
  /** Asked right before an effect on the world: throws when the job is no longer ours. */
  readonly fence: () => Promise<void>;
}

/** Works on one claim. What it throws is tried again. */
export type Handler = (claim: Claim, tools: JobTools) => Promise<Outcome>;

/** How a worker works; times in milliseconds. */
export interface WorkerOptions {
  readonly slots: number;
  /** How often it looks into the ledger without being rung. */
  readonly pollMs: number;
  readonly renewMs: number;
  /** The first wait before a job is tried again; doubled each time. */
  readonly backoffMs: number;
  /** 0 to 1. */
  readonly random: () => number;
  readonly log: Log;
  /** Told of each try that was ours to settle. */
  readonly onSettled?: (claim: Claim, outcome: Outcome, runMs: number) => void;
}

/** A worker at work. */
export interface Worker {
  /** Takes what is ready. Answers once a slot is free again, so that others get the next ring. */
  wake(id?: string): Promise<void>;
  state(): { readonly slots: number; readonly activeCount: number };
  /** Takes nothing new, waits so long for what runs, then gives the rest back. */
  stop(drainMs: number): Promise<void>;
}

const BACKOFF_LIMIT_MS = 60_000;
const SETTLE_RETRY_MS = 500;
// Between "stop" and giving a job back whose handler does not listen.
const ABORT_GRACE_MS = 2000;

class Stopped extends Error {}

interface Running {
  readonly claim: Claim;
  readonly stop: AbortController;
  readonly ended: Promise<void>;
  /** Settles it as returned, whatever its handler does. */
  giveBack(): Promise<void>;
}

/** Starts taking jobs. */
export function startWorker(
  ledger: JobLedger,
  handlers: Readonly<Record<string, Handler>>,
  options: WorkerOptions,
): Worker {
  const { slots, log } = options;
  const running = new Map<Claim, Running>();
  // A slot is free again when its handler has ended: the next job is fetched while the outcome is on its way.
  let busyCount = 0;
  const stopping = new AbortController();
  let taking: Promise<void> | undefined;
  let wishes: string[] = [];
  let isAskedAgain = false;
  let freed = Promise.withResolvers<void>();

  function take(id?: string): Promise<void> {
    if (id !== undefined) wishes.push(id);
    if (taking !== undefined) {
      isAskedAgain = true;
      return taking;
    }
    taking = takeAll()
      .catch((thrown: unknown) => log('warn', 'the ledger gives no jobs', { error: messageOf(thrown) }))
      .finally(() => {
        taking = undefined;
        if (isAskedAgain) void take();
      });
    return taking;
  }

  async function takeAll(): Promise<void> {
    // Handlers that end together free their slots together: one question for all of them.
    await new Promise((resolve) => setImmediate(resolve));
    isAskedAgain = false;
    const named = wishes;
    wishes = [];
    const free = slots - busyCount;
    if (free <= 0 || stopping.signal.aborted) return;
    let claims = await ledger.claim({ limit: free });
    // The one that rang may be held by another statement at this moment: asked for by name, it is waited for.
    const [id] = named;
    if (claims.length === 0 && id !== undefined) claims = await ledger.claim({ limit: 1, id });
    for (const claim of claims) start(claim);
  }

  function start(claim: Claim): void {
    const stop = new AbortController();
    let isSettled = false;
    const startedMs = performance.now();
    const settle = async (outcome: Outcome): Promise<void> => {
      if (isSettled) return;
      isSettled = true;
      const fields = { job: claim.id, kind: claim.kind, attempt: claim.attempt, outcome: outcome.kind };
      const isOurs = await settled(claim, outcome);
      if (!isOurs) log('warn', 'the job was no longer ours: what it did counts for nothing', fields);
      else {
        options.onSettled?.(claim, outcome, performance.now() - startedMs);
        const isBad = outcome.kind === 'dead' || outcome.kind === 'again';
        const isReview = claim.kind === 'review' && outcome.kind === 'done';
        log(isBad ? 'warn' : isReview ? 'info' : 'debug', 'job settled', {
          ...causeOf(claim.payload),
          ...fields,
          ...('why' in outcome ? { why: outcome.why } : {}),
        });
      }
    };
    busyCount++;
    const release = () => {
      busyCount--;
      freed.resolve();
      freed = Promise.withResolvers();
      void take();
    };
    const ids = { ...causeOf(claim.payload), job: claim.id, kind: claim.kind, attempt: claim.attempt };
    const ended = withOwnLogFields(ids, () => {
      log('debug', 'job started');
      return run(claim, stop, settle, release);
    }).finally(() => running.delete(claim));
    running.set(claim, { claim, stop, ended, giveBack: () => settle({ kind: 'returned' }) });
  }

  async function run(
    claim: Claim,
    stop: AbortController,
    settle: (outcome: Outcome) => Promise<void>,
    release: () => void,
  ): Promise<void> {
    let progress: unknown;
    let isLost = false;
    const beat = setInterval(async () => {
      const told = progress;
      progress = undefined;
      try {
        const answer = await ledger.renew(claim, told);
        isLost ||= answer === 'lost';
        if (answer !== 'held') stop.abort(new Stopped(`the job is ${answer}`));
      } catch {
        // The ledger is away. If the lease ends meanwhile, the token decides.
        progress ??= told;
      }
    }, options.renewMs);
    const tools: JobTools = {
      signal: stop.signal,
      tell: (value) => {
        progress = value;
      },
      enqueue: (jobs) => ledger.accept(caused(jobs), claim),
      fence: async () => {
        stop.signal.throwIfAborted();
        const answer = await ledger.renew(claim, progress);
        if (answer !== 'held') throw new Stopped(`the job is ${answer}`);
      },
    };
    try {
      const handler = handlers[claim.kind];
      const outcome: Outcome =
        handler === undefined
          ? { kind: 'again', why: `this worker does not know jobs of kind ${claim.kind}`, afterMs: backoff(claim) }
          : await handler(claim, tools).catch((thrown: unknown): Outcome => failure(claim, stop.signal, thrown));
      release();
      if (!isLost) await settle(outcome);
    } finally {
      clearInterval(beat);
    }
  }

  function failure(claim: Claim, signal: AbortSignal, thrown: unknown): Outcome {
    if (stopping.signal.aborted && signal.aborted) return { kind: 'returned' };
    if (!(thrown instanceof Stopped))
      log('warn', 'a job failed', {
        job: claim.id,
        kind: claim.kind,
        attempt: claim.attempt,
        error: messageOf(thrown),
      });
    // A process that died may have died of this machine: too little memory, a bad disk.
    const isElsewhere = thrown instanceof BotError && thrown.code === 'SANDBOX_FAILED';
    return { kind: 'again', why: messageOf(thrown), afterMs: backoff(claim), isElsewhere };
  }

  // Jitter, so that what failed together is not tried again together.
  function backoff({ attempt }: Claim): number {
    return Math.min(BACKOFF_LIMIT_MS, options.backoffMs * 2 ** (attempt - 1)) * (0.5 + options.random());
  }

  /** Until the ledger answers: the work is done, and only this says so. */
  async function settled(claim: Claim, outcome: Outcome): Promise<boolean> {
    for (;;) {
      try {
        return await ledger.settle(claim, outcome);
      } catch (thrown) {
        log('warn', 'the ledger takes no outcome', { job: claim.id, error: messageOf(thrown) });
        if (stopping.signal.aborted && outcome.kind === 'returned') return false;
        await new Promise((resolve) => setTimeout(resolve, SETTLE_RETRY_MS * (0.5 + options.random())));
      }
    }
  }

  const poll = setInterval(() => void take(), options.pollMs);
  void take();

  return {
    async wake(id) {
      if (busyCount >= slots) await Promise.race([freed.promise, pause(options.pollMs)]);
      await take(id);
    },
    state: () => ({ slots, activeCount: running.size }),
    async stop(drainMs) {
      stopping.abort();
      clearInterval(poll);
      await taking;
      const all = () => Promise.all([...running.values()].map(({ ended }) => ended));
      await Promise.race([all(), pause(drainMs)]);
      for (const { stop } of running.values()) stop.abort(new Stopped('the worker stops'));
      await Promise.race([all(), pause(ABORT_GRACE_MS)]);
      await Promise.all([...running.values()].map((one) => one.giveBack()));
    },
  };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}
