/** What routes answer when they do not do what was asked. */
import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { WebError } from '../../src/index.ts';

/** A refusal of a route, as an error: the guard turns it into its answer. */
export class Refusal extends Error {
  readonly status: ContentfulStatusCode;
  readonly code: string;
  readonly hint: string | undefined;
  /** Seconds after which another try makes sense. */
  readonly retryAfterS: number | undefined;

  constructor(
    status: ContentfulStatusCode,
    code: string,
    message: string,
    more: { readonly hint?: string; readonly retryAfterS?: number } = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.hint = more.hint;
    this.retryAfterS = more.retryAfterS;
  }
}

/** Answers with it: as JSON, or as the page for a person. */
export function refuse(
  context: Context,
  refusal: Refusal,
  page?: string | Promise<string>,
): Response | Promise<Response> {
  const { status, code, message, hint, retryAfterS } = refusal;
  if (retryAfterS !== undefined) context.header('retry-after', String(Math.ceil(retryAfterS)));
  context.header('cache-control', 'no-store');
  if (page !== undefined) return context.html(page, status);
  const body: WebError = { error: { code, message, ...(hint === undefined ? {} : { hint }) } };
  return context.json(body, status);
}

/** What is not here, or not for whoever asks: the answer does not tell which. */
export function notHere(what: string): Refusal {
  return new Refusal(404, 'NOT_HERE', `${what} is not here: it was never made, has expired, or is not yours to see.`);
}
