/** What to review: the refs that the user named, as commits, and what they have in common. */
import { BotError, type ReviewJob } from '../../src/index.ts';
import { gitText, tryGit } from './git.ts';
import { type Repository, repositoryName } from './repository.ts';

/** The two ends of a change; without a base, the branch that pull requests usually go to. */
export interface ChangeRefs {
  readonly base?: string;
  readonly head?: string;
}

/** A change as a job, and which base was taken. */
export interface LocalChange {
  readonly job: ReviewJob;
  /** The ref that the change is compared with. */
  readonly base: string;
  /** Why this one: to tell the user. */
  readonly baseWhy: string;
}

/** Turns refs into commits and finds the merge base. */
export async function findChange(repository: Repository, refs: ChangeRefs): Promise<LocalChange> {
  const head = refs.head ?? 'HEAD';
  const headCommit = await commitOf(repository, '--head', head);
  const base = refs.base === undefined ? await defaultBase(repository) : { ref: refs.base, why: 'given with --base' };
  const target = await commitOf(repository, '--base', base.ref);
  const job: ReviewJob = {
    kind: 'pull-request',
    repository: await repositoryName(repository),
    baseCommit: await mergeBase(repository, { base: base.ref, target, head, headCommit }),
    headCommit,
    branch: await branchOf(repository, head, headCommit),
  };
  return { job, base: base.ref, baseWhy: base.why };
}

/** The checked out branch; undefined when HEAD is detached. */
export async function currentBranch(repository: Repository): Promise<string | undefined> {
  const { exitCode, stdout } = await tryGit(repository, ['symbolic-ref', '--quiet', 'HEAD']);
  const ref = stdout.toString().trim();
  return exitCode === 0 && ref.startsWith('refs/heads/') ? ref.slice('refs/heads/'.length) : undefined;
}

/** The commit that is checked out; undefined in a repository without one. */
export function headCommit(repository: Repository): Promise<string | undefined> {
  return findCommit(repository, 'HEAD');
}

async function branchOf(repository: Repository, head: string, headCommit: string): Promise<string | null> {
  const named = await tryGit(repository, ['rev-parse', '--symbolic-full-name', head]);
  const ref = named.stdout.toString().trim();
  if (ref.startsWith('refs/heads/')) return ref.slice('refs/heads/'.length);
  // A commit named by its id is the branch that is checked out at it.
  const current = await currentBranch(repository);
  return current !== undefined && (await findCommit(repository, 'HEAD')) === headCommit ? current : null;
}

async function findCommit(repository: Repository, ref: string): Promise<string | undefined> {
  // No ref starts with a dash, and git would take it for an option.
  if (ref === '' || ref.startsWith('-') || ref.includes('\0')) return undefined;
  const found = await tryGit(repository, ['rev-parse', '--verify', '--quiet', `${ref}^{commit}`]);
  return found.exitCode === 0 ? found.stdout.toString().trim() : undefined;
}

async function commitOf(repository: Repository, at: string, ref: string): Promise<string> {
  const commit = await findCommit(repository, ref);
  if (commit !== undefined) return commit;
  const expected = 'a branch, tag or commit of this repository';
  const shallow = await isShallow(repository);
  throw new BotError('GIT_UNKNOWN_REF', 'there is no such commit.', {
    at: `${at} ${ref}`,
    expected,
    received: ref === 'HEAD' ? 'a repository without commits' : `"${ref}"`,
    hint: shallow
      ? 'This clone is shallow: run `git fetch --unshallow`.'
      : 'Fetch it with `git fetch`, or see what there is with `git branch --all`.',
  });
}

async function isShallow(repository: Repository): Promise<boolean> {
  return (await gitText(repository, ['rev-parse', '--is-shallow-repository'])) === 'true';
}

async function defaultBase(repository: Repository): Promise<{ ref: string; why: string }> {
  const remote = await tryGit(repository, ['symbolic-ref', '--quiet', 'refs/remotes/origin/HEAD']);
  const remoteHead = remote.stdout.toString().trim();
  if (remote.exitCode === 0 && (await findCommit(repository, remoteHead)) !== undefined) {
    return { ref: remoteHead.replace('refs/remotes/', ''), why: 'the default branch of origin' };
  }
  for (const ref of ['main', 'master', 'origin/main', 'origin/master']) {
    const full = ref.startsWith('origin/') ? `refs/remotes/${ref}` : `refs/heads/${ref}`;
    if ((await findCommit(repository, full)) !== undefined)
      return { ref, why: 'no --base was given, and origin names no default branch' };
  }
  throw new BotError('GIT_UNKNOWN_REF', 'there is no base to compare with.', {
    at: '--base',
    expected: 'a branch "main" or "master", or a remote "origin" with a default branch',
    hint: 'Name the branch that the change goes to: --base <branch>.',
  });
}

async function mergeBase(
  repository: Repository,
  ends: { base: string; target: string; head: string; headCommit: string },
): Promise<string> {
  const found = await tryGit(repository, ['merge-base', ends.target, ends.headCommit]);
  const commit = found.stdout.toString().split('\n')[0] ?? '';
  if (found.exitCode === 0 && commit !== '') return commit;
  const shallow = await isShallow(repository);
  throw new BotError('GIT_NO_MERGE_BASE', `"${ends.base}" and "${ends.head}" have no commit in common.`, {
    hint: shallow
      ? 'This clone is shallow, the common commit may be missing: run `git fetch --unshallow`.'
      : 'Their histories are unrelated: name another --base, or use `optimize` for single files.',
  });
}
