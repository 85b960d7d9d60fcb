/** Git LFS by its batch API with basic transfers, and its locks. [git-lfs docs/api/batch.md, basic-transfers.md, locking.md] */
import * as z from 'zod';
import { BotError, type Content, type LfsPointer, messageOf } from '../../src/index.ts';
import type { GitHubAccess } from './access.ts';
import { type Download, damaged, download } from './download.ts';

/** Why the LFS server does not give or take an object. */
export interface LfsRefusal {
  readonly kind: 'refused';
  readonly why: string;
}

const MEDIA_TYPE = 'application/vnd.git-lfs+json';
// 2 GB may pass through a slow line.
const TRANSFER_TIMEOUT_MS = 30 * 60_000;

const action = z.object({ href: z.string(), header: z.record(z.string(), z.string()).optional() });
const batchAnswer = z.object({
  objects: z.array(
    z.object({
      oid: z.string(),
      authenticated: z.boolean().optional(),
      actions: z
        .object({ download: action.optional(), upload: action.optional(), verify: action.optional() })
        .optional(),
      error: z.object({ code: z.number(), message: z.string() }).optional(),
    }),
  ),
});
type BatchObject = z.infer<typeof batchAnswer>['objects'][number];

/** Asks for an object and streams it to a file. */
export async function downloadLfs(
  access: GitHubAccess,
  repository: string,
  pointer: LfsPointer,
  file: string,
): Promise<Download | LfsRefusal> {
  const object = await batch(access, repository, 'download', pointer);
  if ('kind' in object) return object;
  const from = object.actions?.download;
  if (from === undefined) return { kind: 'refused', why: 'Its object is not on the LFS server.' };
  const answer = await transfer(access, object, from, { method: 'GET' });
  if (!answer.ok || answer.body === null) {
    if (answer.status >= 500 || answer.status === 429) throw failed(`answered ${answer.status}`);
    return { kind: 'refused', why: `The LFS server answers ${answer.status}.` };
  }
  const { byteLength, digest } = pointer;
  const got = await download(answer.body, { file, byteLength, limitBytes: byteLength, signal: access.signal });
  if (got.kind === 'over-limit' || got.digest !== digest) {
    throw damaged(`LFS object ${digest}`, digest, got.kind === 'file' ? got.digest : 'more bytes');
  }
  return got;
}

/** Uploads an object and lets the server verify it; one that is there already costs nothing. */
export async function uploadLfs(
  access: GitHubAccess,
  repository: string,
  ref: string,
  object: LfsPointer & { readonly content: Content },
): Promise<LfsPointer | LfsRefusal> {
  const { digest, byteLength } = object;
  const answer = await batch(access, repository, 'upload', { digest, byteLength }, ref);
  if ('kind' in answer) return answer;
  const { upload, verify } = answer.actions ?? {};
  if (upload !== undefined) {
    const bytes = await object.content.read();
    const headers = { 'content-type': 'application/octet-stream' };
    const put = await transfer(access, answer, upload, { method: 'PUT', body: bytes, headers });
    await put.body?.cancel();
    if (!put.ok) throw failed(`answered ${put.status} to an upload`);
  }
  if (verify !== undefined) {
    const body = JSON.stringify({ oid: digest, size: byteLength });
    const headers = { 'content-type': MEDIA_TYPE, accept: MEDIA_TYPE };
    const verified = await transfer(access, answer, verify, { method: 'POST', body, headers });
    await verified.body?.cancel();
    if (!verified.ok) throw failed(`answered ${verified.status} when asked to verify ${digest}`);
  }
  return { digest, byteLength };
}

const locksAnswer = z.object({
  theirs: z.array(z.object({ path: z.string(), owner: z.object({ name: z.string() }).optional() })).optional(),
  next_cursor: z.string().optional(),
});

/** Paths that others have locked, with their names. Empty where the server knows no locks. */
export async function locksOfOthers(
  access: GitHubAccess,
  repository: string,
  ref: string,
): Promise<ReadonlyMap<string, string>> {
  const locks = new Map<string, string>();
  let cursor: string | undefined;
  do {
    const answer = await post(access, repository, 'locks/verify', {
      ref: { name: ref },
      ...(cursor === undefined ? {} : { cursor }),
    });
    // [git-lfs docs/api/locking.md] 404 and 403: no locks here, or none for us.
    if (answer.status === 404 || answer.status === 403 || answer.status === 501) return locks;
    if (!answer.ok) throw failed(`answered ${answer.status} when asked for locks`);
    const page = locksAnswer.parse(await answer.json());
    for (const { path, owner } of page.theirs ?? []) locks.set(path, owner?.name ?? 'somebody');
    cursor = page.next_cursor === '' ? undefined : page.next_cursor;
  } while (cursor !== undefined);
  return locks;
}

async function batch(
  access: GitHubAccess,
  repository: string,
  operation: 'download' | 'upload',
  pointer: LfsPointer,
  ref?: string,
): Promise<BatchObject | LfsRefusal> {
  const answer = await post(access, repository, 'objects/batch', {
    operation,
    transfers: ['basic'],
    ...(ref === undefined ? {} : { ref: { name: ref } }),
    objects: [{ oid: pointer.digest, size: pointer.byteLength }],
    hash_algo: 'sha256',
  });
  if (answer.status >= 500 || answer.status === 429) throw failed(`answered ${answer.status}`);
  if (!answer.ok) return { kind: 'refused', why: `The LFS server answers ${answer.status} to ${operation}.` };
  const object = batchAnswer.parse(await answer.json()).objects.find(({ oid }) => oid === pointer.digest);
  if (object === undefined) return { kind: 'refused', why: 'The LFS server says nothing about its object.' };
  if (object.error === undefined) return object;
  const why = object.error.code === 404 ? 'Its object is not on the LFS server.' : `LFS: ${object.error.message}.`;
  return { kind: 'refused', why };
}

// `.lfsconfig` could name another server. A pull request can write it, so it is not read.
async function post(access: GitHubAccess, repository: string, name: string, body: object): Promise<Response> {
  const headers = { accept: MEDIA_TYPE, 'content-type': MEDIA_TYPE, authorization: await basic(access) };
  return send(access, `${access.place.serverUrl}/${repository}.git/info/lfs/${name}`, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
  });
}

async function transfer(
  access: GitHubAccess,
  object: BatchObject,
  { href, header = {} }: z.infer<typeof action>,
  init: RequestInit & { readonly headers?: Readonly<Record<string, string>> },
): Promise<Response> {
  const given = Object.keys(header).some((name) => name.toLowerCase() === 'authorization');
  // Our token goes to GitHub itself only, never to the storage that it names.
  const isHome = new URL(href).origin === new URL(access.place.serverUrl).origin;
  const mine = isHome && !given && object.authenticated !== true ? { authorization: await basic(access) } : {};
  return send(access, href, { ...init, headers: { ...init.headers, ...mine, ...header } });
}

async function send(access: GitHubAccess, url: string, init: RequestInit): Promise<Response> {
  const signal = AbortSignal.any([access.signal, AbortSignal.timeout(TRANSFER_TIMEOUT_MS)]);
  try {
    return await fetch(url, { ...init, signal });
  } catch (cause) {
    access.signal.throwIfAborted();
    throw failed(`cannot be reached: ${messageOf(cause)}`);
  }
}

// As actions/checkout does it for `git lfs`. [actions/checkout src/git-auth-helper.ts]
async function basic(access: GitHubAccess): Promise<string> {
  return `basic ${Buffer.from(`x-access-token:${await access.token()}`).toString('base64')}`;
}

function failed(what: string): BotError {
  return new BotError('LFS_FAILED', `The LFS server ${what}.`);
}
