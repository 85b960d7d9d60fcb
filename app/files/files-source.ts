/** Reads GLBs from the disk, for `optimize`. Siblings are found only in the folder of their GLB or below. */
import { open, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import {
  BotError,
  type GitSource,
  MANIFEST_LIMIT_BYTES,
  MANIFEST_NAMES,
  type ReadAsset,
  readLfsPointer,
  resolveSibling,
} from '../../src/index.ts';
import { type FoundFile, realFileInside } from './find-files.ts';

/** The policy that governs files, read from beside them. */
export interface PolicyText {
  readonly path: string;
  readonly text: string;
}

/** Reads these files. */
export function filesSource(files: readonly FoundFile[], policy: PolicyText | undefined): GitSource {
  const places = new Map(files.map((file) => [file.path, file.place]));
  const placeOf = (name: string): string => {
    const place = places.get(name);
    if (place === undefined) throw new BotError('FILE_NOT_FOUND', 'this file was not named.', { at: name });
    return place;
  };
  return {
    async listChanges() {
      return Promise.all(
        files.map(async ({ path, place }) => {
          const found = await stat(place).catch((cause) => {
            throw new BotError('FILE_UNREADABLE', 'the file is gone.', { at: path, cause });
          });
          const mode = (found.mode & 0o111) === 0 ? '100644' : '100755';
          // There is no blob outside Git.
          return { path, change: 'modified' as const, blob: '', mode, byteLength: found.size };
        }),
      );
    },
    readPolicy: async () => policy,
    readBytes: (asset, limitBytes) => readUnlessPointer(placeOf(asset.path), limitBytes),
    async readSibling(asset, uri, limitBytes) {
      const folder = path.dirname(placeOf(asset.path));
      // Resolved as if the folder were the root, so that nothing above it has a name.
      const relative = resolveSibling(path.basename(asset.path), uri);
      if (relative === undefined) return { kind: 'missing' };
      const place = await realFileInside(path.join(folder, relative), folder);
      return place === undefined ? { kind: 'missing' } : readUnlessPointer(place, limitBytes);
    },
    readManifests: (asset) => readManifests(path.dirname(placeOf(asset.path))),
  };
}

async function readUnlessPointer(place: string, limitBytes: number): Promise<ReadAsset> {
  const read = await readFileUpTo(place, limitBytes);
  const pointer = read.kind === 'bytes' ? readLfsPointer(read.bytes) : undefined;
  if (pointer === undefined) return read;
  const why = 'The file is a Git LFS pointer: the real one is not here. Run `git lfs pull`.';
  return { kind: 'lfs-pointer', ...pointer, why };
}

type ReadFile =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly kind: 'over-limit'; readonly byteLength: number; readonly limitBytes: number };

/** Reads a file, unless it has more bytes than the limit: then nothing of it is read. */
export async function readFileUpTo(place: string, limitBytes: number): Promise<ReadFile> {
  const handle = await open(place).catch((cause: NodeJS.ErrnoException) => {
    const missing = cause.code === 'ENOENT';
    const why = missing ? 'there is no such file.' : `the file cannot be opened: ${cause.message}.`;
    throw new BotError(missing ? 'FILE_NOT_FOUND' : 'FILE_UNREADABLE', why, { at: place, cause });
  });
  try {
    const found = await handle.stat();
    if (!found.isFile()) throw new BotError('FILE_UNREADABLE', 'this is not a regular file.', { at: place });
    if (found.size > limitBytes) return { kind: 'over-limit', byteLength: found.size, limitBytes };
    const bytes = new Uint8Array(found.size);
    let offset = 0;
    while (offset < bytes.byteLength) {
      const { bytesRead } = await handle.read(bytes, offset, bytes.byteLength - offset, offset);
      if (bytesRead === 0) throw new BotError('FILE_UNREADABLE', 'the file shrank while it was read.', { at: place });
      offset += bytesRead;
    }
    return { kind: 'bytes', bytes };
  } finally {
    await handle.close();
  }
}

// From the folder upwards, to the top of the repository or of the disk.
async function readManifests(start: string): Promise<readonly { path: string; text: string }[]> {
  const found: { path: string; text: string }[] = [];
  for (const folder of foldersUpward(start)) {
    for (const name of MANIFEST_NAMES) {
      const place = path.join(folder, name);
      const size = (await stat(place).catch(() => undefined))?.size ?? Number.POSITIVE_INFINITY;
      if (size <= MANIFEST_LIMIT_BYTES) found.push({ path: place, text: await readFile(place, 'utf8') });
    }
    if ((await stat(path.join(folder, '.git')).catch(() => undefined)) !== undefined) break;
  }
  return found;
}

/** The folder and all above it, the nearest first. */
export function foldersUpward(folder: string): string[] {
  const parent = path.dirname(folder);
  return parent === folder ? [folder] : [folder, ...foldersUpward(parent)];
}
