/** A loopback server for the renderer's page: the viewer's files, and the bytes of the models on the table. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { BotError } from '../../src/index.ts';

/** Serves until closed. */
export interface PageServer {
  /** `http://127.0.0.1:<port>/<secret>/`. */
  readonly base: string;
  /** Offers bytes; returns their URL. */
  offer(bytes: Uint8Array): string;
  /** Takes an offer back. */
  withdraw(url: string): void;
  close(): Promise<void>;
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.wasm': 'application/wasm',
  '.woff2': 'font/woff2',
};

/**
 * The page may run its own script and talk to its own server, and nothing else. Decoders run in blob: workers, which
 * inherit this policy; the Basis transcoder's embind glue makes its functions with `Function`, hence 'unsafe-eval'.
 */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval' 'unsafe-eval' blob:",
  'worker-src blob:',
  "connect-src 'self' blob: data:",
  'img-src blob: data:',
  "font-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  // Chrome knows this one besides what the standard has: no peer connections.
  "webrtc 'block'",
].join('; ');

/** The built viewer beside this file's package: found from the sources and from dist alike. */
export function findViewerDirectory(): string {
  const here = path.dirname(fileURLToPath(import.meta.url));
  const found = ['../../dist/viewer', '../../viewer']
    .map((relative) => path.resolve(here, relative))
    .find((directory) => existsSync(path.join(directory, 'headless.js')));
  if (found !== undefined) return found;
  throw new BotError('RENDERER_FAILED', 'the viewer is not built', { hint: 'Run `npm run build`.' });
}

/** Starts the server on a free port of 127.0.0.1. The path holds a secret, so that no other page can read the models. */
export async function openPageServer(viewerDirectory: string): Promise<PageServer> {
  const files = new Map<string, Buffer>();
  for (const name of await readdir(viewerDirectory)) {
    if (/\.(js|html|wasm|bin|woff2)$/.test(name)) files.set(name, await readFile(path.join(viewerDirectory, name)));
  }
  const offers = new Map<string, Uint8Array>();
  const prefix = `/${randomBytes(16).toString('hex')}/`;
  const server = createServer((request, response) => {
    const url = request.url ?? '';
    const name = url.startsWith(prefix) && request.method === 'GET' ? url.slice(prefix.length) : '';
    const bytes = files.get(name) ?? offers.get(name);
    if (bytes === undefined) return end(response, 404, 'text/plain', Buffer.from('not here'));
    return end(response, 200, TYPES[path.extname(name)] ?? 'application/octet-stream', bytes);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  server.unref();
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the page server has no port');
  const base = `http://127.0.0.1:${address.port}${prefix}`;
  let offered = 0;
  return {
    base,
    offer(bytes) {
      const name = `offer-${++offered}`;
      offers.set(name, bytes);
      return base + name;
    },
    withdraw(url) {
      offers.delete(url.slice(base.length));
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function end(response: ServerResponse, status: number, type: string, bytes: Uint8Array): void {
  response.writeHead(status, {
    'content-type': type,
    'content-length': bytes.byteLength,
    'content-security-policy': CONTENT_SECURITY_POLICY,
    'cross-origin-resource-policy': 'same-origin',
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
  });
  response.end(bytes);
}
