/** What a test does with an App. */
import { deliver } from '../events/emit.ts';
import { presentAccount, presentInstallation } from '../present/account.ts';
import { type App, installApp, makeInstallationToken, type Permissions } from '../world/app.ts';
import { accountOf, findRepository, nodeId, type World } from '../world/world.ts';
import type { RepositoryHandle } from './repository-handle.ts';

/** An App in the hands of a test. */
export interface AppHandle {
  readonly id: number;
  readonly slug: string;
  /** PEM. */
  readonly privateKey: string;
  readonly webhookSecret: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly state: App;
  /** Where webhooks go; null for nowhere. */
  setWebhookUrl(url: string | null): void;
  /** Installs it for all repositories of an account, or for the given ones; gives the installation's id. */
  install(account: string, repositories?: readonly RepositoryHandle[], permissions?: Permissions): number;
  /** An installation token for one repository, as the API would give it. */
  token(repository: string, permissions?: Permissions): string;
  /** Sends any event to the App, as it is. */
  deliver(event: string, payload: Readonly<Record<string, unknown>>): void;
}

/** Wraps an App. */
export function appHandle(world: World, app: App): AppHandle {
  return {
    id: app.id,
    slug: app.slug,
    privateKey: app.privateKey,
    webhookSecret: app.webhookSecret,
    clientId: app.clientId,
    clientSecret: app.clientSecret,
    state: app,
    setWebhookUrl(url) {
      app.webhookUrl = url;
    },
    install(login, repositories, permissions) {
      const account = accountOf(world, login, 'Organization');
      const installation = installApp(world, app, account, repositories?.map(({ state }) => state) ?? null);
      if (permissions !== undefined) installation.permissions = { metadata: 'read', ...permissions };
      const held =
        repositories?.map(({ state }) => state) ??
        [...world.repositories.values()].filter(({ owner }) => owner === account);
      const brief = held.map(({ id, name, fullName, isPrivate }) => ({
        id,
        node_id: nodeId('Repository', id),
        name,
        full_name: fullName,
        private: isPrivate,
      }));
      const payload = {
        action: 'created',
        installation: presentInstallation(world, installation),
        repositories: brief,
        requester: null,
        sender: presentAccount(world, account),
      };
      if (app.webhookUrl !== null) deliver(world, app, 'installation', payload, installation.id, null);
      return installation.id;
    },
    token(fullName, permissions) {
      const repository = findRepository(world, fullName);
      const installation = [...world.installations.values()].find(
        (one) => one.app === app && one.account === repository?.owner,
      );
      if (repository === undefined || installation === undefined)
        throw new Error(`${app.slug} is not installed at ${fullName}`);
      const repositoryIds = new Set([repository.id]);
      return makeInstallationToken(world, {
        installation,
        permissions: permissions ?? installation.permissions,
        repositoryIds,
      }).token;
    },
    deliver: (event, payload) => deliver(world, app, event, payload, null, null),
  };
}
