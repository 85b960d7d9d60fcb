/** The page of `/auth`. */
import type { Context } from 'hono';
import { html } from 'hono/html';
import { doorPage } from './shell.ts';
import type { Visitor } from './visitor.ts';

/** What the page says. */
export interface SignInView {
  readonly visitor: Visitor;
  readonly hasGitHub: boolean;
  readonly hasOperator: boolean;
  /** Where to go afterwards; a path of ours. */
  readonly to: string;
  /** What went wrong; empty for nothing. */
  readonly trouble: string;
}

/** Answers with it. */
export function signInPage(context: Context, { visitor, hasGitHub, hasOperator, to, trouble }: SignInView) {
  const who = visitor.kind === 'person' ? `@${visitor.login}` : visitor.kind === 'operator' ? 'the operator' : null;
  const signedIn = html`<p class="quiet">You are signed in as <strong>${who}</strong>.</p>
    <a class="button button-main" href="/">Dashboard</a>
    <form method="post" action="/auth/logout"><button class="button">Sign out</button></form>`;
  const withGitHub = html`<p class="quiet">You see the repositories that you can see on GitHub.</p>
    <a class="button button-main" href="/auth/login?to=${encodeURIComponent(to)}">Sign in with GitHub</a>`;
  // A password manager wants a name beside the password.
  const withToken = html`<form method="post" action="/auth/operator">
      <input type="hidden" name="to" value="${to}" />
      <input type="text" name="username" value="operator" autocomplete="username" hidden />
      <label class="field">Operator's token
        <input name="token" type="password" autocomplete="current-password" required ${hasGitHub ? '' : 'autofocus'} />
      </label>
      <button class="button${hasGitHub ? '' : ' button-main'}">Sign in as the operator</button>
    </form>`;
  const nothing = html`<p class="quiet">
      Nobody can sign in yet: set up the GitHub App with its client (CLIENT_ID and CLIENT_SECRET), or set ADMIN_TOKEN.
      Without an App, open this server on its own machine as localhost.
    </p>`;
  const or = hasGitHub && hasOperator ? html`<p class="door-or small quiet">or</p>` : '';
  const ways = html`${hasGitHub ? withGitHub : ''}${or}${hasOperator ? withToken : ''}${hasGitHub || hasOperator ? '' : nothing}`;
  const body = html`<h1>${who === null ? 'Sign in' : 'Your session'}</h1>
    ${trouble === '' ? '' : html`<p class="notice notice-bad" role="alert">${trouble}</p>`}
    ${who === null ? ways : signedIn}`;
  return context.html(doorPage(context, 'Sign in', body), trouble === '' ? 200 : 403);
}
