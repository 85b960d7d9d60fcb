/** Git's own lock on the index, so that no other git command changes index or work tree under our hands. */
import { open, readFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { BotError } from '../../src/index.ts';
import type { Repository } from './repository.ts';

/** The lock, held. Closing it without `replace` leaves the index as it was. */
export interface IndexLock extends AsyncDisposable {
  /** Makes the file git's index, at once, and ends the lock. */
  replace(newIndexFile: string): Promise<void>;
}

/** Takes the lock; throws when another git command holds it. */
export async function lockIndex(repository: Repository): Promise<IndexLock> {
  const indexFile = path.join(repository.gitDirectory, 'index');
  const lockFile = `${indexFile}.lock`;
  const handle = await open(lockFile, 'wx').catch((cause: NodeJS.ErrnoException) => {
    const held = cause.code === 'EEXIST';
    throw new BotError('GIT_FAILED', held ? 'another git command is at work here.' : `no lock: ${cause.message}.`, {
      at: repository.directory,
      ...(held ? { hint: `Wait for it; if there is none, delete ${lockFile}.` } : {}),
      cause,
    });
  });
  let held = true;
  return {
    async replace(newIndexFile) {
      await handle.writeFile(await readFile(newIndexFile));
      // Not younger than its entries, see scratch.ts.
      const second = Math.floor((await stat(newIndexFile)).mtimeMs / 1000);
      await handle.utimes(second, second);
      await handle.close();
      await rename(lockFile, indexFile);
      held = false;
    },
    async [Symbol.asyncDispose]() {
      if (!held) return;
      await handle.close();
      await rm(lockFile, { force: true });
    },
  };
}
