/** Artifacts in a folder: `ab/cd/<digest>`, written whole or not at all. */
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import path from 'node:path';
import { type ArtifactStore, BotError, type Digest, messageOf } from '../../src/index.ts';

/** The store in a folder, which is made when it is missing. */
export function directoryStore(folder: string): ArtifactStore {
  const place = (digest: Digest) => path.join(folder, digest.slice(0, 2), digest.slice(2, 4), checked(digest));
  return {
    async put(bytes) {
      const half = path.join(folder, 'half', randomUUID());
      await mkdir(path.dirname(half), { recursive: true });
      try {
        const { digest, byteLength } = await writeHalf(half, bytes);
        const whole = place(digest);
        // What is there already counts as put just now, so that it does not expire under whoever relies on it.
        const isThere = await touch(whole, byteLength);
        if (!isThere) {
          await mkdir(path.dirname(whole), { recursive: true });
          await rename(half, whole);
        }
        return { digest, byteLength };
      } catch (cause) {
        throw new BotError('SERVICE_UNAVAILABLE', `an artifact cannot be stored: ${messageOf(cause)}`, {
          at: folder,
          cause,
        });
      } finally {
        await rm(half, { force: true });
      }
    },

    async get(digest) {
      const bytes = await readFile(place(digest)).catch(absent);
      return bytes === undefined ? undefined : new Uint8Array(bytes);
    },

    async stream(digest) {
      const found = await stat(place(digest)).catch(absent);
      return found === undefined ? undefined : { byteLength: found.size, chunks: createReadStream(place(digest)) };
    },

    async expire(olderThanMs) {
      const before = Date.now() - olderThanMs;
      const names = await readdir(folder, { recursive: true, withFileTypes: true }).catch(absent);
      let count = 0;
      for (const entry of names ?? []) {
        const file = path.join(entry.parentPath, entry.name);
        if (entry.isFile() && (await removeOld(file, before)) === 'removed') count++;
      }
      return count;
    },

    async forget(digest, putBeforeMs) {
      return (await removeOld(place(digest), putBeforeMs)) !== 'young';
    },
  };

  /** Aside first: whoever puts it at this moment either has touched what is aside, or finds nothing and writes it again. */
  async function removeOld(file: string, beforeMs: number): Promise<'removed' | 'young' | 'absent'> {
    const found = await stat(file).catch(absent);
    if (found === undefined) return 'absent';
    if (found.mtimeMs > beforeMs) return 'young';
    const aside = path.join(folder, 'half', randomUUID());
    await mkdir(path.dirname(aside), { recursive: true });
    const isOurs = await rename(file, aside).then(() => true, absent);
    // Somebody else takes it away.
    if (isOurs === undefined) return 'absent';
    const { mtimeMs } = await stat(aside);
    if (mtimeMs > beforeMs) {
      await rename(aside, file);
      return 'young';
    }
    await rm(aside, { force: true });
    return 'removed';
  }
}

// A digest comes from a URL, too: nothing else may become a path.
function checked(digest: Digest): Digest {
  if (/^[0-9a-f]{64}$/.test(digest)) return digest;
  throw new BotError('USAGE', 'this is not a SHA-256.', {
    at: digest.slice(0, 80),
    expected: '64 lower-case hexadecimal digits',
  });
}

async function writeHalf(file: string, bytes: Uint8Array | AsyncIterable<Uint8Array>) {
  const hash = createHash('sha256');
  let byteLength = 0;
  const handle = await open(file, 'wx');
  try {
    for await (const chunk of bytes instanceof Uint8Array ? [bytes] : bytes) {
      hash.update(chunk);
      byteLength += chunk.byteLength;
      await handle.writeFile(chunk);
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  return { digest: hash.digest('hex'), byteLength };
}

async function touch(file: string, byteLength: number): Promise<boolean> {
  const found = await stat(file).catch(absent);
  if (found?.size !== byteLength) return false;
  const now = new Date();
  return utimes(file, now, now).then(
    () => true,
    () => false,
  );
}

function absent(thrown: NodeJS.ErrnoException): undefined {
  if (thrown.code === 'ENOENT') return undefined;
  throw thrown;
}
