/** What holds for every answer: headers, refusals as JSON, and no write from another site. */
import type { Context, Hono } from 'hono';
import type { Access } from './access.ts';
import { Refusal, refuse } from './answer.ts';
import { isOpenedByPerson, refusalPage } from './refusal-page.ts';

/** Around all rooms. */
export interface GuardParts {
  readonly access: Pick<Access, 'checkWrite' | 'base'>;
  /** Paths whose writes are proven in another way, such as the webhooks' signature. */
  readonly exempt: readonly string[];
  /** Told of each failure that is ours; gives a number under which the log has it. */
  readonly onFailure: (path: string, thrown: unknown) => string;
}

// What an answer that is no page may do: nothing.
const NOTHING = "default-src 'none'; frame-ancestors 'none'";

const HEADERS = Object.freeze({
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=(), payment=(), usb=()',
});

/** Mounts them; before everything else. */
export function mountGuards(web: Hono, { access, exempt, onFailure }: GuardParts): void {
  web.use(async (context, next) => {
    const isWrite = !['GET', 'HEAD', 'OPTIONS'].includes(context.req.method);
    if (isWrite && !exempt.includes(context.req.path)) access.checkWrite(context);
    await next();
    for (const [name, value] of Object.entries(HEADERS)) {
      if (!context.res.headers.has(name)) context.header(name, value);
    }
    if (!context.res.headers.has('content-security-policy')) context.header('content-security-policy', NOTHING);
    if (!context.res.headers.has('cache-control')) context.header('cache-control', 'no-store');
    if (access.base(context).startsWith('https:')) context.header('strict-transport-security', 'max-age=31536000');
  });
  const answer = (context: Context, refusal: Refusal) =>
    isOpenedByPerson(context) ? refuse(context, refusal, refusalPage(context, refusal)) : refuse(context, refusal);
  web.onError((thrown, context) => {
    if (thrown instanceof Refusal) return answer(context, thrown);
    const number = onFailure(context.req.path, thrown);
    return answer(context, new Refusal(500, 'INTERNAL', `Something went wrong here; the log has it as ${number}.`));
  });
  web.notFound((context) => answer(context, new Refusal(404, 'NOT_HERE', 'There is nothing at this address.')));
}
