/** `/glb undo`: the exact blobs that our commits replaced come back, and are left alone until their content changes. */
import { commitMessageForUndo, keptPath, type Notice, TOOL } from '../../../src/index.ts';
import { type GitHubAccess, splitRepository } from '../access.ts';
import { CHECK_NAME, openCheck } from '../check-run.ts';
import { makeCommit } from '../commit.ts';
import type { CommitFile } from '../commit-request.ts';
import type { Notes } from '../notes.ts';
import { ownCommits } from '../own-commits.ts';
import { type CommitFiles, openTrees, type Trees } from '../trees.ts';
import { rememberLeft } from '../wishes.ts';
import type { PullDescription } from './events.ts';

/** What it takes besides the pull request. */
export interface UndoOptions {
  readonly access: GitHubAccess;
  readonly notes: Notes;
  readonly folder: string;
  readonly gitPath: string;
}

/** What came of it. */
export type UndoAnswer =
  | { readonly kind: 'undone'; readonly commit: string; readonly notice: Notice }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'moved' };

/** Brings back what is still ours at the head; a file that somebody changed since stays as they left it. */
export async function undo(repository: string, pull: PullDescription, options: UndoOptions): Promise<UndoAnswer> {
  const { access, notes } = options;
  const trees = openTrees(access, repository);
  const head = trees.at(pull.head.sha);
  const files = new Map<string, CommitFile>();
  const copies = new Map<string, CommitFile>();
  const refused = new Set<string>();
  for (const { commit, assets } of await ownCommits(access, repository, pull.number)) {
    const then = trees.at(commit);
    for (const { path, sourceBlob } of assets) {
      const [now, ours] = [await head.find(path), await then.find(path)];
      // Brought back already, or changed by somebody since.
      const isOurs = now !== undefined && now.blob === ours?.blob && now.blob !== sourceBlob;
      if (isOurs && !files.has(path)) {
        files.set(path, { path, mode: now.mode, blob: sourceBlob });
        refused.add(sourceBlob);
      }
      if (!files.has(path)) continue;
      for (const copy of await copiesOf(path, sourceBlob, { trees, head, commit, repository, access })) {
        copies.set(copy, { path: copy, gone: true });
      }
    }
  }
  if (files.size === 0) return { kind: 'nothing' };
  // First, so that a crash right after the commit does not optimize again what was refused.
  await rememberLeft(notes, repository, [...refused]);
  const answer = await makeCommit(
    access,
    {
      repository: pull.head.repo?.full_name ?? repository,
      branch: pull.head.ref,
      tip: pull.head.sha,
      otherParents: [],
      treeOf: pull.head.sha,
      message: commitMessageForUndo([...files.keys()], TOOL.version),
      files: [...files.values(), ...copies.values()],
    },
    { folder: options.folder, path: options.gitPath },
  );
  if (answer.kind === 'moved') return { kind: 'moved' };
  await openCheck(access, repository, answer.commit, undefined).conclude({
    conclusion: 'success',
    title: 'The original files are back',
    summary: `${CHECK_NAME} leaves them alone until their content changes.`,
    annotations: [],
    images: [],
  });
  return { kind: 'undone', commit: answer.commit, notice: { kind: 'undone', fileCount: files.size } };
}

/** What `keep-original` put beside the file in that commit, and nobody has changed since. */
async function copiesOf(
  path: string,
  sourceBlob: string,
  at: {
    readonly trees: Trees;
    readonly head: CommitFiles;
    readonly commit: string;
    readonly repository: string;
    readonly access: GitHubAccess;
  },
): Promise<readonly string[]> {
  const found: string[] = [];
  for (const copy of [keptPath(path, 'suffix'), keptPath(path, 'folder')]) {
    if (copy === null || (await at.head.find(copy))?.blob !== sourceBlob) continue;
    const { git } = at.access.octokit.rest;
    const { data } = await git.getCommit({ ...splitRepository(at.repository), commit_sha: at.commit });
    const before = data.parents[0]?.sha;
    // One that was there before us is somebody else's.
    const isOurs = before !== undefined && (await at.trees.at(before).find(copy)) === undefined;
    if (isOurs && (await at.trees.at(at.commit).find(copy))?.blob === sourceBlob) found.push(copy);
  }
  return found;
}

/** The pull request as it is now; undefined when there is none. */
export async function findPull(
  access: GitHubAccess,
  repository: string,
  wish: { readonly pullNumber: number | null; readonly headCommit: string | null },
): Promise<PullDescription | undefined> {
  const place = splitRepository(repository);
  let number = wish.pullNumber;
  if (number === null && wish.headCommit !== null) {
    const { data } = await access.octokit.rest.repos.listPullRequestsAssociatedWithCommit({
      ...place,
      commit_sha: wish.headCommit,
    });
    number = data.find(({ state }) => state === 'open')?.number ?? null;
  }
  if (number === null) return undefined;
  const { data } = await access.octokit.rest.pulls.get({ ...place, pull_number: number });
  return data;
}
