/** A form with files, read as it comes: each file goes where it is kept, and the first that is wrong ends it. */
import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import { Busboy, type BusboyInstance } from '@fastify/busboy';
import { formatBytes, HEAD_BYTES, type StoredBytes, type UploadedFile, whyNotGlb } from '../../src/index.ts';
import { Refusal } from './answer.ts';
import { freshName, visibleName } from './file-name.ts';

/** A form that has come whole. */
export interface ReceivedForm {
  readonly files: readonly UploadedFile[];
  /** By name; the last one counts. */
  readonly fields: ReadonlyMap<string, string>;
}

/** How it is received. */
export interface ReceiveOptions {
  readonly put: (chunks: AsyncIterable<Uint8Array>) => Promise<StoredBytes>;
  /** Of all files together. */
  readonly limitBytes: number;
}

const LIMITS = Object.freeze({
  files: 20,
  fields: 10,
  fieldSize: 1000,
  fieldNameSize: 100,
  headerPairs: 20,
  headerSize: 8192,
});
// How much of an upload that is refused is still read: a browser shows no answer while it sends.
const REFUSED_READ_BYTES = 64_000_000;

/** Reads it; throws a `Refusal`, also when the connection ends too early. */
export async function receiveForm(
  body: Readable,
  headers: IncomingHttpHeaders,
  { put, limitBytes }: ReceiveOptions,
): Promise<ReceivedForm> {
  const busboy = openBusboy(headers);
  const fields = new Map<string, string>();
  const files: UploadedFile[] = [];
  const kept: Promise<void>[] = [];
  const failed = Promise.withResolvers<void>();
  let wrong: unknown;
  let open: Readable | undefined;
  let byteLength = 0;
  const fail = (thrown: unknown) => {
    wrong ??= thrown;
    failed.resolve();
    open?.destroy(new Error('refused'));
  };
  async function* checked(stream: Readable, name: string): AsyncGenerator<Uint8Array> {
    let head: Uint8Array = new Uint8Array();
    let own = 0;
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      const isHeadKnown = own >= HEAD_BYTES;
      own += chunk.byteLength;
      byteLength += chunk.byteLength;
      if (byteLength > limitBytes) throw overLimit(limitBytes);
      if (!isHeadKnown) {
        head = Buffer.concat([head, chunk.subarray(0, HEAD_BYTES)]);
        if (own >= HEAD_BYTES) checkHead(head, own, name);
      }
      yield chunk;
    }
    if (own < HEAD_BYTES) checkHead(head, own, name);
  }

  busboy.on('field', (name, value) => fields.set(name, value));
  busboy.on('file', (_field, stream, fileName) => {
    const path = freshName(fileName ?? '', new Set(files.map((file) => file.path)));
    // Its place is taken at once: files come one after the other, and stay in that order.
    const place = files.push({ path, digest: '', byteLength: 0 }) - 1;
    open = stream;
    const take = (stored: StoredBytes) => {
      files[place] = { path, ...stored };
    };
    kept.push(put(checked(stream, visibleName(fileName ?? ''))).then(take, (thrown) => fail(refusalIn(thrown))));
  });
  busboy.on('filesLimit', () => fail(new Refusal(413, 'TOO_MANY_FILES', `At most ${LIMITS.files} files at once.`)));
  busboy.on('error', () => fail(malformed()));
  const finished = new Promise<void>((resolve) => busboy.once('finish', () => resolve()));

  if (await feed(body, busboy, failed.promise, () => wrong !== undefined))
    await Promise.race([finished, failed.promise]);
  else fail(new Refusal(400, 'CUT_OFF', 'The connection ended before all was here; nothing was kept.'));
  await Promise.all(kept);
  if (wrong !== undefined) {
    busboy.destroy();
    throw wrong;
  }
  if (files.length > 0) return { files, fields };
  const hint = 'Send multipart/form-data with a part named file: curl -F file=@model.glb …';
  throw new Refusal(400, 'NO_FILE', 'There is no file in this upload.', { hint });
}

/** Gives the parser what comes; false when the connection ended too early. */
async function feed(
  body: Readable,
  busboy: BusboyInstance,
  failed: Promise<void>,
  isRefused: () => boolean,
): Promise<boolean> {
  let wasted = 0;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      if (isRefused()) wasted += chunk.byteLength;
      else if (!busboy.write(chunk)) await Promise.race([drainOf(busboy), failed]);
      if (wasted > REFUSED_READ_BYTES) return true;
    }
  } catch {
    return false;
  }
  if (!isRefused()) busboy.end();
  return true;
}

function drainOf(busboy: BusboyInstance): Promise<void> {
  return new Promise((resolve) => busboy.once('drain', () => resolve()));
}

function openBusboy(headers: IncomingHttpHeaders): BusboyInstance {
  const type = headers['content-type'] ?? '';
  if (!/^multipart\/form-data\b/i.test(type)) throw malformed();
  try {
    return new Busboy({ headers: { ...headers, 'content-type': type }, limits: LIMITS });
  } catch {
    throw malformed();
  }
}

function checkHead(head: Uint8Array, byteLength: number, name: string): void {
  const why = whyNotGlb(head, byteLength);
  if (why !== null) throw new Refusal(415, 'NOT_A_GLB', `${name}: ${why}`);
}

function overLimit(limitBytes: number): Refusal {
  return new Refusal(413, 'LIMIT_BYTES', `An upload may hold ${formatBytes(limitBytes)}; this one holds more.`, {
    hint: 'Send fewer files at once, or use the command line: npx glb-optimizer optimize.',
  });
}

function malformed(): Refusal {
  const hint = 'Send multipart/form-data with a part named file: curl -F file=@model.glb …';
  return new Refusal(400, 'MALFORMED', 'This is no form with files.', { hint });
}

/** The artifact store wraps what ends its stream. */
function refusalIn(thrown: unknown): unknown {
  for (let one = thrown; one instanceof Error; one = one.cause) if (one instanceof Refusal) return one;
  return thrown;
}
