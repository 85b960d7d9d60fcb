/** Makes a commit by the road that fits, and finds out what happened when an answer got lost. */
import { BotError, MIB, readTrailers } from '../../src/index.ts';
import { type GitHubAccess, splitRepository } from './access.ts';
import { commitByGitData } from './commit-by-git-data.ts';
import { commitByGraphql } from './commit-by-graphql.ts';
import { commitByPush, type PushOptions } from './commit-by-push.ts';
import { type CommitAnswer, type CommitFile, type CommitRequest, isGone, isNew } from './commit-request.ts';
import { blobId } from './download.ts';
import { unless } from './octokit.ts';
import { openTrees } from './trees.ts';

/** The three roads to a commit. */
export type Road = 'graphql' | 'git-data' | 'push';

// All files travel in one request; GitHub names no limit, and a request that ran into one would be lost time.
const GRAPHQL_LIMIT_BYTES = 4 * MIB;
const GRAPHQL_LIMIT_COUNT = 30;
// 40 MiB of base64, which is four characters for three bytes. [peter-evans/create-pull-request docs/concepts-guidelines.md]
const BLOB_LIMIT_BYTES = 30 * MIB;
// 80 content-creating requests a minute are allowed. [docs: rate limits for the REST API]
const BLOB_LIMIT_COUNT = 60;

/** Chooses the road for these files. */
export function roadFor(request: Pick<CommitRequest, 'files' | 'otherParents'>): Road {
  const fresh = request.files.filter(isNew);
  const sizes = fresh.map(({ content }) => content.byteLength);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  // GraphQL can neither name a blob, nor keep a mode, nor merge.
  const isPlain = request.files.every((file) => isNew(file) && file.mode === '100644');
  if (
    isPlain &&
    request.otherParents.length === 0 &&
    total <= GRAPHQL_LIMIT_BYTES &&
    sizes.length <= GRAPHQL_LIMIT_COUNT
  ) {
    return 'graphql';
  }
  return sizes.every((size) => size <= BLOB_LIMIT_BYTES) && sizes.length <= BLOB_LIMIT_COUNT ? 'git-data' : 'push';
}

/** Makes the commit, once: one that an earlier try made is found again. */
export async function makeCommit(
  access: GitHubAccess,
  request: CommitRequest,
  options: PushOptions,
): Promise<CommitAnswer> {
  const before = await whereIs(access, request);
  if (before.kind !== 'ready') return before;
  try {
    return { kind: 'made', commit: await ROADS[roadFor(request)](access, request, options) };
  } catch (thrown) {
    if (access.signal.aborted) throw thrown;
    // Refused because the branch moved, or done although the answer was lost: the branch itself knows.
    const after = await whereIs(access, request);
    if (after.kind !== 'ready') return after;
    throw thrown;
  }
}

const ROADS: Readonly<
  Record<Road, (access: GitHubAccess, request: CommitRequest, options: PushOptions) => Promise<string>>
> = Object.freeze({ graphql: commitByGraphql, 'git-data': commitByGitData, push: pushOrUpload });

// Without git on this machine, many small files can still go one by one: slower, and nearer to GitHub's limits.
async function pushOrUpload(access: GitHubAccess, request: CommitRequest, options: PushOptions): Promise<string> {
  try {
    return await commitByPush(access, request, options);
  } catch (thrown) {
    const isSmall = request.files.every((file) => !isNew(file) || file.content.byteLength <= BLOB_LIMIT_BYTES);
    if (!isSmall || !isGitMissing(thrown)) throw thrown;
    return commitByGitData(access, request);
  }
}

function isGitMissing(thrown: unknown): boolean {
  const { cause } = thrown instanceof BotError ? thrown : { cause: undefined };
  return cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
}

async function whereIs(
  access: GitHubAccess,
  request: CommitRequest,
): Promise<CommitAnswer | { readonly kind: 'ready' }> {
  const tip = await branchTip(access, request.repository, request.branch);
  if (tip === request.tip) return { kind: 'ready' };
  if (tip !== undefined && (await isOurs(access, request, tip))) return { kind: 'made', commit: tip };
  return { kind: 'moved', tip: tip ?? null };
}

/** The commit that a branch points to; undefined when there is no such branch, or none that we can see. */
export async function branchTip(access: GitHubAccess, repository: string, branch: string): Promise<string | undefined> {
  const found = await unless(
    [404],
    access.octokit.rest.git.getRef({ ...splitRepository(repository), ref: `heads/${branch}` }),
  );
  return found?.data.object.sha;
}

// By its parent and its trailers, and by its bytes: a message can be copied by anybody, bytes that hash the same cannot.
async function isOurs(access: GitHubAccess, request: CommitRequest, commit: string): Promise<boolean> {
  const { data } = await access.octokit.rest.git.getCommit({
    ...splitRepository(request.repository),
    commit_sha: commit,
  });
  if (data.parents[0]?.sha !== request.tip || readTrailers(data.message) === undefined) return false;
  const files = openTrees(access, request.repository).at(commit);
  for (const file of request.files) {
    const found = await files.find(file.path);
    if (found?.blob !== (await idOf(file))) return false;
  }
  return true;
}

async function idOf(file: CommitFile): Promise<string | undefined> {
  if (isGone(file)) return undefined;
  return isNew(file) ? blobId(await file.content.read()) : file.blob;
}

/** The error of a branch that moved under a commit. */
export function headMoved(answer: Extract<CommitAnswer, { kind: 'moved' }>, request: CommitRequest): BotError {
  return new BotError('GITHUB_SUPERSEDED', `${request.branch} has moved on.`, {
    expected: request.tip.slice(0, 12),
    received: answer.tip?.slice(0, 12) ?? 'no such branch',
  });
}
