/** What holds for every answer: headers, refusals as JSON, and no write from another site. */
import type { Context, Hono } from 'hono';
import type { Access } from './access.ts';
import { Refusal, refuse } from './answer.ts';

/** Around all rooms. */
export interface GuardParts {
  readonly access: Pick<Access, 'checkWrite' | 'base'>;
  /** Paths whose writes are proven in another way, such as the webhooks' signature. */
  readonly exempt: readonly string[];
  /** Told of each failure that is ours; gives a number under which the log has it. */
  readonly onFailure: (path: string, thrown: unknown) => string;
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

const TRANSPORT = ['strict-transport-security', 'max-age=31536000'] as const;

/** Mounts them; before everything else. */
export function mountGuards(web: Hono, { access, exempt, onFailure }: GuardParts): void {
  const isSecure = (context: Context) => access.base(context).startsWith('https:');
  web.use(async (context, next) => {
    const isWrite = !['GET', 'HEAD', 'OPTIONS'].includes(context.req.method);
    if (isWrite && !exempt.includes(context.req.path)) access.checkWrite(context);
    if (exempt.includes(context.req.path)) {
      // Said beforehand, and looked at by nobody: opening an answer to look into it costs more than accepting a webhook.
      for (const [name, value] of Object.entries({ ...HEADERS, ...PLAIN })) context.header(name, value);
      if (isSecure(context)) context.header(...TRANSPORT);
      return next();
    }
    await next();
    for (const [name, value] of Object.entries({ ...HEADERS, ...PLAIN })) {
      if (!context.res.headers.has(name)) context.header(name, value);
    }
    if (isSecure(context)) context.header(...TRANSPORT);
  });
  web.onError((thrown, context) => {
    if (thrown instanceof Refusal) return refuse(context, thrown);
    const number = onFailure(context.req.path, thrown);
    return refuse(context, new Refusal(500, 'INTERNAL', `Something went wrong here; the log has it as ${number}.`));
  });
  web.notFound((context) => refuse(context, new Refusal(404, 'NOT_HERE', 'There is nothing at this address.')));
}
