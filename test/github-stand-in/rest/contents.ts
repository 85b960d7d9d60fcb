/** Files by path: `GET` and `PUT` of contents. */
import { findEntry, readBlob, readTree, type TreeEntry, writeBlob, writeTree } from '../git/objects.ts';
import { resolveCommit } from '../git/refs.ts';
import { ApiError, notFound } from '../http/api-error.ts';
import {
  ok,
  type Reply,
  type RepositoryCall,
  type RepositoryRoute,
  reading,
  repositoryRoute,
  textIn,
  writing,
} from '../http/route.ts';
import { presentGitCommit } from '../present/commit.ts';
import { repositoryUrl, webUrl } from '../present/repository.ts';
import { commitTo } from './commit-to.ts';
import { wantsRaw } from './media-type.ts';

// [GitHub docs, repos/get-content] Above 1 MB no content is given, above 100 MB nothing.
const INLINE_LIMIT_BYTES = 1024 * 1024;
const FILE_LIMIT_BYTES = 100 * 1024 * 1024;

function present(call: RepositoryCall, ref: string, entry: TreeEntry) {
  const { world, repository } = call;
  const place = entry.path.split('/').map(encodeURIComponent).join('/');
  const url = `${repositoryUrl(world, repository)}/contents/${place}?ref=${ref}`;
  const isFolder = entry.type === 'tree';
  const html = `${webUrl(world, repository)}/${isFolder ? 'tree' : 'blob'}/${ref}/${place}`;
  const git = `${repositoryUrl(world, repository)}/git/${isFolder ? 'trees' : 'blobs'}/${entry.sha}`;
  return {
    name: entry.path.split('/').at(-1) ?? '',
    path: entry.path,
    sha: entry.sha,
    size: entry.byteLength ?? 0,
    url,
    html_url: html,
    git_url: git,
    download_url: isFolder ? null : `${webUrl(world, repository)}/raw/${ref}/${place}`,
    type: isFolder ? 'dir' : entry.mode === '120000' ? 'symlink' : entry.type === 'commit' ? 'submodule' : 'file',
    _links: { self: url, git, html },
  };
}

async function getContents(call: RepositoryCall): Promise<Reply> {
  const { repository, params, query, headers } = call;
  const { directory } = repository;
  const ref = query.get('ref') ?? repository.defaultBranch;
  const commit = await resolveCommit(directory, ref);
  if (commit === null) throw new ApiError(404, `No commit found for the ref ${ref}`);
  const place = (params.path ?? '').replace(/\/+$/, '');
  const entry = place === '' ? null : await findEntry(directory, commit, place);
  if (place !== '' && entry === null) throw notFound();
  if (entry === null || entry.type === 'tree') {
    const entries = await readTree(directory, entry?.sha ?? commit, false);
    return ok(
      entries.map((one) => present(call, ref, { ...one, path: place === '' ? one.path : `${place}/${one.path}` })),
    );
  }
  const byteLength = entry.byteLength ?? 0;
  if (byteLength > FILE_LIMIT_BYTES) {
    throw new ApiError(
      403,
      'This API returns blobs up to 100 MB in size. The requested blob is too large to fetch via the API.',
      {
        errors: [{ resource: 'Blob', field: 'data', code: 'too_large' }],
      },
    );
  }
  const bytes = (await readBlob(directory, entry.sha)) ?? Buffer.alloc(0);
  if (wantsRaw(headers.accept))
    return { status: 200, bytes, headers: { 'content-type': 'application/vnd.github.raw; charset=utf-8' } };
  const isInline = byteLength <= INLINE_LIMIT_BYTES;
  const content = isInline ? bytes.toString('base64').replaceAll(/(.{60})/g, '$1\n') : '';
  return ok({ ...present(call, ref, entry), content, encoding: isInline ? 'base64' : 'none' });
}

async function putContents(call: RepositoryCall): Promise<Reply> {
  const { repository, params, body, world } = call;
  const { directory } = repository;
  const branch = textIn(body, 'branch') ?? repository.defaultBranch;
  const head = await resolveCommit(directory, `refs/heads/${branch}`);
  if (head === null) throw new ApiError(404, `Branch ${branch} not found`);
  const place = params.path ?? '';
  const old = await findEntry(directory, head, place);
  const sha = textIn(body, 'sha');
  if (old !== null && sha === undefined) throw new ApiError(422, `Invalid request.\n\n"sha" wasn't supplied.`);
  if ((old?.sha ?? undefined) !== sha) throw new ApiError(409, `${place} does not match ${sha}`);
  const blob = await writeBlob(directory, Buffer.from(textIn(body, 'content') ?? '', 'base64'));
  const tree = await writeTree(directory, head, [{ path: place, mode: old?.mode ?? '100644', sha: blob }]);
  const made = await commitTo(call, branch, { tree, head, message: textIn(body, 'message') ?? '' });
  if (made === null) throw new ApiError(409, `${branch} moved`);
  const entry = await findEntry(directory, made.sha, place);
  const content = entry === null ? null : present(call, branch, entry);
  return { status: old === null ? 201 : 200, json: { content, commit: presentGitCommit(world, repository, made) } };
}

/** The routes of files by path. */
export const contentsRoutes: readonly RepositoryRoute[] = [
  repositoryRoute('GET', '/contents/{path}', reading('contents'), getContents),
  repositoryRoute('PUT', '/contents/{path}', writing('contents'), putContents),
];
