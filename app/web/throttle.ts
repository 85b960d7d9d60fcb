/** How much one visitor may ask for: so many at once, and so many within a while. Counted in this process. */
import { Refusal } from './answer.ts';

/** The bounds; times in milliseconds. */
export interface ThrottleBounds {
  readonly perWindow: number;
  readonly windowMs: number;
  /** At once by one visitor, and by all together. */
  readonly atOnce: number;
  readonly atOnceForAll: number;
}

/** Counts. */
export interface Throttle {
  /** Throws a `Refusal` with 429; else gives what ends it. */
  enter(who: string): () => void;
}

// Beyond so many visitors the oldest windows are forgotten.
const KNOWN_LIMIT = 10_000;

/** Opens it; `now` in milliseconds. */
export function openThrottle(bounds: ThrottleBounds, now: () => number): Throttle {
  const windows = new Map<string, { readonly startMs: number; count: number }>();
  const active = new Map<string, number>();
  let activeForAll = 0;
  return {
    enter(who) {
      const atMs = now();
      const known = windows.get(who);
      const window =
        known !== undefined && atMs - known.startMs < bounds.windowMs ? known : { startMs: atMs, count: 0 };
      const mine = active.get(who) ?? 0;
      if (window.count >= bounds.perWindow) {
        const retryAfterS = (window.startMs + bounds.windowMs - atMs) / 1000;
        throw new Refusal(429, 'TOO_MANY', `That is more than ${bounds.perWindow} in a while.`, {
          hint: `Try again in ${Math.ceil(retryAfterS / 60)} min.`,
          retryAfterS,
        });
      }
      if (mine >= bounds.atOnce || activeForAll >= bounds.atOnceForAll) {
        throw new Refusal(429, 'TOO_MANY', 'Too much comes in at once.', { hint: 'Try again soon.', retryAfterS: 5 });
      }
      window.count++;
      windows.delete(who);
      windows.set(who, window);
      for (const oldest of windows.keys()) {
        if (windows.size <= KNOWN_LIMIT) break;
        windows.delete(oldest);
      }
      active.set(who, mine + 1);
      activeForAll++;
      let isOver = false;
      return () => {
        if (isOver) return;
        isOver = true;
        activeForAll--;
        const left = (active.get(who) ?? 1) - 1;
        if (left > 0) active.set(who, left);
        else active.delete(who);
      };
    },
  };
}
