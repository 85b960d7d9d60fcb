/** Reads a change from a local clone. Bytes come from Git objects, never from the work tree, where anything may lie. */
import {
  BotError,
  type ChangedAsset,
  type GitSource,
  MANIFEST_LIMIT_BYTES,
  MANIFEST_NAMES,
  POLICY_LIMIT_BYTES,
  POLICY_PATHS,
  type ReadAsset,
  type ReviewJob,
  readLfsPointer,
  resolveSibling,
} from '../../src/index.ts';
import { readLfsObject } from './lfs.ts';
import { findLoaderLines } from './loader-lines.ts';
import { openObjects } from './objects.ts';
import type { Repository } from './repository.ts';
import { findDifferingGlbs, findFiles, type TreeFile } from './tree.ts';

// A pointer has less than 1,024 bytes. [git-lfs docs/spec.md]
const POINTER_LIMIT_BYTES = 1024;

/** Reads one job of a local repository. Close it: it holds git processes. */
export function worktreeSource(repository: Repository, job: ReviewJob): GitSource & AsyncDisposable {
  const objects = openObjects(repository);
  const manifests = new Map<string, Promise<readonly { path: string; text: string }[]>>();
  let loaderLines: ReturnType<typeof findLoaderLines> | undefined;

  async function resolved(blob: string, limitBytes: number): Promise<ReadAsset> {
    const small = await objects.read(blob, POINTER_LIMIT_BYTES);
    const pointer = small.kind === 'bytes' ? readLfsPointer(small.bytes) : undefined;
    return pointer === undefined ? objects.read(blob, limitBytes) : readLfsObject(repository, pointer, limitBytes);
  }

  async function text(file: TreeFile, limitBytes: number): Promise<string | undefined> {
    const read = await objects.read(file.blob, limitBytes);
    return read.kind === 'bytes' ? new TextDecoder().decode(read.bytes) : undefined;
  }

  async function readFolderManifests(folder: readonly string[]): Promise<readonly { path: string; text: string }[]> {
    if (job.headCommit === null) return [];
    const wanted = prefixesUpward(folder).flatMap((prefix) => MANIFEST_NAMES.map((name) => `${prefix}${name}`));
    const files = new Map((await findFiles(repository, job.headCommit, wanted)).map((file) => [file.path, file]));
    const found: { path: string; text: string }[] = [];
    for (const path of wanted) {
      const file = files.get(path);
      const content = file === undefined ? undefined : await text(file, MANIFEST_LIMIT_BYTES);
      if (content !== undefined) found.push({ path, text: content });
    }
    loaderLines ??= findLoaderLines(repository, job.headCommit);
    return [...found, ...(await loaderLines)];
  }

  return {
    async listChanges() {
      if (job.baseCommit === null || job.headCommit === null || job.baseCommit === job.headCommit) return [];
      const files = await findDifferingGlbs(repository, job.baseCommit, job.headCommit);
      return Promise.all(files.map(async (file) => ({ ...file, byteLength: await objects.sizeOf(file.blob) })));
    },

    async readPolicy() {
      if (job.baseCommit === null) return undefined;
      const [file, second] = await findFiles(repository, job.baseCommit, POLICY_PATHS);
      if (file === undefined) return undefined;
      if (second !== undefined) {
        throw new BotError('POLICY_INVALID', `there is also ${second.path}, and only one can be right.`, {
          at: file.path,
          hint: 'Delete one of them.',
        });
      }
      const content = await text(file, POLICY_LIMIT_BYTES);
      if (content !== undefined) return { path: file.path, text: content };
      throw new BotError('POLICY_INVALID', `the policy has more than ${POLICY_LIMIT_BYTES} bytes.`, { at: file.path });
    },

    async readBytes(asset, limitBytes) {
      // Git takes any bytes for a name. Half a name cannot be shown, nor committed to.
      if (asset.path.includes('\uFFFD')) throw badName(asset);
      return resolved(asset.blob, limitBytes);
    },

    async readSibling(asset, uri, limitBytes) {
      const path = resolveSibling(asset.path, uri);
      if (path === undefined || job.headCommit === null) return { kind: 'missing' };
      const [file] = await findFiles(repository, job.headCommit, [path]);
      return file === undefined ? { kind: 'missing' } : resolved(file.blob, limitBytes);
    },

    readManifests(asset) {
      const folder = asset.path.split('/').slice(0, -1);
      const key = folder.join('/');
      const known = manifests.get(key) ?? readFolderManifests(folder);
      manifests.set(key, known);
      return known;
    },

    [Symbol.asyncDispose]: () => objects[Symbol.asyncDispose](),
  };
}

// 'a/b/', 'a/', ''
function prefixesUpward(folder: readonly string[]): string[] {
  return Array.from({ length: folder.length + 1 }, (_, up) =>
    folder
      .slice(0, folder.length - up)
      .map((part) => `${part}/`)
      .join(''),
  );
}

function badName(asset: ChangedAsset): BotError {
  return new BotError('FILE_UNREADABLE', 'the name is not valid UTF-8.', { at: asset.path, hint: 'Rename the file.' });
}
