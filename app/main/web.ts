/** The web server: health here, other rooms mount themselves; the first may put something around all others. */
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { BotError } from '../../src/index.ts';
import { mountHealth } from '../web/health.ts';
import { readinessOfService } from './readiness.ts';
import type { Service } from './service.ts';

/** A room of the web adds its routes. */
export type Mount = (web: Hono, service: Service) => void;

/** A server that listens. */
export interface WebServer {
  readonly url: string;
  close(): Promise<void>;
}

const REQUEST_TIMEOUT_MS = 30 * 60_000;

/** What an address that cannot be listened on means to whoever chose it: message and hint. */
const CANNOT_LISTEN: Readonly<Record<string, readonly [string, string]>> = {
  EADDRINUSE: ['another program listens there already.', 'Stop it, or choose another port: PORT=3001.'],
  EACCES: ['this user may not listen there.', 'Choose a port from 1024 on: PORT=3000.'],
  EADDRNOTAVAIL: [
    'this machine has no such address.',
    'HOST=127.0.0.1 is this machine alone, HOST=0.0.0.0 all of its addresses.',
  ],
  ENOTFOUND: [
    'there is no host of that name.',
    'HOST=127.0.0.1 is this machine alone, HOST=0.0.0.0 all of its addresses.',
  ],
};

/** Serves health and all rooms; answers once it listens. */
export async function startWeb(service: Service, rooms: readonly Mount[] = []): Promise<WebServer> {
  const web = new Hono();
  for (const mount of rooms) mount(web, service);
  mountHealth(web, { readiness: () => readinessOfService(service) });
  const { port, host } = service.settings;
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const server = serve({ fetch: web.fetch, port, hostname: host }, (info) => resolve(info.port));
  // A large upload over a slow line takes longer than Node's five minutes.
  if ('requestTimeout' in server) server.requestTimeout = REQUEST_TIMEOUT_MS;
  server.once('error', (cause: NodeJS.ErrnoException) => {
    const why = CANNOT_LISTEN[cause.code ?? ''];
    if (why === undefined) return reject(cause);
    const [message, hint] = why;
    reject(new BotError('SETTINGS_INVALID', message, { at: `${host}:${port}`, hint, cause }));
  });
  const bound = await promise;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}`,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        // Keep-alive connections without a request would hold us for ever.
        if ('closeIdleConnections' in server) server.closeIdleConnections();
      }),
  };
}
