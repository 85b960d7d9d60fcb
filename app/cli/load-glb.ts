/** Reads one GLB that the user named; the files beside it are read when it turns out to need them. */
import { BotError, FILES_JOB, formatBytes } from '../../src/index.ts';
import { filesSource } from '../files/files-source.ts';
import { findGlbs } from '../files/find-files.ts';
import type { ReadableGlb } from '../sandbox/desk.ts';
import { fileLimitsOf, type Stage } from './stage.ts';

/** The file; throws when it is not there or cannot be read. Nothing of it is opened here. */
export async function loadGlb(stage: Stage, name: string): Promise<ReadableGlb & { readonly path: string }> {
  const { folder } = stage.terminal.settings;
  const { byteLength } = fileLimitsOf(stage);
  const found = await findGlbs([name], { from: folder, shownFrom: folder });
  const [file, second] = found;
  if (file === undefined || second !== undefined) {
    throw new BotError('USAGE', 'this is not one file.', { at: name, hint: 'Name a single .glb.' });
  }
  const source = filesSource(found, undefined);
  const [asset] = await source.listChanges(FILES_JOB);
  if (asset === undefined) throw new BotError('FILE_UNREADABLE', 'the file is gone.', { at: name });
  const read = await source.readBytes(asset, byteLength);
  if (read.kind === 'bytes')
    return { path: file.path, bytes: read.bytes, readSibling: (uri) => source.readSibling(asset, uri, byteLength) };
  if (read.kind === 'lfs-pointer') throw new BotError('FILE_NOT_FOUND', read.why, { at: name });
  const why = `the file has ${formatBytes(read.byteLength)}; the limit is ${formatBytes(read.limitBytes)}.`;
  throw new BotError('FILE_UNREADABLE', why, { at: name });
}
