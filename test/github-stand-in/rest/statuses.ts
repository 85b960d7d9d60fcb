/** Commit statuses. */
import { describeObject } from '../git/objects.ts';
import { resolveCommit } from '../git/refs.ts';
import { invalid, notFound, unprocessable } from '../http/api-error.ts';
import {
  created,
  list,
  ok,
  type Reply,
  type RepositoryCall,
  type RepositoryRoute,
  reading,
  repositoryRoute,
  textIn,
  writing,
} from '../http/route.ts';
import { presentStatus } from '../present/check.ts';
import { presentRepository, repositoryUrl } from '../present/repository.ts';
import type { CommitStatus } from '../world/repository.ts';
import { now } from '../world/world.ts';
import { actorOf } from './commit-to.ts';

async function createStatus(call: RepositoryCall): Promise<Reply> {
  const { world, repository, params, body } = call;
  const sha = params.sha ?? '';
  if ((await describeObject(repository.directory, sha))?.type !== 'commit')
    throw unprocessable(`No commit found for SHA: ${sha}`);
  const description = textIn(body, 'description') ?? null;
  if ((description?.length ?? 0) > 140)
    throw invalid('Status', 'description', 'custom', 'description is too long (maximum is 140 characters)');
  const status: CommitStatus = {
    id: world.nextId(),
    sha,
    creator: actorOf(call),
    state: textIn(body, 'state') ?? 'pending',
    context: textIn(body, 'context') ?? 'default',
    description,
    targetUrl: textIn(body, 'target_url') ?? null,
    createdAt: now(),
  };
  repository.statuses.unshift(status);
  return created(presentStatus(world, repository, status));
}

async function statusesOf({ repository, params }: RepositoryCall): Promise<{ sha: string; statuses: CommitStatus[] }> {
  const sha = await resolveCommit(repository.directory, params.ref ?? '');
  if (sha === null) throw notFound();
  return { sha, statuses: repository.statuses.filter((status) => status.sha === sha) };
}

async function listStatuses(call: RepositoryCall): Promise<Reply> {
  const { statuses } = await statusesOf(call);
  return list(statuses.map((status) => presentStatus(call.world, call.repository, status)));
}

async function combined(call: RepositoryCall): Promise<Reply> {
  const { world, repository } = call;
  const { sha, statuses } = await statusesOf(call);
  const latest = statuses.filter(
    (status, at) => statuses.findIndex(({ context }) => context === status.context) === at,
  );
  const isBad = latest.some(({ state }) => state === 'failure' || state === 'error');
  const isGood = latest.length > 0 && latest.every(({ state }) => state === 'success');
  const url = `${repositoryUrl(world, repository)}/commits/${sha}`;
  return ok({
    state: isBad ? 'failure' : isGood ? 'success' : 'pending',
    statuses: latest.map((status) => ({
      ...presentStatus(world, repository, status),
      target_url: status.targetUrl ?? '',
    })),
    sha,
    total_count: latest.length,
    repository: presentRepository(world, repository),
    commit_url: url,
    url: `${url}/status`,
  });
}

/** The routes of commit statuses. */
export const statusRoutes: readonly RepositoryRoute[] = [
  repositoryRoute('POST', '/statuses/{sha}', writing('statuses'), createStatus),
  repositoryRoute('GET', '/commits/{ref}/statuses', reading('statuses'), listStatuses),
  repositoryRoute('GET', '/commits/{ref}/status', reading('statuses', 'contents'), combined),
];
