/** May a commit be made here? Only on the checked out branch, at the reviewed head, with nothing uncommitted. */
import { lstat } from 'node:fs/promises';
import path from 'node:path';
import { BotError, type ReviewJob, readLfsPointer } from '../../src/index.ts';
import { currentBranch } from './change.ts';
import { git, splitRecords, tryGit } from './git.ts';
import { digestOfFile } from './lfs.ts';
import type { Repository } from './repository.ts';
import { openScratch } from './scratch.ts';

/** The branch to commit on; throws `GIT_HEAD_NOT_CHECKED_OUT` or `GIT_DIRTY`, which names the files. */
export async function checkCommittable(repository: Repository, job: ReviewJob): Promise<string> {
  const branch = await checkedOutBranch(repository, job);
  const dirty = await dirtyFiles(repository);
  if (dirty.length === 0) return branch;
  const shown = dirty.slice(0, 10).map((file) => JSON.stringify(file));
  const more = dirty.length > shown.length ? ` and ${dirty.length - shown.length} more` : '';
  throw new BotError('GIT_DIRTY', `there are uncommitted changes: ${shown.join(', ')}${more}.`, {
    at: repository.directory,
    hint: 'Commit or stash them, or run without --commit.',
  });
}

async function checkedOutBranch(repository: Repository, job: ReviewJob): Promise<string> {
  const refuse = (why: string, hint: string) =>
    new BotError('GIT_HEAD_NOT_CHECKED_OUT', why, { at: repository.directory, hint });
  if (repository.isBare) {
    throw refuse(
      'a bare repository has no branch checked out.',
      'Use a clone with a work tree, or run without --commit.',
    );
  }
  const current = await currentBranch(repository);
  if (current === undefined) {
    throw refuse(
      'HEAD is detached, so a commit would belong to no branch.',
      'Check out a branch: `git switch <branch>`.',
    );
  }
  const head = await tryGit(repository, ['rev-parse', '--verify', '--quiet', 'HEAD^{commit}']);
  const isAtHead = head.stdout.toString().trim() === job.headCommit;
  if (isAtHead && (job.branch === null || job.branch === current)) return current;
  if (!isAtHead && job.branch === current) throw headMoved(repository, current);
  const asked = job.branch ?? job.headCommit ?? 'nothing';
  throw refuse(
    `the head to review is ${asked}, but ${current} is checked out.`,
    `Check it out: \`git switch ${asked}\`.`,
  );
}

/** The branch got another commit since the review began. */
export function headMoved(repository: Repository, branch: string): BotError {
  return new BotError('GIT_HEAD_MOVED', `${branch} got another commit in the meantime; nothing was committed.`, {
    at: repository.directory,
    hint: 'Run again.',
  });
}

/** Tracked files that differ from the checked out commit, in index or work tree. Runs no filter. */
export async function dirtyFiles(repository: Repository): Promise<readonly string[]> {
  // Renames would hide one of the two names; what a submodule holds inside is none of our commit.
  const flags = ['-z', '--raw', '--no-renames', '--ignore-submodules=dirty', '--no-ext-diff'];
  const staged = rawEntries(await git(repository, ['diff-index', '--cached', ...flags, 'HEAD', '--']));
  await using scratch = await openScratch(repository);
  // Files are compared by time first. Refreshing a copy of the index compares the bytes of those that were only
  // touched, with line endings converted as the attributes say and every filter off.
  const index = { environment: { GIT_INDEX_FILE: await scratch.copyIndex() } };
  await tryGit(repository, ['update-index', '-q', '--refresh', '--ignore-submodules'], index);
  const changed = staged.map((entry) => entry.path);
  for (const entry of rawEntries(await git(repository, ['diff-files', ...flags], index))) {
    if (!(await isSmudged(repository, entry))) changed.push(entry.path);
  }
  return [...new Set(changed)];
}

interface RawEntry {
  readonly path: string;
  readonly modeBefore: string;
  readonly modeAfter: string;
  readonly blob: string;
}

// `:<mode> <mode> <blob> <blob> <status>`, path. [git-scm.com/docs/diff-format]
function rawEntries(output: Uint8Array): RawEntry[] {
  const records = splitRecords(output);
  const entries: RawEntry[] = [];
  for (let i = 0; i + 1 < records.length; i += 2) {
    const [before = '', modeAfter = '', blob = ''] = (records[i] ?? '').slice(1).split(' ');
    entries.push({ path: records[i + 1] ?? '', modeBefore: before, modeAfter, blob });
  }
  return entries;
}

// With filters off, a file of Git LFS looks changed although it is what its pointer says.
async function isSmudged(repository: Repository, entry: RawEntry): Promise<boolean> {
  if (entry.modeBefore !== entry.modeAfter || !entry.modeAfter.startsWith('100')) return false;
  return holdsLfsObject(repository, entry.blob, path.join(repository.directory, entry.path));
}

/** Whether the work tree has the real bytes of the pointer that is committed. */
export async function holdsLfsObject(repository: Repository, blob: string, file: string): Promise<boolean> {
  const size = Number((await git(repository, ['cat-file', '-s', blob])).toString());
  if (size >= 1024) return false;
  const pointer = readLfsPointer(await git(repository, ['cat-file', 'blob', blob]));
  if (pointer === undefined) return false;
  const found = await lstat(file).catch(() => undefined);
  if (found?.isFile() !== true || found.size !== pointer.byteLength) return false;
  return (await digestOfFile(file)) === pointer.digest;
}

/** Whether the work tree has exactly these bytes of Git, without any conversion. */
export async function holdsBlob(repository: Repository, blob: string, file: string): Promise<boolean> {
  const found = await lstat(file).catch(() => undefined);
  if (found?.isFile() !== true) return false;
  const { stdout } = await tryGit(repository, ['hash-object', '--no-filters', '--', file]);
  return stdout.toString().trim() === blob;
}
