/** What a test does with a repository. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { pushRef } from '../events/push.ts';
import { type Commit, findEntry, readBlob, readCommits, readTree } from '../git/objects.ts';
import { listRefs, resolveCommit } from '../git/refs.ts';
import { lfsFile } from '../lfs/door.ts';
import { openPull } from '../rest/pulls.ts';
import { installApp, makeApp, makeInstallationToken, type Permissions, reaches } from '../world/app.ts';
import { makeRepository, type Repository, type Role } from '../world/repository.ts';
import { accountOf, type World } from '../world/world.ts';
import { commitFiles, type Files } from './files.ts';
import { type JobHandle, jobHandle } from './job-handle.ts';
import { type PullHandle, pullHandle } from './pull-handle.ts';

/** How a commit is made by a test. */
export interface CommitOptions {
  /** A login; default: the owner's `artist`. */
  readonly author?: string;
  readonly message?: string;
  /** Where a new branch begins; default: the default branch. */
  readonly from?: string;
}

/** How a pull request is opened by a test. */
export interface OpenPullOptions {
  readonly head: string;
  readonly base?: string;
  /** The fork that holds the head. */
  readonly from?: RepositoryHandle;
  readonly title?: string;
  readonly body?: string;
  readonly author?: string;
  readonly draft?: boolean;
  /** "Allow edits by maintainers"; counts for forks in personal accounts. Default: true. */
  readonly maintainerCanModify?: boolean;
}

/** A repository in the hands of a test. */
export interface RepositoryHandle {
  readonly fullName: string;
  readonly owner: string;
  readonly name: string;
  readonly id: number;
  /** The bare repository on disk, for `git --git-dir`. */
  readonly directory: string;
  /** The state behind it. */
  readonly state: Repository;
  /** Where Git clones from; with a token, as `x-access-token`. */
  cloneUrl(token?: string): string;
  /** Commits files on a branch, as a push would; gives the commit. */
  commit(branch: string, files: Files, options?: CommitOptions): Promise<string>;
  /** Opens a pull request; webhooks go out. */
  openPull(options: OpenPullOptions): Promise<PullHandle>;
  /** A pull request by number. */
  pull(number: number): PullHandle;
  /** All pull requests, oldest first. */
  pulls(): PullHandle[];
  /** A fork in another account (made a person when unknown). */
  fork(owner: string, kind?: 'User' | 'Organization'): Promise<RepositoryHandle>;
  /** Bytes of a file at a branch or commit; null when it is not there. */
  file(revision: string, path: string): Promise<Buffer | null>;
  /** Mode and path of everything at a branch or commit. */
  tree(revision: string): Promise<{ readonly path: string; readonly mode: string; readonly sha: string }[]>;
  /** Commits of a branch, newest first. */
  log(revision: string): Promise<Commit[]>;
  /** The commit of a branch; null when there is no such branch. */
  head(branch: string): Promise<string | null>;
  /** Names of all branches. */
  branches(): Promise<string[]>;
  /** Deletes a branch, as a push would. */
  deleteBranch(branch: string): Promise<void>;
  /** Gives a person a role; `null` takes it. */
  collaborator(login: string, role: Role | null): void;
  /** Only admins may push to the branch from now on. */
  protect(branch: string): void;
  /** A GITHUB_TOKEN, as a workflow of this repository gets it. Default: contents and pull_requests write. */
  workflowToken(permissions?: Permissions): string;
  /** A job of a workflow at a ref (default: the default branch); `baseRef` as in a pull request. */
  job(ref?: string, baseRef?: string): JobHandle;
  /** The object that an LFS pointer to these bytes names, as the server has it; null when it has none. */
  lfsObject(bytes: Uint8Array): Promise<Buffer | null>;
  /** Locks a path in LFS for somebody. */
  lock(path: string, login: string): void;
}

const WORKFLOW_PERMISSIONS: Permissions = { metadata: 'read', contents: 'write', pull_requests: 'write' };

/** Wraps a repository. */
export function repositoryHandle(world: World, repository: Repository): RepositoryHandle {
  const { directory, fullName, owner, name } = repository;
  const artist = (login?: string) => accountOf(world, login ?? (owner.type === 'User' ? owner.login : 'artist'));
  const handle: RepositoryHandle = {
    fullName,
    owner: owner.login,
    name,
    id: repository.id,
    directory,
    state: repository,
    cloneUrl(token) {
      const url = new URL(`${world.origin}/${fullName}.git`);
      if (token !== undefined) [url.username, url.password] = ['x-access-token', token];
      return url.href;
    },
    commit(branch, files, options = {}) {
      const { author, message = `Change ${Object.keys(files)[0] ?? 'nothing'}`, from } = options;
      return commitFiles(world, repository, branch, files, {
        author: artist(author),
        message,
        ...(from === undefined ? {} : { from }),
      });
    },
    async openPull(options) {
      const from = options.from?.state ?? repository;
      const pull = await openPull(
        world,
        repository,
        artist(options.author ?? (from === repository ? undefined : from.owner.login)),
        {
          title: options.title ?? `Merge ${options.head}`,
          body: options.body ?? null,
          head: { repository: from, branch: options.head },
          baseBranch: options.base ?? repository.defaultBranch,
          isDraft: options.draft ?? false,
          canMaintainersModify: options.maintainerCanModify ?? true,
        },
      );
      return pullHandle(world, pull);
    },
    pull(number) {
      const pull = repository.pulls.get(number);
      if (pull === undefined) throw new Error(`${fullName} has no pull request #${number}`);
      return pullHandle(world, pull);
    },
    pulls: () => [...repository.pulls.values()].map((pull) => pullHandle(world, pull)),
    async fork(login, kind = 'User') {
      accountOf(world, login, kind);
      return repositoryHandle(
        world,
        await makeRepository(world, `${login}/${name}`, { parent: repository, ownerType: kind }),
      );
    },
    async file(revision, path) {
      const commit = await resolveCommit(directory, revision);
      const entry = commit && (await findEntry(directory, commit, path));
      return entry ? readBlob(directory, entry.sha) : null;
    },
    async tree(revision) {
      const entries = await readTree(directory, revision, true);
      return entries.filter(({ type }) => type !== 'tree').map(({ path, mode, sha }) => ({ path, mode, sha }));
    },
    log: (revision) => readCommits(directory, [revision]),
    head: (branch) => resolveCommit(directory, `refs/heads/${branch}`),
    branches: async () => (await listRefs(directory, 'refs/heads/')).map((ref) => ref.name.slice('refs/heads/'.length)),
    async deleteBranch(branch) {
      const before = await resolveCommit(directory, `refs/heads/${branch}`);
      await pushRef(world, repository, artist(), { ref: `refs/heads/${branch}`, before, after: null });
    },
    collaborator(login, role) {
      const { id } = accountOf(world, login);
      if (role === null) repository.roles.delete(id);
      else repository.roles.set(id, role);
    },
    protect: (branch) => void repository.protectedBranches.add(branch),
    workflowToken(permissions = WORKFLOW_PERMISSIONS) {
      const app =
        [...world.apps.values()].find(({ slug }) => slug === 'github-actions') ??
        makeApp(world, { slug: 'github-actions', owner: 'github', permissions: {}, events: [] });
      const known = [...world.installations.values()].find((one) => one.app === app && reaches(one, repository));
      const installation = known ?? installApp(world, app, owner, [repository]);
      const repositoryIds = new Set([repository.id]);
      return makeInstallationToken(world, {
        installation,
        permissions: { metadata: 'read', ...permissions },
        repositoryIds,
      }).token;
    },
    job: (ref = `refs/heads/${repository.defaultBranch}`, baseRef) => jobHandle(world, repository, ref, baseRef),
    async lfsObject(bytes) {
      const oid = createHash('sha256').update(bytes).digest('hex');
      return readFile(lfsFile(world, repository, oid)).catch(() => null);
    },
    lock: (path, login) => {
      const lockedAt = new Date().toISOString();
      repository.locks.push({
        id: String(repository.locks.length + 1),
        path,
        owner: accountOf(world, login),
        lockedAt,
      });
    },
  };
  return handle;
}
