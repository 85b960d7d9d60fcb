/** Makes folders. */
import { mkdir, stat } from 'node:fs/promises';
import path from 'node:path';

/**
 * Makes a folder and those above it, as `mkdir -p` does; throws what the system says. Node's own recursive form never
 * ends where a folder is there and answers ENOENT all the same, as /proc does.
 */
export async function makeFolder(folder: string, mode?: number): Promise<void> {
  const above = path.dirname(folder);
  if (above !== folder && (await stat(above).catch(() => undefined)) === undefined) await makeFolder(above, mode);
  try {
    await mkdir(folder, { mode });
  } catch (cause) {
    const there = await stat(folder).catch(() => undefined);
    if (there?.isDirectory() !== true) throw cause;
  }
}
