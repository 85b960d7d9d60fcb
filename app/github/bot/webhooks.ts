/** `POST /api/github/webhooks`: bounded, verified by Probot over the raw bytes, and answered as soon as the ledger has the jobs. */
import type { Context, Hono } from 'hono';
import type { Probot } from 'probot';
import { type Accepted, BotError, MIB, messageOf, type NewJob } from '../../../src/index.ts';
import { EVENTS, jobsOf } from './events.ts';

/** The credentials that a webhook is checked with, and the App's own. */
export interface AppCredentials {
  readonly id: number;
  /** PEM. */
  readonly privateKey: string;
  readonly webhookSecret: string;
  /** For sign-in of people. */
  readonly client?: { readonly id: string; readonly secret: string };
}

/** What the endpoint needs. */
export interface WebhookParts {
  /** Null as long as no App is registered; asked for each webhook, so that `/setup` needs no restart. */
  readonly credentials: () => AppCredentials | null;
  /** `https://api.github.com` or an Enterprise Server's. */
  readonly apiUrl: string;
  readonly enqueue: (jobs: readonly NewJob[]) => Promise<readonly Accepted[]>;
  /** For operators: what came in and what became of it. */
  readonly onWebhook: (seen: {
    readonly event: string;
    readonly delivery: string;
    readonly outcome: 'accepted' | 'already-known' | 'ignored' | 'refused' | 'failed';
    readonly why?: string;
  }) => void;
}

/** Where GitHub sends webhooks. */
export const WEBHOOK_PATH = '/api/github/webhooks';

// GitHub sends none above 25 MB; the rest is room for what it may count otherwise. [docs: webhook events and payloads]
const BODY_LIMIT_BYTES = 26 * MIB;
const SECRET_LIMIT_CHARS = 16;

/** Throws `SETTINGS_INVALID` for a secret that could be guessed. Probot's own default is `development`: anybody knows it. */
export function checkWebhookSecret(secret: string): void {
  const isKnown = /^(development|secret|password|changeme|webhook-?secret|1234.*)$/i.test(secret);
  if (!isKnown && secret.length >= SECRET_LIMIT_CHARS && new Set(secret).size >= 6) return;
  throw new BotError('SETTINGS_INVALID', 'the webhook secret can be guessed, so anybody could send us work.', {
    at: 'WEBHOOK_SECRET',
    expected: `at least ${SECRET_LIMIT_CHARS} characters that nobody knows`,
    hint: 'Make one with `openssl rand -hex 32`, and write it into the settings of the App, too.',
  });
}

/** Mounts the endpoint. */
export function mountWebhooks(web: Hono, parts: WebhookParts): void {
  let known: { readonly credentials: AppCredentials; readonly probot: Probot } | undefined;
  const probotFor = async (credentials: AppCredentials): Promise<Probot> => {
    if (known?.credentials === credentials) return known.probot;
    // Without an App there are no webhooks, and nobody waits for what reads them.
    const { Probot } = await import('probot');
    const probot = new Probot({
      appId: credentials.id,
      privateKey: credentials.privateKey,
      secret: credentials.webhookSecret,
      baseUrl: parts.apiUrl,
      logLevel: 'fatal',
    });
    known = { credentials, probot };
    return probot;
  };

  web.post(WEBHOOK_PATH, async (context) => {
    const event = context.req.header('x-github-event') ?? '';
    const delivery = context.req.header('x-github-delivery') ?? '';
    const signature = context.req.header('x-hub-signature-256') ?? '';
    const refuse = (status: 400 | 401 | 413 | 503, why: string) => {
      parts.onWebhook({ event: event.slice(0, 60), delivery: delivery.slice(0, 60), outcome: 'refused', why });
      return context.json({ error: why }, status);
    };
    const credentials = parts.credentials();
    if (credentials === null) return refuse(503, 'no App is registered yet');
    if (!/^[a-z_]{1,60}$/.test(event) || !/^[\w-]{1,80}$/.test(delivery)) return refuse(400, 'no event or delivery');
    if (signature === '') return refuse(401, 'no signature');
    const payload = await bodyOf(context);
    if (payload === undefined) return refuse(413, 'the body is too large');
    const probot = await probotFor(credentials);
    await probot.ready();
    if (!(await probot.webhooks.verify(payload, signature).catch(() => false))) return refuse(401, 'wrong signature');
    let json: unknown;
    try {
      json = JSON.parse(payload);
    } catch {
      return refuse(400, 'the body is not JSON');
    }
    try {
      await take(event, json, delivery, parts);
      return context.json({ ok: true }, 202);
    } catch (thrown) {
      // Not in the ledger: GitHub shall say that the delivery failed, and the sweep asks for it again.
      const why = messageOf(thrown);
      parts.onWebhook({ event, delivery, outcome: 'failed', why });
      return context.json({ error: 'not accepted, deliver it again' }, 500);
    }
  });
}

// Not through Probot's own listeners: those make an Octokit for each webhook, and accepting calls nobody.
async function take(event: string, payload: unknown, delivery: string, parts: WebhookParts): Promise<void> {
  const isOurs = EVENTS.some((name) => name === event);
  const jobs = isOurs ? jobsOf(event, payload, delivery) : [];
  const accepted = jobs.length === 0 ? [] : await parts.enqueue(jobs);
  const [first] = accepted;
  parts.onWebhook({ event, delivery, outcome: first?.outcome ?? 'ignored' });
}

/** The raw body as text; undefined when it is larger than GitHub ever sends. */
async function bodyOf(context: Context): Promise<string | undefined> {
  const declared = Number(context.req.header('content-length') ?? 0);
  if (declared > BODY_LIMIT_BYTES) return undefined;
  const chunks: Uint8Array[] = [];
  let byteLength = 0;
  // Node's own stream, where there is one: a web stream around it costs as much as all the rest of a webhook.
  const { incoming } = (context.env ?? {}) as { readonly incoming?: AsyncIterable<Uint8Array> };
  for await (const chunk of incoming ?? context.req.raw.body ?? []) {
    byteLength += chunk.byteLength;
    if (byteLength > BODY_LIMIT_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
