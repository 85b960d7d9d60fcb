/** Repositories as GitHub's JSON. */
import type { Repository } from '../world/repository.ts';
import { nodeId, type World } from '../world/world.ts';
import { apiUrl, presentAccount } from './account.ts';

const TAILS: Readonly<Record<string, string>> = {
  archive_url: '/{archive_format}{/ref}',
  assignees_url: '/assignees{/user}',
  blobs_url: '/git/blobs{/sha}',
  branches_url: '/branches{/branch}',
  collaborators_url: '/collaborators{/collaborator}',
  comments_url: '/comments{/number}',
  commits_url: '/commits{/sha}',
  compare_url: '/compare/{base}...{head}',
  contents_url: '/contents/{+path}',
  contributors_url: '/contributors',
  deployments_url: '/deployments',
  downloads_url: '/downloads',
  events_url: '/events',
  forks_url: '/forks',
  git_commits_url: '/git/commits{/sha}',
  git_refs_url: '/git/refs{/sha}',
  git_tags_url: '/git/tags{/sha}',
  hooks_url: '/hooks',
  issue_comment_url: '/issues/comments{/number}',
  issue_events_url: '/issues/events{/number}',
  issues_url: '/issues{/number}',
  keys_url: '/keys{/key_id}',
  labels_url: '/labels{/name}',
  languages_url: '/languages',
  merges_url: '/merges',
  milestones_url: '/milestones{/number}',
  notifications_url: '/notifications{?since,all,participating}',
  pulls_url: '/pulls{/number}',
  releases_url: '/releases{/id}',
  stargazers_url: '/stargazers',
  statuses_url: '/statuses/{sha}',
  subscribers_url: '/subscribers',
  subscription_url: '/subscription',
  tags_url: '/tags',
  teams_url: '/teams',
  trees_url: '/git/trees{/sha}',
};

/** Where the API knows the repository. */
export function repositoryUrl(world: World, repository: Repository): string {
  return `${apiUrl(world)}/repos/${repository.fullName}`;
}

/** Where people and Git know the repository. */
export function webUrl(world: World, repository: Repository): string {
  return `${world.origin}/${repository.fullName}`;
}

/** A `repository`, which has all that a `minimal-repository` has. */
export function presentRepository(world: World, repository: Repository) {
  const url = repositoryUrl(world, repository);
  const html = webUrl(world, repository);
  const openCount = [...repository.pulls.values()].filter(({ state }) => state === 'open').length;
  const forkCount = [...world.repositories.values()].filter(({ parent }) => parent === repository).length;
  return {
    id: repository.id,
    node_id: nodeId('Repository', repository.id),
    name: repository.name,
    full_name: repository.fullName,
    private: repository.isPrivate,
    owner: presentAccount(world, repository.owner),
    html_url: html,
    description: null,
    fork: repository.parent !== null,
    url,
    ...Object.fromEntries(Object.entries(TAILS).map(([key, tail]) => [key, url + tail])),
    clone_url: `${html}.git`,
    git_url: `git://${html.slice('http://'.length)}.git`,
    ssh_url: `git@localhost:${repository.fullName}.git`,
    svn_url: html,
    mirror_url: null,
    homepage: null,
    language: null,
    license: null,
    default_branch: repository.defaultBranch,
    forks: forkCount,
    forks_count: forkCount,
    stargazers_count: 0,
    watchers: 0,
    watchers_count: 0,
    size: 0,
    open_issues: openCount,
    open_issues_count: openCount,
    has_issues: true,
    has_projects: false,
    has_downloads: true,
    has_wiki: false,
    has_pages: false,
    has_discussions: false,
    archived: false,
    disabled: false,
    is_template: false,
    allow_forking: true,
    web_commit_signoff_required: false,
    topics: [],
    visibility: repository.isPrivate ? 'private' : 'public',
    pushed_at: repository.pushedAt,
    created_at: repository.createdAt,
    updated_at: repository.pushedAt,
  };
}

/** A `full-repository`, as `GET /repos/:owner/:repo` gives it. */
export function presentFullRepository(world: World, repository: Repository) {
  return {
    ...presentRepository(world, repository),
    network_count: 0,
    subscribers_count: 0,
    ...(repository.parent === null
      ? {}
      : { parent: presentRepository(world, repository.parent), source: presentRepository(world, repository.parent) }),
  };
}
