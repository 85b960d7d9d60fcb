/** The page of `/auth`, written here: it must work where nothing else may be seen. */
import type { Context } from 'hono';
import { html } from 'hono/html';
import { servedPagePolicy } from '../../src/index.ts';
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
  // Its forms go to us, and from there to GitHub; browsers check the whole way of a redirect.
  context.header(
    'content-security-policy',
    servedPagePolicy(false).replace("form-action 'none'", "form-action 'self'"),
  );
  // Under `no-referrer` a form would name no origin, and a write without one is refused.
  context.header('referrer-policy', 'same-origin');
  const who = visitor.kind === 'person' ? `@${visitor.login}` : visitor.kind === 'operator' ? 'the operator' : null;
  const signedIn = html`<p>You are signed in as <strong>${who}</strong>.</p>
    <p class="auth-ways"><a class="button button-main" href="/">Dashboard</a></p>
    <form method="post" action="/auth/logout"><button class="button">Sign out</button></form>`;
  const withGitHub = html`<p>You see the repositories that you can see on GitHub.</p>
    <p><a class="button button-main" href="/auth/login?to=${encodeURIComponent(to)}">Sign in with GitHub</a></p>`;
  const withToken = html`<form method="post" action="/auth/operator">
      <input type="hidden" name="to" value="${to}" />
      <label class="field">Operator's token <input name="token" type="password" autocomplete="current-password" required /></label>
      <p><button class="button">Sign in</button></p>
    </form>`;
  const nothing = html`<p>
      Nobody can sign in yet: set up the GitHub App with its client (CLIENT_ID and CLIENT_SECRET), or set ADMIN_TOKEN.
      Without an App, open this server on its own machine as localhost.
    </p>`;
  const ways = html`${hasGitHub ? withGitHub : ''}${hasOperator ? withToken : ''}${hasGitHub || hasOperator ? '' : nothing}`;
  return context.html(
    html`<!doctype html>
      <html lang="en">
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover" />
          <meta name="color-scheme" content="light dark" />
          <title>Sign in – GLB Optimizer</title>
          <link rel="icon" href="/viewer/icon.svg" />
          <link rel="stylesheet" href="/viewer/font.css" />
          <link rel="stylesheet" href="/viewer/upload.css" />
        </head>
        <body>
          <header class="top">
            <div class="top-title"><div><h1>GLB Optimizer</h1><p>Smaller, and proven to look the same</p></div></div>
          </header>
          <main class="page">
            <section class="card">
              <h2>${who === null ? 'Sign in' : 'Your session'}</h2>
              ${trouble === '' ? '' : html`<p class="notice notice-bad" role="alert">${trouble}</p>`}
              ${who === null ? ways : signedIn}
            </section>
          </main>
        </body>
      </html>`,
    trouble === '' ? 200 : 403,
  );
}
