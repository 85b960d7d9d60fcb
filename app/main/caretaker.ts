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
  let timer: NodeJS.Timeout | undefined;

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
    if (!isAway && Date.now() >= forgetAtMs) {
      forgetAtMs = Date.now() + FORGET_EVERY_MS;
      const count = await forgetUploads({ ...ledger, artifacts }, Date.now()).catch((thrown: unknown) => {
        log('warn', 'expired uploads cannot be deleted', { error: messageOf(thrown) });
        return 0;
      });
      if (count > 0) log('info', 'expired uploads are deleted', { count });
    }
    if (Date.now() < expireAtMs) return;
    expireAtMs = Date.now() + EXPIRE_EVERY_MS;
    // Results first: none may name what is gone.
    await ledger.results.expire(artifactDays * DAY_MS - EXPIRE_EVERY_MS).catch(() => {});
    const count = await artifacts.expire(artifactDays * DAY_MS).catch((thrown: unknown) => {
      log('warn', 'old artifacts cannot be deleted', { error: messageOf(thrown) });
      return 0;
    });
    if (count > 0) log('info', 'old artifacts are deleted', { count });
    // A result without its bytes is of no use.
    const ages = { historyMs: historyDays * DAY_MS, resultMs: artifactDays * DAY_MS };
    const forgotten = await ledger.forget(ages).catch((thrown: unknown) => {
      log('warn', 'old jobs and reports cannot be deleted', { error: messageOf(thrown) });
      return 0;
    });
    if (forgotten > 0) log('info', 'old jobs and reports are deleted', { count: forgotten });
  }

  let looking: Promise<void> = look();
  const again = () => {
    timer = setTimeout(() => {
      looking = look();
      void looking.finally(() => isStopped || again());
    }, EVERY_MS);
  };
  void looking.finally(() => isStopped || again());
  return {
    async stop() {
      isStopped = true;
      clearTimeout(timer);
      await looking;
    },
  };
}
