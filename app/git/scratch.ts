/** A folder inside the git folder for files that live as long as one command: same disk, never in anybody's work tree. */
import { copyFile, mkdtemp, rm, stat, utimes } from 'node:fs/promises';
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
      const index = path.join(repository.gitDirectory, 'index');
      const copy = path.join(folder, 'index-copy');
      try {
        await copyFile(index, copy);
        // Git trusts the time of a file only when it is older than the index; a younger copy would hide a change that was
        // made right after the index was written. Older is safe. [git-scm.com/docs/racy-git]
        const second = Math.floor((await stat(index)).mtimeMs / 1000);
        await utimes(copy, second, second);
      } catch (thrown) {
        const isMissing = thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT';
        if (!isMissing) throw thrown;
      }
      return copy;
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}
