/** Who asks, by cookie, token or place; and whether a write comes from a page of ours. */
import { getConnInfo } from '@hono/node-server/conninfo';
import type { Context } from 'hono';
import { getCookie } from 'hono/cookie';
import { Refusal } from './answer.ts';
import { isSame, type Sealer } from './seal.ts';
import type { Visitor } from './visitor.ts';

/** What a session cookie holds. The token is the person's own; sealed, so that not even they can read it out of the cookie. */
export type Session =
  | { readonly kind: 'operator' }
  | { readonly kind: 'person'; readonly login: string; readonly token: string };

/** What access is decided by. */
export interface AccessParts {
  /** False once an App is set up. */
  readonly isOpenHere: () => boolean;
  readonly adminToken: string | null;
  readonly publicUrl: string | null;
  readonly sealer: Sealer;
  /** What a person sees on GitHub; undefined when the token is no longer good. */
  readonly repositoriesOf: (token: string) => Promise<readonly string[] | undefined>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Decides it. */
export interface Access {
  visitor(context: Context): Promise<Visitor>;
  /** Like `visitor`, but throws a `Refusal` for a stranger. */
  known(context: Context): Promise<Exclude<Visitor, { kind: 'stranger' }>>;
  /** Throws a `Refusal` for a write that another site may have made a browser send. */
  checkWrite(context: Context): void;
  /** Where people reach us, without `/` at the end. */
  base(context: Context): string;
}

/** The name of the session's cookie. */
export const SESSION_COOKIE = 'glb_session';

/** Opens it. */
export function openAccess(parts: AccessParts): Access {
  const seen = new WeakMap<Request, Promise<Visitor>>();

  async function find(context: Context): Promise<Visitor> {
    const bearer = /^Bearer (.+)$/i.exec(context.req.header('authorization') ?? '')?.[1];
    if (bearer !== undefined) return isOperator(bearer) ? { kind: 'operator' } : { kind: 'stranger' };
    const session = sessionOf(context, parts);
    if (session?.kind === 'operator' && parts.adminToken !== null) return { kind: 'operator' };
    if (session?.kind === 'person') {
      const repositories = await parts.repositoriesOf(session.token);
      if (repositories !== undefined) return { kind: 'person', login: session.login, repositories };
    }
    return parts.isOpenHere() && isFromHere(context) ? { kind: 'local' } : { kind: 'stranger' };
  }
  const isOperator = (token: string) => parts.adminToken !== null && isSame(token, parts.adminToken);

  const visitor = (context: Context): Promise<Visitor> => {
    const known = seen.get(context.req.raw) ?? find(context);
    seen.set(context.req.raw, known);
    return known;
  };
  const base = (context: Context) => parts.publicUrl ?? new URL(context.req.url).origin;
  return {
    visitor,
    base,
    async known(context) {
      const found = await visitor(context);
      if (found.kind !== 'stranger') return found;
      throw new Refusal(401, 'SIGN_IN', 'Sign in first.', { hint: 'Open /auth in a browser, or send ADMIN_TOKEN.' });
    },
    checkWrite(context) {
      const { req } = context;
      const origin = req.header('origin');
      const own = [new URL(req.url).host, new URL(base(context)).host];
      const isForeign =
        origin === undefined
          ? /^(cross-site|same-site)$/.test(req.header('sec-fetch-site') ?? '')
          : !URL.canParse(origin) || !own.includes(new URL(origin).host);
      // A cookie travels by itself; only a page of ours sends this header, or is named as the origin.
      const isUnasked =
        getCookie(context, SESSION_COOKIE) !== undefined &&
        req.header('x-glb-optimizer') === undefined &&
        origin === undefined;
      if (isForeign || isUnasked)
        throw new Refusal(403, 'OTHER_SITE', 'This does not come from a page of this server.');
    },
  };
}

/** What the cookie says; undefined for none, and for one that is not ours. */
export function sessionOf(context: Context, { sealer, now }: Pick<AccessParts, 'sealer' | 'now'>): Session | undefined {
  const cookie = getCookie(context, SESSION_COOKIE);
  // We sealed it.
  return cookie === undefined ? undefined : (sealer.open('session', cookie, now()) as Session | undefined);
}

/** On this machine, and by its own name: a page elsewhere whose name was made to point here sends that name. */
function isFromHere(context: Context): boolean {
  const address = getConnInfo(context).remote.address ?? '';
  const isLoopback = /^(127\.|::1$|::ffff:127\.)/.test(address);
  const host = context.req.header('host') ?? '';
  const isOurName = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/.test(host);
  const isForwarded = ['forwarded', 'x-forwarded-for', 'x-real-ip'].some((name) => context.req.header(name));
  return isLoopback && isOurName && !isForwarded;
}
