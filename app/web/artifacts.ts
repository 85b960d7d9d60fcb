/** `GET /artifacts/:digest`: bytes by SHA-256, by a link that we signed; the operator needs no link. */
import { Readable } from 'node:stream';
import type { ReadableStream as NodeStream } from 'node:stream/web';
import type { Hono } from 'hono';
import type { ArtifactStore } from '../../src/index.ts';
import type { Access } from './access.ts';
import { notHere } from './answer.ts';
import { disposition } from './file-name.ts';
import type { ArtifactLinks } from './links.ts';

/** What the route needs. */
export interface ArtifactParts {
  readonly access: Pick<Access, 'visitor'>;
  readonly artifacts: Pick<ArtifactStore, 'stream'>;
  readonly links: ArtifactLinks;
  readonly onServed: (byteLength: number) => void;
}

// Only these are shown; anything else is saved, whatever it holds.
const TYPES: Readonly<Record<string, { readonly type: string; readonly kind: 'inline' | 'attachment' }>> =
  Object.freeze({
    webp: { type: 'image/webp', kind: 'inline' },
    glb: { type: 'model/gltf-binary', kind: 'attachment' },
  });
const OTHER = Object.freeze({ type: 'application/octet-stream', kind: 'attachment' } as const);

/** Mounts it. */
export function mountArtifacts(web: Hono, { access, artifacts, links, onServed }: ArtifactParts): void {
  web.get('/artifacts/:digest', async (context) => {
    const digest = context.req.param('digest');
    const { name = '', until = '', sign = '' } = context.req.query();
    const isLinked = links.check(digest, { name, until, sign });
    const { kind: visitor } = isLinked ? { kind: 'linked' } : await access.visitor(context);
    const mayRead = isLinked || visitor === 'operator' || visitor === 'local';
    if (!mayRead || !/^[0-9a-f]{64}$/.test(digest)) throw notHere('This file');
    const tag = `"${digest}"`;
    context.header('etag', tag);
    context.header('cache-control', 'private, max-age=3600, immutable');
    if (context.req.header('if-none-match') === tag) return context.body(null, 304);
    const found = await artifacts.stream(digest);
    if (found === undefined) throw notHere('This file');
    const { type, kind } = TYPES[/\.(\w+)$/.exec(name)?.[1]?.toLowerCase() ?? ''] ?? OTHER;
    context.header('content-type', type);
    context.header('content-length', String(found.byteLength));
    context.header('content-disposition', disposition(kind, name === '' ? digest : name));
    context.header('content-security-policy', "default-src 'none'; sandbox; frame-ancestors 'none'");
    onServed(found.byteLength);
    // The types of the web and of Node are two declarations of one stream.
    const body: NodeStream = Readable.toWeb(Readable.from(found.chunks, { objectMode: false }));
    return context.body(body as ReadableStream);
  });
}
