/** Commits, changed files and refs as GitHub's JSON. */
import type { FileChange } from '../git/diff.ts';
import type { Commit } from '../git/objects.ts';
import type { Ref } from '../git/refs.ts';
import type { Repository } from '../world/repository.ts';
import { type Account, nodeId, type World } from '../world/world.ts';
import { presentAccount } from './account.ts';
import { repositoryUrl, webUrl } from './repository.ts';

/** Whether GitHub signed the commit. */
export function presentVerification(repository: Repository, commit: Commit) {
  const isSigned = repository.signedCommits.has(commit.sha);
  return {
    verified: isSigned,
    reason: isSigned ? 'valid' : 'unsigned',
    signature: isSigned ? '-----BEGIN PGP SIGNATURE-----\nstand-in\n-----END PGP SIGNATURE-----' : null,
    payload: isSigned ? `tree ${commit.tree}` : null,
    verified_at: isSigned ? commit.committer.date : null,
  };
}

/** A `git-commit`, as the Git Data API gives it. */
export function presentGitCommit(world: World, repository: Repository, commit: Commit) {
  const url = `${repositoryUrl(world, repository)}/git/commits/${commit.sha}`;
  const html = `${webUrl(world, repository)}/commit/${commit.sha}`;
  return {
    sha: commit.sha,
    node_id: nodeId('Commit', commit.sha),
    url,
    html_url: html,
    author: commit.author,
    committer: commit.committer,
    tree: { sha: commit.tree, url: `${repositoryUrl(world, repository)}/git/trees/${commit.tree}` },
    message: commit.message,
    parents: commit.parents.map((sha) => ({
      sha,
      url: `${repositoryUrl(world, repository)}/git/commits/${sha}`,
      html_url: `${webUrl(world, repository)}/commit/${sha}`,
    })),
    verification: presentVerification(repository, commit),
  };
}

/** A `commit`, as lists of commits give it. */
export function presentCommit(world: World, repository: Repository, commit: Commit) {
  const { node_id, html_url, parents, verification, tree } = presentGitCommit(world, repository, commit);
  const url = `${repositoryUrl(world, repository)}/commits/${commit.sha}`;
  return {
    sha: commit.sha,
    node_id,
    commit: {
      author: commit.author,
      committer: commit.committer,
      message: commit.message,
      tree,
      url: `${repositoryUrl(world, repository)}/git/commits/${commit.sha}`,
      comment_count: 0,
      verification,
    },
    url,
    html_url,
    comments_url: `${url}/comments`,
    author: presentPerson(world, commit.author.email),
    committer: presentPerson(world, commit.committer.email),
    parents,
  };
}

/** The account behind an address such as `1001+ada@users.noreply.github.com`; null when nobody has it. */
function presentPerson(world: World, email: string) {
  const account = accountByEmail(world, email);
  return account === undefined ? null : presentAccount(world, account);
}

/** The address that GitHub gives to an account. */
export function emailOf(account: Account): string {
  return `${account.id}+${account.login}@users.noreply.github.com`;
}

/** The account of an address; undefined when nobody has it. */
export function accountByEmail(world: World, email: string): Account | undefined {
  return [...world.accounts.values()].find((account) => emailOf(account) === email);
}

/** A `diff-entry`. */
export function presentChange(world: World, repository: Repository, head: string, change: FileChange) {
  const place = change.path.split('/').map(encodeURIComponent).join('/');
  return {
    sha: change.sha,
    filename: change.path,
    status: change.status,
    additions: change.additions,
    deletions: change.deletions,
    changes: change.additions + change.deletions,
    blob_url: `${webUrl(world, repository)}/blob/${head}/${place}`,
    raw_url: `${webUrl(world, repository)}/raw/${head}/${place}`,
    contents_url: `${repositoryUrl(world, repository)}/contents/${place}?ref=${head}`,
    ...(change.previousPath === null ? {} : { previous_filename: change.previousPath }),
    ...(change.patch === null ? {} : { patch: change.patch }),
  };
}

/** A `git-ref`. */
export function presentRef(world: World, repository: Repository, ref: Ref) {
  const url = repositoryUrl(world, repository);
  return {
    ref: ref.name,
    node_id: nodeId('Ref', ref.name),
    url: `${url}/git/${ref.name}`,
    object: { type: ref.type, sha: ref.sha, url: `${url}/git/${ref.type}s/${ref.sha}` },
  };
}
