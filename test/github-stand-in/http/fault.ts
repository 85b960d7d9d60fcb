/** Faults that a test switches on: errors, waiting, cut connections. */
import { setTimeout as wait } from 'node:timers/promises';
import { ApiError } from './api-error.ts';

/** What goes wrong. */
export type Fault =
  | { readonly kind: 'secondary-limit'; readonly retryAfterS?: number }
  | { readonly kind: 'primary-limit'; readonly resetAfterS?: number }
  | { readonly kind: 'status'; readonly status: number; readonly message?: string; readonly retryAfterS?: number }
  /** The work is done, yet the answer is an error: what a proxy's time-out looks like. */
  | { readonly kind: 'lost-answer' }
  | { readonly kind: 'latency'; readonly ms: number }
  | { readonly kind: 'cut' };

/** One rule; the first that matches counts. */
interface Rule {
  readonly fault: Fault;
  readonly pattern: RegExp;
  left: number;
}

/** The faults of one stand-in. */
export class Faults {
  readonly #rules: Rule[] = [];

  /** `pattern` is matched against `METHOD /path?query`; `times` limits how often (default: always). */
  add(pattern: RegExp, fault: Fault, times = Number.POSITIVE_INFINITY): void {
    this.#rules.push({ fault, pattern, left: times });
  }

  /** Switches all faults off. */
  clear(): void {
    this.#rules.length = 0;
  }

  /** The fault for this request, if any; counts it. */
  take(method: string, path: string): Fault | undefined {
    const rule = this.#rules.find(({ pattern, left }) => left > 0 && pattern.test(`${method} ${path}`));
    if (rule === undefined) return undefined;
    rule.left -= 1;
    return rule.fault;
  }
}

/** Waits or throws, as the fault says; `cut` and `lost-answer` are the server's business. */
export async function suffer(fault: Fault): Promise<void> {
  if (fault.kind === 'latency') await wait(fault.ms);
  if (fault.kind === 'secondary-limit') {
    const message = 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.';
    throw new ApiError(403, message, {}, { 'retry-after': String(fault.retryAfterS ?? 60) });
  }
  if (fault.kind === 'primary-limit') {
    const reset = Math.ceil(Date.now() / 1000) + (fault.resetAfterS ?? 3600);
    const headers = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(reset) };
    throw new ApiError(403, 'API rate limit exceeded for installation.', {}, headers);
  }
  if (fault.kind === 'status') {
    const headers: Record<string, string> = {};
    if (fault.retryAfterS !== undefined) headers['retry-after'] = String(fault.retryAfterS);
    throw new ApiError(fault.status, fault.message ?? 'Switched on by the test', {}, headers);
  }
}
