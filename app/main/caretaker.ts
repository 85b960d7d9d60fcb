/** Looks after the ledger: expired leases, due retries, rings that got lost, jobs in the spool, old artifacts and jobs, expired uploads. */
import { type ArtifactStore, type JobId, messageOf } from '../../src/index.ts';
import type { OpenLedger } from '../ledger/open.ts';
import type { Spool } from '../ledger/spool.ts';
import type { Log } from '../log.ts';
import { forgetUploads } from './forget-uploads.ts';

/** What it looks after. */
export interface Care {
  readonly ledger: OpenLedger;
  readonly spool: Spool;
  readonly artifacts: ArtifactStore;
  readonly ring: (ids: readonly JobId[]) => void;
  readonly log: Log;
  /** The tables are up to date already. */
  readonly isMigrated: boolean;
  readonly artifactDays: number;
  readonly historyDays: number;
}

const EVERY_MS = 500;
// Rung, and nobody came: the ring was lost with its broker.
const UNCLAIMED_MS = 3000;
const EXPIRE_EVERY_MS = 3_600_000;
const DAY_MS = 86_400_000;
const FORGET_EVERY_MS = 30_000;

/** Starts looking after it; `stop` waits for what is under way. */
export function startCaretaker({ ledger, spool, artifacts, ring, log, isMigrated, artifactDays, historyDays }: Care): {
  stop(): Promise<void>;
} {
  let needsMigration = !isMigrated;
  let isAway = false;
  let expireAtMs = Date.now() + EXPIRE_EVERY_MS;
  let forgetAtMs = 0;
  let isStopped = false;

  async function look(): Promise<void> {
    try {
      if (needsMigration) await ledger.migrate();
      needsMigration = false;
      // Also when nothing waits: this is how the spool learns that the ledger is back.
      const { downSinceMs, waitingCount } = spool.state();
      if (downSinceMs !== null || waitingCount > 0) {
        const drained = await spool.drain();
        if (drained.length > 0) log('info', 'the spool is drained', { jobs: drained.length });
        ring(drained.flatMap(({ id }) => id ?? []));
      }
      ring(await ledger.jobs.tend(UNCLAIMED_MS));
      if (isAway) log('info', 'the ledger is back');
      isAway = false;
    } catch (thrown) {
      if (!isAway) log('warn', 'the ledger does not answer', { error: messageOf(thrown) });
      isAway = true;
    }
  }

  async function clean(): Promise<void> {
    if (needsMigration || isAway) return;
    if (Date.now() >= forgetAtMs) {
      forgetAtMs = Date.now() + FORGET_EVERY_MS;
      await told('expired uploads', () => forgetUploads({ ...ledger, artifacts }, Date.now()));
    }
    if (isStopped || Date.now() < expireAtMs) return;
    expireAtMs = Date.now() + EXPIRE_EVERY_MS;
    const artifactMs = artifactDays * DAY_MS;
    // Results first: none may name what is gone before the next time.
    const ages = { historyMs: historyDays * DAY_MS, resultMs: artifactMs - EXPIRE_EVERY_MS };
    const isDone = await told('old jobs and reports', () => ledger.forget(ages));
    if (isDone && !isStopped) await told('old artifacts', () => artifacts.expire(artifactMs));
  }

  async function told(what: string, work: () => Promise<number>): Promise<boolean> {
    try {
      const count = await work();
      if (count > 0) log('info', `${what} are deleted`, { count });
      return true;
    } catch (thrown) {
      log('warn', `${what} cannot be deleted`, { error: messageOf(thrown) });
      return false;
    }
  }

  // Apart: a slow bucket keeps no job waiting.
  const rounds = [repeat(look), repeat(clean)];
  return {
    async stop() {
      isStopped = true;
      await Promise.all(rounds.map((round) => round.stop()));
    },
  };
}

/** At once, and again some time after each end; `stop` waits for what is under way. */
function repeat(work: () => Promise<void>): { stop(): Promise<void> } {
  let isStopped = false;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void>;
  const run = () => {
    running = work();
    void running.finally(() => {
      if (!isStopped) timer = setTimeout(run, EVERY_MS);
    });
  };
  run();
  return {
    async stop() {
      isStopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
