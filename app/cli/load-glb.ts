/** Reads one GLB that the user named, with the files beside it that it needs. */
import { BotError, externalUris, formatBytes, type GlbFile, LIMITS, readGlb } from '../../src/index.ts';
import { FILES_JOB, filesSource } from '../files/files-source.ts';
import { findGlbs } from '../files/find-files.ts';
import type { Stage } from './stage.ts';

/** The file and its siblings; throws when it is not there or cannot be read. */
export async function loadGlb(stage: Stage, name: string): Promise<GlbFile & { readonly path: string }> {
  const { folder } = stage.terminal.settings;
  const found = await findGlbs([name], { from: folder, shownFrom: folder });
  const [file, second] = found;
  if (file === undefined || second !== undefined) {
    throw new BotError('USAGE', 'this is not one file.', { at: name, hint: 'Name a single .glb.' });
  }
  const source = filesSource(found, undefined);
  const [asset] = await source.listChanges(FILES_JOB);
  if (asset === undefined) throw new BotError('FILE_UNREADABLE', 'the file is gone.', { at: name });
  const read = await source.readBytes(asset, LIMITS.byteLength);
  if (read.kind === 'lfs-pointer') throw new BotError('FILE_UNREADABLE', read.why, { at: name });
  if (read.kind === 'over-limit') {
    const limit = formatBytes(read.limitBytes);
    throw new BotError('FILE_UNREADABLE', `the file has ${formatBytes(read.byteLength)}; the limit is ${limit}.`, {
      at: name,
    });
  }
  const siblings = new Map<string, Uint8Array<ArrayBuffer>>();
  const glb = readGlb(read.bytes);
  for (const uri of 'json' in glb ? externalUris(glb.json) : []) {
    const bytes = await source.readSibling(asset, uri, LIMITS.byteLength);
    if (bytes !== undefined) siblings.set(uri, bytes);
  }
  return { path: file.path, bytes: read.bytes, siblings };
}
