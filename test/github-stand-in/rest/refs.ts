/** Refs and branches. */
import { pushRef } from '../events/push.ts';
import { describeObject, readCommit } from '../git/objects.ts';
import { isFastForward, isRefName, listRefs, readRef } from '../git/refs.ts';
import { ApiError, notFound, unprocessable } from '../http/api-error.ts';
import {
  created,
  list,
  noContent,
  ok,
  type Reply,
  type RepositoryCall,
  type RepositoryRoute,
  reading,
  repositoryRoute,
  textIn,
  writing,
} from '../http/route.ts';
import { presentCommit, presentRef } from '../present/commit.ts';
import { repositoryUrl, webUrl } from '../present/repository.ts';
import { actorOf, requirePush } from './commit-to.ts';

const HEADS = 'refs/heads/';

function branchOf(ref: string): string {
  return ref.startsWith(HEADS) ? ref.slice(HEADS.length) : ref;
}

async function createRef(call: RepositoryCall): Promise<Reply> {
  const { world, repository, body } = call;
  const ref = textIn(body, 'ref') ?? '';
  const sha = textIn(body, 'sha') ?? '';
  if (!/^refs\/.+\/.+/.test(ref) && !/^refs\/[^/]+\/.+/.test(ref)) {
    throw unprocessable("Reference name must start with 'refs/' and have at least one additional path component.");
  }
  if (!(await isRefName(ref))) throw unprocessable('Reference name is invalid');
  if ((await describeObject(repository.directory, sha)) === null) throw unprocessable('Object does not exist');
  requirePush(call, repository, branchOf(ref));
  const isMade = await pushRef(world, repository, actorOf(call), { ref, before: null, after: sha });
  if (!isMade) throw unprocessable('Reference already exists');
  return created(presentRef(world, repository, { name: ref, sha, type: 'commit' }));
}

async function updateRef(call: RepositoryCall): Promise<Reply> {
  const { world, repository, params, body } = call;
  const { directory } = repository;
  const name = `refs/${params.ref}`;
  const next = textIn(body, 'sha') ?? '';
  const old = await readRef(directory, name);
  if (old === null) throw unprocessable('Reference does not exist');
  if ((await describeObject(directory, next))?.type !== 'commit') throw unprocessable('Object does not exist');
  requirePush(call, repository, branchOf(name));
  if (body.force !== true && !(await isFastForward(directory, old.sha, next)))
    throw unprocessable('Update is not a fast forward');
  const isMoved = await pushRef(world, repository, actorOf(call), { ref: name, before: old.sha, after: next });
  if (!isMoved) throw unprocessable('Update is not a fast forward');
  return ok(presentRef(world, repository, { name, sha: next, type: 'commit' }));
}

async function deleteRef(call: RepositoryCall): Promise<Reply> {
  const { world, repository, params } = call;
  const name = `refs/${params.ref}`;
  const old = await readRef(repository.directory, name);
  if (old === null) throw unprocessable('Reference does not exist');
  requirePush(call, repository, branchOf(name));
  const isDone = await pushRef(world, repository, actorOf(call), { ref: name, before: old.sha, after: null });
  if (!isDone) throw new ApiError(409, 'Reference moved');
  return noContent();
}

async function getRef({ world, repository, params }: RepositoryCall): Promise<Reply> {
  const ref = await readRef(repository.directory, `refs/${params.ref}`);
  if (ref === null) throw notFound();
  return ok(presentRef(world, repository, ref));
}

async function matchingRefs({ world, repository, params }: RepositoryCall): Promise<Reply> {
  const refs = await listRefs(repository.directory, `refs/${params.ref}`);
  // Not paged, whatever the query asks. [GitHub's description: git/list-matching-refs takes no page]
  return ok(refs.map((ref) => presentRef(world, repository, ref)));
}

async function listBranches({ world, repository, query }: RepositoryCall): Promise<Reply> {
  const refs = await listRefs(repository.directory, HEADS);
  const branches = refs.map(({ name, sha }) => ({
    name: branchOf(name),
    commit: { sha, url: `${repositoryUrl(world, repository)}/commits/${sha}` },
    protected: repository.protectedBranches.has(branchOf(name)),
  }));
  const wanted = query.get('protected');
  return list(wanted === null ? branches : branches.filter((branch) => String(branch.protected) === wanted));
}

async function getBranch({ world, repository, params }: RepositoryCall): Promise<Reply> {
  const name = params.branch ?? '';
  const ref = await readRef(repository.directory, HEADS + name);
  const commit = ref && (await readCommit(repository.directory, ref.sha));
  if (commit === null) throw new ApiError(404, 'Branch not found');
  const self = `${repositoryUrl(world, repository)}/branches/${name}`;
  const isProtected = repository.protectedBranches.has(name);
  return ok({
    name,
    commit: presentCommit(world, repository, commit),
    _links: { self, html: `${webUrl(world, repository)}/tree/${name}` },
    protected: isProtected,
    protection: {
      enabled: isProtected,
      required_status_checks: { enforcement_level: 'off', contexts: [], checks: [] },
    },
    protection_url: `${self}/protection`,
  });
}

/** The routes of refs and branches. */
export const refRoutes: readonly RepositoryRoute[] = [
  repositoryRoute('POST', '/git/refs', { ...writing('contents'), isOpenToReaders: true }, createRef),
  repositoryRoute('GET', '/git/ref/{ref}', reading('contents'), getRef),
  repositoryRoute('GET', '/git/matching-refs/{ref}', reading('contents'), matchingRefs),
  repositoryRoute('PATCH', '/git/refs/{ref}', reading('contents'), updateRef),
  repositoryRoute('DELETE', '/git/refs/{ref}', reading('contents'), deleteRef),
  repositoryRoute('GET', '/branches', reading('contents'), listBranches),
  repositoryRoute('GET', '/branches/{branch}', reading('contents'), getBranch),
];
