/** One reviewer for all assets of a review on this machine: its processes stay warm from asset to asset, and see no other review's. */
import type { AssetReviewer } from '../src/index.ts';

// Between two assets of a review a worker asks the ledger; a review that waits longer has its assets elsewhere.
const LINGER_MS = 1000;

interface Shared {
  readonly reviewer: AssetReviewer;
  userCount: number;
  timer: NodeJS.Timeout | undefined;
}

/** Lends reviewers by review; closing a lent one gives it back, and the last one ends a moment later. */
export function shareReviewers(
  open: () => AssetReviewer,
  lingerMs: number = LINGER_MS,
): (review: string) => AssetReviewer {
  const known = new Map<string, Shared>();
  const leave = (review: string, shared: Shared): void => {
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
    const shared = known.get(review) ?? { reviewer: open(), userCount: 0, timer: undefined };
    known.set(review, shared);
    clearTimeout(shared.timer);
    shared.userCount++;
    let isOpen = true;
    return {
      review: (assignment, options) => shared.reviewer.review(assignment, options),
      async close() {
        if (isOpen) leave(review, shared);
        isOpen = false;
      },
    };
  };
}
