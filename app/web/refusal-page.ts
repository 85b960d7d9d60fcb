/** What a person reads who opened an address that gives nothing: the refusal in words, and a way on. */
import type { Context } from 'hono';
import { html } from 'hono/html';
import type { Refusal } from './answer.ts';
import { doorPage, type PageText } from './shell.ts';

const TITLES: Readonly<Record<number, string>> = Object.freeze({
  401: 'Sign in first',
  403: 'Not from here',
  404: 'Nothing here',
  409: 'Not now',
  413: 'Too large',
  415: 'Not a GLB',
  429: 'Too much at once',
  500: 'Our mistake',
});

/** Whether a person opened this in a browser: a script of ours asks for JSON. */
export function isOpenedByPerson(context: Context): boolean {
  const isRead = context.req.method === 'GET' || context.req.method === 'HEAD';
  return isRead && /\btext\/html\b/.test(context.req.header('accept') ?? '');
}

/** The page of a refusal. */
export function refusalPage(context: Context, { status, message, hint }: Refusal): PageText {
  const title = TITLES[status] ?? 'This did not work';
  const isStranger = status === 401;
  const to = isStranger ? `/auth?to=${encodeURIComponent(context.req.path)}` : '/';
  return doorPage(
    context,
    title,
    html`<p class="door-status small faint">${status}</p>
      <h1>${title}</h1>
      <p class="quiet">${message}</p>
      ${hint === undefined || isStranger ? '' : html`<p class="quiet">${hint}</p>`}
      <a class="button button-main" href="${to}">${isStranger ? 'Sign in' : 'Dashboard'}</a>
      ${isStranger ? '' : html`<a class="button" href="/upload">Upload a model</a>`}`,
  );
}
