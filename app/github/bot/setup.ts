/** `/setup`: registers the App by GitHub's manifest flow, with the right addresses, once, for whoever can read the log. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Hono } from 'hono';
import { html } from 'hono/html';
import * as z from 'zod';
import { messageOf, TOOL } from '../../../src/index.ts';
import type { GitHubPlace } from '../access.ts';
import { EVENTS } from './events.ts';
import { type AppCredentials, WEBHOOK_PATH } from './webhooks.ts';

/** What the pages need. */
export interface SetupParts {
  readonly place: GitHubPlace;
  /** Where people and GitHub reach the service; null: as the browser reached it. */
  readonly publicUrl: string | null;
  readonly isRegistered: () => boolean;
  readonly store: (credentials: AppCredentials) => Promise<void>;
  readonly onTrouble: (what: string) => void;
}

/** The pages, and the token that opens them. */
export interface Setup {
  readonly token: string;
}

/** What the App may do, and no more. [docs/github-app.md] */
export const PERMISSIONS = Object.freeze({
  contents: 'write',
  pull_requests: 'write',
  checks: 'write',
  merge_queues: 'read',
  metadata: 'read',
} as const);

const conversion = z.object({
  id: z.int().positive(),
  pem: z.string(),
  webhook_secret: z.string(),
  client_id: z.string(),
  client_secret: z.string(),
  html_url: z.string(),
});

/** Mounts the pages. */
export function mountSetup(web: Hono, parts: SetupParts): Setup {
  const token = randomBytes(24).toString('hex');
  const state = randomBytes(24).toString('hex');
  const { serverUrl } = parts.place;

  web.use('/setup/*', async (context, next) => {
    await next();
    context.header(
      'content-security-policy',
      `default-src 'none'; style-src 'unsafe-inline'; form-action ${serverUrl}`,
    );
    context.header('referrer-policy', 'no-referrer');
    context.header('cache-control', 'no-store');
  });

  web.get('/setup', (context) => {
    if (parts.isRegistered()) return context.html(page('Set up', html`<p>An App is registered already.</p>`), 404);
    if (!isEqual(context.req.query('token') ?? '', token)) {
      const text = html`<p>Open the address that the log shows: it carries a token.</p>`;
      return context.html(page('Set up', text), 403);
    }
    const base = parts.publicUrl ?? new URL(context.req.url).origin;
    context.header(
      'content-security-policy',
      `default-src 'none'; style-src 'unsafe-inline'; form-action ${serverUrl}`,
    );
    context.header('cache-control', 'no-store');
    return context.html(page('Register the GitHub App', form(parts.place, base, state)));
  });

  web.get('/setup/callback', async (context) => {
    const code = context.req.query('code') ?? '';
    if (parts.isRegistered()) return context.html(page('Set up', html`<p>An App is registered already.</p>`), 404);
    if (!isEqual(context.req.query('state') ?? '', state) || !/^[\w-]{1,200}$/.test(code)) {
      return context.html(page('Set up', html`<p>This answer does not belong to a question of ours.</p>`), 403);
    }
    try {
      const made = await convert(parts.place, code);
      const client = { id: made.client_id, secret: made.client_secret };
      await parts.store({ id: made.id, privateKey: made.pem, webhookSecret: made.webhook_secret, client });
      const link = `${made.html_url}/installations/new`;
      const done = html`<p>Registered, and at work: no restart is needed.</p>
        <p><a href="${link}">Install it on your repositories</a></p>`;
      return context.html(page('The App is ready', done));
    } catch (thrown) {
      parts.onTrouble(`setup: ${messageOf(thrown)}`);
      return context.html(
        page('Set up', html`<p>GitHub did not hand over the App. Open the first page again.</p>`),
        502,
      );
    }
  });
  return { token };
}

/** The manifest that GitHub makes the App of. [docs: registering a GitHub App from a manifest] */
export function manifestFor(baseUrl: string): object {
  const { host } = new URL(baseUrl);
  return {
    name: `GLB Optimizer ${host}`.slice(0, 34),
    url: 'https://www.npmjs.com/package/glb-optimizer',
    description: 'Makes each .glb of a pull request the smallest file that still works and looks the same.',
    hook_attributes: { url: `${baseUrl}${WEBHOOK_PATH}`, active: true },
    redirect_url: `${baseUrl}/setup/callback`,
    callback_urls: [`${baseUrl}/auth/callback`],
    public: false,
    default_permissions: PERMISSIONS,
    default_events: EVENTS,
  };
}

function form({ serverUrl }: GitHubPlace, base: string, state: string) {
  const manifest = JSON.stringify(manifestFor(base));
  const action = (owner: string) => `${serverUrl}${owner}/settings/apps/new?state=${state}`;
  const isLocal = /^https?:\/\/(localhost|127\.|\[::1\])/.test(base);
  return html`<p>GitHub will send webhooks to <code>${base}${WEBHOOK_PATH}</code>.</p>
    ${isLocal ? html`<p><strong>Only this machine can reach that.</strong> Set PUBLIC_URL first, so that GitHub can.</p>` : ''}
    <form method="post" action="${action('')}">
      <input type="hidden" name="manifest" value="${manifest}" />
      <button>Create the GitHub App</button>
    </form>
    <p>It asks for: contents, pull requests and checks (write), merge queues and metadata (read).
    For an organization, change the owner on GitHub's page of the App afterwards.</p>`;
}

async function convert({ apiUrl }: GitHubPlace, code: string): Promise<z.infer<typeof conversion>> {
  const answer = await fetch(`${apiUrl}/app-manifests/${encodeURIComponent(code)}/conversions`, {
    method: 'POST',
    headers: { accept: 'application/vnd.github+json', 'user-agent': `${TOOL.name}/${TOOL.version}` },
    signal: AbortSignal.timeout(30_000),
  });
  if (!answer.ok) throw new Error(`GitHub answers ${answer.status}`);
  return conversion.parse(await answer.json());
}

function page(title: string, body: ReturnType<typeof html>) {
  return html`<!doctype html>
    <html lang="en">
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width" />
      <title>${title} · GLB Optimizer</title>
      <style>
        :root { color-scheme: light dark; }
        body { font: 16px/1.5 system-ui, sans-serif; max-width: 40rem; margin: 4rem auto; padding: 0 1rem; }
        button { font: inherit; padding: 0.5rem 1rem; }
      </style>
      <h1>${title}</h1>
      ${body}
    </html>`;
}

// In constant time, whatever the lengths.
function isEqual(given: string, expected: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}
