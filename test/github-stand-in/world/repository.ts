/** Repositories and what hangs on them: pull requests, comments, check runs, statuses, LFS locks. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { writeHooks } from '../git/hooks.ts';
import { git } from '../git/run.ts';
import type { App } from './app.ts';
import { type Account, accountOf, now, type World } from './world.ts';

/** What a person may do in a repository. */
export type Role = 'read' | 'triage' | 'write' | 'maintain' | 'admin';

/** A repository; its Git objects are in `directory`. */
export interface Repository {
  readonly id: number;
  readonly owner: Account;
  readonly name: string;
  /** `owner/name`. */
  readonly fullName: string;
  /** A bare repository. */
  readonly directory: string;
  readonly parent: Repository | null;
  readonly defaultBranch: string;
  readonly createdAt: string;
  pushedAt: string;
  isPrivate: boolean;
  isLfsEnabled: boolean;
  readonly roles: Map<number, Role>;
  /** Branches that only admins may push to. */
  readonly protectedBranches: Set<string>;
  /** Issues and pull requests count together. */
  nextNumber: number;
  readonly pulls: Map<number, Pull>;
  readonly comments: Map<number, Comment>;
  readonly checkSuites: Map<number, CheckSuite>;
  readonly checkRuns: Map<number, CheckRun>;
  readonly statuses: CommitStatus[];
  readonly locks: Lock[];
  /** Commits that GitHub signed. */
  readonly signedCommits: Set<string>;
}

/** A pull request. */
export interface Pull {
  readonly id: number;
  readonly number: number;
  readonly repository: Repository;
  readonly author: Account;
  readonly createdAt: string;
  readonly head: { readonly repository: Repository; readonly branch: string };
  baseBranch: string;
  /** The head commit that everybody was told of. */
  headSha: string;
  title: string;
  body: string | null;
  state: 'open' | 'closed';
  isDraft: boolean;
  canMaintainersModify: boolean;
  isMerged: boolean;
  updatedAt: string;
  closedAt: string | null;
  readonly labels: Set<string>;
}

/** A comment on a pull request's conversation. */
export interface Comment {
  readonly id: number;
  readonly pull: Pull;
  readonly author: Account;
  /** The App that wrote it; null for a person. */
  readonly app: App | null;
  readonly createdAt: string;
  updatedAt: string;
  body: string;
  readonly reactions: Reaction[];
}

/** `+1`, `rocket` and their like. */
export interface Reaction {
  readonly id: number;
  readonly author: Account;
  readonly content: string;
  readonly createdAt: string;
}

/** What GitHub groups check runs by: one for each App and commit. */
export interface CheckSuite {
  readonly id: number;
  readonly app: App;
  readonly headSha: string;
  readonly headBranch: string | null;
  readonly before: string | null;
  readonly createdAt: string;
  updatedAt: string;
}

/** One check run; the output's fields as the API has them. */
export interface CheckRun {
  readonly id: number;
  readonly suite: CheckSuite;
  readonly headSha: string;
  name: string;
  externalId: string;
  detailsUrl: string;
  status: 'queued' | 'in_progress' | 'completed';
  conclusion: string | null;
  startedAt: string;
  completedAt: string | null;
  title: string | null;
  summary: string | null;
  text: string | null;
  readonly annotations: Readonly<Record<string, unknown>>[];
  readonly images: Readonly<Record<string, unknown>>[];
  actions: readonly { readonly label: string; readonly description: string; readonly identifier: string }[];
}

/** A commit status. */
export interface CommitStatus {
  readonly id: number;
  readonly sha: string;
  readonly creator: Account;
  readonly state: string;
  readonly context: string;
  readonly description: string | null;
  readonly targetUrl: string | null;
  readonly createdAt: string;
}

/** An LFS lock. */
export interface Lock {
  readonly id: string;
  readonly path: string;
  readonly owner: Account;
  readonly lockedAt: string;
}

/** Makes a repository with an empty Git store, or with a copy of its parent's. */
export async function makeRepository(
  world: World,
  fullName: string,
  options: {
    readonly isPrivate?: boolean;
    readonly isLfsEnabled?: boolean;
    readonly ownerType?: Account['type'];
    readonly parent?: Repository;
  },
): Promise<Repository> {
  const [ownerLogin = '', name = ''] = fullName.split('/');
  const owner = accountOf(world, ownerLogin, options.ownerType ?? 'Organization');
  const directory = path.join(world.directory, 'repositories', `${owner.login}/${name}.git`.toLowerCase());
  await mkdir(path.dirname(directory), { recursive: true });
  const parent = options.parent ?? null;
  const made =
    parent === null
      ? ['init', '-q', '--bare', '-b', 'main', directory]
      : ['clone', '-q', '--bare', parent.directory, directory];
  await git(world.directory, made);
  await git(directory, ['config', 'http.receivepack', 'true']);
  await git(directory, ['config', 'uploadpack.allowAnySHA1InWant', 'true']);
  await git(directory, ['config', 'uploadpack.allowFilter', 'true']);
  // GitHub keeps what no branch names any more.
  await git(directory, ['config', 'gc.auto', '0']);
  await writeHooks(directory);
  const repository: Repository = {
    id: world.nextId(),
    owner,
    name,
    fullName: `${owner.login}/${name}`,
    directory,
    parent,
    defaultBranch: parent?.defaultBranch ?? 'main',
    createdAt: now(),
    pushedAt: now(),
    isPrivate: options.isPrivate ?? parent?.isPrivate ?? false,
    isLfsEnabled: options.isLfsEnabled ?? parent?.isLfsEnabled ?? true,
    roles: new Map(owner.type === 'Organization' ? [] : [[owner.id, 'admin']]),
    protectedBranches: new Set(),
    nextNumber: 1,
    pulls: new Map(),
    comments: new Map(),
    checkSuites: new Map(),
    checkRuns: new Map(),
    statuses: [],
    locks: [],
    signedCommits: new Set(),
  };
  world.repositories.set(repository.fullName.toLowerCase(), repository);
  return repository;
}

/** Makes the objects of `from` known in `to`, as repositories of one network share them on GitHub; sets a ref there. */
export async function shareCommit(from: Repository, to: Repository, sha: string, ref: string): Promise<void> {
  if (from === to) await git(to.directory, ['update-ref', ref, sha]);
  else await git(to.directory, ['fetch', '-q', '--no-tags', '--no-write-fetch-head', from.directory, `+${sha}:${ref}`]);
}
