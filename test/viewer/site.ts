/**
 * The viewer's built pages behind a real server on loopback, as the service will give them: static files, the policy
 * of the pages, and routes whose answers a test writes in the shapes of src/report/service.ts.
 */
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { servedPagePolicy } from '../../src/report/report-page.ts';
import type { WebSession } from '../../src/report/service.ts';

const BUILT = fileURLToPath(new URL('../../dist/viewer/', import.meta.url));
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
};
const PAGES: readonly (readonly [RegExp, string])[] = [
  [/^\/$/, 'dashboard.html'],
  [/^\/upload$/, 'upload.html'],
  [/^\/compare\/[^/]+$/, 'compare.html'],
];

// On this machine nobody has to sign in.
const NOBODY: WebSession = { kind: 'local', name: null, canSignOut: false };

/** Answers one path; what no route takes is 404. */
export type Route = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

/** A server on a free port. */
export interface Site {
  readonly origin: string;
  /** By path without query; set anew for each test. */
  routes: Readonly<Record<string, Route>>;
  close(): Promise<void>;
}

/** Starts it. */
export async function openSite(): Promise<Site> {
  const server = createServer((request, response) => {
    void answer(request, response).catch((failure: unknown) => {
      response.writeHead(500).end(String(failure));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? '/', site.origin);
    const route = site.routes[pathname];
    if (route) return route(request, response);
    if (pathname === '/auth/session') return json(NOBODY)(request, response);
    const page = PAGES.find(([pattern]) => pattern.test(pathname))?.[1];
    const name = page ?? (pathname.startsWith('/viewer/') ? path.basename(pathname) : null);
    const bytes = name === null ? null : await readFile(path.join(BUILT, name)).catch(() => null);
    if (name === null || bytes === null) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, {
      'content-type': TYPES[path.extname(name)] ?? 'application/octet-stream',
      'content-security-policy': servedPagePolicy(false),
      'x-content-type-options': 'nosniff',
    });
    response.end(bytes);
  }

  const site: Site = {
    origin: `http://127.0.0.1:${address.port}`,
    routes: {},
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return site;
}

/** A route that answers with JSON. */
export function json(body: unknown, status = 200): Route {
  return (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
}

/** A route that answers with bytes. */
export function bytes(content: Uint8Array, type = 'model/gltf-binary'): Route {
  return (_request, response) => {
    response.writeHead(200, { 'content-type': type, 'content-length': content.byteLength }).end(content);
  };
}
