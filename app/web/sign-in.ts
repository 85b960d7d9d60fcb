/** `/auth`: sign-in with GitHub or with the operator's token, and out again. */
import { createHash, randomBytes } from 'node:crypto';
import type { Context, Hono } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import type { WebSession } from '../../src/index.ts';
import { type Access, type AccessParts, SESSION_COOKIE, type Session } from './access.ts';
import { Refusal } from './answer.ts';
import { isSame, type Sealer } from './seal.ts';
import { signInPage } from './sign-in-page.ts';
import type { Throttle } from './throttle.ts';

/** What sign-in needs. */
export interface SignInParts {
  readonly access: Access;
  readonly adminToken: AccessParts['adminToken'];
  readonly sealer: Sealer;
  /** Where GitHub asks the person; null as long as there is no App to ask for. */
  readonly authorizeUrl: (ask: { redirectUri: string; state: string; challenge: string }) => string | null;
  /** Trades the code for the person. */
  readonly personOf: (answer: {
    code: string;
    redirectUri: string;
    verifier: string;
  }) => Promise<{ readonly login: string; readonly token: string }>;
  /** For guesses of the operator's token. */
  readonly throttle: Throttle;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly onTrouble: (what: string) => void;
}

const STATE_COOKIE = 'glb_signing_in';
const STATE_MS = 10 * 60_000;
// A person's token ends after eight hours. [GitHub docs: refreshing user access tokens]
const SESSION_MS = 8 * 3_600_000;

interface SigningIn {
  readonly state: string;
  readonly verifier: string;
  readonly to: string;
}

/** Mounts it. */
export function mountSignIn(web: Hono, parts: SignInParts): void {
  const { access, sealer, now } = parts;
  const options = (context: Context, ms: number) => ({
    path: '/',
    httpOnly: true,
    sameSite: 'Lax' as const,
    secure: access.base(context).startsWith('https:'),
    maxAge: ms / 1000,
  });
  const redirectUri = (context: Context) => `${access.base(context)}/auth/callback`;
  const begin = (context: Context, session: Session) =>
    setCookie(
      context,
      SESSION_COOKIE,
      sealer.seal('session', session, now() + SESSION_MS),
      options(context, SESSION_MS),
    );

  const show = async (context: Context, trouble: string, to = context.req.query('to')) => {
    const hasGitHub = parts.authorizeUrl({ redirectUri: '', state: '', challenge: '' }) !== null;
    const visitor = await access.visitor(context);
    return signInPage(context, {
      visitor,
      hasGitHub,
      hasOperator: parts.adminToken !== null,
      to: ownPath(to),
      trouble,
    });
  };

  web.get('/auth', (context) => show(context, ''));

  web.get('/auth/session', async (context) => {
    const visitor = await access.visitor(context);
    const session: WebSession = {
      kind: visitor.kind,
      name: visitor.kind === 'person' ? visitor.login : null,
      canSignOut: visitor.kind === 'person' || visitor.kind === 'operator',
    };
    return context.json(session);
  });

  web.get('/auth/login', (context) => {
    const signing: SigningIn = {
      state: randomBytes(24).toString('base64url'),
      verifier: randomBytes(48).toString('base64url'),
      to: ownPath(context.req.query('to')),
    };
    const challenge = createHash('sha256').update(signing.verifier).digest('base64url');
    const url = parts.authorizeUrl({ redirectUri: redirectUri(context), state: signing.state, challenge });
    if (url === null) throw new Refusal(404, 'NO_SIGN_IN', 'Sign-in with GitHub is not set up here.');
    setCookie(context, STATE_COOKIE, sealer.seal('signing-in', signing, now() + STATE_MS), options(context, STATE_MS));
    return context.redirect(url, 302);
  });

  web.get('/auth/callback', async (context) => {
    // We sealed it; undefined for anything else.
    const sealed = sealer.open('signing-in', getCookie(context, STATE_COOKIE) ?? '', now()) as SigningIn | undefined;
    deleteCookie(context, STATE_COOKIE, { path: '/' });
    const { code = '', state = '', error } = context.req.query();
    if (sealed === undefined || !isSame(state, sealed.state)) {
      return show(context, 'That answer does not belong to a sign-in that began here. Try again.');
    }
    if (error !== undefined) return show(context, 'GitHub says that this was not allowed.');
    try {
      const { login, token } = await parts.personOf({
        code,
        redirectUri: redirectUri(context),
        verifier: sealed.verifier,
      });
      begin(context, { kind: 'person', login, token });
      return context.redirect(sealed.to, 302);
    } catch (thrown) {
      parts.onTrouble(thrown instanceof Error ? thrown.message : 'sign-in failed');
      return show(context, 'GitHub did not sign you in. Try again.');
    }
  });

  web.post('/auth/operator', async (context) => {
    const leave = parts.throttle.enter('operator');
    try {
      const { token, to } = await context.req.parseBody();
      if (parts.adminToken === null || typeof token !== 'string' || !isSame(token, parts.adminToken)) {
        // Where they were going is not forgotten over a slip.
        return show(context, 'This is not the token.', typeof to === 'string' ? to : undefined);
      }
      begin(context, { kind: 'operator' });
      return context.redirect(ownPath(typeof to === 'string' ? to : undefined), 303);
    } finally {
      leave();
    }
  });

  web.post('/auth/logout', (context) => {
    deleteCookie(context, SESSION_COOKIE, { path: '/' });
    return context.redirect('/auth', 303);
  });
}

/** A path of ours, whatever was given: nobody is sent elsewhere. */
function ownPath(to: string | undefined): string {
  return to !== undefined && /^\/(?![/\\])[\w\-./#?=&%]*$/.test(to) ? to : '/';
}
