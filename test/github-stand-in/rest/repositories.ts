/** Repositories themselves, and who may do what in them. */
import { includes, roleOf } from '../http/access.ts';
import { notFound } from '../http/api-error.ts';
import {
  ok,
  type PlainRoute,
  type Reply,
  type RepositoryCall,
  type RepositoryRoute,
  reading,
  repositoryRoute,
} from '../http/route.ts';
import { presentAccount } from '../present/account.ts';
import { presentFullRepository } from '../present/repository.ts';

function permission({ world, repository, params }: RepositoryCall): Reply {
  const account = world.accounts.get((params.username ?? '').toLowerCase());
  if (account === undefined) throw notFound();
  const role = roleOf(repository, account);
  // `maintain` is told as `write`, `triage` as `read`. [GitHub docs, repos/get-collaborator-permission-level]
  const level = includes(role, 'admin') ? 'admin' : includes(role, 'write') ? 'write' : role === null ? 'none' : 'read';
  const permissions = {
    admin: includes(role, 'admin'),
    maintain: includes(role, 'maintain'),
    push: includes(role, 'write'),
    triage: includes(role, 'triage'),
    pull: role !== null,
  };
  const user = { ...presentAccount(world, account), permissions, role_name: role ?? '' };
  return ok({ permission: level, role_name: role ?? '', user });
}

function rateLimit(): Reply {
  const rate = { limit: 5000, used: 0, remaining: 5000, reset: Math.ceil(Date.now() / 1000) + 3600 };
  return ok({ resources: { core: rate, search: rate, graphql: rate }, rate });
}

/** The routes of repositories. */
export const repositoryRoutes: readonly RepositoryRoute[] = [
  repositoryRoute('GET', '', reading('metadata'), ({ world, repository }) =>
    ok(presentFullRepository(world, repository)),
  ),
  repositoryRoute('GET', '/collaborators/{username}/permission', reading('metadata'), permission),
];

/** The routes about the API itself. */
export const metaRoutes: readonly PlainRoute[] = [
  { operation: 'GET /rate_limit', handle: rateLimit },
  {
    operation: 'GET /meta',
    handle: () => ok({ verifiable_password_authentication: false, installed_version: '3.19.0' }),
  },
];
