/** Artifacts in an S3-compatible bucket. Credentials come from where the library finds them: environment, profile, machine role. */
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { type ArtifactStore, BotError, type Digest, digestOf, messageOf } from '../../src/index.ts';

/** Where a bucket is, as `ARTIFACTS_URL` says it. */
export interface BucketPlace {
  readonly bucket: string;
  /** Empty, or ends with `/`. */
  readonly prefix: string;
  readonly region: string;
  /** For stores other than Amazon's. */
  readonly endpoint: string | undefined;
}

/** `s3://bucket/prefix?region=…&endpoint=https://…`; throws `SETTINGS_INVALID`. */
export function readBucketUrl(text: string): BucketPlace {
  const url = new URL(text);
  const endpoint = url.searchParams.get('endpoint') ?? undefined;
  if (endpoint !== undefined && !URL.canParse(endpoint)) {
    throw new BotError('SETTINGS_INVALID', 'the endpoint is not a URL.', {
      at: 'ARTIFACTS_URL',
      expected: 'endpoint=https://s3.example.org',
    });
  }
  const prefix = url.pathname.replace(/^\/+|\/+$/g, '');
  return {
    bucket: url.host,
    prefix: prefix === '' ? '' : `${prefix}/`,
    region: url.searchParams.get('region') ?? 'us-east-1',
    endpoint,
  };
}

/** The store in a bucket. */
export function bucketStore(text: string): ArtifactStore & { probe(): Promise<void> } {
  const { bucket, prefix, region, endpoint } = readBucketUrl(text);
  const client = new S3Client({
    region,
    // Stores other than Amazon's have no host for each bucket, and few know the newer checksums.
    ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: true }),
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    maxAttempts: 4,
  });
  const keyOf = (digest: Digest) => `${prefix}${checked(digest)}`;
  const at = { Bucket: bucket };

  async function putObject(digest: Digest, byteLength: number, body: () => Uint8Array | Readable): Promise<void> {
    // Written again even when it is there: that is what keeps it from expiring. Only large ones are spared.
    const isLarge = byteLength > REWRITE_LIMIT_BYTES;
    if (isLarge && (await size(digest)) === byteLength) return;
    await client.send(
      new PutObjectCommand({
        ...at,
        Key: keyOf(digest),
        Body: body(),
        ContentLength: byteLength,
        ContentType: 'application/octet-stream',
      }),
    );
  }

  async function size(digest: Digest): Promise<number | undefined> {
    const head = await client.send(new HeadObjectCommand({ ...at, Key: keyOf(digest) })).catch(absent);
    return head?.ContentLength;
  }

  return {
    async put(bytes) {
      try {
        if (bytes instanceof Uint8Array) {
          const digest = digestOf(bytes);
          await putObject(digest, bytes.byteLength, () => bytes);
          return { digest, byteLength: bytes.byteLength };
        }
        return await onDisk(bytes, (digest, file, byteLength) =>
          putObject(digest, byteLength, () => createReadStream(file)),
        );
      } catch (cause) {
        throw new BotError('SERVICE_UNAVAILABLE', `an artifact cannot be stored: ${messageOf(cause)}`, {
          at: `s3://${bucket}`,
          cause,
        });
      }
    },

    async get(digest) {
      const found = await client.send(new GetObjectCommand({ ...at, Key: keyOf(digest) })).catch(absent);
      const bytes = await found?.Body?.transformToByteArray();
      return bytes === undefined ? undefined : new Uint8Array(bytes);
    },

    async stream(digest) {
      const found = await client.send(new GetObjectCommand({ ...at, Key: keyOf(digest) })).catch(absent);
      if (!(found?.Body instanceof Readable)) return undefined;
      return { byteLength: found.ContentLength ?? 0, chunks: found.Body };
    },

    async expire(olderThanMs) {
      const before = Date.now() - olderThanMs;
      let count = 0;
      for (let token: string | undefined; ; ) {
        const page = await client.send(
          new ListObjectsV2Command({
            ...at,
            Prefix: prefix,
            ...(token === undefined ? {} : { ContinuationToken: token }),
          }),
        );
        const old = (page.Contents ?? []).filter(
          ({ Key, LastModified }) =>
            LastModified !== undefined && LastModified.getTime() < before && OURS.test(Key?.slice(prefix.length) ?? ''),
        );
        if (old.length > 0)
          await client.send(new DeleteObjectsCommand({ ...at, Delete: { Objects: old.map(({ Key }) => ({ Key })) } }));
        count += old.length;
        token = page.NextContinuationToken;
        if (token === undefined) return count;
      }
    },

    async forget(digest, putBeforeMs) {
      const head = await client.send(new HeadObjectCommand({ ...at, Key: keyOf(digest) })).catch(absent);
      if (head === undefined) return true;
      // A large one is not written again when it is put again: that somebody just sends it once more is not seen here.
      if ((head.LastModified?.getTime() ?? Infinity) > putBeforeMs) return false;
      await client.send(new DeleteObjectsCommand({ ...at, Delete: { Objects: [{ Key: keyOf(digest) }] } }));
      return true;
    },

    async probe() {
      await client.send(new HeadBucketCommand(at));
    },
  };
}

const REWRITE_LIMIT_BYTES = 1024 * 1024;
const OURS = /^[0-9a-f]{64}$/;

function checked(digest: Digest): Digest {
  if (OURS.test(digest)) return digest;
  throw new BotError('USAGE', 'this is not a SHA-256.', {
    at: digest.slice(0, 80),
    expected: '64 lower-case hexadecimal digits',
  });
}

/** The name is the digest, so all bytes are seen before the first is sent. */
async function onDisk(
  chunks: AsyncIterable<Uint8Array>,
  send: (digest: Digest, file: string, byteLength: number) => Promise<void>,
): Promise<{ readonly digest: Digest; readonly byteLength: number }> {
  const folder = await mkdtemp(path.join(tmpdir(), 'glb-artifact-'));
  try {
    const file = path.join(folder, randomUUID());
    const hash = createHash('sha256');
    const hashed = async function* (): AsyncGenerator<Uint8Array> {
      for await (const chunk of chunks) {
        hash.update(chunk);
        yield chunk;
      }
    };
    await pipeline(hashed, createWriteStream(file));
    const digest = hash.digest('hex');
    const { size } = await stat(file);
    await send(digest, file, size);
    return { digest, byteLength: size };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function absent(thrown: { readonly $metadata?: { readonly httpStatusCode?: number } }): undefined {
  if (thrown.$metadata?.httpStatusCode === 404) return undefined;
  throw thrown;
}
