/** What commits hold: files by path, and the GLBs that differ between two commits. Paths may be any bytes but NUL. */
import type { ChangedAsset } from '../../src/index.ts';
import { git, splitRecords } from './git.ts';
import type { Repository } from './repository.ts';

/** A regular file of a commit. */
export interface TreeFile {
  readonly path: string;
  readonly mode: string;
  readonly blob: string;
}

/** A GLB that differs; its size is not known yet. */
export type DifferingFile = Omit<ChangedAsset, 'byteLength'>;

/** Regular files have one of these modes; `120000` is a symlink, `160000` a submodule. [git-scm.com/docs/git-fast-import] */
export function isRegularFile(mode: string): boolean {
  return mode === '100644' || mode === '100755';
}

/** Those of the paths that are regular files of the commit, in Git's order. */
export async function findFiles(
  repository: Repository,
  commit: string,
  paths: readonly string[],
): Promise<readonly TreeFile[]> {
  const output = await git(repository, ['ls-tree', '-z', '--full-tree', commit, '--', ...paths]);
  return splitRecords(output).flatMap((record) => {
    const [mode, type, blob, path] = splitHead(record, '\t');
    if (mode === undefined || blob === undefined || path === undefined) return [];
    return type === 'blob' && isRegularFile(mode) ? [{ path, mode, blob }] : [];
  });
}

/** Every GLB that was added, changed or renamed between two commits, in Git's order. */
export async function findDifferingGlbs(
  repository: Repository,
  base: string,
  head: string,
): Promise<readonly DifferingFile[]> {
  // T is a change of type, such as a symlink that became a file.
  const flags = ['-r', '-z', '--raw', '--full-index', '-M', '--diff-filter=AMRT', '--no-ext-diff', '--no-textconv'];
  const output = await git(repository, ['diff-tree', ...flags, base, head, '--', ':(top,icase,glob)**/*.glb'], {
    environment: { GIT_LITERAL_PATHSPECS: '0' },
  });
  const records = splitRecords(output);
  const found: DifferingFile[] = [];
  // `:100644 100644 <blob> <blob> M`, path; after R, the old path comes first. [git-scm.com/docs/diff-format]
  for (let i = 0; i < records.length; ) {
    const [, mode, , blob, status] = (records[i++] ?? '').split(' ');
    const renamed = status?.startsWith('R') === true;
    if (renamed) i++;
    const path = records[i++];
    if (mode === undefined || blob === undefined || path === undefined || !isRegularFile(mode)) continue;
    found.push({ path, change: renamed ? 'renamed' : status === 'A' ? 'added' : 'modified', blob, mode });
  }
  return found;
}

/** Splits `a b c<mark>rest` into a, b, c and the rest, which may hold anything. */
export function splitHead(record: string, mark: string): string[] {
  const end = record.indexOf(mark);
  return [...record.slice(0, end).split(' '), record.slice(end + 1)];
}
