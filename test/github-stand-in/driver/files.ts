/** Files as a test writes them, into a tree. */
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pushRef } from '../events/push.ts';
import { type TreeChange, writeBlob, writeCommit, writeTree } from '../git/objects.ts';
import { resolveCommit } from '../git/refs.ts';
import { lfsFile } from '../lfs/door.ts';
import { emailOf } from '../present/commit.ts';
import type { Repository } from '../world/repository.ts';
import { type Account, now, type World } from '../world/world.ts';

/** A file's text or bytes, `null` to delete it, bytes kept in LFS, a blob that is there already, or any with a mode. */
export type FileContent =
  | string
  | Uint8Array
  | null
  | { readonly lfs: Uint8Array; readonly mode?: string }
  | { readonly blob: string; readonly mode?: string }
  | { readonly bytes: Uint8Array | string; readonly mode: string };

/** Files by path. */
export type Files = Readonly<Record<string, FileContent>>;

/** The LFS pointer of some bytes, as git-lfs writes it. */
export function lfsPointer(bytes: Uint8Array): string {
  const oid = createHash('sha256').update(bytes).digest('hex');
  return `version https://git-lfs.github.com/spec/v1\noid sha256:${oid}\nsize ${bytes.byteLength}\n`;
}

/** Puts an object where the LFS server has it. */
export async function storeLfs(world: World, repository: Repository, bytes: Uint8Array): Promise<void> {
  const oid = createHash('sha256').update(bytes).digest('hex');
  const file = lfsFile(world, repository, oid);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, bytes);
}

/** Writes files as blobs, each content once. */
async function changesOf(world: World, repository: Repository, files: Files): Promise<TreeChange[]> {
  const { directory } = repository;
  const blobs = new Map<string, Promise<string>>();
  const blobOf = (bytes: Uint8Array | string) => {
    const digest = createHash('sha256').update(bytes).digest('hex');
    const blob = blobs.get(digest) ?? writeBlob(directory, bytes);
    blobs.set(digest, blob);
    return blob;
  };
  const changes: TreeChange[] = [];
  for (const [place, content] of Object.entries(files)) {
    if (content === null) changes.push({ path: place, mode: '0', sha: null });
    else if (typeof content === 'string' || content instanceof Uint8Array) {
      changes.push({ path: place, mode: '100644', sha: await blobOf(content) });
    } else if ('lfs' in content) {
      await storeLfs(world, repository, content.lfs);
      changes.push({ path: place, mode: content.mode ?? '100644', sha: await blobOf(lfsPointer(content.lfs)) });
    } else if ('blob' in content) changes.push({ path: place, mode: content.mode ?? '100644', sha: content.blob });
    else changes.push({ path: place, mode: content.mode, sha: await blobOf(content.bytes) });
  }
  return changes;
}

/** Commits files on a branch (made when it is not there, from `from` or the default branch) as a push of `author` would. */
export async function commitFiles(
  world: World,
  repository: Repository,
  branch: string,
  files: Files,
  options: { readonly author: Account; readonly message: string; readonly from?: string },
): Promise<string> {
  const { directory } = repository;
  const ref = `refs/heads/${branch}`;
  const head = await resolveCommit(directory, ref);
  const start = head ?? (await resolveCommit(directory, options.from ?? `refs/heads/${repository.defaultBranch}`));
  const tree = await writeTree(directory, start, await changesOf(world, repository, files));
  const { author, message } = options;
  const signature = { name: author.login, email: emailOf(author), date: now() };
  const parents = start === null ? [] : [start];
  const sha = await writeCommit(directory, { tree, parents, author: signature, committer: signature, message });
  if (!(await pushRef(world, repository, author, { ref, before: head, after: sha })))
    throw new Error(`${branch} moved meanwhile`);
  return sha;
}
