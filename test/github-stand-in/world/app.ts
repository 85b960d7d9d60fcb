/** GitHub Apps, where they are installed, and the tokens they get. */
import { generateKeyPairSync } from 'node:crypto';
import type { Repository } from './repository.ts';
import { type Account, accountOf, makeToken, now, type World } from './world.ts';

/** `read`, `write` or `admin` by the name of the resource. */
export type Permissions = Readonly<Record<string, 'read' | 'write' | 'admin'>>;

/** A registered App. */
export interface App {
  readonly id: number;
  readonly slug: string;
  readonly name: string;
  readonly owner: Account;
  readonly bot: Account;
  readonly permissions: Permissions;
  readonly events: readonly string[];
  readonly createdAt: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly publicKey: string;
  /** PEM, as GitHub hands it out once. */
  readonly privateKey: string;
  webhookUrl: string | null;
  webhookSecret: string;
}

/** An App in an account. */
export interface Installation {
  readonly id: number;
  readonly app: App;
  readonly account: Account;
  readonly createdAt: string;
  /** Ids of the selected repositories; null for all of the account. */
  repositoryIds: Set<number> | null;
  permissions: Permissions;
}

/** `ghs_…`: what an App, or a workflow as GITHUB_TOKEN, acts with. */
export interface InstallationToken {
  readonly token: string;
  readonly installation: Installation;
  /** Ids of the repositories that it was narrowed to; null for all of the installation. */
  readonly repositoryIds: ReadonlySet<number> | null;
  readonly permissions: Permissions;
  readonly expiresAtMs: number;
}

/** What a test says about an App; everything has a default. */
export interface AppOptions {
  readonly slug?: string;
  readonly name?: string;
  readonly owner?: string;
  readonly webhookUrl?: string | null;
  readonly secret?: string;
  readonly permissions?: Permissions;
  readonly events?: readonly string[];
}

const APP_DEFAULTS = Object.freeze({
  slug: 'glb-optimizer',
  owner: 'glb-optimizer-makers',
  secret: 'a webhook secret for tests',
  permissions: Object.freeze<Permissions>({
    metadata: 'read',
    contents: 'write',
    pull_requests: 'write',
    issues: 'write',
    checks: 'write',
    statuses: 'write',
  }),
  events: Object.freeze(['pull_request', 'issue_comment', 'check_run', 'check_suite', 'push', 'merge_group']),
});

// One pair for the whole process: making one costs a quarter of a second, and no test needs two different ones.
let pair: { readonly publicKey: string; readonly privateKey: string } | undefined;

function keyPair(): { readonly publicKey: string; readonly privateKey: string } {
  pair ??= generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });
  return pair;
}

/** Registers an App; its bot account comes with it. */
export function makeApp(world: World, options: AppOptions = {}): App {
  const slug = options.slug ?? APP_DEFAULTS.slug;
  const id = world.nextId();
  const app: App = {
    ...keyPair(),
    id,
    slug,
    name: options.name ?? slug,
    owner: accountOf(world, options.owner ?? APP_DEFAULTS.owner, 'Organization'),
    bot: accountOf(world, `${slug}[bot]`, 'Bot'),
    permissions: { metadata: 'read', ...(options.permissions ?? APP_DEFAULTS.permissions) },
    events: options.events ?? APP_DEFAULTS.events,
    createdAt: now(),
    clientId: `Iv23li${id.toString(36).padStart(14, '0')}`,
    clientSecret: makeToken(''),
    webhookUrl: options.webhookUrl ?? null,
    webhookSecret: options.secret ?? APP_DEFAULTS.secret,
  };
  world.apps.set(id, app);
  return app;
}

/** Installs an App in an account, for all of its repositories or for the given ones. */
export function installApp(
  world: World,
  app: App,
  account: Account,
  repositories: readonly Repository[] | null,
): Installation {
  const repositoryIds = repositories === null ? null : new Set(repositories.map(({ id }) => id));
  const installation: Installation = {
    id: world.nextId(),
    app,
    account,
    createdAt: now(),
    repositoryIds,
    permissions: app.permissions,
  };
  world.installations.set(installation.id, installation);
  return installation;
}

/** Whether the installation holds the repository. */
export function reaches(installation: Installation, repository: Repository): boolean {
  if (installation.account.id !== repository.owner.id) return false;
  return installation.repositoryIds === null || installation.repositoryIds.has(repository.id);
}

/** Every installation that holds the repository. */
export function installationsOf(world: World, repository: Repository): Installation[] {
  return [...world.installations.values()].filter((installation) => reaches(installation, repository));
}

/** Hands out a token; lives an hour, as GitHub's. */
export function makeInstallationToken(
  world: World,
  token: Omit<InstallationToken, 'token' | 'expiresAtMs'>,
): InstallationToken {
  const made = { ...token, token: makeToken('ghs_'), expiresAtMs: Date.now() + 3_600_000 };
  world.installationTokens.set(made.token, made);
  return made;
}
