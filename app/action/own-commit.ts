/** Whether a head commit is ours: by who wrote it, and by the trailers that only we write. */
import { type ReviewJob, readTrailers } from '../../src/index.ts';
import { type GitHubAccess, splitRepository } from '../github/access.ts';
import { isUs } from '../github/comment.ts';
import { onGitHub } from '../github/failure.ts';
import { unless } from '../github/octokit.ts';

/** Asks GitHub about the head of a job. Anybody can copy trailers, so the author counts too. */
export function isOwnCommit(access: GitHubAccess, { headCommit, repository }: ReviewJob): Promise<boolean> {
  return onGitHub('looking at the head commit', async () => {
    if (headCommit === null) return false;
    // Of a fork, the base repository knows the commits of its pull requests.
    const request = access.octokit.rest.repos.getCommit({ ...splitRepository(repository), ref: headCommit });
    const found = await unless([404, 409, 422], request);
    if (found === undefined || readTrailers(found.data.commit.message) === undefined) return false;
    const author = found.data.author;
    const login = author !== null && 'login' in author && typeof author.login === 'string' ? author.login : undefined;
    return isUs(login === undefined ? null : { login }, await access.identity());
  });
}
