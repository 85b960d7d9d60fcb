/** Blobs, trees and commits of the Git Data API. */
import {
  describeObject,
  findEntry,
  readBlob,
  readCommit,
  readTree,
  type TreeChange,
  writeBlob,
  writeCommit,
  writeTree,
} from '../git/objects.ts';
import { resolveCommit } from '../git/refs.ts';
import { ApiError, invalid, notFound, unprocessable } from '../http/api-error.ts';
import {
  created,
  type Json,
  ok,
  type Reply,
  type RepositoryCall,
  type RepositoryRoute,
  reading,
  repositoryRoute,
  textIn,
  writing,
} from '../http/route.ts';
import { emailOf, presentGitCommit } from '../present/commit.ts';
import { repositoryUrl } from '../present/repository.ts';
import { nodeId, now } from '../world/world.ts';
import { actorOf } from './commit-to.ts';
import { wantsRaw } from './media-type.ts';

// [peter-evans/create-pull-request docs/concepts-guidelines.md] "The GitHub API has a 40MiB limit when creating git blobs".
const CREATE_LIMIT_BYTES = 40 * 1024 * 1024;
// [GitHub docs, git/get-blob] "blobs up to 100 megabytes".
const READ_LIMIT_BYTES = 100 * 1024 * 1024;
// [GitHub docs, git/get-tree] 100,000 entries or 7 MB, then `truncated`.
const TREE_LIMIT_ENTRIES = 100_000;
const TREE_LIMIT_BYTES = 7_000_000;

async function createBlob({ world, repository, body }: RepositoryCall): Promise<Reply> {
  const encoding = textIn(body, 'encoding') === 'base64' ? 'base64' : 'utf8';
  const bytes = Buffer.from(textIn(body, 'content') ?? '', encoding);
  if (bytes.byteLength > CREATE_LIMIT_BYTES)
    throw invalid(
      'Blob',
      'data',
      'too_large',
      'Sorry, your input was too large to process. Consider creating the blob in a local clone of the repository and then pushing it to GitHub.',
    );
  const sha = await writeBlob(repository.directory, bytes);
  return created({ sha, url: `${repositoryUrl(world, repository)}/git/blobs/${sha}` });
}

async function getBlob({ world, repository, params, headers }: RepositoryCall): Promise<Reply> {
  const sha = params.file_sha ?? '';
  const found = await describeObject(repository.directory, sha);
  if (found?.type !== 'blob') throw notFound();
  if (found.byteLength > READ_LIMIT_BYTES) {
    throw new ApiError(
      403,
      'This API returns blobs up to 100 MB in size. The requested blob is too large to fetch via the API, but you can always clone the repository via Git.',
      {
        errors: [{ resource: 'Blob', field: 'data', code: 'too_large' }],
      },
    );
  }
  const bytes = (await readBlob(repository.directory, sha)) ?? Buffer.alloc(0);
  if (wantsRaw(headers.accept))
    return { status: 200, bytes, headers: { 'content-type': 'application/vnd.github.raw; charset=utf-8' } };
  return ok({
    sha,
    node_id: nodeId('Blob', sha),
    size: bytes.byteLength,
    url: `${repositoryUrl(world, repository)}/git/blobs/${sha}`,
    content: bytes.toString('base64').replaceAll(/(.{60})/g, '$1\n'),
    encoding: 'base64',
  });
}

async function presentTree({ world, repository }: RepositoryCall, sha: string, isRecursive: boolean) {
  const entries = await readTree(repository.directory, sha, isRecursive);
  const url = `${repositoryUrl(world, repository)}/git`;
  const all = entries.slice(0, TREE_LIMIT_ENTRIES).map((entry) => ({
    path: entry.path,
    mode: entry.mode,
    type: entry.type,
    sha: entry.sha,
    ...(entry.byteLength === null ? {} : { size: entry.byteLength }),
    ...(entry.type === 'commit' ? {} : { url: `${url}/${entry.type}s/${entry.sha}` }),
  }));
  const tree = isRecursive ? withinBytes(all) : all;
  return { sha, url: `${url}/trees/${sha}`, tree, truncated: entries.length > tree.length };
}

/** As many as fit into one answer. */
function withinBytes<T>(entries: readonly T[]): readonly T[] {
  let byteLength = 0;
  const end = entries.findIndex((entry) => {
    byteLength += JSON.stringify(entry).length + 1;
    return byteLength > TREE_LIMIT_BYTES;
  });
  return end < 0 ? entries : entries.slice(0, end);
}

async function getTree(call: RepositoryCall): Promise<Reply> {
  const { repository, params, query } = call;
  const name = params.tree_sha ?? '';
  const commit = await resolveCommit(repository.directory, name);
  const sha = commit === null ? name : ((await readCommit(repository.directory, commit))?.tree ?? name);
  if ((await describeObject(repository.directory, sha))?.type !== 'tree') throw notFound();
  // Any value means yes, even `0`. [GitHub docs, git/get-tree]
  return ok(await presentTree(call, sha, query.has('recursive')));
}

async function createTree(call: RepositoryCall): Promise<Reply> {
  const { repository, body } = call;
  const { directory } = repository;
  const base = textIn(body, 'base_tree');
  const type = base === undefined ? 'tree' : (await describeObject(directory, base))?.type;
  if (type !== 'tree' && type !== 'commit') throw unprocessable('base_tree is not a valid tree or commit');
  const given = Array.isArray(body.tree)
    ? body.tree.filter((entry) => typeof entry === 'object' && entry !== null)
    : [];
  const changes: TreeChange[] = [];
  for (const entry of given) changes.push(await changeOf(directory, base ?? null, entry));
  const sha = await writeTree(
    directory,
    base ?? null,
    changes.filter(({ path }) => path !== ''),
  );
  return created(await presentTree(call, sha, false));
}

async function changeOf(directory: string, base: string | null, entry: Json): Promise<TreeChange> {
  const path = textIn(entry, 'path') ?? '';
  const mode = textIn(entry, 'mode') ?? '100644';
  if (
    path === '' ||
    path.startsWith('/') ||
    path.split('/').some((part) => part === '..' || part === '.git' || part === '')
  ) {
    throw unprocessable('tree.path contains a malformed path component');
  }
  const content = textIn(entry, 'content');
  if (content !== undefined) return { path, mode, sha: await writeBlob(directory, content) };
  const sha = textIn(entry, 'sha');
  if (sha === undefined) {
    // `sha: null` deletes; what is not there cannot be deleted.
    if (base === null || (await findEntry(directory, base, path)) === null)
      throw unprocessable('GitRPC::BadObjectState');
    return { path, mode, sha: null };
  }
  // A submodule's commit lives elsewhere.
  if (mode !== '160000' && (await describeObject(directory, sha)) === null) {
    throw unprocessable(`tree.sha ${sha} is not a valid ${textIn(entry, 'type') ?? 'blob'}`);
  }
  return { path, mode, sha };
}

async function createCommit(call: RepositoryCall): Promise<Reply> {
  const { world, repository, body } = call;
  const { directory } = repository;
  const tree = textIn(body, 'tree') ?? '';
  if ((await describeObject(directory, tree))?.type !== 'tree') throw unprocessable('Tree SHA does not exist');
  const parents = Array.isArray(body.parents) ? body.parents.map(String) : [];
  for (const parent of parents) {
    if ((await describeObject(directory, parent))?.type !== 'commit')
      throw unprocessable('Parent SHA does not exist or is not a commit object');
  }
  const actor = actorOf(call);
  const self = { name: actor.login, email: emailOf(actor), date: now() };
  const author = signature(body.author, self);
  // Without author and committer, GitHub signs what a bot commits. [create-pull-request docs, "Commit signing"]
  const isSigned = call.caller.kind === 'installation' && body.author === undefined && body.committer === undefined;
  const committer = isSigned
    ? { name: 'GitHub', email: 'noreply@github.com', date: now() }
    : signature(body.committer, author);
  const sha = await writeCommit(directory, {
    tree,
    parents,
    author,
    committer,
    message: textIn(body, 'message') ?? '',
  });
  if (isSigned) repository.signedCommits.add(sha);
  const commit = await readCommit(directory, sha);
  if (commit === null) throw notFound();
  return created(presentGitCommit(world, repository, commit));
}

function signature(given: unknown, fallback: { readonly name: string; readonly email: string; readonly date: string }) {
  if (typeof given !== 'object' || given === null) return fallback;
  const of = (key: 'name' | 'email' | 'date') => textIn({ ...given }, key) ?? fallback[key];
  return { name: of('name'), email: of('email'), date: of('date') };
}

async function getCommit({ world, repository, params }: RepositoryCall): Promise<Reply> {
  const commit = await readCommit(repository.directory, params.commit_sha ?? '');
  if (commit === null) throw notFound();
  return ok(presentGitCommit(world, repository, commit));
}

/** The routes of Git objects. */
export const gitDataRoutes: readonly RepositoryRoute[] = [
  repositoryRoute('POST', '/git/blobs', writing('contents'), createBlob),
  repositoryRoute('GET', '/git/blobs/{file_sha}', reading('contents'), getBlob),
  repositoryRoute('POST', '/git/trees', writing('contents'), createTree),
  repositoryRoute('GET', '/git/trees/{tree_sha}', reading('contents'), getTree),
  repositoryRoute('POST', '/git/commits', writing('contents'), createCommit),
  repositoryRoute('GET', '/git/commits/{commit_sha}', reading('contents'), getCommit),
];
