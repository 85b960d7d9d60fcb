/** Messages over a stream: a JSON head with a bounded length, then bytes with the lengths that the head gives. */
import type { Duplex } from 'node:stream';
import { BotError } from '../../src/index.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/** One message: plain data, and the bytes that go with it. */
export interface Frame {
  readonly head: unknown;
  readonly parts: readonly Bytes[];
}

/** The most that is taken from the other side; more ends the conversation. */
export interface FrameLimits {
  readonly headByteLength: number;
  /** Of all parts of one message. */
  readonly partsByteLength: number;
  readonly partCount: number;
}

// A length of the head as 32 bits, and a length of the list of parts.
const PREFIX_BYTES = 8;

/** Writes one message. */
export function writeFrame(stream: Duplex, { head, parts }: Frame): void {
  const text = Buffer.from(JSON.stringify({ head, sizes: parts.map((part) => part.byteLength) }));
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.writeUInt32BE(text.byteLength, 0);
  prefix.writeUInt32BE(parts.length, 4);
  stream.cork();
  stream.write(prefix);
  stream.write(text);
  for (const part of parts) if (part.byteLength > 0) stream.write(part);
  stream.uncork();
}

/** Reads messages as they come; `onFault` is told once, when the other side does not keep to the limits. */
export function readFrames(
  stream: Duplex,
  limits: FrameLimits,
  onFrame: (frame: Frame) => void,
  onFault: (fault: BotError) => void,
): void {
  const queue = new ByteQueue();
  const reader = framesOf(queue, limits);
  const fail = (thrown: unknown) => {
    stream.removeAllListeners('data');
    stream.resume();
    onFault(thrown instanceof BotError ? thrown : broken(thrown instanceof Error ? thrown.message : 'no message'));
  };
  stream.on('data', (chunk: Buffer) => {
    queue.push(chunk);
    try {
      for (let next = reader.next(); next.value !== undefined; next = reader.next()) onFrame(next.value);
    } catch (thrown) {
      fail(thrown);
    }
  });
}

/** Gives a message when there is one, and undefined when more bytes are needed. */
function* framesOf(queue: ByteQueue, limits: FrameLimits): Generator<Frame | undefined, undefined> {
  function* take(byteLength: number): Generator<undefined, Bytes> {
    const target = new Uint8Array(byteLength);
    let filled = queue.fill(target, 0);
    while (filled < byteLength) {
      yield undefined;
      filled += queue.fill(target, filled);
    }
    return target;
  }
  for (;;) {
    const prefix = new DataView((yield* take(PREFIX_BYTES)).buffer);
    const [headByteLength, partCount] = [prefix.getUint32(0), prefix.getUint32(4)];
    if (headByteLength > limits.headByteLength) throw broken(`a head of ${headByteLength} bytes`);
    if (partCount > limits.partCount) throw broken(`${partCount} parts`);
    const { head, sizes } = readHead(yield* take(headByteLength));
    if (sizes.length !== partCount) throw broken('another number of parts than announced');
    const total = sizes.reduce((sum, size) => sum + size, 0);
    if (total > limits.partsByteLength) throw broken(`parts of ${total} bytes`);
    const parts: Bytes[] = [];
    for (const size of sizes) parts.push(yield* take(size));
    yield { head, parts };
  }
}

function readHead(bytes: Bytes): { head: unknown; sizes: readonly number[] } {
  const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  if (typeof value !== 'object' || value === null || !('head' in value) || !('sizes' in value)) throw broken('no head');
  const { head, sizes } = value;
  const isSize = (size: unknown): size is number => typeof size === 'number' && Number.isSafeInteger(size) && size >= 0;
  if (!Array.isArray(sizes) || !sizes.every(isSize)) throw broken('no sizes');
  return { head, sizes };
}

/** Chunks as they came. A class because it keeps a place in them. */
class ByteQueue {
  readonly #chunks: Buffer[] = [];
  #offset = 0;

  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
  }

  /** Moves what is there into the target, from a place on; gives how much. */
  fill(target: Bytes, from: number): number {
    let filled = 0;
    for (
      let chunk = this.#chunks[0];
      chunk !== undefined && from + filled < target.byteLength;
      chunk = this.#chunks[0]
    ) {
      const piece = chunk.subarray(this.#offset, this.#offset + target.byteLength - from - filled);
      target.set(piece, from + filled);
      filled += piece.byteLength;
      this.#offset += piece.byteLength;
      if (this.#offset < chunk.byteLength) break;
      this.#chunks.shift();
      this.#offset = 0;
    }
    return filled;
  }
}

function broken(received: string): BotError {
  return new BotError('ANSWER_INVALID', `the process in the sandbox sent ${received}.`);
}
