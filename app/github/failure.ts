/** What GitHub answered, as an error of ours: codes that the queue and the comment understand. */
import { BotError, messageOf } from '../../src/index.ts';
import { headersOf, limitOf, statusOf } from './octokit.ts';

/** Runs a piece of work and turns what GitHub answered into a `BotError`. */
export async function onGitHub<T>(at: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    throw asBotError(at, thrown);
  }
}

/** `GITHUB_LIMITED` (with `retryAfterMs`), `GITHUB_REFUSED`, `GITHUB_FAILED`, or what it was. */
export function asBotError(at: string, thrown: unknown): unknown {
  if (thrown instanceof BotError) return thrown;
  const retryAfterMs = limitOf(thrown);
  if (retryAfterMs !== undefined) {
    return new BotError('GITHUB_LIMITED', 'GitHub asks to wait.', { at, retryAfterMs, cause: thrown });
  }
  const status = statusOf(thrown);
  if (status === undefined) return thrown;
  const message = `GitHub answers ${status}: ${firstLine(messageOf(thrown))}.`;
  if (status === 401 || status === 403 || status === 404) {
    const wanted = headersOf(thrown)['x-accepted-github-permissions'];
    const hint = typeof wanted === 'string' && wanted !== '' ? `It wants the permission ${wanted}.` : undefined;
    return new BotError('GITHUB_REFUSED', message, { at, ...(hint === undefined ? {} : { hint }), cause: thrown });
  }
  return new BotError('GITHUB_FAILED', message, { at, cause: thrown });
}

// GitHub puts the address of its documentation behind its words.
function firstLine(text: string): string {
  return (text.split('\n')[0] ?? '')
    .replace(/ - https:\/\/\S+$/, '')
    .replace(/\.$/, '')
    .slice(0, 300);
}

const REFUSALS: ReadonlySet<unknown> = new Set(['FORBIDDEN', 'NOT_FOUND', 'INSUFFICIENT_SCOPES']);

/** Whether we may not do it: no permission, or nothing that we can see. */
export function isRefused(thrown: unknown): boolean {
  if (thrown instanceof BotError) return thrown.code === 'GITHUB_REFUSED';
  const status = statusOf(thrown);
  // GraphQL answers 200 and says so inside.
  if (thrown instanceof Error && 'errors' in thrown && Array.isArray(thrown.errors)) {
    return thrown.errors.some((error: { readonly type?: unknown }) => REFUSALS.has(error.type));
  }
  return (status === 403 || status === 404 || status === 401) && limitOf(thrown) === undefined;
}

/** Whether GitHub did answer, about this very thing: 404, or 422 for a commit that was pushed away. Of another it may answer otherwise. */
export function isAboutThis(thrown: unknown): boolean {
  const answer = thrown instanceof BotError ? thrown.cause : thrown;
  const status = statusOf(answer);
  return isRefused(thrown) || (status !== undefined && status < 500 && limitOf(answer) === undefined);
}

/** Milliseconds that GitHub asks to wait; undefined when it did not. */
export function waitOf(thrown: unknown): number | undefined {
  return thrown instanceof BotError ? thrown.detail.retryAfterMs : limitOf(thrown);
}
