/** What we remember about GitHub between jobs: ids of comments, refusals. Small texts by key. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { NoteStore } from '../../src/index.ts';

/** A memory. Absent in an Action, where every run starts from nothing. */
export type Notes = Pick<NoteStore, 'read' | 'write' | 'swap'>;

/** Notes that remember nothing. */
export const noNotes: Notes = Object.freeze({
  read: async () => undefined,
  write: async () => {},
  swap: async () => true,
});

/** Changes a note, as often as somebody else was quicker. */
export async function changeNote(
  notes: Notes,
  key: string,
  change: (text: string | undefined) => string,
): Promise<void> {
  for (;;) {
    const before = await notes.read(key);
    const after = change(before);
    if (after === before || (await notes.swap(key, before, after))) return;
  }
}

/**
 * Notes on top of the files that version 0 kept in a folder of one machine: what is not written anew is still read there.
 * Nothing is written to the folder any more, and it may be deleted once no old pull request is open.
 */
export function onTopOfFiles<Store extends Notes>(notes: Store, folder: string): Store {
  // A key holds names of repositories, which a file system may not take.
  const fileOf = (key: string) => path.join(folder, `${createHash('sha256').update(key).digest('hex')}.txt`);
  const older = async (key: string): Promise<string | undefined> => {
    try {
      return await readFile(fileOf(key), 'utf8');
    } catch (thrown) {
      if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return undefined;
      throw thrown;
    }
  };
  return {
    ...notes,
    read: async (key) => (await notes.read(key)) ?? (await older(key)),
    async swap(key, before, text) {
      if (before !== undefined && (await notes.read(key)) === undefined && (await older(key)) === before) {
        return notes.swap(key, undefined, text);
      }
      return notes.swap(key, before, text);
    },
  };
}
