/** The pages and their files: `/`, `/upload`, `/compare/:id`, `/viewer/*`. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Context, Hono } from 'hono';
import { servedPagePolicy } from '../../src/index.ts';
import type { Access } from './access.ts';
import { notHere } from './answer.ts';

/** What the pages need. */
export interface PageParts {
  readonly access: Pick<Access, 'visitor'>;
  /** The built viewer, `dist/viewer`. */
  readonly folder: string;
  /** Whether the models of a job use KHR_texture_basisu. */
  readonly needsEval: (jobId: string) => Promise<boolean>;
}

const TYPES: Readonly<Record<string, string>> = Object.freeze({
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
  '.bin': 'application/octet-stream',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
});
// These shrink; fonts and the environment are packed already.
const TEXTUAL = /\.(html|js|css|svg|wasm|txt)$/;

interface PageFile {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly gzipped: Uint8Array<ArrayBuffer> | null;
  readonly tag: string;
}

/** Mounts them. */
export function mountPages(web: Hono, { access, folder, needsEval }: PageParts): void {
  const files = new Map<string, Promise<PageFile>>();

  async function give(context: Context, name: string, policy: string): Promise<Response> {
    const known = files.get(name) ?? load(path.join(folder, name));
    files.set(name, known);
    // What was not there may be built meanwhile.
    known.catch(() => files.delete(name));
    const file = await known.catch(() => {
      throw notHere('This file');
    });
    context.header('content-security-policy', policy);
    context.header('content-type', TYPES[path.extname(name)] ?? 'application/octet-stream');
    context.header('cache-control', 'no-cache');
    context.header('etag', file.tag);
    context.header('vary', 'accept-encoding');
    if (context.req.header('if-none-match') === file.tag) return context.body(null, 304);
    const takesGzip = /\bgzip\b/.test(context.req.header('accept-encoding') ?? '');
    if (file.gzipped === null || !takesGzip) return context.body(file.bytes);
    context.header('content-encoding', 'gzip');
    return context.body(file.gzipped);
  }

  const page = (name: string) => async (context: Context) => {
    const visitor = await access.visitor(context);
    if (visitor.kind === 'stranger') return context.redirect(`/auth?to=${encodeURIComponent(context.req.path)}`, 302);
    const id = context.req.param('id');
    return give(context, name, servedPagePolicy(id !== undefined && (await needsEval(id))));
  };
  web.get('/', page('dashboard.html'));
  web.get('/upload', page('upload.html'));
  web.get('/compare/:id', page('compare.html'));
  web.get('/viewer/:name', (context) => {
    const name = context.req.param('name');
    if (!/^[\w-]+(\.[\w-]+)+$/.test(name) || name.endsWith('.html')) throw notHere('This file');
    return give(context, name, servedPagePolicy(false));
  });
}

async function load(file: string): Promise<PageFile> {
  const bytes = new Uint8Array(await readFile(file));
  const packed = TEXTUAL.test(file) ? new Uint8Array(await promisify(gzip)(bytes, { level: 9 })) : null;
  const tag = `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`;
  return { bytes, gzipped: packed, tag };
}
