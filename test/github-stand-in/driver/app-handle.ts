/** What a test does with an App. */
import { deliver } from '../events/emit.ts';
import { presentAccount, presentInstallation } from '../present/account.ts';
import { type App, installApp, makeInstallationToken, type Permissions } from '../world/app.ts';
import type { Repository } from '../world/repository.ts';
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
  /** Adds repositories to an installation for selected ones, or takes them: `installation_repositories` goes out. */
  change(
    installationId: number,
    change: { readonly add?: readonly RepositoryHandle[]; readonly remove?: readonly RepositoryHandle[] },
  ): void;
  /** Takes the App out of the account; its tokens end. */
  uninstall(installationId: number): void;
  /** An installation token for one repository, as the API would give it. */
  token(repository: string, permissions?: Permissions): string;
  /** Sends any event to the App, as it is. */
  deliver(event: string, payload: Readonly<Record<string, unknown>>): void;
}

function presentBrief({ id, name, fullName, isPrivate }: Repository) {
  return { id, node_id: nodeId('Repository', id), name, full_name: fullName, private: isPrivate };
}

/** Wraps an App. */
export function appHandle(world: World, app: App): AppHandle {
  const installationOf = (id: number) => {
    const installation = world.installations.get(id);
    if (installation === undefined) throw new Error(`${app.slug} has no installation ${id}`);
    return installation;
  };
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
      const brief = held.map(presentBrief);
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
    change(installationId, { add = [], remove = [] }) {
      const installation = installationOf(installationId);
      const selected = installation.repositoryIds ?? new Set<number>();
      for (const { state } of add) selected.add(state.id);
      for (const { state } of remove) selected.delete(state.id);
      installation.repositoryIds = selected;
      for (const [action, handles] of [
        ['added', add],
        ['removed', remove],
      ] as const) {
        if (handles.length === 0 || app.webhookUrl === null) continue;
        const brief = handles.map(({ state }) => presentBrief(state));
        const payload = {
          action,
          installation: presentInstallation(world, installation),
          repository_selection: 'selected',
          repositories_added: action === 'added' ? brief : [],
          repositories_removed: action === 'removed' ? brief : [],
          requester: null,
          sender: presentAccount(world, installation.account),
        };
        deliver(world, app, 'installation_repositories', payload, installation.id, null);
      }
    },
    uninstall(installationId) {
      const installation = installationOf(installationId);
      world.installations.delete(installationId);
      for (const [token, known] of world.installationTokens)
        if (known.installation === installation) world.installationTokens.delete(token);
      const sender = presentAccount(world, installation.account);
      const payload = {
        action: 'deleted',
        installation: presentInstallation(world, installation),
        repositories: [],
        sender,
      };
      if (app.webhookUrl !== null) deliver(world, app, 'installation', payload, installationId, null);
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
