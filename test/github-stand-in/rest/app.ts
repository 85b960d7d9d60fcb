/** What an App asks about itself: installations, tokens, its webhook and deliveries, the manifest flow, sign-in's lists. */
import { canSee } from '../http/access.ts';
import { ApiError, notFound, unprocessable } from '../http/api-error.ts';
import { type Call, created, list, noContent, ok, type PlainRoute, type Reply, textIn } from '../http/route.ts';
import { presentApp, presentInstallation, presentProfile } from '../present/account.ts';
import { presentRepository } from '../present/repository.ts';
import { type App, type Installation, makeInstallationToken, type Permissions, reaches } from '../world/app.ts';
import type { Repository } from '../world/repository.ts';
import { findRepository, type World } from '../world/world.ts';

/** The App of a JWT; throws 401 for everybody else. */
export function requireApp({ caller }: Call): App {
  if (caller.kind !== 'app') throw new ApiError(401, 'A JSON web token could not be decoded');
  return caller.app;
}

function installationIn(call: Call): Installation {
  const app = requireApp(call);
  const installation = call.world.installations.get(Number(call.params.installation_id));
  if (installation === undefined || installation.app !== app) throw notFound();
  return installation;
}

function repositoriesOf(world: World, installation: Installation): Repository[] {
  return [...world.repositories.values()].filter((repository) => reaches(installation, repository));
}

/** POST /app/installations/:id/access_tokens, narrowed by `repositories`, `repository_ids` and `permissions`. */
function createToken(call: Call): Reply {
  const { world, body } = call;
  const installation = installationIn(call);
  const all = repositoriesOf(world, installation);
  const names = Array.isArray(body.repositories) ? body.repositories.map(String) : undefined;
  const ids = Array.isArray(body.repository_ids) ? body.repository_ids.map(Number) : undefined;
  const chosen = names ?? ids;
  const repositories = chosen && all.filter(({ id, name }) => names?.includes(name) || ids?.includes(id));
  if (chosen !== undefined && repositories?.length !== chosen.length) {
    throw unprocessable(
      'There is at least one repository that does not exist or is not accessible to the parent installation.',
    );
  }
  const permissions = narrow(installation.permissions, body.permissions);
  const repositoryIds = repositories === undefined ? null : new Set(repositories.map(({ id }) => id));
  const token = makeInstallationToken(world, { installation, permissions, repositoryIds });
  return created({
    token: token.token,
    expires_at: new Date(token.expiresAtMs).toISOString().replace(/\.\d+Z$/, 'Z'),
    permissions,
    repository_selection: repositoryIds === null && installation.repositoryIds === null ? 'all' : 'selected',
    ...(repositories === undefined ? {} : { repositories: repositories.map((one) => presentRepository(world, one)) }),
  });
}

const LEVELS = ['read', 'write', 'admin'];

function narrow(granted: Permissions, wanted: unknown): Permissions {
  if (typeof wanted !== 'object' || wanted === null) return granted;
  const entries = Object.entries(wanted).map(([name, level]) => {
    const has = granted[name];
    if (has === undefined || LEVELS.indexOf(String(level)) > LEVELS.indexOf(has)) {
      throw unprocessable('The permissions requested are not granted to this installation.');
    }
    return [name, level];
  });
  return { metadata: 'read', ...Object.fromEntries(entries) };
}

function findInstallation(call: Call, isIt: (installation: Installation) => boolean): Reply {
  const app = requireApp(call);
  const found = [...call.world.installations.values()].find((one) => one.app === app && isIt(one));
  if (found === undefined) throw notFound();
  return ok(presentInstallation(call.world, found));
}

/** `total_count` and `repositories` of an installation. */
function listRepositories(world: World, repositories: readonly Repository[]): Reply {
  return list(
    repositories.map((repository) => presentRepository(world, repository)),
    (page) => ({ total_count: repositories.length, repository_selection: 'selected', repositories: page }),
  );
}

function installationRepositories({ world, caller }: Call): Reply {
  if (caller.kind !== 'installation') throw new ApiError(401, 'Bad credentials');
  const { installation, repositoryIds } = caller.token;
  const held = repositoriesOf(world, installation).filter(({ id }) => repositoryIds === null || repositoryIds.has(id));
  return listRepositories(world, held);
}

function hookConfig(app: App): Reply {
  return ok({ url: app.webhookUrl ?? '', content_type: 'json', insecure_ssl: '0', secret: '********' });
}

function updateHook(call: Call): Reply {
  const app = requireApp(call);
  app.webhookUrl = textIn(call.body, 'url') ?? app.webhookUrl;
  app.webhookSecret = textIn(call.body, 'secret') ?? app.webhookSecret;
  return hookConfig(app);
}

function userInstallations({ world, caller }: Call): Reply {
  if (caller.kind !== 'user') throw new ApiError(401, 'Requires authentication');
  const visible = [...world.installations.values()].filter((installation) => {
    const isOwn = caller.token.app === null || installation.app === caller.token.app;
    return isOwn && repositoriesOf(world, installation).some((repository) => canSee(caller, repository));
  });
  return list(
    visible.map((installation) => presentInstallation(world, installation)),
    (page) => ({ total_count: visible.length, installations: page }),
  );
}

function userInstallationRepositories({ world, caller, params }: Call): Reply {
  if (caller.kind !== 'user') throw new ApiError(401, 'Requires authentication');
  const installation = world.installations.get(Number(params.installation_id));
  if (installation === undefined) throw notFound();
  return listRepositories(
    world,
    repositoriesOf(world, installation).filter((one) => canSee(caller, one)),
  );
}

/** POST /app-manifests/:code/conversions: what the App's maker gets once. */
function convertManifest({ world, params }: Call): Reply {
  const app = world.manifestCodes.get(params.code ?? '');
  if (app === undefined) throw notFound();
  world.manifestCodes.delete(params.code ?? '');
  const secrets = { client_secret: app.clientSecret, webhook_secret: app.webhookSecret, pem: app.privateKey };
  return created({ ...presentApp(world, app), client_id: app.clientId, ...secrets });
}

function deleteToken({ world, caller }: Call): Reply {
  if (caller.kind !== 'installation') throw new ApiError(401, 'Bad credentials');
  world.installationTokens.delete(caller.token.token);
  return noContent();
}

function findAccount({ world, params }: Call): Reply {
  const account = world.accounts.get((params.username ?? '').toLowerCase());
  if (account === undefined) throw notFound();
  return ok(presentProfile(world, account));
}

function self({ world, caller }: Call): Reply {
  if (caller.kind === 'installation') throw new ApiError(403, 'Resource not accessible by integration');
  if (caller.kind !== 'user') throw new ApiError(401, 'Requires authentication');
  return ok(presentProfile(world, caller.account));
}

/** The routes of Apps and of who is who. */
export const appRoutes: readonly PlainRoute[] = [
  {
    operation: 'GET /app',
    handle: (call) => {
      const app = requireApp(call);
      const count = [...call.world.installations.values()].filter((one) => one.app === app).length;
      return ok({ ...presentApp(call.world, app), installations_count: count });
    },
  },
  {
    operation: 'GET /apps/{app_slug}',
    handle: ({ world, params }) => {
      const app = [...world.apps.values()].find(({ slug }) => slug === params.app_slug);
      if (app === undefined) throw notFound();
      return ok(presentApp(world, app));
    },
  },
  {
    operation: 'GET /app/installations',
    handle: (call) => {
      const app = requireApp(call);
      const own = [...call.world.installations.values()].filter((installation) => installation.app === app);
      return list(own.map((installation) => presentInstallation(call.world, installation)));
    },
  },
  {
    operation: 'GET /app/installations/{installation_id}',
    handle: (call) => ok(presentInstallation(call.world, installationIn(call))),
  },
  { operation: 'POST /app/installations/{installation_id}/access_tokens', handle: createToken },
  { operation: 'DELETE /installation/token', handle: deleteToken },
  { operation: 'GET /installation/repositories', handle: installationRepositories },
  {
    operation: 'GET /repos/{owner}/{repo}/installation',
    handle: (call) => {
      const repository = findRepository(call.world, `${call.params.owner}/${call.params.repo}`);
      if (repository === undefined) throw notFound();
      return findInstallation(call, (installation) => reaches(installation, repository));
    },
  },
  {
    operation: 'GET /orgs/{org}/installation',
    handle: (call) => findInstallation(call, ({ account }) => account.login === call.params.org),
  },
  {
    operation: 'GET /users/{username}/installation',
    handle: (call) => findInstallation(call, ({ account }) => account.login === call.params.username),
  },
  { operation: 'GET /app/hook/config', handle: (call) => hookConfig(requireApp(call)) },
  { operation: 'PATCH /app/hook/config', handle: updateHook },
  { operation: 'POST /app-manifests/{code}/conversions', handle: convertManifest },
  { operation: 'GET /user', handle: self },
  { operation: 'GET /users/{username}', handle: findAccount },
  { operation: 'GET /user/installations', handle: userInstallations },
  { operation: 'GET /user/installations/{installation_id}/repositories', handle: userInstallationRepositories },
];
