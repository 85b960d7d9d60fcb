/** Pull requests, comments and reactions as GitHub's JSON. */
import { diff, type FileChange } from '../git/diff.ts';
import { type Commit, readCommits } from '../git/objects.ts';
import { mergeBase, resolveCommit } from '../git/refs.ts';
import { roleOf } from '../http/access.ts';
import type { Comment, Pull, Reaction, Repository } from '../world/repository.ts';
import { type Account, nodeId, type World } from '../world/world.ts';
import { presentAccount, presentApp } from './account.ts';
import { presentRepository, repositoryUrl, webUrl } from './repository.ts';

/** What a pull request changes, from the merge base to its head. */
export interface PullChanges {
  readonly baseSha: string;
  readonly files: readonly FileChange[];
  readonly commits: readonly Commit[];
}

/** Lists the changes by git. */
export async function pullChanges(pull: Pull): Promise<PullChanges> {
  const { directory } = pull.repository;
  const baseSha = (await resolveCommit(directory, `refs/heads/${pull.baseBranch}`)) ?? pull.headSha;
  const base = (await mergeBase(directory, baseSha, pull.headSha)) ?? baseSha;
  const [files, commits] = await Promise.all([
    diff(directory, base, pull.headSha),
    readCommits(directory, ['--reverse', `${base}..${pull.headSha}`]),
  ]);
  return { baseSha, files, commits };
}

/** Where the API knows the pull request. */
export function pullUrl(world: World, pull: Pull): string {
  return `${repositoryUrl(world, pull.repository)}/pulls/${pull.number}`;
}

function presentEnd(world: World, repository: Repository, branch: string, sha: string) {
  return {
    label: `${repository.owner.login}:${branch}`,
    ref: branch,
    sha,
    user: presentAccount(world, repository.owner),
    repo: presentRepository(world, repository),
  };
}

/** What the account is to the repository. */
export function association(repository: Repository, account: Account): string {
  if (repository.owner.id === account.id) return 'OWNER';
  const role = roleOf(repository, account);
  return role === null || role === 'read' ? 'NONE' : 'COLLABORATOR';
}

/** A `pull-request-simple`, as lists give it. */
export async function presentPullSimple(world: World, pull: Pull) {
  const { repository } = pull;
  const url = pullUrl(world, pull);
  const html = `${webUrl(world, repository)}/pull/${pull.number}`;
  const issue = `${repositoryUrl(world, repository)}/issues/${pull.number}`;
  const statuses = `${repositoryUrl(world, repository)}/statuses/${pull.headSha}`;
  const baseSha = (await resolveCommit(repository.directory, `refs/heads/${pull.baseBranch}`)) ?? pull.headSha;
  const urls = {
    commits_url: `${url}/commits`,
    review_comments_url: `${url}/comments`,
    review_comment_url: `${repositoryUrl(world, repository)}/pulls/comments{/number}`,
    comments_url: `${issue}/comments`,
    statuses_url: statuses,
  };
  return {
    url,
    id: pull.id,
    node_id: nodeId('PullRequest', pull.id),
    html_url: html,
    diff_url: `${html}.diff`,
    patch_url: `${html}.patch`,
    issue_url: issue,
    ...urls,
    number: pull.number,
    state: pull.state,
    locked: false,
    title: pull.title,
    user: presentAccount(world, pull.author),
    body: pull.body,
    labels: [...pull.labels].map((name) => presentLabel(world, repository, name)),
    milestone: null,
    active_lock_reason: null,
    created_at: pull.createdAt,
    updated_at: pull.updatedAt,
    closed_at: pull.closedAt,
    merged_at: pull.isMerged ? pull.closedAt : null,
    merge_commit_sha: null,
    assignee: null,
    assignees: [],
    requested_reviewers: [],
    requested_teams: [],
    head: presentEnd(world, pull.head.repository, pull.head.branch, pull.headSha),
    base: presentEnd(world, repository, pull.baseBranch, baseSha),
    _links: {
      self: { href: url },
      html: { href: html },
      issue: { href: issue },
      comments: { href: urls.comments_url },
      review_comments: { href: urls.review_comments_url },
      review_comment: { href: urls.review_comment_url },
      commits: { href: urls.commits_url },
      statuses: { href: statuses },
    },
    author_association: association(repository, pull.author),
    auto_merge: null,
    draft: pull.isDraft,
  };
}

/** A `pull-request`. */
export async function presentPull(world: World, pull: Pull) {
  const [simple, { files, commits }] = await Promise.all([presentPullSimple(world, pull), pullChanges(pull)]);
  return {
    ...simple,
    merged: pull.isMerged,
    mergeable: null,
    rebaseable: null,
    mergeable_state: pull.isDraft ? 'draft' : 'unknown',
    merged_by: null,
    comments: commentsOf(pull).length,
    review_comments: 0,
    maintainer_can_modify: pull.canMaintainersModify,
    commits: commits.length,
    additions: files.reduce((sum, file) => sum + file.additions, 0),
    deletions: files.reduce((sum, file) => sum + file.deletions, 0),
    changed_files: files.length,
  };
}

/** The `issue` that every pull request is as well. */
export function presentIssue(world: World, pull: Pull) {
  const { repository } = pull;
  const url = `${repositoryUrl(world, repository)}/issues/${pull.number}`;
  const html = `${webUrl(world, repository)}/pull/${pull.number}`;
  return {
    id: pull.id,
    node_id: nodeId('Issue', pull.id),
    url,
    repository_url: repositoryUrl(world, repository),
    labels_url: `${url}/labels{/name}`,
    comments_url: `${url}/comments`,
    events_url: `${url}/events`,
    html_url: html,
    number: pull.number,
    title: pull.title,
    user: presentAccount(world, pull.author),
    labels: [...pull.labels].map((name) => presentLabel(world, repository, name)),
    state: pull.state,
    locked: false,
    assignee: null,
    assignees: [],
    milestone: null,
    comments: commentsOf(pull).length,
    created_at: pull.createdAt,
    updated_at: pull.updatedAt,
    closed_at: pull.closedAt,
    author_association: association(repository, pull.author),
    active_lock_reason: null,
    draft: pull.isDraft,
    pull_request: {
      url: pullUrl(world, pull),
      html_url: html,
      diff_url: `${html}.diff`,
      patch_url: `${html}.patch`,
      merged_at: null,
    },
    body: pull.body,
    reactions: presentReactionCounts(`${url}/reactions`, []),
    timeline_url: `${url}/timeline`,
    performed_via_github_app: null,
    state_reason: null,
  };
}

/** A `label`. */
export function presentLabel(world: World, repository: Repository, name: string) {
  const url = `${repositoryUrl(world, repository)}/labels/${encodeURIComponent(name)}`;
  return { id: 1, node_id: nodeId('Label', name), url, name, color: 'ededed', default: false, description: null };
}

/** The comments of one pull request, oldest first. */
export function commentsOf(pull: Pull): Comment[] {
  return [...pull.repository.comments.values()].filter((comment) => comment.pull === pull);
}

/** An `issue-comment`. */
export function presentComment(world: World, comment: Comment) {
  const { pull } = comment;
  const url = `${repositoryUrl(world, pull.repository)}/issues/comments/${comment.id}`;
  return {
    url,
    html_url: `${webUrl(world, pull.repository)}/pull/${pull.number}#issuecomment-${comment.id}`,
    issue_url: `${repositoryUrl(world, pull.repository)}/issues/${pull.number}`,
    id: comment.id,
    node_id: nodeId('IssueComment', comment.id),
    user: presentAccount(world, comment.author),
    created_at: comment.createdAt,
    updated_at: comment.updatedAt,
    author_association: association(pull.repository, comment.author),
    body: comment.body,
    reactions: presentReactionCounts(`${url}/reactions`, comment.reactions),
    performed_via_github_app: comment.app === null ? null : presentApp(world, comment.app),
  };
}

/** A `reaction`. */
export function presentReaction(world: World, reaction: Reaction) {
  return {
    id: reaction.id,
    node_id: nodeId('Reaction', reaction.id),
    user: presentAccount(world, reaction.author),
    content: reaction.content,
    created_at: reaction.createdAt,
  };
}

function presentReactionCounts(url: string, reactions: readonly Reaction[]) {
  const count = (content: string) => reactions.filter((reaction) => reaction.content === content).length;
  const names = ['+1', '-1', 'laugh', 'hooray', 'confused', 'heart', 'rocket', 'eyes'];
  return { url, total_count: reactions.length, ...Object.fromEntries(names.map((name) => [name, count(name)])) };
}
