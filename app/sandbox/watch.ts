/** Looks at a process while it works, and says when it takes more than it may. */
import { formatBytes, formatMs, LIMITS, type Limits } from '../../src/index.ts';
import { type Usage, usageOf } from './usage.ts';

/** What one asset may take. The operator's, never a pull request's. */
export interface SandboxLimits {
  /** Of the process, its native libraries included. */
  readonly memoryByteLength: number;
  /** Of all its threads together, for one asset. */
  readonly cpuMs: number;
  /** From beginning to end for one asset, without the time in which it waits for pictures. */
  readonly wallMs: number;
}

/** The limits, unless the operator says otherwise. */
export const SANDBOX_DEFAULTS: SandboxLimits = Object.freeze({
  memoryByteLength: LIMITS.memoryByteLength,
  cpuMs: 15 * 60_000,
  wallMs: 15 * 60_000,
});

/** What a process may take: what a file may claim, and all else that the operator sets. */
export function limitsOf(fileLimits: Limits, limits: Partial<SandboxLimits> = {}): SandboxLimits {
  return { ...SANDBOX_DEFAULTS, memoryByteLength: fileLimits.memoryByteLength, ...limits };
}

/** What was taken too much of. */
export interface Stop {
  readonly code: 'LIMIT_MEMORY' | 'LIMIT_TIME';
  readonly why: string;
}

// In this time a process can take some hundred megabytes; what it takes beyond, the kernel's own limit stops.
const LOOK_EVERY_MS = 50;
const LONGEST_LOOK_MS = 1000;
// Waiting for pictures costs the process nothing, but its seat.
const PATIENCE = 4;

/** Looks until it is ended; `onStop` is told at most once. */
export function watch(
  pid: number,
  limits: SandboxLimits,
  isWaiting: () => boolean,
  onStop: (stop: Stop) => void,
): { readonly end: () => void } {
  let before: Usage | undefined;
  let workedMs = 0;
  let totalMs = 0;
  let lastMs = performance.now();
  let isLooking = false;
  const look = async () => {
    const nowMs = performance.now();
    // What stopped us stopped the child as well, or nobody knows.
    const passedMs = Math.min(nowMs - lastMs, LONGEST_LOOK_MS);
    totalMs += passedMs;
    if (!isWaiting()) workedMs += passedMs;
    lastMs = nowMs;
    if (workedMs > limits.wallMs || totalMs > limits.wallMs * PATIENCE) return stop(overTime(limits.wallMs, ''));
    const usage = await usageOf(pid);
    if (usage === undefined) return;
    before ??= usage;
    if (usage.memoryByteLength > limits.memoryByteLength) {
      const limit = formatBytes(limits.memoryByteLength);
      stop({ code: 'LIMIT_MEMORY', why: `Processing the file takes more than ${limit} of memory.` });
    } else if (usage.cpuMs - before.cpuMs > limits.cpuMs) stop(overTime(limits.cpuMs, ' of processor time'));
  };
  const timer = setInterval(() => {
    if (isLooking) return;
    isLooking = true;
    void look().finally(() => {
      isLooking = false;
    });
  }, LOOK_EVERY_MS);
  const end = () => clearInterval(timer);
  const stop = (why: Stop) => {
    end();
    onStop(why);
  };
  return { end };
}

function overTime(limitMs: number, kind: string): Stop {
  return { code: 'LIMIT_TIME', why: `Processing the file takes more than ${formatMs(limitMs)}${kind}.` };
}
