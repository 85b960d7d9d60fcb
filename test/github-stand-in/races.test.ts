/** Compare-and-swap: of many writers on one head, one wins, and nothing is lost. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RepositoryHandle } from './driver/repository-handle.ts';
import { type GitHub, startGitHub } from './github.ts';
import { octokitAs } from './octokit.ts';

let github: GitHub;
let repository: RepositoryHandle;
let octokit: ReturnType<typeof octokitAs>;
const at = { owner: 'acme', repo: 'raced' };

beforeAll(async () => {
  github = await startGitHub();
  const app = github.app();
  repository = await github.repository('acme/raced', { files: { 'run.sh': { bytes: '#!/bin/sh\n', mode: '100755' } } });
  octokit = octokitAs(github, app, app.install('acme'));
});
afterAll(() => github.close());

const MUTATION = `mutation ($input: CreateCommitOnBranchInput!) {
  createCommitOnBranch(input: $input) { commit { oid url signature { isValid } } }
}`;

function commitOnBranch(expectedHeadOid: string, contents: string, path = 'run.sh') {
  const input = {
    branch: { repositoryNameWithOwner: 'acme/raced', branchName: 'main' },
    expectedHeadOid,
    message: { headline: 'Change', body: 'Because.' },
    fileChanges: { additions: [{ path, contents: Buffer.from(contents).toString('base64') }] },
  };
  return octokit.graphql<{ createCommitOnBranch: { commit: { oid: string; signature: { isValid: boolean } } } }>(
    MUTATION,
    { input },
  );
}

/** How many were kept, and what the others were told. */
function sort(results: readonly PromiseSettledResult<unknown>[]) {
  const refused = results.filter((result) => result.status === 'rejected');
  return {
    winners: results.length - refused.length,
    words: new Set(refused.map(({ reason }) => String(reason.message))),
  };
}

describe('ten writers at once', () => {
  it('by updateRef: one moves the branch, nine are told that it is no fast-forward', async () => {
    const head = (await repository.head('main')) ?? '';
    const { data: commit } = await octokit.rest.git.getCommit({ ...at, commit_sha: head });
    const made = await Promise.all(
      Array.from({ length: 10 }, async (_, index) => {
        const message = `Writer ${index}`;
        return (await octokit.rest.git.createCommit({ ...at, message, tree: commit.tree.sha, parents: [head] })).data
          .sha;
      }),
    );
    const moves = await Promise.allSettled(
      made.map((sha) => octokit.rest.git.updateRef({ ...at, ref: 'heads/main', sha })),
    );
    const { winners, words } = sort(moves);
    expect(winners).toBe(1);
    expect([...words].every((text) => text.includes('Update is not a fast forward'))).toBe(true);
    expect((await repository.log('main')).length).toBe(2);
  });

  it('by createCommitOnBranch: one is signed and kept with its mode, nine are stale', async () => {
    const head = (await repository.head('main')) ?? '';
    const results = await Promise.allSettled(
      Array.from({ length: 10 }, (_, index) => commitOnBranch(head, `echo ${index}\n`)),
    );
    const { winners, words } = sort(results);
    expect(winners).toBe(1);
    expect([...words]).toHaveLength(1);
    expect([...words][0]).toContain(`Expected branch to point to "${head}" but it did not`);
    const won = results.find((result) => result.status === 'fulfilled');
    expect(won?.value.createCommitOnBranch.commit.signature.isValid).toBe(true);
    const [newest] = await repository.log('main');
    expect(newest).toMatchObject({ message: 'Change\n\nBecause.', parents: [head], committer: { name: 'GitHub' } });
    expect(await repository.tree('main')).toMatchObject([{ path: 'run.sh', mode: '100755' }]);
  });

  it('by createRef: one makes the branch', async () => {
    const sha = (await repository.head('main')) ?? '';
    const results = await Promise.allSettled(
      Array.from({ length: 5 }, () => octokit.rest.git.createRef({ ...at, ref: 'refs/heads/new', sha })),
    );
    const { winners, words } = sort(results);
    expect([winners, [...words].join()]).toEqual([1, expect.stringContaining('Reference already exists')]);
  });

  it('by contents: the blob that is replaced must be the one that was seen', async () => {
    const { data } = await octokit.rest.repos.getContent({ ...at, path: 'run.sh' });
    const sha = 'sha' in data ? data.sha : '';
    const put = (content: string) =>
      octokit.rest.repos.createOrUpdateFileContents({ ...at, path: 'run.sh', sha, message: 'Put', content });
    await put(Buffer.from('one').toString('base64'));
    await expect(put(Buffer.from('two').toString('base64'))).rejects.toMatchObject({ status: 409 });
    expect((await repository.file('main', 'run.sh'))?.toString()).toBe('one');
  });
});
