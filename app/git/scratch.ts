/** A folder inside the git folder for files that live as long as one command: same disk, never in anybody's work tree. */
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Repository } from './repository.ts';

/** The folder. Closing it deletes it. */
export interface Scratch extends AsyncDisposable {
  readonly folder: string;
  /** A copy of git's index, to work on; when there is no index yet, only its name. */
  copyIndex(): Promise<string>;
}

/** Makes the folder. */
export async function openScratch(repository: Repository): Promise<Scratch> {
  const folder = await mkdtemp(path.join(repository.gitDirectory, 'glb-optimizer-'));
  return {
    folder,
    async copyIndex() {
      const copy = path.join(folder, 'index-copy');
      await copyFile(path.join(repository.gitDirectory, 'index'), copy).catch((cause: NodeJS.ErrnoException) => {
        if (cause.code !== 'ENOENT') throw cause;
      });
      return copy;
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}
