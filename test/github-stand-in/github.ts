/**
 * A stand-in for GitHub, for tests and the demo: real Git repositories behind GitHub's API, judged by GitHub's own description.
 * `const github = await startGitHub()`; whatever violates the description makes `close` throw.
 */
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { blobDoor } from './actions/blobs.ts';
import { servicesDoor } from './actions/services.ts';
import { type AppHandle, appHandle } from './driver/app-handle.ts';
import { type RepositoryHandle, repositoryHandle } from './driver/repository-handle.ts';
import { gitDoor } from './git/http-door.ts';
import { graphqlRoutes } from './graphql.ts';
import { type Fault, Faults } from './http/fault.ts';
import { listen } from './http/server.ts';
import { fileDoor, manifestDoor, signInDoor } from './http/web.ts';
import { lfsDoor } from './lfs/door.ts';
import { openDescription } from './openapi/description.ts';
import { appRoutes } from './rest/app.ts';
import { checkRoutes } from './rest/checks.ts';
import { commentRoutes } from './rest/comments.ts';
import { commitRoutes } from './rest/commits.ts';
import { contentsRoutes } from './rest/contents.ts';
import { deliveryRoutes } from './rest/delivery.ts';
import { gitDataRoutes } from './rest/git-data.ts';
import { pullRoutes } from './rest/pulls.ts';
import { refRoutes } from './rest/refs.ts';
import { metaRoutes, repositoryRoutes } from './rest/repositories.ts';
import { statusRoutes } from './rest/statuses.ts';
import { type AppOptions, makeApp } from './world/app.ts';
import { type Delivery, send } from './world/delivery.ts';
import { makeRepository } from './world/repository.ts';
import { accountOf, findRepository, type LoggedRequest, makeToken, makeWorld, type World } from './world/world.ts';

/** How a repository is made. */
export interface RepositoryOptions {
  readonly private?: boolean;
  /** What is on `main` at first; `{}` for an empty commit. */
  readonly files?: Parameters<RepositoryHandle['commit']>[1];
  /** False: the LFS server refuses. */
  readonly lfs?: boolean;
  /** Who owns it; default: an organization. */
  readonly owner?: 'User' | 'Organization';
}

/** A running stand-in. */
export interface GitHub extends AsyncDisposable {
  /** Such as `http://127.0.0.1:4567`: `GITHUB_SERVER_URL`. */
  readonly url: string;
  /** `127.0.0.1:4567`: `GHE_HOST` (with `GHE_PROTOCOL=http`). */
  readonly host: string;
  /** `…/api/v3`: `GITHUB_API_URL`, Octokit's `baseUrl`. */
  readonly apiUrl: string;
  /** Everything that it knows. */
  readonly world: World;
  /** A person with a personal access token, made when unknown. */
  user(login: string): { readonly login: string; readonly id: number; readonly token: string };
  /** Registers an App; `install` it next. */
  app(options?: AppOptions): AppHandle;
  /** Makes a repository `owner/name` with a first commit. */
  repository(fullName: string, options?: RepositoryOptions): Promise<RepositoryHandle>;
  /** A repository that is there. */
  find(fullName: string): RepositoryHandle;
  /** Switches a fault on for requests that match `METHOD /path?query`, at most `times` times. */
  fault(pattern: RegExp, fault: Fault, times?: number): void;
  clearFaults(): void;
  /** What was asked so far, optionally only what matches `METHOD /path`. */
  requests(pattern?: RegExp): LoggedRequest[];
  /** Webhook deliveries so far, oldest first. */
  deliveries(event?: string): Delivery[];
  /** Sends a delivery again with its GUID, as the button in the App's settings does. */
  redeliver(delivery: Delivery): void;
  /** Waits until no webhook is under way. */
  settled(): Promise<void>;
  /** Whoever `/login/oauth/authorize` lets in; null refuses. */
  signIn(login: string | null): void;
  /** Violations of GitHub's description so far; taken ones no longer make `close` throw. */
  takeViolations(): string[];
  /** Stops, deletes everything, and throws when an answer, a request or a webhook violated GitHub's description. */
  close(): Promise<void>;
}

/** How the stand-in starts. */
export interface StartOptions {
  /** Whether "Allow edits by maintainers" lets installation tokens push to forks. GitHub does not document it; default: true. */
  readonly appsMayEditForks?: boolean;
  /** Default: a free one. */
  readonly port?: number;
}

const ROUTES = [
  ...appRoutes,
  ...deliveryRoutes,
  ...metaRoutes,
  ...repositoryRoutes,
  ...contentsRoutes,
  ...gitDataRoutes,
  ...refRoutes,
  ...checkRoutes,
  ...statusRoutes,
  ...commitRoutes,
  ...pullRoutes,
  ...commentRoutes,
  ...graphqlRoutes,
];

/** Every route of the stand-in, as `METHOD /path`. */
export const routeNames: readonly string[] = ROUTES.map(({ operation }) => operation);

/** Starts a stand-in on a loopback port. */
export async function startGitHub(options: StartOptions = {}): Promise<GitHub> {
  const directory = await realpath(await mkdtemp(path.join(tmpdir(), 'github-stand-in-')));
  const world = makeWorld(directory, options.appsMayEditForks ?? true);
  const faults = new Faults();
  const doors = [servicesDoor, blobDoor, gitDoor, lfsDoor, fileDoor, signInDoor, manifestDoor];
  const server = await listen({ world, faults, routes: ROUTES, doors, description: openDescription() }, options.port);

  const settled = async () => {
    while (world.underway.size > 0) await Promise.all(world.underway);
  };
  const close = async () => {
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
    await settled();
    await rm(directory, { recursive: true, force: true, maxRetries: 3 });
    const violations = world.violations.splice(0);
    if (violations.length > 0)
      throw new Error(`GitHub would not do or take this:\n${violations.slice(0, 20).join('\n')}`);
  };
  return {
    url: world.origin,
    host: new URL(world.origin).host,
    apiUrl: `${world.origin}/api/v3`,
    world,
    user(login) {
      const account = accountOf(world, login);
      const token = makeToken('ghp_');
      world.userTokens.set(token, { token, account, app: null });
      return { login, id: account.id, token };
    },
    app: (wish) => appHandle(world, makeApp(world, wish)),
    async repository(fullName, wish = {}) {
      const owner = world.accounts.get((fullName.split('/')[0] ?? '').toLowerCase());
      const repository = await makeRepository(world, fullName, {
        isPrivate: wish.private ?? false,
        isLfsEnabled: wish.lfs ?? true,
        ownerType: wish.owner ?? owner?.type ?? 'Organization',
      });
      const handle = repositoryHandle(world, repository);
      await handle.commit('main', wish.files ?? {}, { message: 'First commit' });
      return handle;
    },
    find(fullName) {
      const repository = findRepository(world, fullName);
      if (repository === undefined) throw new Error(`no repository ${fullName}`);
      return repositoryHandle(world, repository);
    },
    fault: (pattern, fault, times) => faults.add(pattern, fault, times),
    clearFaults: () => faults.clear(),
    requests: (pattern) =>
      world.requests.filter(({ method, path: place }) => pattern?.test(`${method} ${place}`) ?? true),
    deliveries: (event) => world.deliveries.filter((delivery) => event === undefined || delivery.event === event),
    redeliver: (delivery) => void send(world, delivery),
    settled,
    signIn(login) {
      world.signedInUser = login === null ? null : accountOf(world, login);
    },
    takeViolations: () => world.violations.splice(0),
    close,
    [Symbol.asyncDispose]: close,
  };
}
