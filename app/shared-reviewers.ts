/** One reviewer for all assets of a review on this machine: its processes stay warm from asset to asset, and see no other review's. */
import type { AssetReviewer } from '../src/index.ts';

/** A reviewer on loan for one asset; closing it gives it back. */
export interface LentReviewer extends AssetReviewer {
  /** Whether its process may have opened another asset before: one that took it over can lie about all that follow. */
  readonly hasSeenOthers: () => boolean;
}

// Between two assets of a review a worker asks the ledger; a review that waits longer has its assets elsewhere.
const LINGER_MS = 1000;
// Many short reviews end within that moment: so many may wait for more, the oldest of the others ends at once.
const IDLE_LIMIT_COUNT = 4;

interface Shared {
  readonly reviewer: AssetReviewer;
  userCount: number;
  startedCount: number;
  /** Set while nobody uses it. */
  timer: NodeJS.Timeout | undefined;
}

/** Lends reviewers by review; the last one that is given back ends a moment later. */
export function shareReviewers(
  open: () => AssetReviewer,
  lingerMs: number = LINGER_MS,
): (review: string) => LentReviewer {
  const known = new Map<string, Shared>();
  const end = (review: string, shared: Shared): void => {
    clearTimeout(shared.timer);
    known.delete(review);
    // Processes that do not end by themselves are ended with the sandbox.
    shared.reviewer.close().catch(() => {});
  };
  const giveBack = (review: string, shared: Shared): void => {
    shared.userCount--;
    if (shared.userCount > 0) return;
    shared.timer = setTimeout(() => end(review, shared), lingerMs).unref();
    // Behind those that have waited longer.
    known.delete(review);
    known.set(review, shared);
    const idle = [...known].filter(([, { userCount }]) => userCount === 0);
    for (const [oldest, its] of idle.slice(0, Math.max(0, idle.length - IDLE_LIMIT_COUNT))) end(oldest, its);
  };
  return (review) => {
    const shared = known.get(review) ?? { reviewer: open(), userCount: 0, startedCount: 0, timer: undefined };
    known.set(review, shared);
    clearTimeout(shared.timer);
    shared.userCount++;
    let isOpen = true;
    let hasSeenOthers = false;
    return {
      review(assignment, options) {
        // The first one to begin finds no process that anybody has used.
        hasSeenOthers ||= shared.startedCount > 0;
        shared.startedCount++;
        return shared.reviewer.review(assignment, options);
      },
      hasSeenOthers: () => hasSeenOthers,
      async close() {
        if (isOpen) giveBack(review, shared);
        isOpen = false;
      },
    };
  };
}
