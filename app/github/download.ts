/** Streams bytes from HTTP to a file, counted and hashed on the way: never more than the limit, never all in memory. */
import { createHash, type Hash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { BotError } from '../../src/index.ts';

/** A file that was downloaded. */
export interface Download {
  readonly kind: 'file';
  readonly file: string;
  readonly byteLength: number;
  /** SHA-256. */
  readonly digest: string;
  /** The id that Git gives to a blob of these bytes, in a repository with SHA-1. */
  readonly blob: string;
}

/** Writes a body to a file; an answer over the limit is cut off and not kept. */
export async function download(
  body: ReadableStream<Uint8Array>,
  to: { readonly file: string; readonly byteLength: number; readonly limitBytes: number; readonly signal: AbortSignal },
): Promise<Download | { readonly kind: 'over-limit' }> {
  const digest = createHash('sha256');
  // Git hashes the length before the bytes, so it has to be known.
  const blob = createHash('sha1').update(`blob ${to.byteLength}\0`);
  let byteLength = 0;
  const count = new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      byteLength += chunk.byteLength;
      update([digest, blob], chunk);
      done(byteLength > to.limitBytes ? new OverLimit() : null, chunk);
    },
  });
  try {
    await pipeline(Readable.from(body), count, createWriteStream(to.file), { signal: to.signal });
  } catch (thrown) {
    await rm(to.file, { force: true });
    if (thrown instanceof OverLimit) return { kind: 'over-limit' };
    throw thrown;
  }
  return { kind: 'file', file: to.file, byteLength, digest: digest.digest('hex'), blob: blob.digest('hex') };
}

class OverLimit extends Error {}

function update(hashes: readonly Hash[], chunk: Uint8Array): void {
  for (const hash of hashes) hash.update(chunk);
}

/** The id that Git gives to a blob of these bytes. */
export function blobId(bytes: Uint8Array): string {
  return createHash('sha1').update(`blob ${bytes.byteLength}\0`).update(bytes).digest('hex');
}

/** The bytes of a downloaded file. */
export async function readDownload(download: Download): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await readFile(download.file));
}

/** The error for bytes that are not what GitHub said they are. */
export function damaged(at: string, expected: string, received: string): BotError {
  return new BotError('GITHUB_FAILED', 'other bytes arrived than the ones asked for.', { at, expected, received });
}
