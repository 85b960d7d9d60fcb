/** GraphQL: the mutations and lookups that a bot uses. Reads the operation's field by name, not the whole language. */
import { findEntry, type TreeChange, writeBlob, writeTree } from './git/objects.ts';
import { resolveCommit } from './git/refs.ts';
import { canSee } from './http/access.ts';
import { ApiError } from './http/api-error.ts';
import { type Call, type Json, ok, type PlainRoute, type Reply, textIn } from './http/route.ts';
import { presentVerification } from './present/commit.ts';
import { webUrl } from './present/repository.ts';
import { actorOf, commitTo, requirePush } from './rest/commit-to.ts';
import { setDraft } from './rest/pulls.ts';
import type { Pull, Repository } from './world/repository.ts';
import { findRepository, nodeId, type World } from './world/world.ts';

/** An error inside a 200, as GraphQL has it. */
class GraphqlError extends Error {
  readonly type: string;

  constructor(type: string, message: string) {
    super(message);
    this.type = type;
  }
}

function objectIn(body: Json, key: string): Json {
  const value = body[key];
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

type Resolver = (call: Call, input: Json) => Promise<Json>;

/** `createCommitOnBranch`: compare-and-swap by `expectedHeadOid`, signed by GitHub, file modes of new files 100644. */
async function createCommitOnBranch(call: Call, input: Json): Promise<Json> {
  const { world, caller } = call;
  const target = objectIn(input, 'branch');
  const { repository, branch } = findBranch(world, target);
  if (repository === undefined || !canSee(caller, repository)) {
    throw new GraphqlError(
      'NOT_FOUND',
      `Could not resolve to a Repository with the name '${textIn(target, 'repositoryNameWithOwner')}'.`,
    );
  }
  const { directory } = repository;
  const expected = textIn(input, 'expectedHeadOid') ?? '';
  requirePush(call, repository, branch);
  const head = await resolveCommit(directory, `refs/heads/${branch}`);
  if (head === null) throw new GraphqlError('NOT_FOUND', `No such branch: ${branch}`);
  const stale = new GraphqlError(
    'STALE_DATA',
    `Expected branch to point to "${expected}" but it did not. Pull and try again.`,
  );
  if (head !== expected) throw stale;

  const files = objectIn(input, 'fileChanges');
  const changes: TreeChange[] = [];
  for (const deletion of listIn(files, 'deletions'))
    changes.push({ path: textIn(deletion, 'path') ?? '', mode: '0', sha: null });
  for (const addition of listIn(files, 'additions')) {
    const path = textIn(addition, 'path') ?? '';
    if (path === '' || path.startsWith('/') || path.split('/').includes('..'))
      throw new GraphqlError('UNPROCESSABLE', `A path was requested that is invalid: ${path}`);
    const old = await findEntry(directory, head, path);
    const sha = await writeBlob(directory, Buffer.from(textIn(addition, 'contents') ?? '', 'base64'));
    changes.push({ path, mode: old?.mode ?? '100644', sha });
  }
  const tree = await writeTree(directory, head, changes);
  const message = objectIn(input, 'message');
  const text = [textIn(message, 'headline') ?? '', textIn(message, 'body') ?? ''].filter(Boolean).join('\n\n');
  const made = await commitTo({ world, caller, repository }, branch, { tree, head, message: text });
  if (made === null) throw stale;
  const { verified } = presentVerification(repository, made);
  const commit = {
    id: nodeId('Commit', made.sha),
    oid: made.sha,
    url: `${webUrl(world, repository)}/commit/${made.sha}`,
    message: made.message,
    committedDate: made.committer.date,
    signature: { isValid: verified, state: 'VALID', wasSignedByGitHub: true },
  };
  return {
    clientMutationId: input.clientMutationId ?? null,
    commit,
    ref: { id: nodeId('Ref', branch), name: branch, target: { oid: made.sha } },
  };
}

function findBranch(world: World, target: Json): { repository: Repository | undefined; branch: string } {
  const name = textIn(target, 'repositoryNameWithOwner') ?? '';
  return {
    repository: findRepository(world, name),
    branch: (textIn(target, 'branchName') ?? '').replace(/^refs\/heads\//, ''),
  };
}

function listIn(body: Json, key: string): Json[] {
  const value = body[key];
  return Array.isArray(value) ? value.filter((one) => typeof one === 'object' && one !== null) : [];
}

function findPull(world: World, id: unknown): Pull {
  const all = [...world.repositories.values()].flatMap(({ pulls }) => [...pulls.values()]);
  const found = all.find((pull) => nodeId('PullRequest', pull.id) === id);
  if (found === undefined)
    throw new GraphqlError('NOT_FOUND', `Could not resolve to a node with the global id of '${id}'`);
  return found;
}

function draftMutation(isDraft: boolean): Resolver {
  return async (call, input) => {
    const pull = findPull(call.world, input.pullRequestId);
    await setDraft(call.world, pull, isDraft, actorOf(call));
    return { pullRequest: { id: input.pullRequestId, isDraft: pull.isDraft } };
  };
}

/** Hides a comment; the stand-in only checks that it is there. */
const minimizeComment: Resolver = async ({ world }, input) => {
  const comments = [...world.repositories.values()].flatMap(({ comments: own }) => [...own.values()]);
  if (!comments.some(({ id }) => nodeId('IssueComment', id) === input.subjectId)) {
    throw new GraphqlError('NOT_FOUND', `Could not resolve to a node with the global id of '${input.subjectId}'`);
  }
  return { minimizedComment: { isMinimized: true, minimizedReason: 'outdated' } };
};

/** Whether a pull request waits in a merge queue: its branch of the queue is there. */
const node: Resolver = async ({ world }, { id }) => {
  const pull = findPull(world, id);
  const queue = `refs/heads/gh-readonly-queue/${pull.baseBranch}/pr-${pull.number}-${pull.headSha}`;
  return { isInMergeQueue: (await resolveCommit(pull.repository.directory, queue)) !== null };
};

const viewer: Resolver = async (call) => ({ login: actorOf(call).login });

const RESOLVERS: Readonly<Record<string, Resolver>> = {
  createCommitOnBranch,
  markPullRequestReadyForReview: draftMutation(false),
  convertPullRequestToDraft: draftMutation(true),
  minimizeComment,
  node,
  viewer,
};

async function run(call: Call): Promise<Reply> {
  const query = textIn(call.body, 'query') ?? '';
  const name = Object.keys(RESOLVERS).find((one) => new RegExp(`\\b${one}\\b`).test(query));
  const resolver = name === undefined ? undefined : RESOLVERS[name];
  if (name === undefined || resolver === undefined) {
    // A silent answer would let a client believe that it was understood.
    call.world.violations.push(`the stand-in knows no such GraphQL: ${query.slice(0, 200)}`);
    return ok({ errors: [{ message: 'the stand-in does not know this field' }] });
  }
  if (call.caller.kind === 'anonymous') throw new ApiError(401, 'This endpoint requires you to be authenticated.');
  try {
    const variables = objectIn(call.body, 'variables');
    return ok({
      data: { [name]: await resolver(call, 'input' in variables ? objectIn(variables, 'input') : variables) },
    });
  } catch (cause) {
    const type = cause instanceof GraphqlError ? cause.type : cause instanceof ApiError ? 'FORBIDDEN' : undefined;
    if (type === undefined || !(cause instanceof Error)) throw cause;
    const error = { type, path: [name], locations: [{ line: 1, column: 1 }], message: cause.message };
    return ok({ data: { [name]: null }, errors: [error] });
  }
}

/** `POST /graphql`. */
export const graphqlRoutes: readonly PlainRoute[] = [{ operation: 'POST /graphql', handle: run }];
