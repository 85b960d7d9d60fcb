/** A page of one card, written here: it must work where no script of ours may be seen. */
import type { Context } from 'hono';
import { html, raw } from 'hono/html';
import { servedPagePolicy } from '../../src/index.ts';

// The cube of viewer/dom.ts.
const CUBE = 'M12 3 20 7.5v9L12 21l-8-4.5v-9zM4 7.5l8 4.5 8-4.5M12 12v9';

/** Text of a page: what `html` of Hono gives, foreign values escaped. */
export type PageText = ReturnType<typeof html>;

/** The page. Its forms go to us, and from there to GitHub: browsers check the whole way of a redirect. */
export function doorPage(context: Context, title: string, body: PageText): PageText {
  context.header(
    'content-security-policy',
    servedPagePolicy(false).replace("form-action 'none'", "form-action 'self'"),
  );
  // Under `no-referrer` a form would name no origin, and a write without one is refused.
  context.header('referrer-policy', 'same-origin');
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover" />
        <meta name="color-scheme" content="light dark" />
        <title>${title} – GLB Optimizer</title>
        <link rel="icon" href="/viewer/icon.svg" />
        <link rel="stylesheet" href="/viewer/font.css" />
        <link rel="stylesheet" href="/viewer/upload.css" />
      </head>
      <body class="door">
        <main class="card door-card">
          <span class="mark"><svg class="icon" viewBox="0 0 24 24" aria-hidden="true">${raw(`<path d="${CUBE}" />`)}</svg></span>
          ${body}
        </main>
        <p class="quiet small">GLB Optimizer: smaller, and proven to look the same</p>
      </body>
    </html>`;
}
