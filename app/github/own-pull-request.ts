/** A pull request of our own, for `mode: pull-request` and backfill: one branch, one pull request, merged into by nobody but people. */
import { readTrailers } from '../../src/index.ts';
import { type GitHubAccess, splitRepository } from './access.ts';
import { branchTip, makeCommit } from './commit.ts';
import type { PushOptions } from './commit-by-push.ts';
import type { CommitFile, CommitRequest } from './commit-request.ts';
import { unless } from './octokit.ts';

/** What the pull request shall hold. */
export interface OwnPullRequest {
  readonly repository: string;
  /** The branch that it asks to be merged into, and where that is. */
  readonly baseBranch: string;
  readonly baseCommit: string;
  /** The branch it lives on. */
  readonly branch: string;
  readonly files: readonly CommitFile[];
  readonly message: string;
  readonly title: string;
  /** Markdown, at most 65,536 characters. */
  readonly body: string;
}

/** What came of it. */
export type OwnPullRequestAnswer =
  | { readonly kind: 'open'; readonly commit: string; readonly pullNumber: number; readonly url: string }
  | { readonly kind: 'edited' }
  | { readonly kind: 'declined' };

/** The branch of our own for a pull request, or for the whole repository. */
export function ownBranch(pullNumber: number | null): string {
  return `glb-optimizer/${pullNumber === null ? 'backfill' : `pr-${pullNumber}`}`;
}

/** Opens the pull request, or brings the open one up to date. A branch that somebody else wrote to is left alone. */
export async function openOwnPullRequest(
  access: GitHubAccess,
  wanted: OwnPullRequest,
  options: PushOptions,
): Promise<OwnPullRequestAnswer> {
  const place = splitRepository(wanted.repository);
  const request = await requestFor(access, wanted);
  if (request === undefined) return { kind: 'edited' };
  const made = 'done' in request ? request.done : await makeCommit(access, request, options);
  const commit = typeof made === 'string' ? made : made.kind === 'made' ? made.commit : undefined;
  if (commit === undefined) return { kind: 'edited' };
  const { pulls } = access.octokit.rest;
  const { data } = await pulls.list({ ...place, head: `${place.owner}:${wanted.branch}`, state: 'all', per_page: 100 });
  const { title, body } = wanted;
  const open = data.find(({ state, base }) => state === 'open' && base.ref === wanted.baseBranch);
  if (open !== undefined) {
    await pulls.update({ ...place, pull_number: open.number, title, body });
    return { kind: 'open', commit, pullNumber: open.number, url: open.html_url };
  }
  // Closed without a merge, with these very files: somebody said no.
  if ('done' in request && data.some(({ merged_at, head }) => merged_at === null && head.sha === commit)) {
    return { kind: 'declined' };
  }
  const created = await pulls.create({ ...place, head: wanted.branch, base: wanted.baseBranch, title, body });
  return { kind: 'open', commit, pullNumber: created.data.number, url: created.data.html_url };
}

async function requestFor(
  access: GitHubAccess,
  wanted: OwnPullRequest,
): Promise<CommitRequest | { readonly done: string } | undefined> {
  const place = splitRepository(wanted.repository);
  const { repository, branch, files, message, baseCommit } = wanted;
  const common = { repository, branch, files, message, treeOf: baseCommit };
  const tip = await branchTip(access, repository, branch);
  const fresh = { ...common, tip: baseCommit, otherParents: [] };
  if (tip === undefined) {
    const ref = `refs/heads/${branch}`;
    await unless([422], access.octokit.rest.git.createRef({ ...place, ref, sha: baseCommit }));
    return fresh;
  }
  if (tip === baseCommit) return fresh;
  const { data } = await access.octokit.rest.git.getCommit({ ...place, commit_sha: tip });
  if (readTrailers(data.message) === undefined) return undefined;
  // The same message on the same base: an earlier try made it.
  const isDone = data.message.trim() === message.trim() && data.parents.some(({ sha }) => sha === baseCommit);
  // Nothing is forced: what the base has now comes in as a merge that takes its files.
  return isDone ? { done: tip } : { ...common, tip, otherParents: [baseCommit] };
}
