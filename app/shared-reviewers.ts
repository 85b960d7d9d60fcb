/** One reviewer for all assets of a review on this machine: its processes stay warm from asset to asset, and see no other review's. */
import type { AssetReviewer } from '../src/index.ts';

/** A reviewer on loan for one asset; closing it gives it back. */
export interface LentReviewer extends AssetReviewer {
  /** Whether its process may have opened another asset before: one that took it over can lie about all that follow. */
  readonly hasSeenOthers: () => boolean;
}

// Between two assets of a review a worker asks the ledger; a review that waits longer has its assets elsewhere.
const LINGER_MS = 1000;

interface Shared {
  readonly reviewer: AssetReviewer;
  userCount: number;
  startedCount: number;
  timer: NodeJS.Timeout | undefined;
}

/** Lends reviewers by review; the last one that is given back ends a moment later. */
export function shareReviewers(
  open: () => AssetReviewer,
  lingerMs: number = LINGER_MS,
): (review: string) => LentReviewer {
  const known = new Map<string, Shared>();
  const giveBack = (review: string, shared: Shared): void => {
    shared.userCount--;
    if (shared.userCount > 0) return;
    shared.timer = setTimeout(() => {
      known.delete(review);
      // Processes that do not end by themselves are ended with the sandbox.
      shared.reviewer.close().catch(() => {});
    }, lingerMs);
    shared.timer.unref();
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
