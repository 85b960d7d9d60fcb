/** What we remember about GitHub between jobs: ids of comments, refusals. Small texts by key. */
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** A memory. Absent in an Action, where every run starts from nothing. */
export interface Notes {
  read(key: string): Promise<string | undefined>;
  write(key: string, text: string): Promise<void>;
}

/** Notes as files in a folder of this machine. */
export function folderNotes(folder: string): Notes {
  // A key holds names of repositories, which a file system may not take.
  const fileOf = (key: string) => path.join(folder, `${createHash('sha256').update(key).digest('hex')}.txt`);
  return {
    async read(key) {
      try {
        return await readFile(fileOf(key), 'utf8');
      } catch (thrown) {
        if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return undefined;
        throw thrown;
      }
    },
    async write(key, text) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const half = `${fileOf(key)}.${randomUUID()}.tmp`;
      try {
        await writeFile(half, text, { mode: 0o600, flush: true });
        await rename(half, fileOf(key));
      } finally {
        await rm(half, { force: true });
      }
    },
  };
}

/** Notes that remember nothing. */
export const noNotes: Notes = Object.freeze({ read: async () => undefined, write: async () => {} });
