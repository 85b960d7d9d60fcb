/** Our own commits in a pull request: told by actor and trailers, so that nobody can put one into our mouth. */
import { type AssetTrailer, readTrailers } from '../../src/index.ts';
import { type GitHubAccess, splitRepository } from './access.ts';
import { isUs } from './comment.ts';

/** A commit that we made. */
export interface OwnCommit {
  readonly commit: string;
  /** Empty for a commit that brought originals back. */
  readonly assets: readonly AssetTrailer[];
}

/** Whether the commit is ours, and on top of `parent` where one is given; its answer ends a second round before it begins. */
export async function isOwnCommit(
  access: GitHubAccess,
  repository: string,
  commit: string,
  parent?: string,
): Promise<boolean> {
  const { data } = await access.octokit.rest.repos.getCommit({
    ...splitRepository(repository),
    ref: commit,
    // The files do not matter here.
    per_page: 1,
  });
  if (parent !== undefined && data.parents[0]?.sha !== parent) return false;
  return isUs(data.author, await access.identity()) && readTrailers(data.commit.message) !== undefined;
}

/** All of them in a pull request, the newest first. */
export async function ownCommits(
  access: GitHubAccess,
  repository: string,
  pullNumber: number,
): Promise<readonly OwnCommit[]> {
  const me = await access.identity();
  const commits = await access.octokit.paginate(access.octokit.rest.pulls.listCommits, {
    ...splitRepository(repository),
    pull_number: pullNumber,
    per_page: 100,
  });
  return commits
    .flatMap(({ sha, author, commit }) => {
      const trailers = isUs(author, me) ? readTrailers(commit.message) : undefined;
      return trailers === undefined ? [] : [{ commit: sha, assets: trailers.assets }];
    })
    .reverse();
}
