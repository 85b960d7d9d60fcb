/** Blobs of one repository: small ones as text, large ones streamed to disk and checked against their id. */
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { BotError, MIB, type ReadAsset } from '../../src/index.ts';
import { type GitHubAccess, splitRepository } from './access.ts';
import { type Download, damaged, download, readDownload } from './download.ts';
import type { TreeFile } from './trees.ts';

/** Reads blobs. */
export interface Blobs {
  /** The bytes, unless there are more than the limit, or than GitHub gives. */
  read(blob: string, byteLength: number, limitBytes: number): Promise<ReadAsset>;
  /** The bytes of a blob that is known to be small. */
  small(blob: string): Promise<Uint8Array<ArrayBuffer>>;
  /** The text of a file; undefined when it is longer than the limit. */
  text(file: TreeFile, limitBytes: number): Promise<string | undefined>;
  /** The bytes of a downloaded file, whose place on disk is then free again. */
  taken(file: Download): Promise<Uint8Array<ArrayBuffer>>;
}

/** GitHub gives blobs up to here. [docs: git/get-blob] */
const BLOB_LIMIT_BYTES = 100 * MIB;
const TRANSFER_TIMEOUT_MS = 30 * 60_000;

/** Opens the blobs of a repository; `folder` holds what is on its way. */
export function openBlobs(access: GitHubAccess, repository: string, folder: string): Blobs {
  let count = 0;
  const smallOnes = new Map<string, Promise<Uint8Array<ArrayBuffer>>>();

  async function fetched(blob: string, byteLength: number, limitBytes: number): Promise<Download | undefined> {
    const signal = AbortSignal.any([access.signal, AbortSignal.timeout(TRANSFER_TIMEOUT_MS)]);
    const answer = await access.octokit.request('GET /repos/{owner}/{repo}/git/blobs/{file_sha}', {
      ...splitRepository(repository),
      file_sha: blob,
      // Without it, base64 inside of JSON: a third more, and all of it in memory.
      headers: { accept: 'application/vnd.github.raw+json' },
      request: { parseSuccessResponseBody: false, signal },
    });
    // Octokit's type is that of the JSON answer.
    const body: unknown = answer.data;
    if (!(body instanceof ReadableStream)) throw new BotError('INTERNAL', 'a blob came without a body.');
    const got = await download(body, { file: path.join(folder, `${blob}-${count++}`), byteLength, limitBytes, signal });
    if (got.kind === 'over-limit') return undefined;
    // A repository with SHA-256 has longer ids, which are not checked.
    if (blob.length === 40 && got.blob !== blob) throw damaged(`blob ${blob}`, blob, got.blob);
    return got;
  }

  async function taken(file: Download): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = await readDownload(file);
    await rm(file.file, { force: true });
    return bytes;
  }

  async function small(blob: string): Promise<Uint8Array<ArrayBuffer>> {
    const { data } = await access.octokit.rest.git.getBlob({ ...splitRepository(repository), file_sha: blob });
    return new Uint8Array(Buffer.from(data.content, data.encoding === 'base64' ? 'base64' : 'utf8'));
  }

  return {
    taken,
    small(blob) {
      const known = smallOnes.get(blob) ?? small(blob);
      smallOnes.set(blob, known);
      return known;
    },
    async read(blob, byteLength, limitBytes) {
      const limit = Math.min(limitBytes, BLOB_LIMIT_BYTES);
      if (byteLength > limit) return { kind: 'over-limit', byteLength, limitBytes: limit };
      const got = await fetched(blob, byteLength, limit);
      if (got === undefined) return { kind: 'over-limit', byteLength, limitBytes: limit };
      return { kind: 'bytes', bytes: await taken(got) };
    },
    async text(file, limitBytes) {
      if (file.byteLength > limitBytes) return undefined;
      return new TextDecoder().decode(await this.small(file.blob));
    },
  };
}
