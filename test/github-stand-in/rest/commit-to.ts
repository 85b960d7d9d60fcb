/** Makes a commit on a branch as an API call does: signed by GitHub for bots, moved by compare-and-swap. */
import { pushRef } from '../events/push.ts';
import { type Commit, readCommit, writeCommit } from '../git/objects.ts';
import { canPush } from '../http/access.ts';
import { ApiError, notByIntegration } from '../http/api-error.ts';
import type { Call, RepositoryCall } from '../http/route.ts';
import { emailOf } from '../present/commit.ts';
import type { Repository } from '../world/repository.ts';
import { type Account, now } from '../world/world.ts';

/** Who acts; throws 401 for nobody. */
export function actorOf({ caller }: Pick<Call, 'caller'>): Account {
  if (caller.kind === 'anonymous' || caller.kind === 'app') throw new ApiError(401, 'Requires authentication');
  return caller.account;
}

/** Throws unless the caller may move the branch. */
export function requirePush(call: Pick<Call, 'world' | 'caller'>, repository: Repository, branch: string): void {
  if (canPush(call.world, call.caller, repository, branch)) return;
  actorOf(call);
  if (repository.protectedBranches.has(branch)) throw new ApiError(422, 'Cannot update this protected ref.');
  throw call.caller.kind === 'installation'
    ? notByIntegration('contents=write')
    : new ApiError(403, 'Must have push access to repository');
}

/** Commits a tree onto `head` and moves the branch; null when the branch is not at `head` any more. */
export async function commitTo(
  call: Pick<RepositoryCall, 'world' | 'caller' | 'repository'>,
  branch: string,
  change: { readonly tree: string; readonly head: string; readonly message: string },
): Promise<Commit | null> {
  const { world, repository } = call;
  requirePush(call, repository, branch);
  const actor = actorOf(call);
  const author = { name: actor.login, email: emailOf(actor), date: now() };
  const committer = { name: 'GitHub', email: 'noreply@github.com', date: now() };
  const { tree, head, message } = change;
  const sha = await writeCommit(repository.directory, { tree, parents: [head], author, committer, message });
  repository.signedCommits.add(sha);
  const isMoved = await pushRef(world, repository, actor, { ref: `refs/heads/${branch}`, before: head, after: sha });
  return isMoved ? readCommit(repository.directory, sha) : null;
}
