/** Commits a proposal on the checked out branch: exactly one commit, and index and work tree follow for just its files. */
import { chmod, copyFile, lstat, mkdir, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { BotError, messageOf, type Publisher } from '../../src/index.ts';
import { type BuiltCommit, buildCommit, type CommitEntry, indexInfo } from './build-commit.ts';
import { checkCommittable, headMoved, holdsBlob, holdsLfsObject } from './clean-tree.ts';
import { git, splitRecords, tryGit } from './git.ts';
import { type IndexLock, lockIndex } from './index-lock.ts';
import type { Repository } from './repository.ts';
import { openScratch, type Scratch } from './scratch.ts';

/** Publishes as a commit of the user's own. */
export function worktreePublisher(repository: Repository): Publisher {
  return {
    async publish(proposal) {
      if (proposal.files.length === 0) return { commit: null };
      // No other git command from here on, so what is checked now still holds when the files are written.
      await using lock = await lockIndex(repository);
      const branch = await checkCommittable(repository, proposal.job);
      await using scratch = await openScratch(repository);
      const built = await buildCommit(repository, proposal, scratch);
      await using writes = await prepareWrites(repository, built.entries);
      if (repository.signal.aborted) throw new BotError('CANCELLED', 'cancelled');
      // From here on it is all or nothing: finish, even when asked to stop.
      const patient = { ...repository, signal: new AbortController().signal, isDetached: true };
      await moveBranch(patient, branch, built.commit, proposal.job.headCommit ?? '');
      await followCommit(patient, { lock, scratch, built, writes });
      return { commit: built.commit };
    },
  };
}

// Compare and swap: git refuses when the branch is no longer where we saw it.
async function moveBranch(repository: Repository, branch: string, commit: string, from: string): Promise<void> {
  const ref = `refs/heads/${branch}`;
  const moved = await tryGit(repository, ['update-ref', '-m', 'commit: glb-optimizer', ref, commit, from]);
  if (moved.exitCode === 0) return;
  const now = await tryGit(repository, ['rev-parse', '--verify', '--quiet', ref]);
  if (now.stdout.toString().trim() !== from) throw headMoved(repository, branch);
  throw new BotError('GIT_FAILED', `${branch} could not be moved: ${moved.stderr.trim()}`, {
    at: repository.directory,
  });
}

/** New files beside their places, waiting for the commit. Closing it deletes those that were not moved. */
interface Writes extends AsyncDisposable {
  readonly moves: readonly { readonly from: string; readonly to: string }[];
  /** Paths that a sparse checkout leaves out of the work tree. */
  readonly absent: readonly string[];
}

async function prepareWrites(repository: Repository, entries: readonly CommitEntry[]): Promise<Writes> {
  const moves: { from: string; to: string }[] = [];
  const cleanUp = () => Promise.all(moves.map((move) => rm(move.from, { force: true })));
  try {
    const sparse = await sparsePaths(repository, entries);
    for (const entry of entries) {
      if (sparse.has(entry.copyOf ?? entry.path)) continue;
      const to = await placeOf(repository, entry);
      const from = path.join(path.dirname(to), `.${path.basename(to)}.${process.pid}.tmp`);
      moves.push({ from, to });
      await writeHalf(repository, entry, { from, to });
    }
    const absent = entries.filter((entry) => sparse.has(entry.copyOf ?? entry.path)).map((entry) => entry.path);
    return { moves, absent, [Symbol.asyncDispose]: async () => void (await cleanUp()) };
  } catch (thrown) {
    await cleanUp();
    throw thrown;
  }
}

async function writeHalf(
  repository: Repository,
  entry: CommitEntry,
  move: { from: string; to: string },
): Promise<void> {
  const original = entry.copyOf === undefined ? move.to : path.join(repository.directory, entry.copyOf);
  const blob = entry.sourceBlob ?? entry.blob;
  const hasBlob = await holdsBlob(repository, blob, original);
  // A work tree without LFS files has pointers in their places, and gets one.
  const isSmudged = !hasBlob && (await holdsLfsObject(repository, blob, original));
  if (!hasBlob && !isSmudged) throw new BotError('GIT_DIRTY', 'the file differs from the commit.', { at: entry.path });
  if (entry.proposed === undefined) return copyFile(original, move.from);
  const bytes = isSmudged
    ? await entry.proposed.content.read()
    : await git(repository, ['cat-file', 'blob', entry.blob]);
  await writeFile(move.from, bytes, { flag: 'wx', flush: true });
  await chmod(move.from, (await stat(original)).mode & 0o777);
}

// The real place of a path; never through a symlink, which could lead out of the work tree.
async function placeOf(repository: Repository, entry: CommitEntry): Promise<string> {
  const place = path.join(repository.directory, entry.path);
  if (entry.copyOf !== undefined) {
    await mkdir(path.dirname(place), { recursive: true });
    const taken = await lstat(place).catch(() => undefined);
    if (taken !== undefined)
      throw new BotError('GIT_DIRTY', 'a file that is not tracked is in the way.', { at: entry.path });
  }
  const straight = path.join(await realpath(repository.directory), path.dirname(entry.path));
  const real = await realpath(path.dirname(place)).catch(() => '');
  if (real === straight) return place;
  throw new BotError('GIT_DIRTY', 'its folder is missing or a symlink in the work tree.', { at: entry.path });
}

// `S` marks what a sparse checkout leaves out. [git-scm.com/docs/git-ls-files -t]
async function sparsePaths(repository: Repository, entries: readonly CommitEntry[]): Promise<ReadonlySet<string>> {
  const paths = entries.map((entry) => entry.path);
  const records = splitRecords(await git(repository, ['ls-files', '-z', '-t', '--', ...paths]));
  return new Set(records.filter((record) => record.startsWith('S ')).map((record) => record.slice(2)));
}

async function followCommit(
  repository: Repository,
  { lock, scratch, built, writes }: { lock: IndexLock; scratch: Scratch; built: BuiltCommit; writes: Writes },
): Promise<void> {
  const paths = built.entries.map((entry) => entry.path);
  try {
    for (const move of writes.moves) await rename(move.from, move.to);
    const file = await scratch.copyIndex();
    const index = { environment: { GIT_INDEX_FILE: file } };
    await git(repository, ['update-index', '-z', '--index-info'], { ...index, stdin: indexInfo(built.entries) });
    const absent = writes.absent.map((name) => `${name}\0`).join('');
    await git(repository, ['update-index', '--skip-worktree', '-z', '--stdin'], { ...index, stdin: absent });
    // Fails for files of Git LFS, whose filter is off; git looks at those again by itself.
    await tryGit(repository, ['update-index', '-q', '--refresh', '--ignore-submodules'], index);
    await lock.replace(file);
  } catch (cause) {
    throw new BotError(
      'GIT_FAILED',
      `commit ${built.commit} is made, but its files are not written: ${messageOf(cause)}`,
      {
        at: repository.directory,
        hint: `Bring them back with \`git restore --source=HEAD --staged --worktree -- ${paths.map((name) => JSON.stringify(name)).join(' ')}\`.`,
        cause,
      },
    );
  }
}
