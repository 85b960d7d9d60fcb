/** The policy that governs files on the disk: the one of the folder they are in, or of the folders above it. */
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { BotError, POLICY_PATHS } from '../../src/index.ts';
import { foldersUpward } from '../files/files-source.ts';

/** A policy, and the folder that its patterns start from. */
export interface LocalPolicy {
  readonly root: string;
  readonly path: string;
  readonly text: string;
}

/** The nearest policy at or above a folder, up to the top of the repository; undefined when there is none. */
export async function findLocalPolicy(start: string): Promise<LocalPolicy | undefined> {
  for (const root of foldersUpward(path.resolve(start))) {
    const found: string[] = [];
    for (const name of POLICY_PATHS) if (await exists(path.join(root, name))) found.push(name);
    const [first, second] = found;
    if (first !== undefined && second !== undefined) {
      const at = path.join(root, first);
      throw new BotError('POLICY_INVALID', `there is also ${second}, and only one can be right.`, {
        at,
        hint: 'Delete one of them.',
      });
    }
    if (first !== undefined) return { root, path: first, text: await readFile(path.join(root, first), 'utf8') };
    if (await exists(path.join(root, '.git'))) return undefined;
  }
  return undefined;
}

async function exists(place: string): Promise<boolean> {
  return stat(place).then(
    () => true,
    () => false,
  );
}
