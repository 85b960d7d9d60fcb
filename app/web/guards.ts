/** What holds for every answer: headers, refusals as JSON, and no write from another site. */
import { randomUUID } from 'node:crypto';
import type { Context, Hono } from 'hono';
import type { Access } from './access.ts';
import { Refusal, refuse } from './answer.ts';
import { isOpenedByPerson, refusalPage } from './refusal-page.ts';

/** Around all rooms. */
export interface GuardParts {
  readonly access: Pick<Access, 'checkWrite' | 'base'>;
  /** Paths whose writes are proven in another way, such as the webhooks' signature. */
  readonly exempt: readonly string[];
  /** Does the rest of a request with its ids on each line of the log. */
  readonly inRequest: <T>(ids: RequestIds, work: () => T) => T;
  /** Told of each failure that is ours. */
  readonly onFailure: (path: string, thrown: unknown) => void;
  readonly onAnswered: (answered: Answered) => void;
}

/** By what a request is found in the log. */
export interface RequestIds {
  readonly request: string;
  /** GitHub's, of a webhook. */
  readonly delivery?: string;
}

/** A request that is over; the path without its query, which may hold a signature. */
export interface Answered {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly ms: number;
}

const HEADERS = Object.freeze({
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=(), payment=(), usb=()',
});

/** What an answer that is no page may do, which is nothing, and how long it is kept. */
const PLAIN = Object.freeze({
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cache-control': 'no-store',
});

const ALWAYS = Object.freeze(Object.entries({ ...HEADERS, ...PLAIN }));
const TRANSPORT = ['strict-transport-security', 'max-age=31536000'] as const;

/** Mounts them; before everything else. */
export function mountGuards(web: Hono, parts: GuardParts): void {
  const { access, exempt, inRequest, onFailure, onAnswered } = parts;
  const isExempt = ({ req }: Context) => exempt.includes(req.path);
  const isSecure = (context: Context) => access.base(context).startsWith('https:');
  const numbers = new WeakMap<Request, string>();
  web.use(async (context, next) => {
    const { req } = context;
    const startMs = performance.now();
    // A proxy in front may have given it a number already.
    const given = req.header('x-request-id') ?? '';
    const request = /^[\w-]{8,64}$/.test(given) ? given : randomUUID();
    numbers.set(req.raw, request);
    const delivery = req.header('x-github-delivery') ?? '';
    await inRequest({ request, ...(/^[\w-]{8,64}$/.test(delivery) ? { delivery } : {}) }, async () => {
      if (isExempt(context)) context.header('x-request-id', request);
      await next();
      if (!isExempt(context)) context.header('x-request-id', request);
      const ms = Math.round(performance.now() - startMs);
      onAnswered({ method: req.method, path: req.path, status: context.res.status, ms });
    });
  });
  web.use(async (context, next) => {
    if (isExempt(context)) {
      // Said beforehand: opening the headers of an answer to look into them costs more than accepting a webhook.
      for (const [name, value] of ALWAYS) context.header(name, value);
      if (isSecure(context)) context.header(...TRANSPORT);
      return next();
    }
    if (!['GET', 'HEAD', 'OPTIONS'].includes(context.req.method)) access.checkWrite(context);
    await next();
    for (const [name, value] of ALWAYS) {
      if (!context.res.headers.has(name)) context.header(name, value);
    }
    if (isSecure(context)) context.header(...TRANSPORT);
  });
  const answer = (context: Context, refusal: Refusal) =>
    isOpenedByPerson(context) ? refuse(context, refusal, refusalPage(context, refusal)) : refuse(context, refusal);
  web.onError((thrown, context) => {
    if (thrown instanceof Refusal) return answer(context, thrown);
    onFailure(context.req.path, thrown);
    const number = numbers.get(context.req.raw) ?? '';
    return answer(context, new Refusal(500, 'INTERNAL', `Something went wrong here; the log has it as ${number}.`));
  });
  web.notFound((context) => answer(context, new Refusal(404, 'NOT_HERE', 'There is nothing at this address.')));
}
