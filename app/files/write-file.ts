/** Writes a file whole or not at all. */
import { randomBytes } from 'node:crypto';
import { chmod, lstat, open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { BotError, messageOf } from '../../src/index.ts';
import { makeFolder } from './make-folder.ts';

/** Writes beside the place, then renames: who looks at the place sees the old file or the new one, never half of it. */
export async function writeWhole(place: string, content: Uint8Array | string, mode?: number): Promise<void> {
  // A rename would put a file in the place of a device, a pipe or a socket.
  const there = await lstat(place).catch(() => undefined);
  if (there !== undefined && !there.isFile() && !there.isSymbolicLink()) {
    throw new BotError('USAGE', 'there is something that is not a file.', {
      at: place,
      hint: 'Name a file, or a folder that ends with /.',
    });
  }
  const folder = path.dirname(place);
  const half = path.join(folder, `.${path.basename(place)}.${randomBytes(4).toString('hex')}.tmp`);
  try {
    await makeFolder(folder);
    const handle = await open(half, 'wx');
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    if (mode !== undefined) await chmod(half, mode);
    await rename(half, place);
  } catch (cause) {
    // Where the folder is a file, there is nothing to take away, and asking fails, too.
    await rm(half, { force: true }).catch(() => undefined);
    const why = CANNOT_WRITE[(cause as NodeJS.ErrnoException).code ?? ''];
    if (why === undefined)
      throw new BotError('FILE_UNREADABLE', `the file cannot be written: ${messageOf(cause)}.`, { at: place, cause });
    throw new BotError('FILE_UNWRITABLE', `the file cannot be written: ${why}.`, {
      at: place,
      hint: 'Name a folder that takes files.',
      cause,
    });
  }
}

/** What the user can mend, in words. */
const CANNOT_WRITE: Readonly<Record<string, string>> = {
  EACCES: 'this user may not write to its folder',
  EPERM: 'this user may not write to its folder',
  EROFS: 'its folder is on a read-only disk',
  ENOENT: 'no folder can be made there',
  ENOTDIR: 'a part of its path is a file, not a folder',
  EEXIST: 'a part of its path is a file, not a folder',
};
