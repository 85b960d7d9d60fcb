/** Commits and comparisons. */
import { diff } from '../git/diff.ts';
import { EMPTY_TREE, readCommit, readCommits } from '../git/objects.ts';
import { mergeBase, resolveCommit } from '../git/refs.ts';
import { ApiError, notFound } from '../http/api-error.ts';
import {
  list,
  ok,
  type Reply,
  type RepositoryCall,
  type RepositoryRoute,
  reading,
  repositoryRoute,
} from '../http/route.ts';
import { presentChange, presentCommit } from '../present/commit.ts';
import { presentPullSimple } from '../present/pull.ts';
import { repositoryUrl, webUrl } from '../present/repository.ts';
import { type Repository, shareCommit } from '../world/repository.ts';

// [GitHub docs, repos/compare-commits] "up to 300 changed files for the entire comparison", and 250 commits without pages.
const COMPARE_LIMIT_FILES = 300;

async function listCommits({ world, repository, query }: RepositoryCall): Promise<Reply> {
  const start = await resolveCommit(repository.directory, query.get('sha') ?? repository.defaultBranch);
  if (start === null) throw notFound();
  const place = query.get('path');
  const args = [start, ...(place === null ? [] : ['--', place])];
  const commits = await readCommits(repository.directory, args);
  return list(commits.map((commit) => presentCommit(world, repository, commit)));
}

async function getCommit({ world, repository, params }: RepositoryCall): Promise<Reply> {
  const sha = await resolveCommit(repository.directory, params.ref ?? '');
  const commit = sha && (await readCommit(repository.directory, sha));
  if (!commit) throw new ApiError(422, `No commit found for SHA: ${params.ref}`);
  const changes = await diff(repository.directory, commit.parents[0] ?? EMPTY_TREE, commit.sha);
  const additions = changes.reduce((sum, change) => sum + change.additions, 0);
  const deletions = changes.reduce((sum, change) => sum + change.deletions, 0);
  return ok({
    ...presentCommit(world, repository, commit),
    stats: { total: additions + deletions, additions, deletions },
    files: changes.slice(0, 300).map((change) => presentChange(world, repository, commit.sha, change)),
  });
}

/** `main`, a commit, or `owner:branch` of another repository of the network. */
async function endOf(call: RepositoryCall, text: string): Promise<string> {
  const { world, repository } = call;
  const colon = text.indexOf(':');
  const owner = colon < 0 ? repository.owner.login : text.slice(0, colon);
  const branch = text.slice(colon + 1);
  const home: Repository | undefined =
    colon < 0
      ? repository
      : [repository, ...world.repositories.values()].find(
          (one) =>
            one.owner.login === owner && (one === repository || one.parent === repository || repository.parent === one),
        );
  const sha = home && (await resolveCommit(home.directory, branch));
  if (!home || !sha) throw notFound();
  if (home !== repository) await shareCommit(home, repository, sha, `refs/stand-in/${sha}`);
  return sha;
}

async function compare(call: RepositoryCall): Promise<Reply> {
  const { world, repository, params } = call;
  const { directory } = repository;
  const [baseName = '', headName = ''] = (params.basehead ?? '').split('...');
  const base = await endOf(call, baseName);
  const head = await endOf(call, headName);
  const common = await mergeBase(directory, base, head);
  if (common === null) throw new ApiError(404, `No common ancestor between ${baseName} and ${headName}.`);
  const [ahead, behind, files, baseCommit, commonCommit] = await Promise.all([
    readCommits(directory, ['--reverse', `${common}..${head}`]),
    readCommits(directory, [`${common}..${base}`]),
    diff(directory, common, head),
    readCommit(directory, base),
    readCommit(directory, common),
  ]);
  if (baseCommit === null || commonCommit === null) throw notFound();
  const isAhead = ahead.length > 0;
  const status = behind.length > 0 ? (isAhead ? 'diverged' : 'behind') : isAhead ? 'ahead' : 'identical';
  const html = `${webUrl(world, repository)}/compare/${params.basehead}`;
  const rest = {
    url: `${repositoryUrl(world, repository)}/compare/${params.basehead}`,
    html_url: html,
    permalink_url: html,
    diff_url: `${html}.diff`,
    patch_url: `${html}.patch`,
    base_commit: presentCommit(world, repository, baseCommit),
    merge_base_commit: presentCommit(world, repository, commonCommit),
    status,
    ahead_by: ahead.length,
    behind_by: behind.length,
    total_commits: ahead.length,
    files: files.slice(0, COMPARE_LIMIT_FILES).map((change) => presentChange(world, repository, head, change)),
  };
  return {
    ...list(
      ahead.map((commit) => presentCommit(world, repository, commit)),
      (page) => ({ ...rest, commits: page }),
    ),
  };
}

async function pullsOfCommit({ world, repository, params }: RepositoryCall): Promise<Reply> {
  const pulls = [...repository.pulls.values()].filter(({ headSha }) => headSha === params.commit_sha);
  return list(await Promise.all(pulls.map((pull) => presentPullSimple(world, pull))));
}

/** The routes of commits. */
export const commitRoutes: readonly RepositoryRoute[] = [
  repositoryRoute('GET', '/commits', reading('contents'), listCommits),
  repositoryRoute('GET', '/commits/{commit_sha}/pulls', reading('pull_requests', 'contents'), pullsOfCommit),
  repositoryRoute('GET', '/compare/{basehead}', reading('contents'), compare),
  repositoryRoute('GET', '/commits/{ref}', reading('contents'), getCommit),
];
