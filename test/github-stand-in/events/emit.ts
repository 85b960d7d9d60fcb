/** Tells Apps what happened: to each that is installed, subscribed and permitted. Payloads are judged by GitHub's description. */
import { openDescription } from '../openapi/description.ts';
import { presentAccount } from '../present/account.ts';
import { presentRepository } from '../present/repository.ts';
import { type App, installationsOf, type Permissions } from '../world/app.ts';
import { send } from '../world/delivery.ts';
import type { Repository } from '../world/repository.ts';
import { type Account, nodeId, type World } from '../world/world.ts';

/** Something that happened in a repository. */
export interface Happening {
  readonly event: string;
  readonly repository: Repository;
  readonly sender: Account;
  /** Without repository, sender and installation, which are added. */
  readonly payload: Readonly<Record<string, unknown>>;
  /** Told alone; absent: all that are subscribed. */
  readonly app?: App;
}

// [GitHub docs, "Webhook events and payloads": "at least read-level access for …"]
const PERMISSION: Readonly<Record<string, readonly string[]>> = {
  pull_request: ['pull_requests'],
  issue_comment: ['issues', 'pull_requests'],
  check_run: ['checks'],
  check_suite: ['checks'],
  push: ['contents'],
  merge_group: ['merge_queues', 'contents'],
};

/** Sends the event to every App that should hear of it. */
export function emit(world: World, { event, repository, sender, payload, app }: Happening): void {
  for (const installation of installationsOf(world, repository)) {
    const target = installation.app;
    if (target.webhookUrl === null || (app !== undefined && app !== target)) continue;
    if (!target.events.includes(event) || !isPermitted(event, installation.permissions)) continue;
    deliver(
      world,
      target,
      event,
      {
        ...payload,
        // A push's repository has its own habits: times in seconds, a `master_branch`.
        repository: event === 'push' ? pushRepository(world, repository) : presentRepository(world, repository),
        ...(repository.owner.type === 'Organization'
          ? { organization: presentOrganization(world, repository.owner) }
          : {}),
        sender: presentAccount(world, sender),
        installation: { id: installation.id, node_id: nodeId('Installation', installation.id) },
      },
      installation.id,
      repository.id,
    );
  }
}

/** Sends one event to one App, judged by the description. */
export function deliver(
  world: World,
  app: App,
  event: string,
  payload: Readonly<Record<string, unknown>>,
  installationId: number | null,
  repositoryId: number | null,
): void {
  const sent: unknown = JSON.parse(JSON.stringify(payload));
  const action = typeof payload.action === 'string' ? payload.action : null;
  world.violations.push(...openDescription().checkWebhook(event, action, sent));
  send(world, { app, event, payload, installationId, repositoryId });
}

function isPermitted(event: string, permissions: Permissions): boolean {
  const needed = PERMISSION[event];
  return needed === undefined || needed.some((name) => permissions[name] !== undefined);
}

function presentOrganization(world: World, account: Account) {
  const { login, id, node_id, url, avatar_url, repos_url, events_url } = presentAccount(world, account);
  const urls = {
    hooks_url: `${url}/hooks`,
    issues_url: `${url}/issues`,
    members_url: `${url}/members{/member}`,
    public_members_url: `${url}/public_members{/member}`,
  };
  return { login, id, node_id, url, repos_url, events_url, ...urls, avatar_url, description: null };
}

function pushRepository(world: World, repository: Repository) {
  const seconds = (date: string) => Math.floor(Date.parse(date) / 1000);
  return {
    ...presentRepository(world, repository),
    created_at: seconds(repository.createdAt),
    pushed_at: seconds(repository.pushedAt),
    stargazers: 0,
    master_branch: repository.defaultBranch,
  };
}
