/** Git LFS on this machine: objects by digest, as `git lfs` keeps them. No network. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Digest, digestOf, type LfsPointer, type ReadAsset } from '../../src/index.ts';
import { tryGit } from './git.ts';
import type { Repository } from './repository.ts';

/** The file that holds an object: `objects/ab/cd/abcd…`. [git-lfs docs/spec.md, "The server"; lfs/config `lfs.storage`] */
export async function lfsObjectFile(repository: Repository, digest: Digest): Promise<string> {
  const { stdout } = await tryGit(repository, ['config', '--type=path', '--get', 'lfs.storage']);
  const storage = path.resolve(repository.commonDirectory, stdout.toString().replace(/\n$/, '') || 'lfs');
  return path.join(storage, 'objects', digest.slice(0, 2), digest.slice(2, 4), digest);
}

/** The bytes behind a pointer, when their object is here and is what the pointer says. */
export async function readLfsObject(
  repository: Repository,
  pointer: LfsPointer,
  limitBytes: number,
): Promise<ReadAsset> {
  const absent = async (what: string): Promise<ReadAsset> => {
    const next = (await isLfsInstalled(repository))
      ? 'Run `git lfs pull`.'
      : 'Git LFS is not installed: get it from https://git-lfs.com, then run `git lfs install` and `git lfs pull`.';
    return { kind: 'lfs-pointer', ...pointer, why: `The file is kept in Git LFS and its object ${what}. ${next}` };
  };
  const file = await lfsObjectFile(repository, pointer.digest);
  const found = await stat(file).catch(() => undefined);
  if (found?.isFile() !== true) return absent('is not on this machine');
  if (found.size !== pointer.byteLength) return absent('is damaged on this machine');
  if (found.size > limitBytes) return { kind: 'over-limit', byteLength: found.size, limitBytes };
  const bytes = new Uint8Array(await readFile(file));
  return digestOf(bytes) === pointer.digest ? { kind: 'bytes', bytes } : absent('is damaged on this machine');
}

/** Puts an object where `git lfs push` finds it. */
export async function writeLfsObject(repository: Repository, bytes: Uint8Array, digest: Digest): Promise<void> {
  const file = await lfsObjectFile(repository, digest);
  if ((await stat(file).catch(() => undefined))?.size === bytes.byteLength) return;
  await mkdir(path.dirname(file), { recursive: true });
  const half = `${file}.${process.pid}.tmp`;
  try {
    await writeFile(half, bytes, { flag: 'wx', flush: true });
    await rename(half, file);
  } finally {
    await rm(half, { force: true });
  }
}

/** SHA-256 of a file, read as a stream. */
export async function digestOfFile(file: string): Promise<Digest> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk);
  return hash.digest('hex');
}

// `git-lfs` and not `git lfs`: where it is absent, the latter would run an alias from the repository's config.
function isLfsInstalled(repository: Repository): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn('git-lfs', ['version'], { env: { ...repository.environment }, stdio: 'ignore' });
    child.on('error', () => resolve(false));
    child.on('close', (exitCode) => resolve(exitCode === 0));
  });
}
