/** Reads a pull request, or a whole repository, through the API: no clone, no code of anybody run. */
import path from 'node:path';
import {
  BotError,
  type ChangedAsset,
  checkPolicy,
  type GitSource,
  MANIFEST_LIMIT_BYTES,
  MANIFEST_NAMES,
  POLICY_LIMIT_BYTES,
  POLICY_PATHS,
  type ReadAsset,
  type ReviewJob,
  readLfsPointer,
  resolveSibling,
} from '../../src/index.ts';
import { type GitHubAccess, splitRepository } from './access.ts';
import { openBlobs } from './blobs.ts';
import { onGitHub } from './failure.ts';
import { downloadLfs } from './lfs.ts';
import { listPullFiles } from './pull-files.ts';
import { openTrees, type TreeFile, type Trees } from './trees.ts';

/** What people said about files of this repository, by content and by path. */
export interface Wishes {
  /** Git ids of blobs that shall stay as they are. */
  readonly left: ReadonlySet<string>;
  /** Paths whose result is taken whatever the guard says; `*` is all of them. */
  readonly accepted: ReadonlySet<string>;
}

/** What a source works with. */
export interface SourceOptions {
  readonly access: GitHubAccess;
  /** A folder of this job alone; what is downloaded lies there. */
  readonly folder: string;
  readonly wishes: Wishes;
  /** Only this file or folder of the pull request; null for all. */
  readonly only: string | null;
}

// A pointer has less than 1,024 bytes. [git-lfs docs/spec.md]
const POINTER_LIMIT_BYTES = 1024;

/** Opens the source of a job with an `origin`. */
export function githubSource(job: ReviewJob, { access, folder, wishes, only }: SourceOptions): GitSource {
  const { origin, headCommit, repository } = job;
  if (origin === undefined || headCommit === null || repository === null) {
    throw new BotError('INTERNAL', 'the job has no place on GitHub.');
  }
  const trees = openTrees(access, repository);
  const blobs = openBlobs(access, repository, folder);
  let listed: Promise<readonly ChangedAsset[]> | undefined;

  async function resolved(blob: string, byteLength: number, limitBytes: number): Promise<ReadAsset> {
    const pointer = byteLength < POINTER_LIMIT_BYTES ? readLfsPointer(await blobs.small(blob)) : undefined;
    if (pointer === undefined) return blobs.read(blob, byteLength, limitBytes);
    if (pointer.byteLength > limitBytes) return { kind: 'over-limit', byteLength: pointer.byteLength, limitBytes };
    const got = await downloadLfs(access, repository ?? '', pointer, path.join(folder, pointer.digest));
    if (got.kind === 'file') return { kind: 'bytes', bytes: await blobs.taken(got), isLfs: true };
    return { kind: 'lfs-pointer', ...pointer, why: `The file is kept in Git LFS. ${got.why}` };
  }

  const wished = (asset: ChangedAsset): ChangedAsset => {
    if (wishes.left.has(asset.blob)) return { ...asset, wish: 'leave' };
    return wishes.accepted.has(asset.path) || wishes.accepted.has('*') ? { ...asset, wish: 'accept' } : asset;
  };
  const isAsked = (name: string) =>
    only === null || name === only || name.startsWith(only.endsWith('/') ? only : `${only}/`);

  return {
    listChanges() {
      listed ??= onGitHub('listing the changed files', async () => {
        const assets = await (origin.pullNumber === null
          ? everyGlb(trees, headCommit)
          : listPullFiles(access, trees, { ...job, repository, headCommit, pullNumber: origin.pullNumber }));
        return assets.filter((asset) => isAsked(asset.path)).map(wished);
      });
      return listed;
    },

    readPolicy: () =>
      onGitHub('reading the policy', async () => {
        const commit = job.baseCommit ?? headCommit;
        const policy = await policyAt(trees, commit, (file) => blobs.text(file, POLICY_LIMIT_BYTES));
        return policy === undefined ? undefined : withExtended(access, repository, policy, folder);
      }),

    readBytes: (asset, limitBytes) =>
      onGitHub(`reading ${asset.path}`, async () => {
        // JSON has no other way to say that a name is not UTF-8. Half a name cannot be committed to.
        if (asset.path.includes('\uFFFD')) {
          const hint = 'Rename the file.';
          throw new BotError('FILE_UNREADABLE', 'the name is not valid UTF-8.', { at: asset.path, hint });
        }
        return resolved(asset.blob, asset.byteLength, limitBytes);
      }),

    readBase: (asset, limitBytes) =>
      onGitHub(`reading ${asset.path} at the base`, async () => {
        if (asset.base === undefined) throw new BotError('INTERNAL', 'there is no base.', { at: asset.path });
        return resolved(asset.base.blob, asset.base.byteLength, limitBytes);
      }),

    readSibling: (asset, uri, limitBytes) =>
      onGitHub(`reading a file beside ${asset.path}`, async () => {
        const name = resolveSibling(asset.path, uri);
        const file = name === undefined ? undefined : await trees.at(headCommit).find(name);
        return file === undefined ? { kind: 'missing' } : resolved(file.blob, file.byteLength, limitBytes);
      }),

    readManifests: (asset) =>
      onGitHub('reading manifests', async () => {
        const found: { path: string; text: string }[] = [];
        for (const prefix of prefixesUpward(asset.path)) {
          for (const name of MANIFEST_NAMES) {
            const file = await trees.at(headCommit).find(`${prefix}${name}`);
            const text = file === undefined ? undefined : await blobs.text(file, MANIFEST_LIMIT_BYTES);
            if (text !== undefined) found.push({ path: `${prefix}${name}`, text });
          }
        }
        return found;
      }),
  };
}

async function everyGlb(trees: Trees, commit: string): Promise<readonly ChangedAsset[]> {
  const files = await trees.at(commit).filter((name) => /\.glb$/i.test(name));
  return files.map((file) => ({ ...file, change: 'modified' }));
}

/** The one policy file of a commit; two of them, or a page too long, are an error of the policy. */
export async function policyAt(
  trees: Trees,
  commit: string,
  read: (file: TreeFile) => Promise<string | undefined>,
): Promise<{ path: string; text: string } | undefined> {
  const found = await Promise.all(POLICY_PATHS.map((name) => trees.at(commit).find(name)));
  const [file, second] = found.filter((one) => one !== undefined);
  if (file === undefined) return undefined;
  if (second !== undefined) {
    const hint = 'Delete one of them.';
    throw new BotError('POLICY_INVALID', `there is also ${second.path}, and only one can be right.`, {
      at: file.path,
      hint,
    });
  }
  const text = await read(file);
  if (text !== undefined) return { path: file.path, text };
  throw new BotError('POLICY_INVALID', `the policy has more than ${POLICY_LIMIT_BYTES} bytes.`, { at: file.path });
}

// One level: what the other policy extends is not looked at.
async function withExtended(
  access: GitHubAccess,
  repository: string,
  policy: { readonly path: string; readonly text: string },
  folder: string,
) {
  const checked = checkPolicy(policy);
  const other = checked.kind === 'valid' ? checked.policy.extends : null;
  if (other === null) return policy;
  const invalid = (message: string, hint: string) =>
    new BotError('POLICY_INVALID', message, { at: `${policy.path} extends`, received: JSON.stringify(other), hint });
  // The policy of a stranger is none of ours, and the token of one owner reads nothing of another.
  if (other.split('/')[0]?.toLowerCase() !== splitRepository(repository).owner.toLowerCase()) {
    throw invalid('only a repository of the same owner can be extended.', 'Copy the policy, or name another one.');
  }
  const there = access.elsewhere(other);
  const { data } = await there.octokit.rest.repos.get(splitRepository(other)).catch(() => {
    throw invalid('the repository cannot be read.', 'Install the App there too, or make the repository public.');
  });
  const branch = await there.octokit.rest.repos.getBranch({ ...splitRepository(other), branch: data.default_branch });
  const blobs = openBlobs(there, other, folder);
  const extended = await policyAt(openTrees(there, other), branch.data.commit.sha, (file) =>
    blobs.text(file, POLICY_LIMIT_BYTES),
  );
  if (extended === undefined) {
    throw invalid('there is no policy in it.', `It is looked for at ${POLICY_PATHS.join(', ')}.`);
  }
  return { ...policy, extended: { path: `${other}/${extended.path}`, text: extended.text } };
}

// 'a/b/', 'a/', ''
function prefixesUpward(assetPath: string): string[] {
  const folder = assetPath.split('/').slice(0, -1);
  return Array.from({ length: folder.length + 1 }, (_, up) =>
    folder
      .slice(0, folder.length - up)
      .map((part) => `${part}/`)
      .join(''),
  );
}
