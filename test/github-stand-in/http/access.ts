/** Who may do what in a repository: roles of people, permissions of installation tokens, the rule for forks. */
import { reaches } from '../world/app.ts';
import type { Repository, Role } from '../world/repository.ts';
import type { Account, World } from '../world/world.ts';
import { ApiError, notByIntegration, notFound } from './api-error.ts';
import type { Caller } from './caller.ts';

/** What a route asks for; any one of the resources suffices. */
export interface Need {
  readonly level: 'read' | 'write';
  readonly resources: readonly string[];
  /** Resources that count for people with read access too, such as commenting. */
  readonly isOpenToReaders?: boolean;
}

const ROLES: readonly Role[] = ['read', 'triage', 'write', 'maintain', 'admin'];

/** A person's role; null for none. Everybody reads what is public. */
export function roleOf(repository: Repository, account: Account): Role | null {
  return repository.roles.get(account.id) ?? (repository.isPrivate ? null : 'read');
}

/** Whether the role includes the other one. */
export function includes(role: Role | null, other: Role): boolean {
  return role !== null && ROLES.indexOf(role) >= ROLES.indexOf(other);
}

/** Whether the caller may know that the repository is there. */
export function canSee(caller: Caller, repository: Repository): boolean {
  if (!repository.isPrivate) return true;
  if (caller.kind === 'user') return roleOf(repository, caller.account) !== null;
  return caller.kind === 'installation' && holds(caller, repository);
}

/** Throws as GitHub answers: 404 for what is hidden, 401 or 403 for what is not allowed. */
export function requireAccess(world: World, caller: Caller, repository: Repository, need: Need): void {
  if (!canSee(caller, repository)) throw notFound();
  if (caller.kind === 'app') throw new ApiError(401, 'A JSON web token could not be decoded');
  if (caller.kind === 'anonymous') {
    if (need.level === 'write') throw new ApiError(401, 'Requires authentication');
    return;
  }
  if (caller.kind === 'user') {
    const needed = need.level === 'read' || need.isOpenToReaders === true ? 'read' : 'write';
    const isMaintainer = need.resources.includes('contents') && maintains(world, caller, repository);
    if (!isMaintainer && !includes(roleOf(repository, caller.account), needed))
      throw new ApiError(403, 'Must have push access to repository');
    return;
  }
  if (!holds(caller, repository)) {
    if (need.level === 'read') return;
    // Objects may be written where a branch may be moved; which branch is asked when it is moved.
    if (need.resources.includes('contents') && world.appsMayEditForks && maintains(world, caller, repository)) return;
    throw notByIntegration();
  }
  if (!need.resources.some((resource) => allows(caller, resource, need.level))) throw notByIntegration();
}

/** Whether the token covers the repository. */
export function holds(caller: Extract<Caller, { kind: 'installation' }>, repository: Repository): boolean {
  const { installation, repositoryIds } = caller.token;
  return reaches(installation, repository) && (repositoryIds === null || repositoryIds.has(repository.id));
}

/** Whether the token has the permission. */
export function allows(
  caller: Extract<Caller, { kind: 'installation' }>,
  resource: string,
  level: 'read' | 'write',
): boolean {
  const granted = caller.token.permissions[resource];
  return granted !== undefined && (level === 'read' || granted !== 'read');
}

/** Whether the caller may move this branch; on a fork, "Allow edits by maintainers" may be the reason. */
export function canPush(world: World, caller: Caller, repository: Repository, branch: string): boolean {
  if (caller.kind === 'anonymous' || caller.kind === 'app') return false;
  const isProtected = repository.protectedBranches.has(branch);
  if (caller.kind === 'user') {
    const role = roleOf(repository, caller.account);
    return includes(role, isProtected ? 'admin' : 'write') || maintains(world, caller, repository, branch);
  }
  if (holds(caller, repository)) return !isProtected && allows(caller, 'contents', 'write');
  return world.appsMayEditForks && maintains(world, caller, repository, branch);
}

/** Whether an open pull request lets those who may write to its base edit this branch (or any). Forks of organizations never do. */
function maintains(world: World, caller: Caller, fork: Repository, branch?: string): boolean {
  if (fork.owner.type === 'Organization') return false;
  const bases = [...world.repositories.values()].filter((base) =>
    [...base.pulls.values()].some(
      ({ state, canMaintainersModify, head }) =>
        state === 'open' && canMaintainersModify && head.repository === fork && (branch ?? head.branch) === head.branch,
    ),
  );
  return bases.some((base) => {
    if (caller.kind === 'user') return includes(roleOf(base, caller.account), 'write');
    return caller.kind === 'installation' && holds(caller, base) && allows(caller, 'contents', 'write');
  });
}
