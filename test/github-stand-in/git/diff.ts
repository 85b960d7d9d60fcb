/** What differs between two commits, by `git diff-tree -M`, in the words of GitHub's API. */
import { git } from './run.ts';

/** One changed file. */
export interface FileChange {
  readonly status: 'added' | 'removed' | 'modified' | 'renamed' | 'copied' | 'changed';
  readonly path: string;
  /** The path before a rename; null otherwise. */
  readonly previousPath: string | null;
  /** The blob now; of a removed file, the blob before. */
  readonly sha: string;
  /** Lines; 0 for binary files. */
  readonly additions: number;
  readonly deletions: number;
  /** The hunks; null for binary files and for what is too large. */
  readonly patch: string | null;
}

const STATUS: Readonly<Record<string, FileChange['status']>> = {
  A: 'added',
  D: 'removed',
  M: 'modified',
  R: 'renamed',
  C: 'copied',
  T: 'changed',
};

// [GitHub docs, "Limits for viewing content and diffs in a repository"] 20,000 lines or 1 MB of one file's diff.
const PATCH_LIMIT_CHARS = 1_000_000;

// Two commits differ in the same way for ever, and a list of 3,000 files is asked for in thirty pages.
const known = new Map<string, Promise<readonly FileChange[]>>();
const KNOWN_LIMIT = 50;

/** The files that differ from `base` to `head` (names of objects, not of branches), in Git's order. */
export function diff(directory: string, base: string, head: string): Promise<readonly FileChange[]> {
  const key = `${directory} ${base} ${head}`;
  const found = known.get(key) ?? compare(directory, base, head);
  known.delete(key);
  known.set(key, found);
  found.catch(() => known.delete(key));
  for (const old of [...known.keys()].slice(0, -KNOWN_LIMIT)) known.delete(old);
  return found;
}

async function compare(directory: string, base: string, head: string): Promise<readonly FileChange[]> {
  const range = ['-r', '-M', '--no-commit-id', base, head];
  const [raw, numbers] = await Promise.all([
    git(directory, ['diff-tree', '-z', '--raw', '--no-abbrev', ...range]),
    git(directory, ['diff-tree', '-z', '--numstat', ...range]),
  ]);
  const counts = readNumstat(numbers);
  const changes = readRaw(raw).map((change) => ({
    ...change,
    ...(counts.get(change.path) ?? { additions: 0, deletions: 0 }),
  }));
  const isText = (change: { readonly additions: number; readonly deletions: number }) =>
    change.additions + change.deletions > 0;
  const texts = changes.some(isText) ? splitPatch(await git(directory, ['diff-tree', '-p', ...range])) : [];
  return changes.map((change, index) => ({
    ...change,
    patch: isText(change) ? capped(texts[index] ?? '') : null,
  }));
}

function capped(patch: string): string | null {
  return patch === '' || patch.length > PATCH_LIMIT_CHARS ? null : patch;
}

function readRaw(output: Buffer): Pick<FileChange, 'status' | 'path' | 'previousPath' | 'sha'>[] {
  const fields = output.toString().split('\0');
  const changes: Pick<FileChange, 'status' | 'path' | 'previousPath' | 'sha'>[] = [];
  for (let at = 0; at + 1 < fields.length; ) {
    const [, , before = '', after = '', letter = ''] = (fields[at] ?? '').slice(1).split(' ');
    const status = STATUS[letter[0] ?? ''] ?? 'changed';
    const isMoved = status === 'renamed' || status === 'copied';
    const previousPath = isMoved ? (fields[at + 1] ?? '') : null;
    const path = fields[at + (isMoved ? 2 : 1)] ?? '';
    changes.push({ status, path, previousPath, sha: status === 'removed' ? before : after });
    at += isMoved ? 3 : 2;
  }
  return changes;
}

function readNumstat(output: Buffer): Map<string, { additions: number; deletions: number }> {
  const fields = output.toString().split('\0');
  const counts = new Map<string, { additions: number; deletions: number }>();
  for (let at = 0; at < fields.length; at += 1) {
    const [added = '', deleted = '', place] = (fields[at] ?? '').split('\t');
    if (place === undefined) continue;
    // After a rename the two paths follow as fields of their own.
    const path = place === '' ? (fields[at + 2] ?? '') : place;
    if (place === '') at += 2;
    counts.set(path, { additions: Number(added) || 0, deletions: Number(deleted) || 0 });
  }
  return counts;
}

/** One text for each file, in order, without its header: what the API calls `patch`. */
function splitPatch(output: Buffer): string[] {
  const parts = output
    .toString()
    .split(/^diff --git .*\n/m)
    .slice(1);
  return parts.map((part) => {
    const start = part.search(/^@@ /m);
    return start < 0 ? '' : part.slice(start).replace(/\n$/, '');
  });
}
