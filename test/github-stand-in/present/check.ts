/** Check runs, check suites and statuses as GitHub's JSON. */
import type { Commit } from '../git/objects.ts';
import type { CheckRun, CheckSuite, CommitStatus, Repository } from '../world/repository.ts';
import { nodeId, type World } from '../world/world.ts';
import { presentAccount, presentApp } from './account.ts';
import { presentRepository, repositoryUrl, webUrl } from './repository.ts';

function presentPulls(world: World, repository: Repository, headSha: string) {
  const end = ({ id, name }: Repository, ref: string, sha: string, url: string) => ({
    ref,
    sha,
    repo: { id, name, url },
  });
  const pulls = [...repository.pulls.values()].filter(({ state, head, headSha: sha }) => {
    // GitHub lists no pull requests from forks here.
    return state === 'open' && sha === headSha && head.repository === repository;
  });
  const url = repositoryUrl(world, repository);
  return pulls.map((pull) => ({
    id: pull.id,
    number: pull.number,
    url: `${url}/pulls/${pull.number}`,
    head: end(repository, pull.head.branch, pull.headSha, url),
    base: end(repository, pull.baseBranch, pull.headSha, url),
  }));
}

/** A `check-run`. `events` of check runs carry the whole suite, answers only its id. */
export function presentCheckRun(world: World, repository: Repository, run: CheckRun, isEvent = false) {
  const url = `${repositoryUrl(world, repository)}/check-runs/${run.id}`;
  const html = `${webUrl(world, repository)}/runs/${run.id}`;
  return {
    id: run.id,
    node_id: nodeId('CheckRun', run.id),
    head_sha: run.headSha,
    name: run.name,
    url,
    html_url: html,
    details_url: run.detailsUrl,
    external_id: run.externalId,
    status: run.status,
    conclusion: run.conclusion,
    started_at: run.startedAt,
    completed_at: run.completedAt,
    output: {
      title: run.title,
      summary: run.summary,
      text: run.text,
      annotations_count: run.annotations.length,
      annotations_url: `${url}/annotations`,
    },
    check_suite: isEvent ? presentSimpleSuite(world, repository, run.suite) : { id: run.suite.id },
    app: presentApp(world, run.suite.app),
    pull_requests: presentPulls(world, repository, run.headSha),
  };
}

function suiteState(repository: Repository, suite: CheckSuite) {
  const runs = [...repository.checkRuns.values()].filter((run) => run.suite === suite);
  const isDone = runs.length > 0 && runs.every(({ status }) => status === 'completed');
  const isGood = runs.every(
    ({ conclusion }) => conclusion === 'success' || conclusion === 'neutral' || conclusion === 'skipped',
  );
  return {
    runCount: runs.length,
    status: isDone ? 'completed' : runs.length === 0 ? 'queued' : 'in_progress',
    conclusion: isDone ? (isGood ? 'success' : 'failure') : null,
  };
}

function presentSimpleSuite(world: World, repository: Repository, suite: CheckSuite) {
  const { status, conclusion } = suiteState(repository, suite);
  return {
    id: suite.id,
    node_id: nodeId('CheckSuite', suite.id),
    head_branch: suite.headBranch,
    head_sha: suite.headSha,
    status,
    conclusion,
    url: `${repositoryUrl(world, repository)}/check-suites/${suite.id}`,
    before: suite.before,
    after: suite.headSha,
    pull_requests: presentPulls(world, repository, suite.headSha),
    app: presentApp(world, suite.app),
    created_at: suite.createdAt,
    updated_at: suite.updatedAt,
  };
}

/** A `check-suite`. */
export function presentCheckSuite(world: World, repository: Repository, suite: CheckSuite, commit: Commit) {
  const simple = presentSimpleSuite(world, repository, suite);
  const { author, committer } = commit;
  return {
    ...simple,
    repository: presentRepository(world, repository),
    head_commit: {
      id: commit.sha,
      tree_id: commit.tree,
      message: commit.message,
      timestamp: committer.date,
      author: { name: author.name, email: author.email },
      committer: { name: committer.name, email: committer.email },
    },
    latest_check_runs_count: suiteState(repository, suite).runCount,
    check_runs_url: `${simple.url}/check-runs`,
    rerequestable: true,
    runs_rerequestable: true,
  };
}

/** A `status`. */
export function presentStatus(world: World, repository: Repository, status: CommitStatus) {
  return {
    url: `${repositoryUrl(world, repository)}/statuses/${status.sha}`,
    avatar_url: presentAccount(world, status.creator).avatar_url,
    id: status.id,
    node_id: nodeId('Status', status.id),
    state: status.state,
    description: status.description,
    target_url: status.targetUrl,
    context: status.context,
    created_at: status.createdAt,
    updated_at: status.createdAt,
    creator: presentAccount(world, status.creator),
  };
}
