/** Branches and other refs of a bare repository. A ref moves by compare-and-swap only. */
import { gitText, tryGit } from './run.ts';

/** A ref and the object that it names. */
export interface Ref {
  /** Such as `refs/heads/main`. */
  readonly name: string;
  readonly sha: string;
  readonly type: string;
}

const NOTHING = '0'.repeat(40);

/** Moves a ref from `old` (null: it must not exist) to `next` (null: deleted); false when somebody else was faster. */
export async function moveRef(
  directory: string,
  name: string,
  next: string | null,
  old: string | null,
): Promise<boolean> {
  const args = next === null ? ['-d', name, old ?? NOTHING] : [name, next, old ?? NOTHING];
  return (await tryGit(directory, ['update-ref', ...args])).exitCode === 0;
}

/** The commit behind a ref, branch, tag or abbreviated name; null when git knows none. */
export async function resolveCommit(directory: string, revision: string): Promise<string | null> {
  if (revision.startsWith('-')) return null;
  const { exitCode, stdout } = await tryGit(directory, ['rev-parse', '--verify', '-q', `${revision}^{commit}`]);
  return exitCode === 0 ? stdout.toString().trim() : null;
}

/** What a full ref name points to; null when there is no such ref. */
export async function readRef(directory: string, name: string): Promise<Ref | null> {
  return (await listRefs(directory, name)).find((ref) => ref.name === name) ?? null;
}

/** All refs whose full name begins with the prefix, sorted by name. */
export async function listRefs(directory: string, prefix: string): Promise<Ref[]> {
  const text = await gitText(directory, ['for-each-ref', '--format=%(refname)%09%(objectname)%09%(objecttype)']);
  return text
    .split('\n')
    .map((line) => line.split('\t'))
    .map(([name = '', sha = '', type = '']) => ({ name, sha, type }))
    .filter(({ name }) => name !== '' && name.startsWith(prefix));
}

/** Whether git takes this as the full name of a ref. */
export async function isRefName(name: string): Promise<boolean> {
  return name.startsWith('refs/') && (await tryGit('/', ['check-ref-format', name])).exitCode === 0;
}

/** Whether `old` is an ancestor of `next`, so that moving the ref loses nothing. */
export async function isFastForward(directory: string, old: string, next: string): Promise<boolean> {
  return (await tryGit(directory, ['merge-base', '--is-ancestor', old, next])).exitCode === 0;
}

/** The best common ancestor; null when histories are unrelated. */
export async function mergeBase(directory: string, one: string, other: string): Promise<string | null> {
  const { exitCode, stdout } = await tryGit(directory, ['merge-base', one, other]);
  return exitCode === 0 ? stdout.toString().trim() : null;
}
