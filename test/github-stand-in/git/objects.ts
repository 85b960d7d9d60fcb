/** Git objects of a bare repository: blobs, trees, commits. All of them are made and read by git itself. */
import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { git, gitText, tryGit } from './run.ts';

/** One entry of a tree. */
export interface TreeEntry {
  readonly mode: string;
  readonly type: 'blob' | 'tree' | 'commit';
  readonly sha: string;
  /** Bytes of a blob; null for all else. */
  readonly byteLength: number | null;
  readonly path: string;
}

/** A change of a tree; `sha` null removes the path. */
export interface TreeChange {
  readonly path: string;
  readonly mode: string;
  readonly sha: string | null;
}

/** Who made a commit, and when (ISO 8601, UTC). */
export interface Signature {
  readonly name: string;
  readonly email: string;
  readonly date: string;
}

/** A commit as Git has it. */
export interface Commit {
  readonly sha: string;
  readonly tree: string;
  readonly parents: readonly string[];
  readonly author: Signature;
  readonly committer: Signature;
  readonly message: string;
}

/** The tree without entries, which every repository knows. */
export const EMPTY_TREE = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';

/** Writes a blob; gives its name. */
export function writeBlob(directory: string, bytes: Uint8Array | string): Promise<string> {
  return gitText(directory, ['hash-object', '-w', '--stdin'], { stdin: bytes });
}

/** `blob`, `tree`, `commit` or `tag` with its length in bytes; null when there is no such object. */
export async function describeObject(
  directory: string,
  sha: string,
): Promise<{ type: string; byteLength: number } | null> {
  if (!/^[0-9a-f]{40}$/.test(sha)) return null;
  const text = await gitText(directory, ['cat-file', '--batch-check'], { stdin: `${sha}\n` });
  const [, type = '', size = ''] = text.split(' ');
  return size === '' ? null : { type, byteLength: Number(size) };
}

/** The bytes of a blob; null when there is no such blob. */
export async function readBlob(directory: string, sha: string): Promise<Buffer | null> {
  if ((await describeObject(directory, sha))?.type !== 'blob') return null;
  return git(directory, ['cat-file', 'blob', sha]);
}

/** The entries of a tree (or of a commit's tree), in Git's order. */
export async function readTree(directory: string, tree: string, isRecursive: boolean): Promise<TreeEntry[]> {
  const flags = isRecursive ? ['-r', '-t'] : [];
  const output = await git(directory, ['ls-tree', '-z', '-l', ...flags, tree]);
  const records = output.toString().split('\0').slice(0, -1);
  return records.map((record) => {
    const tab = record.indexOf('\t');
    const [mode = '', type = '', sha = '', size = '-'] = record.slice(0, tab).split(/ +/);
    const byteLength = size === '-' ? null : Number(size);
    return { mode, type: type as TreeEntry['type'], sha, byteLength, path: record.slice(tab + 1) };
  });
}

/** One path of a commit or tree; null when it is not there. */
export async function findEntry(directory: string, tree: string, place: string): Promise<TreeEntry | null> {
  const output = await git(directory, ['ls-tree', '-z', '-l', tree, '--', place]);
  const record = output.toString().split('\0')[0] ?? '';
  const tab = record.indexOf('\t');
  if (tab < 0) return null;
  const [mode = '', type = '', sha = '', size = '-'] = record.slice(0, tab).split(/ +/);
  return { mode, type: type as TreeEntry['type'], sha, byteLength: size === '-' ? null : Number(size), path: place };
}

/** Writes a tree: `base` (a commit, a tree, or null for an empty one) with the changes, on a temporary index. */
export async function writeTree(
  directory: string,
  base: string | null,
  changes: readonly TreeChange[],
): Promise<string> {
  const index = path.join(directory, `stand-in-${randomUUID()}.index`);
  const environment = { GIT_INDEX_FILE: index };
  try {
    await git(directory, ['read-tree', base ?? '--empty'], { environment });
    // A whole folder is one entry of the API, yet many of an index.
    const whole = changes.filter(({ mode, sha }) => mode === '040000' && sha !== null);
    for (const { path: place, sha } of whole) {
      await tryGit(directory, ['rm', '-r', '-q', '--cached', '--ignore-unmatch', '--', place], { environment });
      await git(directory, ['read-tree', `--prefix=${place}/`, sha ?? ''], { environment });
    }
    const lines = changes
      .filter((change) => !whole.includes(change))
      .map(({ path: place, mode, sha }) =>
        sha === null ? `0 ${'0'.repeat(40)}\t${place}\0` : `${mode} ${sha}\t${place}\0`,
      );
    await git(directory, ['update-index', '-z', '--index-info'], { environment, stdin: lines.join('') });
    return await gitText(directory, ['write-tree'], { environment });
  } finally {
    await rm(index, { force: true });
  }
}

/** Writes a commit; gives its name. No branch moves. */
export function writeCommit(directory: string, commit: Omit<Commit, 'sha'>): Promise<string> {
  const { author, committer } = commit;
  const parents = commit.parents.flatMap((parent) => ['-p', parent]);
  return gitText(directory, ['commit-tree', commit.tree, ...parents], {
    stdin: commit.message,
    environment: {
      GIT_AUTHOR_NAME: author.name,
      GIT_AUTHOR_EMAIL: author.email,
      GIT_AUTHOR_DATE: author.date,
      GIT_COMMITTER_NAME: committer.name,
      GIT_COMMITTER_EMAIL: committer.email,
      GIT_COMMITTER_DATE: committer.date,
    },
  });
}

const COMMIT_FORMAT = ['%H', '%T', '%P', '%an', '%ae', '%aI', '%cn', '%ce', '%cI', '%B'].join('%x1f');

/** Commits by `git log` arguments (newest first); throws when git knows no such revision. */
export async function readCommits(directory: string, args: readonly string[]): Promise<Commit[]> {
  const output = await git(directory, ['log', '-z', `--format=${COMMIT_FORMAT}`, ...args, '--']);
  const records = output.toString().split('\0').filter(Boolean);
  return records.map((record) => {
    const [sha = '', tree = '', parents = '', an = '', ae = '', ad = '', cn = '', ce = '', cd = '', message = ''] =
      record.split('\x1f');
    return {
      sha,
      tree,
      parents: parents.split(' ').filter(Boolean),
      author: { name: an, email: ae, date: utc(ad) },
      committer: { name: cn, email: ce, date: utc(cd) },
      message: message.replace(/\n+$/, ''),
    };
  });
}

/** One commit; null when there is no such commit. */
export async function readCommit(directory: string, sha: string): Promise<Commit | null> {
  if ((await describeObject(directory, sha))?.type !== 'commit') return null;
  return (await readCommits(directory, ['-1', sha]))[0] ?? null;
}

function utc(date: string): string {
  return new Date(date).toISOString().replace('.000Z', 'Z');
}
