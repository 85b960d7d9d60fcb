/** LFS locks: advisory, listed, made, verified, given back. [git-lfs docs/api/locking.md] */
import { includes, roleOf } from '../http/access.ts';
import { ApiError } from '../http/api-error.ts';
import type { Caller } from '../http/caller.ts';
import { type Json, textIn } from '../http/route.ts';
import type { Lock, Repository } from '../world/repository.ts';
import { now } from '../world/world.ts';

/** Answers `locks`, `locks/verify` and `locks/:id/unlock`. */
export function answerLocks(
  repository: Repository,
  caller: Caller,
  method: string,
  tail: string,
  query: URLSearchParams,
  body: Json,
): { readonly status: number; readonly json: unknown } {
  const { locks } = repository;
  if (tail === 'locks' && method === 'GET') {
    const wanted = locks.filter(
      ({ path, id }) => (query.get('path') ?? path) === path && (query.get('id') ?? id) === id,
    );
    return { status: 200, json: { locks: wanted.map(present) } };
  }
  if (caller.kind !== 'user' && caller.kind !== 'installation') throw new ApiError(401, 'Credentials needed');
  if (tail === 'locks') {
    const path = textIn(body, 'path') ?? '';
    const known = locks.find((lock) => lock.path === path);
    if (known !== undefined) return { status: 409, json: { lock: present(known), message: 'already created lock' } };
    const lock: Lock = { id: String(locks.length + 1), path, owner: caller.account, lockedAt: now() };
    locks.push(lock);
    return { status: 201, json: { lock: present(lock) } };
  }
  if (tail === 'locks/verify') {
    const isOurs = ({ owner }: Lock) => owner === caller.account;
    return {
      status: 200,
      json: { ours: locks.filter(isOurs).map(present), theirs: locks.filter((lock) => !isOurs(lock)).map(present) },
    };
  }
  const id = /^locks\/([^/]+)\/unlock$/.exec(tail)?.[1];
  const lock = locks.find((one) => one.id === id);
  if (lock === undefined) throw new ApiError(404, 'Not Found');
  const mayForce = body.force === true && includes(roleOf(repository, caller.account), 'admin');
  if (lock.owner !== caller.account && !mayForce)
    throw new ApiError(403, 'You must have admin access to force delete locks');
  locks.splice(locks.indexOf(lock), 1);
  return { status: 200, json: { lock: present(lock) } };
}

function present(lock: Lock) {
  return { id: lock.id, path: lock.path, locked_at: lock.lockedAt, owner: { name: lock.owner.login } };
}
