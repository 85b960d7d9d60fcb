/** Webhook deliveries: signed, sent once and asynchronously, remembered for redelivery. */
import { createHmac, randomUUID } from 'node:crypto';
import type { App } from './app.ts';
import { now, type World } from './world.ts';

/** One attempt to deliver one event. */
export interface Delivery {
  readonly id: number;
  /** The same for every attempt. */
  readonly guid: string;
  readonly app: App;
  readonly event: string;
  readonly action: string | null;
  readonly installationId: number | null;
  readonly repositoryId: number | null;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly isRedelivery: boolean;
  readonly deliveredAt: string;
  requestHeaders: Readonly<Record<string, string>>;
  /** 0 while it is under way and when nobody answered. */
  statusCode: number;
  /** `OK`, or what went wrong. */
  status: string;
  durationMs: number;
  responseBody: string;
}

// [GitHub docs, "Best practices for using webhooks"] Ten seconds, then it counts as failed.
const DELIVERY_TIMEOUT_MS = 10_000;

/** What is sent. */
export interface DeliveryRequest {
  readonly app: App;
  readonly event: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly installationId: number | null;
  readonly repositoryId: number | null;
  /** Given for a redelivery. */
  readonly guid?: string;
}

/** Sends an event and comes back at once; `world.underway` holds the attempt. There is no second one. */
export function send(world: World, request: DeliveryRequest): Delivery {
  const { action } = request.payload;
  const delivery: Delivery = {
    id: world.nextId(),
    guid: request.guid ?? randomUUID(),
    app: request.app,
    event: request.event,
    action: typeof action === 'string' ? action : null,
    installationId: request.installationId,
    repositoryId: request.repositoryId,
    payload: request.payload,
    isRedelivery: request.guid !== undefined,
    deliveredAt: now(),
    requestHeaders: {},
    statusCode: 0,
    status: 'pending',
    durationMs: 0,
    responseBody: '',
  };
  world.deliveries.push(delivery);
  const attempt = post(world, delivery).finally(() => world.underway.delete(attempt));
  world.underway.add(attempt);
  return delivery;
}

async function post(world: World, delivery: Delivery): Promise<void> {
  const { app } = delivery;
  const body = JSON.stringify(delivery.payload);
  const startedMs = performance.now();
  delivery.requestHeaders = {
    'content-type': 'application/json',
    'user-agent': 'GitHub-Hookshot/stand-in',
    'x-github-delivery': delivery.guid,
    'x-github-event': delivery.event,
    'x-github-hook-id': String(app.id),
    'x-github-hook-installation-target-id': String(app.id),
    'x-github-hook-installation-target-type': 'integration',
    'x-hub-signature-256': `sha256=${createHmac('sha256', app.webhookSecret).update(body).digest('hex')}`,
    ...(world.origin === '' ? {} : { 'x-github-enterprise-host': new URL(world.origin).host }),
  };
  try {
    if (app.webhookUrl === null) throw new Error('the App has no webhook URL');
    const signal = AbortSignal.timeout(DELIVERY_TIMEOUT_MS);
    const answer = await fetch(app.webhookUrl, { method: 'POST', headers: delivery.requestHeaders, body, signal });
    delivery.responseBody = (await answer.text()).slice(0, 10_000);
    delivery.statusCode = answer.status;
    delivery.status = answer.ok ? 'OK' : `Invalid HTTP Response: ${answer.status}`;
  } catch (cause) {
    const isTimeout = cause instanceof Error && cause.name === 'TimeoutError';
    delivery.status = isTimeout ? 'timed out' : 'failed to connect to host';
  }
  delivery.durationMs = performance.now() - startedMs;
}
