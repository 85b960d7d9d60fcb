/** Reads Git objects through two long-lived `git cat-file` processes: one tells sizes, one gives contents. */
import { BotError } from '../../src/index.ts';
import { type GitPlace, gitFailed, startError, startGit } from './git.ts';

/** A blob, or why it is not read. */
export type ReadBlob =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly kind: 'over-limit'; readonly byteLength: number; readonly limitBytes: number };

/** Git's object store. Close it: it holds processes. */
export interface GitObjects extends AsyncDisposable {
  /** Bytes of an object; nothing of it is read. */
  sizeOf(id: string): Promise<number>;
  /** The bytes, unless there are more than the limit. */
  read(id: string, limitBytes: number): Promise<ReadBlob>;
}

/** Opens the object store; the processes start with the first question. */
export function openObjects(place: GitPlace): GitObjects {
  let sizes: CatFile | undefined;
  let contents: CatFile | undefined;
  const sizeOf = (id: string) => {
    sizes ??= startCatFile(place, '--batch-check');
    return sizes.ask(id, async (size) => size);
  };
  return {
    sizeOf,
    async read(id, limitBytes) {
      const byteLength = await sizeOf(id);
      if (byteLength > limitBytes) return { kind: 'over-limit', byteLength, limitBytes };
      contents ??= startCatFile(place, '--batch');
      return contents.ask(id, async (size, fill) => {
        const bytes = new Uint8Array(size);
        await fill(bytes);
        await fill(new Uint8Array(1)); // the newline behind every object
        return { kind: 'bytes', bytes };
      });
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([sizes?.close(), contents?.close()]);
    },
  };
}

type Fill = (target: Uint8Array) => Promise<void>;

interface CatFile {
  ask<T>(id: string, answer: (byteLength: number, fill: Fill) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

function startCatFile(place: GitPlace, mode: '--batch' | '--batch-check'): CatFile {
  const child = startGit(place, ['cat-file', mode]);
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  let failure: Error | undefined;
  let stderr = '';
  child.on('error', (cause) => {
    failure = startError(place, cause);
  });
  child.stdin.on('error', () => {});
  child.stderr.on('data', (chunk: Buffer) => {
    stderr = `${stderr}${chunk}`.slice(-2000);
  });
  const chunks: AsyncIterator<Buffer> = child.stdout[Symbol.asyncIterator]();
  let rest: Buffer = Buffer.alloc(0);

  async function more(): Promise<void> {
    const next = await chunks.next().catch(() => ({ done: true as const, value: undefined }));
    if (next.done !== true) {
      rest = rest.byteLength === 0 ? next.value : Buffer.concat([rest, next.value]);
      return;
    }
    await ended;
    throw failure ?? gitFailed('cat-file', stderr);
  }
  async function line(): Promise<string> {
    for (;;) {
      const end = rest.indexOf(0x0a);
      if (end >= 0) {
        const text = rest.subarray(0, end).toString();
        rest = rest.subarray(end + 1);
        return text;
      }
      await more();
    }
  }
  const fill: Fill = async (target) => {
    for (let offset = 0; offset < target.byteLength; ) {
      if (rest.byteLength === 0) await more();
      const taken = rest.subarray(0, target.byteLength - offset);
      target.set(taken, offset);
      offset += taken.byteLength;
      rest = rest.subarray(taken.byteLength);
    }
  };

  // One question at a time: answers come in order and carry no number.
  let turn: Promise<unknown> = Promise.resolve();
  return {
    ask(id, answer) {
      const mine = turn.then(async () => {
        if (failure !== undefined) throw failure;
        child.stdin.write(`${id}\n`);
        const [, type, size] = (await line()).split(' ');
        if (type === 'missing' || size === undefined) throw missingObject(id);
        return answer(Number(size), fill);
      });
      turn = mine.catch(() => {});
      return mine;
    },
    async close() {
      child.stdin.end();
      child.stdout.destroy();
      child.kill();
      await ended;
    },
  };
}

function missingObject(id: string): BotError {
  return new BotError('GIT_FAILED', `Git object ${id} is not in this clone.`, {
    hint: 'If this is a partial clone, fetch what is missing first: `git fetch --refetch --no-filter`.',
  });
}
