/** Git LFS: batch, basic transfers, verify and locks, over real files by digest. */
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { allows, canPush, canSee, holds, includes, roleOf } from '../http/access.ts';
import { ApiError } from '../http/api-error.ts';
import { type Caller, readCaller } from '../http/caller.ts';
import type { Json } from '../http/route.ts';
import { type Door, readBytes } from '../http/server.ts';
import type { Repository } from '../world/repository.ts';
import { findRepository, type World } from '../world/world.ts';
import { answerLocks } from './locks.ts';

const TYPE = 'application/vnd.git-lfs+json';

/** `/owner/name.git/info/lfs/…` and the addresses that a batch hands out. */
export const lfsDoor: Door = async (world, request, response, url) => {
  const found = /^\/([^/]+\/[^/]+?)(?:\.git)?\/info\/lfs\/(.+)$/.exec(url.pathname);
  if (found === null) return false;
  const [, name = '', tail = ''] = found;
  try {
    const caller = readCaller(world, request.headers.authorization);
    const repository = findRepository(world, name);
    if (repository === undefined || !canSee(caller, repository))
      throw new ApiError(caller.kind === 'anonymous' ? 401 : 404, 'Not Found');
    if (!repository.isLfsEnabled) throw new ApiError(403, 'Git LFS is disabled for this repository.');
    await answer(world, request, response, url, caller, repository, tail);
  } catch (cause) {
    if (!(cause instanceof ApiError)) throw cause;
    const ask: Record<string, string> =
      cause.status === 401
        ? { 'lfs-authenticate': 'Basic realm="GitHub"', 'www-authenticate': 'Basic realm="GitHub"' }
        : {};
    response.writeHead(cause.status, { 'content-type': TYPE, ...ask });
    response.end(JSON.stringify({ message: cause.message, ...cause.extra, documentation_url: 'https://git-lfs.com' }));
  }
  return true;
};

async function answer(
  world: World,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
  caller: Caller,
  repository: Repository,
  tail: string,
): Promise<void> {
  const object = /^objects\/([0-9a-f]{64})$/.exec(tail)?.[1];
  if (object !== undefined && request.method === 'GET') return download(world, response, repository, object);
  if (object !== undefined && request.method === 'PUT') {
    requireUpload(world, caller, repository);
    return upload(world, request, response, repository, object);
  }
  const text = (await readBytes(request)).toString();
  const body: Json = text === '' ? {} : JSON.parse(text);
  const reply = (status: number, json: unknown) => {
    response.writeHead(status, { 'content-type': TYPE }).end(JSON.stringify(json));
  };
  if (tail === 'objects/batch') return reply(200, await batch(world, request, caller, repository, body));
  if (tail === 'verify') {
    const size = await sizeOf(world, repository, String(body.oid));
    if (size !== body.size) throw new ApiError(404, 'Object does not exist on the server');
    return reply(200, {});
  }
  if (!tail.startsWith('locks')) throw new ApiError(404, 'Not Found');
  if (request.method !== 'GET') requireUpload(world, caller, repository);
  const { status, json } = answerLocks(repository, caller, request.method ?? 'GET', tail, url.searchParams, body);
  reply(status, json);
}

/** Objects are shared by all repositories of a network. [GitHub docs, "Collaboration with Git Large File Storage"] */
export function lfsFile(world: World, repository: Repository, oid: string): string {
  const root = rootOf(repository);
  return path.join(world.directory, 'lfs', String(root.id), oid.slice(0, 2), oid.slice(2, 4), oid);
}

function rootOf(repository: Repository): Repository {
  return repository.parent === null ? repository : rootOf(repository.parent);
}

/** Bytes of an object; null when the server has none. */
export async function sizeOf(world: World, repository: Repository, oid: string): Promise<number | null> {
  const found = await stat(lfsFile(world, repository, oid)).catch(() => null);
  return found?.size ?? null;
}

async function batch(world: World, request: IncomingMessage, caller: Caller, repository: Repository, body: Json) {
  const isUpload = body.operation === 'upload';
  if (isUpload) requireUpload(world, caller, repository);
  else if (caller.kind === 'installation' && holds(caller, repository) && !allows(caller, 'contents', 'read'))
    throw new ApiError(403, 'Resource not accessible by integration');
  if (body.hash_algo !== undefined && body.hash_algo !== 'sha256')
    throw new ApiError(409, 'The hash algorithm is not supported');
  const objects = Array.isArray(body.objects) ? body.objects : [];
  // The credentials of the batch come back with each address. [git-lfs docs/api/batch.md, "actions"]
  const header = request.headers.authorization === undefined ? {} : { Authorization: request.headers.authorization };
  const base = `${world.origin}/${repository.fullName}.git/info/lfs`;
  const answers = objects.map(async ({ oid, size }: { oid: string; size: number }) => {
    if (!/^[0-9a-f]{64}$/.test(oid)) return { oid, size, error: { code: 422, message: 'Validation error' } };
    const has = await sizeOf(world, repository, oid);
    const href = `${base}/objects/${oid}`;
    const action = { href, header, expires_in: 3600 };
    if (!isUpload) {
      return has === null
        ? { oid, size, error: { code: 404, message: 'Object does not exist on the server' } }
        : { oid, size: has, authenticated: true, actions: { download: action } };
    }
    // What the server has is not asked for again.
    if (has !== null) return { oid, size };
    return { oid, size, authenticated: true, actions: { upload: action, verify: { href: `${base}/verify`, header } } };
  });
  return { transfer: 'basic', objects: await Promise.all(answers), hash_algo: 'sha256' };
}

function requireUpload(world: World, caller: Caller, repository: Repository): void {
  if (caller.kind === 'anonymous' || caller.kind === 'app') throw new ApiError(401, 'Credentials needed');
  if (caller.kind === 'user' && includes(roleOf(repository, caller.account), 'write')) return;
  if (caller.kind === 'installation' && holds(caller, repository) && allows(caller, 'contents', 'write')) return;
  const pulls = [...world.repositories.values()].flatMap((base) => [...base.pulls.values()]);
  const isMaintained = pulls.some(
    ({ head }) => head.repository === repository && canPush(world, caller, repository, head.branch),
  );
  if (!isMaintained) throw new ApiError(403, 'Resource not accessible by integration');
}

async function download(world: World, response: ServerResponse, repository: Repository, oid: string): Promise<void> {
  const byteLength = await sizeOf(world, repository, oid);
  if (byteLength === null) throw new ApiError(404, 'Not Found');
  response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': byteLength });
  await pipeline(createReadStream(lfsFile(world, repository, oid)), response).catch(() => {});
}

async function upload(
  world: World,
  request: IncomingMessage,
  response: ServerResponse,
  repository: Repository,
  oid: string,
): Promise<void> {
  const file = lfsFile(world, repository, oid);
  await mkdir(path.dirname(file), { recursive: true });
  const half = `${file}.${randomUUID()}`;
  const hash = createHash('sha256');
  try {
    request.on('data', (chunk: Buffer) => hash.update(chunk));
    await pipeline(request, createWriteStream(half));
    if (hash.digest('hex') !== oid) throw new ApiError(422, 'The object is not what its name says');
    await rename(half, file);
  } finally {
    await rm(half, { force: true });
  }
  response.writeHead(200).end();
}
