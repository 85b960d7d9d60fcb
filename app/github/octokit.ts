/** An Octokit that waits where GitHub asks for it, repeats what is safe to repeat, and gives up in a way that can be retried. */
import type { createAppAuth } from '@octokit/auth-app';
import { Octokit } from '@octokit/core';
import { paginateRest } from '@octokit/plugin-paginate-rest';
import { restEndpointMethods } from '@octokit/plugin-rest-endpoint-methods';
import { throttling } from '@octokit/plugin-throttling';
import { TOOL } from '../../src/index.ts';

const WithPlugins = Octokit.plugin(restEndpointMethods, paginateRest, throttling);

/** Octokit with typed REST calls and pages. */
export type GitHubOctokit = InstanceType<typeof WithPlugins>;

/** How an Octokit behaves. */
export interface OctokitOptions {
  /** `https://api.github.com`, or `https://<host>/api/v3` on an Enterprise Server. */
  readonly apiUrl: string;
  /** Asked before each request, because a token lives an hour and a job may live longer; or Octokit's own strategy. */
  readonly auth:
    | { readonly token: () => Promise<string> }
    | { readonly strategy: typeof createAppAuth; readonly options: { appId: number; privateKey: string } };
  /** Requests with one name share one pace. */
  readonly paceName: string;
  /** Off only where nobody counts, such as a stand-in: 1 s between writes, 3 s between comments. [GitHub, best practices] */
  readonly isPaced: boolean;
  readonly signal: AbortSignal;
}

// The longest that one answer may take; a hung connection must not hold a worker.
const REQUEST_TIMEOUT_MS = 120_000;
const RETRIES = 3;

/** Opens an Octokit. Rate limits are not waited out in place: they come back as errors, for the queue to retry later. */
export function openOctokit(options: OctokitOptions): GitHubOctokit {
  const { auth } = options;
  const octokit = new WithPlugins({
    ...('strategy' in auth ? { authStrategy: auth.strategy, auth: auth.options } : {}),
    baseUrl: options.apiUrl,
    userAgent: `${TOOL.name}/${TOOL.version}`,
    log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
    throttle: {
      enabled: options.isPaced,
      id: options.paceName,
      onRateLimit: () => false,
      onSecondaryRateLimit: () => false,
    },
  });
  octokit.hook.before('request', async ({ headers }) => {
    if ('token' in auth) headers.authorization = `token ${await auth.token()}`;
  });
  octokit.hook.wrap('request', async (request, parameters) => {
    for (let attempt = 0; ; attempt++) {
      options.signal.throwIfAborted();
      const timeout = AbortSignal.any([options.signal, AbortSignal.timeout(REQUEST_TIMEOUT_MS)]);
      try {
        return await request({ ...parameters, request: { signal: timeout, ...parameters.request } });
      } catch (thrown) {
        // A write that failed may have been done all the same: only its caller knows how to find out.
        if (parameters.method !== 'GET' || attempt >= RETRIES || !isPassing(thrown)) throw thrown;
        await pause(250 * 3 ** attempt, options.signal);
      }
    }
  });
  return octokit;
}

/** The HTTP status of a failed request; undefined for anything else. */
export function statusOf(thrown: unknown): number | undefined {
  if (!(thrown instanceof Error) || !('status' in thrown)) return undefined;
  return typeof thrown.status === 'number' ? thrown.status : undefined;
}

/** Gives undefined where GitHub answers with one of these statuses. */
export async function unless<T>(statuses: readonly number[], request: Promise<T>): Promise<T | undefined> {
  try {
    return await request;
  } catch (thrown) {
    const status = statusOf(thrown);
    if (status !== undefined && statuses.includes(status) && !isLimit(thrown)) return undefined;
    throw thrown;
  }
}

/** Whether GitHub asks to wait; for how many milliseconds, `limitOf` says. */
export function isLimit(thrown: unknown): boolean {
  return limitOf(thrown) !== undefined;
}

// Without a time in the answer, at least a minute. [docs: rate limits for the REST API, "exceeding the rate limit"]
const DEFAULT_WAIT_MS = 60_000;

/** Milliseconds until GitHub wants to hear from us again; undefined when it did not say so. */
export function limitOf(thrown: unknown, nowMs: number = Date.now()): number | undefined {
  const status = statusOf(thrown);
  if (status !== 403 && status !== 429) return undefined;
  const headers = headersOf(thrown);
  const retryAfterS = Number(headers['retry-after']);
  if (headers['retry-after'] !== undefined && Number.isFinite(retryAfterS)) return retryAfterS * 1000;
  if (headers['x-ratelimit-remaining'] === '0') {
    return Math.max(1000, Number(headers['x-ratelimit-reset'] ?? 0) * 1000 - nowMs + 1000);
  }
  const isSecondary = thrown instanceof Error && /secondary rate limit/i.test(thrown.message);
  return status === 429 || isSecondary ? DEFAULT_WAIT_MS : undefined;
}

/** The headers of a failed request's answer. */
export function headersOf(thrown: unknown): Readonly<Record<string, string | number | undefined>> {
  if (!(thrown instanceof Error) || !('response' in thrown)) return {};
  const { response } = thrown;
  if (typeof response !== 'object' || response === null || !('headers' in response)) return {};
  const { headers } = response;
  return typeof headers === 'object' && headers !== null ? { ...headers } : {};
}

function isPassing(thrown: unknown): boolean {
  const status = statusOf(thrown);
  return status !== undefined && status >= 500 && (!(thrown instanceof Error) || thrown.name !== 'AbortError');
}

function pause(durationMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, durationMs);
    signal.addEventListener('abort', stop, { once: true });
  });
}
