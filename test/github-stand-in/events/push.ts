/** What follows when a branch moves: pull requests take the new head, suites are made, Apps are told. */

import { diff } from '../git/diff.ts';
import { type Commit, EMPTY_TREE, readCommit, readCommits } from '../git/objects.ts';
import { isFastForward, moveRef } from '../git/refs.ts';
import { presentCheckSuite } from '../present/check.ts';
import { emailOf } from '../present/commit.ts';
import { presentPull } from '../present/pull.ts';
import { webUrl } from '../present/repository.ts';
import { type App, installationsOf } from '../world/app.ts';
import { type CheckSuite, type Pull, type Repository, shareCommit } from '../world/repository.ts';
import { type Account, now, type World } from '../world/world.ts';
import { emit } from './emit.ts';

/** A ref that moved; null for made and deleted. */
export interface RefMove {
  readonly ref: string;
  readonly before: string | null;
  readonly after: string | null;
}

/** Moves a ref by compare-and-swap and tells of it; false when somebody else was faster. */
export async function pushRef(world: World, repository: Repository, actor: Account, move: RefMove): Promise<boolean> {
  if (!(await moveRef(repository.directory, move.ref, move.after, move.before))) return false;
  await afterMove(world, repository, actor, move);
  return true;
}

/** Everything that follows a move that was made. */
export async function afterMove(world: World, repository: Repository, actor: Account, move: RefMove): Promise<void> {
  if (move.before === move.after) return;
  repository.pushedAt = now();
  const branch = move.ref.startsWith('refs/heads/') ? move.ref.slice('refs/heads/'.length) : null;
  await emitPush(world, repository, actor, move);
  if (branch === null || move.after === null) return;
  for (const app of appsWithChecks(world, repository)) await suiteOf(world, repository, app, move.after, branch, actor);
  for (const pull of pullsFrom(world, repository, branch)) await synchronize(world, pull, actor, move.after);
}

/** The open pull requests whose head is this branch. */
export function pullsFrom(world: World, repository: Repository, branch: string): Pull[] {
  return [...world.repositories.values()]
    .flatMap((base) => [...base.pulls.values()])
    .filter(({ state, head }) => state === 'open' && head.repository === repository && head.branch === branch);
}

async function synchronize(world: World, pull: Pull, actor: Account, after: string): Promise<void> {
  const before = pull.headSha;
  await shareCommit(pull.head.repository, pull.repository, after, `refs/pull/${pull.number}/head`);
  pull.headSha = after;
  pull.updatedAt = now();
  const payload = {
    action: 'synchronize',
    number: pull.number,
    before,
    after,
    pull_request: await presentPull(world, pull),
  };
  emit(world, { event: 'pull_request', repository: pull.repository, sender: actor, payload });
}

function appsWithChecks(world: World, repository: Repository): App[] {
  const installations = installationsOf(world, repository).filter(({ permissions }) => permissions.checks === 'write');
  return installations.map(({ app }) => app);
}

/** The suite of an App at a commit, made and told of when it is new. */
export async function suiteOf(
  world: World,
  repository: Repository,
  app: App,
  headSha: string,
  headBranch: string | null,
  sender: Account,
): Promise<CheckSuite> {
  const find = () =>
    [...repository.checkSuites.values()].find((suite) => suite.app === app && suite.headSha === headSha);
  const early = find();
  if (early !== undefined) return early;
  const commit = await readCommit(repository.directory, headSha);
  // Two check runs may be made at once.
  const known = find();
  if (known !== undefined) return known;
  const before = commit?.parents[0] ?? null;
  const suite = { id: world.nextId(), app, headSha, headBranch, before, createdAt: now(), updatedAt: now() };
  repository.checkSuites.set(suite.id, suite);
  if (commit !== null) emitSuite(world, repository, suite, commit, 'requested', sender);
  return suite;
}

/** `check_suite`, to the suite's own App. */
export function emitSuite(
  world: World,
  repository: Repository,
  suite: CheckSuite,
  commit: Commit,
  action: 'requested' | 'rerequested',
  sender: Account,
): void {
  const payload = {
    action,
    check_suite: { ...presentCheckSuite(world, repository, suite, commit), repository: undefined },
  };
  emit(world, { event: 'check_suite', repository, sender, payload, app: suite.app });
}

async function emitPush(
  world: World,
  repository: Repository,
  actor: Account,
  { ref, before, after }: RefMove,
): Promise<void> {
  // Costs several runs of git; nobody may be listening.
  if (!installationsOf(world, repository).some(({ app }) => app.webhookUrl !== null && app.events.includes('push')))
    return;
  const { directory } = repository;
  const nothing = '0'.repeat(40);
  const isForced = before !== null && after !== null && !(await isFastForward(directory, before, after));
  const range = before === null || isForced ? ['-1', after ?? ''] : ['--reverse', '-20', `${before}..${after}`];
  const commits = after === null ? [] : await readCommits(directory, range);
  const presented = await Promise.all(commits.map((commit) => pushedCommit(world, repository, commit)));
  const payload = {
    ref,
    before: before ?? nothing,
    after: after ?? nothing,
    created: before === null,
    deleted: after === null,
    forced: isForced,
    base_ref: null,
    compare: `${webUrl(world, repository)}/compare/${(before ?? nothing).slice(0, 12)}...${(after ?? nothing).slice(0, 12)}`,
    commits: presented,
    head_commit: presented.at(-1) ?? null,
    pusher: { name: actor.login, email: emailOf(actor) },
  };
  emit(world, { event: 'push', repository, sender: actor, payload });
}

async function pushedCommit(world: World, repository: Repository, commit: Commit) {
  const changes = await diff(repository.directory, commit.parents[0] ?? EMPTY_TREE, commit.sha);
  // [GitHub docs, "push": at most 3,000 changed files of a commit]
  const paths = (status: string) =>
    changes
      .filter((change) => change.status === status)
      .map(({ path }) => path)
      .slice(0, 3000);
  return {
    id: commit.sha,
    tree_id: commit.tree,
    distinct: true,
    message: commit.message,
    timestamp: commit.committer.date,
    url: `${webUrl(world, repository)}/commit/${commit.sha}`,
    author: { name: commit.author.name, email: commit.author.email },
    committer: { name: commit.committer.name, email: commit.committer.email },
    added: paths('added'),
    removed: paths('removed'),
    modified: paths('modified'),
  };
}
