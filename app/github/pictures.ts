/**
 * Pictures of comments live on orphan branches of the repository itself, one for each month, and are named by commit. So
 * nobody sees them who may not see the repository, an address never changes, and what is old goes with its month's branch.
 */
import { type ArtifactStore, type Digest, messageOf, type ReportImage } from '../../src/index.ts';
import { type GitHubAccess, splitRepository } from './access.ts';
import { branchTip } from './commit.ts';
import { isRefused } from './failure.ts';
import { unless } from './octokit.ts';

/** Where pictures went; null for one that is nowhere. */
export type PictureAddress = (name: string) => string | null;

/** Where pictures live. Adapters: branches, the server's signed links, none. */
export interface PictureHome {
  store(
    images: readonly ReportImage[],
    place: { readonly pullNumber: number; readonly headCommit: string },
  ): Promise<PictureAddress>;
}

/** No pictures at all. */
export const noPictures: PictureHome = Object.freeze({ store: async () => () => null });

/**
 * Pictures on the server: whoever has the address of one sees it until it ends, and GitHub fetches it for all readers of the
 * comment. `linkTo` gives the whole address.
 */
export function linkedPictures(
  artifacts: Pick<ArtifactStore, 'put'>,
  linkTo: (digest: Digest, name: string) => Promise<string>,
): PictureHome {
  return {
    async store(images) {
      const addresses = new Map<string, string>();
      for (const { name, content } of images.slice(0, PICTURE_LIMIT_COUNT)) {
        const { digest } = await artifacts.put(await content.read());
        addresses.set(name, await linkTo(digest, name.split('/').at(-1) ?? name));
      }
      return (name) => addresses.get(name) ?? null;
    },
  };
}

const PREFIX = 'glb-optimizer-pictures';
const BRANCH = /^refs\/heads\/glb-optimizer-pictures\/(\d{4})-(\d{2})$/;
const RETENTION_DAYS = 90;
// A comment shows some twenty comparisons and as many sheets; a request holds a few megabytes.
const PICTURE_LIMIT_COUNT = 60;
const REQUEST_LIMIT_BYTES = 3 * 1024 * 1024;
const WRITE_TRIES = 6;

const MUTATION = `mutation ($input: CreateCommitOnBranchInput!) {
  createCommitOnBranch(input: $input) { commit { oid } }
}`;

/** Pictures on branches of `repository`. A token that may not write gives no addresses. */
export function branchPictures(
  access: GitHubAccess,
  repository: string,
  now: () => number,
  onTrouble: (what: string) => void = () => {},
): PictureHome {
  return {
    async store(images, place) {
      if (images.length === 0) return () => null;
      const branch = `${PREFIX}/${new Date(now()).toISOString().slice(0, 7)}`;
      const folder = `pr-${place.pullNumber}/${place.headCommit}`;
      const addresses = new Map<string, string>();
      try {
        for (const part of inParts(images.slice(0, PICTURE_LIMIT_COUNT))) {
          const commit = await append(access, repository, branch, folder, part);
          for (const { name } of part) {
            const path = [...folder.split('/'), ...name.split('/')].map(encodeURIComponent).join('/');
            addresses.set(name, `${access.place.serverUrl}/${repository}/blob/${commit}/${path}?raw=true`);
          }
        }
        await prune(access, repository, now());
      } catch (thrown) {
        access.signal.throwIfAborted();
        // Pictures are a courtesy: without them the comment has its numbers.
        if (!isRefused(thrown)) onTrouble(`pictures: ${messageOf(thrown)}`);
      }
      return (name) => addresses.get(name) ?? null;
    },
  };
}

function inParts(images: readonly ReportImage[]): readonly (readonly ReportImage[])[] {
  const parts: ReportImage[][] = [[]];
  let byteLength = 0;
  for (const image of images) {
    if (byteLength + image.content.byteLength > REQUEST_LIMIT_BYTES && byteLength > 0) {
      parts.push([]);
      byteLength = 0;
    }
    byteLength += image.content.byteLength;
    parts.at(-1)?.push(image);
  }
  return parts;
}

// Compare and swap, again and again: other workers write to the same branch.
async function append(
  access: GitHubAccess,
  repository: string,
  branch: string,
  folder: string,
  images: readonly ReportImage[],
): Promise<string> {
  const additions: { path: string; contents: string }[] = [];
  for (const { name, content } of images) {
    additions.push({ path: `${folder}/${name}`, contents: Buffer.from(await content.read()).toString('base64') });
  }
  for (let attempt = 1; ; attempt++) {
    const tip = (await branchTip(access, repository, branch)) ?? (await plant(access, repository, branch));
    try {
      const answer = await access.octokit.graphql<{ createCommitOnBranch: { commit: { oid: string } } }>(MUTATION, {
        input: {
          branch: { repositoryNameWithOwner: repository, branchName: branch },
          expectedHeadOid: tip,
          message: { headline: `Pictures for ${folder.split('/')[0]}` },
          fileChanges: { additions, deletions: [] },
        },
      });
      return answer.createCommitOnBranch.commit.oid;
    } catch (thrown) {
      const now = await branchTip(access, repository, branch);
      if (now === tip || attempt >= WRITE_TRIES) throw thrown;
    }
  }
}

/** A commit without parents, and the branch on it. */
async function plant(access: GitHubAccess, repository: string, branch: string): Promise<string> {
  const place = splitRepository(repository);
  const { git } = access.octokit.rest;
  const content = `Pictures in comments of glb-optimizer. Branches older than ${RETENTION_DAYS} days are deleted by it.\n`;
  const tree = await git.createTree({
    ...place,
    tree: [{ path: 'README.md', mode: '100644', type: 'blob', content }],
  });
  const commit = await git.createCommit({
    ...place,
    message: 'A place for pictures',
    tree: tree.data.sha,
    parents: [],
  });
  const made = await unless([422], git.createRef({ ...place, ref: `refs/heads/${branch}`, sha: commit.data.sha }));
  // 422: another worker was quicker.
  return made?.data.object.sha ?? (await branchTip(access, repository, branch)) ?? commit.data.sha;
}

/** Deletes branches of months that ended too long ago; gives their names. */
export async function prune(access: GitHubAccess, repository: string, nowMs: number): Promise<readonly string[]> {
  const place = splitRepository(repository);
  const { git } = access.octokit.rest;
  const { data } = await git.listMatchingRefs({ ...place, ref: `heads/${PREFIX}/` });
  const pruned: string[] = [];
  for (const { ref } of data) {
    const [, year, month] = BRANCH.exec(ref) ?? [];
    if (year === undefined || month === undefined) continue;
    const endMs = Date.UTC(Number(year), Number(month), 1);
    if (nowMs - endMs < RETENTION_DAYS * 86_400_000) continue;
    await unless([404, 422], git.deleteRef({ ...place, ref: ref.slice('refs/'.length) }));
    pruned.push(ref);
  }
  return pruned;
}
