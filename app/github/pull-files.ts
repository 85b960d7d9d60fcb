/** The GLBs that a pull request changes: GitHub's own list, or the two trees where that list ends. */
import { BotError, type ChangedAsset } from '../../src/index.ts';
import { type GitHubAccess, splitRepository } from './access.ts';
import { isOwnCommit } from './own-commits.ts';
import type { CommitFiles, TreeFile, Trees } from './trees.ts';

/** Where to look. */
export interface PullRequestChange {
  readonly repository: string;
  readonly pullNumber: number;
  readonly headCommit: string;
  /** The base branch as the job saw it; null when that is unknown. */
  readonly baseCommit: string | null;
}

// GitHub lists no more files than these. [docs: pulls/list-files]
const LISTED_LIMIT_COUNT = 3000;

/** Lists the GLBs; throws `GITHUB_SUPERSEDED` when the pull request has another head by now. */
export async function listPullFiles(
  access: GitHubAccess,
  trees: Trees,
  change: PullRequestChange,
): Promise<readonly ChangedAsset[]> {
  const place = { ...splitRepository(change.repository), pull_number: change.pullNumber };
  const files = await access.octokit.paginate(access.octokit.rest.pulls.listFiles, { ...place, per_page: 100 });
  // Asked after the list, so that the list is of this head.
  const { data: pull } = await access.octokit.rest.pulls.get(place);
  const { sha } = pull.head;
  // A commit of our own on top: an earlier try of this very job made it, and the rest of that try is still to do.
  if (sha !== change.headCommit && !(await isOwnCommit(access, change.repository, sha, change.headCommit))) {
    throw superseded(change, sha);
  }
  const mergeBase = await mergeBaseOf(access, { ...change, baseCommit: change.baseCommit ?? pull.base.sha });
  const head = trees.at(change.headCommit);
  const base = trees.at(mergeBase);
  if (pull.changed_files > files.length || files.length >= LISTED_LIMIT_COUNT) {
    return differingGlbs(base, head);
  }
  const assets: ChangedAsset[] = [];
  for (const { filename, status, previous_filename: before } of files) {
    if (!isGlb(filename) || status === 'removed' || status === 'unchanged') continue;
    const file = await head.find(filename);
    // A symlink or a submodule with such a name.
    if (file === undefined) continue;
    const was = status === 'added' ? undefined : await base.find(before ?? filename);
    const kind = status === 'renamed' ? 'renamed' : was === undefined ? 'added' : 'modified';
    assets.push(assetOf(file, kind, was));
  }
  return assets;
}

/** The commit that both sides have in common. */
export async function mergeBaseOf(
  access: GitHubAccess,
  change: { readonly repository: string; readonly baseCommit: string; readonly headCommit: string },
): Promise<string> {
  const { data } = await access.octokit.rest.repos.compareCommitsWithBasehead({
    ...splitRepository(change.repository),
    basehead: `${change.baseCommit}...${change.headCommit}`,
    // Only the merge base is wanted, not the commits.
    per_page: 1,
  });
  return data.merge_base_commit.sha;
}

/** The error of a job whose head is no longer the pull request's. */
export function superseded(change: { readonly headCommit: string }, now: string): BotError {
  return new BotError('GITHUB_SUPERSEDED', 'the branch has moved on, a newer job takes over.', {
    expected: `head ${change.headCommit.slice(0, 12)}`,
    received: now.slice(0, 12),
  });
}

/** The GLBs that differ between two commits, whatever the pull request is by now. */
export async function differingGlbs(base: CommitFiles, head: CommitFiles): Promise<readonly ChangedAsset[]> {
  return compareTrees(await base.filter(isGlb), await head.filter(isGlb));
}

// Without GitHub's list a rename is a path that is new with a blob that was there before.
function compareTrees(before: readonly TreeFile[], after: readonly TreeFile[]): readonly ChangedAsset[] {
  const byPath = new Map(before.map((file) => [file.path, file]));
  const byBlob = new Map(before.map((file) => [file.blob, file]));
  return after.flatMap((file) => {
    const same = byPath.get(file.path);
    if (same?.blob === file.blob) return [];
    if (same !== undefined) return [assetOf(file, 'modified', same)];
    const moved = byBlob.get(file.blob);
    return [assetOf(file, moved === undefined ? 'added' : 'renamed', moved)];
  });
}

function assetOf(file: TreeFile, change: ChangedAsset['change'], was: TreeFile | undefined): ChangedAsset {
  const { path, blob, mode, byteLength } = file;
  const base = was === undefined ? {} : { base: { path: was.path, blob: was.blob, byteLength: was.byteLength } };
  return { path, change, blob, mode, byteLength, ...base };
}

function isGlb(name: string): boolean {
  return /\.glb$/i.test(name);
}
