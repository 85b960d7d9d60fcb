/** Reads one GLB that the user named, with the files beside it that it needs. */
import {
  BotError,
  externalUris,
  FILES_JOB,
  formatBytes,
  type GlbFile,
  LIMITS,
  type ReadAsset,
  readGlb,
} from '../../src/index.ts';
import { filesSource } from '../files/files-source.ts';
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
  if (read.kind !== 'bytes') throw unread(read, name);
  const siblings = new Map<string, Uint8Array<ArrayBuffer>>();
  const glb = readGlb(read.bytes);
  for (const uri of 'json' in glb ? externalUris(glb.json) : []) {
    const sibling = await source.readSibling(asset, uri, LIMITS.byteLength);
    if (sibling.kind === 'bytes') siblings.set(uri, sibling.bytes);
    else if (sibling.kind !== 'missing') throw unread(sibling, uri);
  }
  return { path: file.path, bytes: read.bytes, siblings };
}

function unread(read: Exclude<ReadAsset, { kind: 'bytes' }>, at: string): BotError {
  const why =
    read.kind === 'lfs-pointer'
      ? read.why
      : `the file has ${formatBytes(read.byteLength)}; the limit is ${formatBytes(read.limitBytes)}.`;
  return new BotError('FILE_UNREADABLE', why, { at });
}
