/** Pull requests. */
import { emit } from '../events/emit.ts';
import { suiteOf } from '../events/push.ts';
import { resolveCommit } from '../git/refs.ts';
import { canSee, includes, roleOf } from '../http/access.ts';
import { ApiError, invalid, notFound } from '../http/api-error.ts';
import {
  created,
  list,
  ok,
  type Reply,
  type RepositoryCall,
  type RepositoryRoute,
  reading,
  repositoryRoute,
  taking,
  textIn,
} from '../http/route.ts';
import { presentChange, presentCommit } from '../present/commit.ts';
import { presentPull, presentPullSimple, pullChanges } from '../present/pull.ts';
import { installationsOf } from '../world/app.ts';
import { type Pull, type Repository, shareCommit } from '../world/repository.ts';
import { type Account, now, type World } from '../world/world.ts';
import { actorOf } from './commit-to.ts';

// [GitHub docs, pulls/list-files] "a maximum of 3000 files".
const LIMIT_FILES = 3000;
// Pull request and comment bodies alike.
const BODY_LIMIT_CHARS = 65_536;

/** What is asked for. */
export interface PullRequestWish {
  readonly title: string;
  readonly body: string | null;
  readonly head: { readonly repository: Repository; readonly branch: string };
  readonly baseBranch: string;
  readonly isDraft: boolean;
  readonly canMaintainersModify: boolean;
}

/** Opens a pull request and tells of it. Throws 422 as GitHub does. */
export async function openPull(
  world: World,
  repository: Repository,
  author: Account,
  wish: PullRequestWish,
): Promise<Pull> {
  const { head, baseBranch } = wish;
  const headSha = await resolveCommit(head.repository.directory, `refs/heads/${head.branch}`);
  if (headSha === null) throw invalid('PullRequest', 'head', 'invalid');
  const baseSha = await resolveCommit(repository.directory, `refs/heads/${baseBranch}`);
  if (baseSha === null) throw invalid('PullRequest', 'base', 'invalid');
  requireNoTwin(repository, wish);
  if (baseSha === headSha)
    throw invalid('PullRequest', 'base', 'custom', `No commits between ${baseBranch} and ${head.branch}`);
  const number = repository.nextNumber;
  repository.nextNumber += 1;
  await shareCommit(head.repository, repository, headSha, `refs/pull/${number}/head`);
  // Two may be opened at once.
  requireNoTwin(repository, wish);
  const pull: Pull = {
    id: world.nextId(),
    number,
    repository,
    author,
    createdAt: now(),
    head,
    baseBranch,
    headSha,
    title: wish.title,
    body: wish.body,
    state: 'open',
    isDraft: wish.isDraft,
    canMaintainersModify: wish.canMaintainersModify && head.repository !== repository,
    isMerged: false,
    updatedAt: now(),
    closedAt: null,
    labels: new Set(),
  };
  repository.pulls.set(number, pull);
  if (head.repository !== repository) {
    for (const { app, permissions } of installationsOf(world, repository)) {
      if (permissions.checks === 'write') await suiteOf(world, repository, app, headSha, null, author);
    }
  }
  await emitPull(world, pull, 'opened', author);
  return pull;
}

function requireNoTwin(repository: Repository, { head, baseBranch }: PullRequestWish): void {
  const isTwin = (one: Pull) => one.head.repository === head.repository && one.head.branch === head.branch;
  const twins = [...repository.pulls.values()].filter((one) => one.state === 'open' && one.baseBranch === baseBranch);
  if (!twins.some(isTwin)) return;
  const label = `${head.repository.owner.login}:${head.branch}`;
  throw invalid('PullRequest', 'head', 'custom', `A pull request already exists for ${label}.`);
}

/** `pull_request` with the action. */
export async function emitPull(
  world: World,
  pull: Pull,
  action: string,
  sender: Account,
  more: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const payload = { action, number: pull.number, pull_request: await presentPull(world, pull), ...more };
  emit(world, { event: 'pull_request', repository: pull.repository, sender, payload });
}

/** Closes or opens again, and tells of it. */
export async function setState(world: World, pull: Pull, state: Pull['state'], sender: Account): Promise<void> {
  if (pull.state === state) return;
  pull.state = state;
  pull.closedAt = state === 'closed' ? now() : null;
  pull.updatedAt = now();
  await emitPull(world, pull, state === 'closed' ? 'closed' : 'reopened', sender);
}

/** Marks as draft or as ready, and tells of it. */
export async function setDraft(world: World, pull: Pull, isDraft: boolean, sender: Account): Promise<void> {
  if (pull.isDraft === isDraft) return;
  pull.isDraft = isDraft;
  pull.updatedAt = now();
  await emitPull(world, pull, isDraft ? 'converted_to_draft' : 'ready_for_review', sender);
}

/** The pull request of the path; throws 404. */
export function pullIn({ repository, params }: RepositoryCall): Pull {
  const pull = repository.pulls.get(Number(params.pull_number ?? params.issue_number));
  if (pull === undefined) throw notFound();
  return pull;
}

async function listPulls({ world, repository, query }: RepositoryCall): Promise<Reply> {
  const state = query.get('state') ?? 'open';
  const head = query.get('head');
  const base = query.get('base');
  const wanted = [...repository.pulls.values()].filter(
    (pull) =>
      (state === 'all' || pull.state === state) &&
      (base === null || pull.baseBranch === base) &&
      (head === null || `${pull.head.repository.owner.login}:${pull.head.branch}` === head),
  );
  const isAscending = query.get('direction') === 'asc';
  const sorted = isAscending ? wanted : wanted.reverse();
  return list(await Promise.all(sorted.map((pull) => presentPullSimple(world, pull))));
}

async function createPull(call: RepositoryCall): Promise<Reply> {
  const { world, repository, body, caller } = call;
  const head = textIn(body, 'head') ?? '';
  const colon = head.indexOf(':');
  const owner = colon < 0 ? repository.owner.login : head.slice(0, colon);
  const home = [repository, ...world.repositories.values()].find(
    (one) => one.owner.login === owner && (one === repository || one.parent === repository),
  );
  if (home === undefined || !canSee(caller, home)) throw invalid('PullRequest', 'head', 'invalid');
  const actor = actorOf(call);
  const text = textIn(body, 'body') ?? null;
  if ((text?.length ?? 0) > BODY_LIMIT_CHARS)
    throw invalid('PullRequest', 'body', 'custom', 'body is too long (maximum is 65536 characters)');
  const pull = await openPull(world, repository, actor, {
    title: textIn(body, 'title') ?? '',
    body: text,
    head: { repository: home, branch: head.slice(colon + 1) },
    baseBranch: textIn(body, 'base') ?? '',
    isDraft: body.draft === true,
    canMaintainersModify: body.maintainer_can_modify !== false,
  });
  return created(await presentPull(world, pull));
}

async function updatePull(call: RepositoryCall): Promise<Reply> {
  const { world, body, repository, caller } = call;
  const pull = pullIn(call);
  const actor = actorOf(call);
  const isOwn = actor === pull.author;
  if (caller.kind === 'user' && !isOwn && !includes(roleOf(repository, actor), 'write'))
    throw new ApiError(403, 'Must have push access to repository');
  const before = { title: pull.title, body: pull.body };
  pull.title = textIn(body, 'title') ?? pull.title;
  pull.body = textIn(body, 'body') ?? pull.body;
  pull.baseBranch = textIn(body, 'base') ?? pull.baseBranch;
  pull.updatedAt = now();
  if (pull.title !== before.title || pull.body !== before.body)
    await emitPull(world, pull, 'edited', actor, { changes: { title: { from: before.title } } });
  const state = textIn(body, 'state');
  if (state === 'open' || state === 'closed') await setState(world, pull, state, actor);
  return ok(await presentPull(world, pull));
}

async function listFiles(call: RepositoryCall): Promise<Reply> {
  const pull = pullIn(call);
  const { files } = await pullChanges(pull);
  return list(
    files.slice(0, LIMIT_FILES).map((change) => presentChange(call.world, pull.repository, pull.headSha, change)),
  );
}

async function listCommits(call: RepositoryCall): Promise<Reply> {
  const pull = pullIn(call);
  const { commits } = await pullChanges(pull);
  // [GitHub docs, pulls/list-commits] "a maximum of 250 commits".
  return list(commits.slice(0, 250).map((commit) => presentCommit(call.world, pull.repository, commit)));
}

const READ = reading('pull_requests');

/** The routes of pull requests. */
export const pullRoutes: readonly RepositoryRoute[] = [
  repositoryRoute('GET', '/pulls', READ, listPulls),
  repositoryRoute('POST', '/pulls', taking('pull_requests'), createPull),
  repositoryRoute('GET', '/pulls/{pull_number}', READ, async (call) => ok(await presentPull(call.world, pullIn(call)))),
  repositoryRoute('PATCH', '/pulls/{pull_number}', taking('pull_requests'), updatePull),
  repositoryRoute('GET', '/pulls/{pull_number}/files', READ, listFiles),
  repositoryRoute('GET', '/pulls/{pull_number}/commits', READ, listCommits),
];
