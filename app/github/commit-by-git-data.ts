/** The middle road: blobs, trees, a commit, and a reference that is never forced. Signed by GitHub for an App. */
import { BotError } from '../../src/index.ts';
import { type GitHubAccess, splitRepository } from './access.ts';
import { type CommitRequest, isGone, isNew } from './commit-request.ts';
import { blobId } from './download.ts';

// Large requests for trees fail; create-pull-request takes as many at once. [peter-evans/create-pull-request]
const TREE_ENTRY_LIMIT_COUNT = 100;

/** Makes the commit and moves the branch to it; throws what GitHub answers when it is no fast-forward. */
export async function commitByGitData(access: GitHubAccess, request: CommitRequest): Promise<string> {
  const commit = await writeCommit(access, request);
  const place = splitRepository(request.repository);
  await access.octokit.rest.git.updateRef({ ...place, ref: `heads/${request.branch}`, sha: commit, force: false });
  return commit;
}

/** Writes the commit; no branch points to it yet. */
export async function writeCommit(access: GitHubAccess, request: CommitRequest): Promise<string> {
  const { git } = access.octokit.rest;
  const place = splitRepository(request.repository);
  const entries: { path: string; mode: '100644' | '100755'; type: 'blob'; sha: string | null }[] = [];
  // One after the other: GitHub asks for it. [docs: best practices, "avoid concurrent requests"]
  for (const file of request.files) {
    if (isGone(file)) {
      // [docs: git/create-tree] "If the value is null then the file will be deleted."
      entries.push({ path: file.path, mode: '100644', type: 'blob', sha: null });
      continue;
    }
    const sha = isNew(file) ? await writeBlob(access, place, await file.content.read(), file.path) : file.blob;
    entries.push({ path: file.path, mode: file.mode === '100755' ? '100755' : '100644', type: 'blob', sha });
  }
  const { data: below } = await git.getCommit({ ...place, commit_sha: request.treeOf });
  let tree = below.tree.sha;
  for (let start = 0; start < entries.length; start += TREE_ENTRY_LIMIT_COUNT) {
    const part = entries.slice(start, start + TREE_ENTRY_LIMIT_COUNT);
    tree = (await git.createTree({ ...place, base_tree: tree, tree: part })).data.sha;
  }
  // Without an author it is GitHub that signs. [peter-evans/create-pull-request docs/concepts-guidelines.md]
  const { data } = await git.createCommit({
    ...place,
    message: request.message,
    tree,
    parents: [request.tip, ...request.otherParents],
  });
  return data.sha;
}

async function writeBlob(
  access: GitHubAccess,
  place: { readonly owner: string; readonly repo: string },
  bytes: Uint8Array,
  path: string,
): Promise<string> {
  const content = Buffer.from(bytes).toString('base64');
  const { data } = await access.octokit.rest.git.createBlob({ ...place, content, encoding: 'base64' });
  const expected = blobId(bytes);
  if (data.sha.length !== expected.length || data.sha === expected) return data.sha;
  throw new BotError('GITHUB_FAILED', 'GitHub stored other bytes than ours.', {
    at: path,
    expected,
    received: data.sha,
  });
}
