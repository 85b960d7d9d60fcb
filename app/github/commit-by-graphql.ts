/** The short road: one request, signed by GitHub, with the expected head in it. */
import type { GitHubAccess } from './access.ts';
import { type CommitRequest, isNew } from './commit-request.ts';

const MUTATION = `mutation ($input: CreateCommitOnBranchInput!) {
  createCommitOnBranch(input: $input) { commit { oid } }
}`;

/** Makes the commit; GitHub refuses when the branch is not at the tip. All files must be new bytes of mode 100644. */
export async function commitByGraphql(access: GitHubAccess, request: CommitRequest): Promise<string> {
  const [headline = '', ...rest] = request.message.split('\n');
  const additions: { path: string; contents: string }[] = [];
  for (const file of request.files.filter(isNew)) {
    additions.push({ path: file.path, contents: Buffer.from(await file.content.read()).toString('base64') });
  }
  const answer = await access.octokit.graphql<{ createCommitOnBranch: { commit: { oid: string } } }>(MUTATION, {
    input: {
      branch: { repositoryNameWithOwner: request.repository, branchName: request.branch },
      expectedHeadOid: request.tip,
      message: { headline, body: rest.join('\n').trim() },
      fileChanges: { additions, deletions: [] },
    },
  });
  return answer.createCommitOnBranch.commit.oid;
}
