/** The blob store behind artifacts and caches: the part of Azure's protocol that the clients of Actions use. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Door, readBytes } from '../http/server.ts';
import type { World } from '../world/world.ts';
import type { StoredBlob } from './runtime.ts';

/** Where a blob's bytes are. */
export function blobFile(world: World, blob: StoredBlob): string {
  return path.join(world.directory, 'actions', blob.id);
}

/** The address that may write and read a blob; knowing it is the permission. */
export function blobUrl(world: World, blob: StoredBlob): string {
  return `${world.origin}/actions-blobs/${blob.id}?sig=stand-in`;
}

/** `PUT` of a whole blob, of blocks and of their list; `GET` and `HEAD`, with ranges. */
export const blobDoor: Door = async (world, request, response, url) => {
  const found = /^\/actions-blobs\/([^/]+)$/.exec(url.pathname);
  if (found === null) return false;
  const blob = world.runtime.blobs.get(found[1] ?? '');
  if (blob === undefined || url.searchParams.get('sig') !== 'stand-in') {
    response.writeHead(403).end();
    return true;
  }
  if (request.method === 'PUT') {
    const bytes = await readBytes(request);
    await put(world, blob, url.searchParams.get('comp'), url.searchParams.get('blockid') ?? '', bytes);
    response.writeHead(201, { etag: '"stand-in"', 'last-modified': new Date().toUTCString() }).end();
    return true;
  }
  if (!blob.isWritten) {
    response.writeHead(404).end();
    return true;
  }
  const bytes = await readFile(blobFile(world, blob));
  const range = /^bytes=(\d+)-(\d*)$/.exec(String(request.headers.range ?? request.headers['x-ms-range'] ?? ''));
  const start = Number(range?.[1] ?? 0);
  const end = Math.min(range?.[2] ? Number(range[2]) : bytes.byteLength - 1, bytes.byteLength - 1);
  const part = bytes.subarray(start, end + 1);
  response.writeHead(range === null ? 200 : 206, {
    'content-type': blob.mimeType,
    'content-length': part.byteLength,
    'accept-ranges': 'bytes',
    ...(range === null ? {} : { 'content-range': `bytes ${start}-${end}/${bytes.byteLength}` }),
  });
  response.end(request.method === 'HEAD' ? undefined : part);
  return true;
};

// [Azure docs, "Put Block", "Put Block List"] Blocks are sent in any order; the list says which, and in which order.
async function put(world: World, blob: StoredBlob, comp: string | null, blockId: string, bytes: Buffer): Promise<void> {
  if (comp === 'block') {
    blob.blocks.set(blockId, bytes);
    return;
  }
  const names =
    comp === 'blocklist'
      ? [...bytes.toString().matchAll(/<Latest>([^<]+)<\/Latest>/g)].map((found) => found[1] ?? '')
      : [];
  const whole =
    comp === 'blocklist' ? Buffer.concat(names.map((name) => blob.blocks.get(name) ?? Buffer.alloc(0))) : bytes;
  await mkdir(path.dirname(blobFile(world, blob)), { recursive: true });
  await writeFile(blobFile(world, blob), whole);
  blob.blocks.clear();
  blob.isWritten = true;
}
