/** Everything that the stand-in knows: accounts, repositories, Apps, tokens, what was sent and asked. Types and lookups. */
import { randomBytes } from 'node:crypto';
import { makeRuntime, type Runtime } from '../actions/runtime.ts';
import type { App, Installation, InstallationToken } from './app.ts';
import type { Delivery } from './delivery.ts';
import type { Repository } from './repository.ts';

/** A person, an organization or an App's bot. */
export interface Account {
  readonly id: number;
  readonly login: string;
  readonly type: 'User' | 'Organization' | 'Bot';
}

/** A token that acts as a person. */
export interface UserToken {
  readonly token: string;
  readonly account: Account;
  /** The App whose sign-in made it; null for a personal access token. */
  readonly app: App | null;
}

/** One request and its answer, as a test reads it. */
export interface LoggedRequest {
  readonly method: string;
  /** Without `/api/v3`, with the query. */
  readonly path: string;
  /** The matched route, such as `GET /repos/{owner}/{repo}`; null for none. */
  readonly route: string | null;
  /** `app/slug`, a login, `slug[bot]` or `anonymous`. */
  readonly actor: string;
  /** Parsed JSON; undefined otherwise. */
  readonly body: unknown;
  readonly status: number;
  /** Milliseconds since the stand-in started. */
  readonly atMs: number;
}

/** The state of one stand-in. */
export interface World {
  /** Such as `http://127.0.0.1:4567`. */
  origin: string;
  /** Where the repositories and LFS objects are; deleted at the end. */
  readonly directory: string;
  /** Whether "Allow edits by maintainers" counts for installation tokens too: not documented, so tests try both. */
  readonly appsMayEditForks: boolean;
  readonly accounts: Map<string, Account>;
  readonly repositories: Map<string, Repository>;
  readonly apps: Map<number, App>;
  readonly installations: Map<number, Installation>;
  readonly installationTokens: Map<string, InstallationToken>;
  readonly userTokens: Map<string, UserToken>;
  /** Codes of the manifest flow and of sign-in, each good for one use. */
  readonly manifestCodes: Map<string, App>;
  readonly signInCodes: Map<string, { readonly account: Account; readonly app: App }>;
  /** Who approves at `/login/oauth/authorize`. */
  signedInUser: Account | null;
  readonly deliveries: Delivery[];
  /** Deliveries that are under way. */
  readonly underway: Set<Promise<void>>;
  readonly requests: LoggedRequest[];
  readonly violations: string[];
  /** What Actions keeps. */
  readonly runtime: Runtime;
  readonly nextId: () => number;
}

/** An empty world. */
export function makeWorld(directory: string, appsMayEditForks: boolean): World {
  let lastId = 1000;
  return {
    origin: '',
    directory,
    appsMayEditForks,
    accounts: new Map(),
    repositories: new Map(),
    apps: new Map(),
    installations: new Map(),
    installationTokens: new Map(),
    userTokens: new Map(),
    manifestCodes: new Map(),
    signInCodes: new Map(),
    signedInUser: null,
    deliveries: [],
    underway: new Set(),
    requests: [],
    violations: [],
    runtime: makeRuntime(),
    nextId: () => {
      lastId += 1;
      return lastId;
    },
  };
}

/** Now, as GitHub writes it: whole seconds, UTC. */
export function now(): string {
  return new Date().toISOString().replace(/\.\d+Z$/, 'Z');
}

/** GitHub's opaque second name of everything. */
export function nodeId(kind: string, id: number | string): string {
  return Buffer.from(`${kind}:${id}`).toString('base64url');
}

/** A fresh secret with GitHub's prefix, such as `ghs_`. */
export function makeToken(prefix: string): string {
  return `${prefix}${randomBytes(27).toString('base64url').replace(/[-_]/g, 'x')}`;
}

/** The account of a login, made when it is not there. */
export function accountOf(world: World, login: string, type: Account['type'] = 'User'): Account {
  const known = world.accounts.get(login.toLowerCase());
  if (known !== undefined) return known;
  const account = { id: world.nextId(), login, type };
  world.accounts.set(login.toLowerCase(), account);
  return account;
}

/** The repository called `owner/name`; undefined when there is none. */
export function findRepository(world: World, fullName: string): Repository | undefined {
  return world.repositories.get(fullName.toLowerCase());
}
