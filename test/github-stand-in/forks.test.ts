/** Forks: pull requests from them, and who may write to their branches, by REST, GraphQL and LFS. */
import { afterAll, describe, expect, it } from 'vitest';
import { type GitHub, startGitHub } from './github.ts';
import { octokitAs, octokitWith } from './octokit.ts';

const opened: GitHub[] = [];
afterAll(async () => {
  for (const github of opened) await github.close();
});

const MUTATION =
  'mutation ($input: CreateCommitOnBranchInput!) { createCommitOnBranch(input: $input) { commit { oid } } }';

/** A pull request from a fork. */
async function startFork(options: {
  readonly appsMayEditForks: boolean;
  readonly kind?: 'User' | 'Organization';
  readonly maintainerCanModify?: boolean;
}) {
  const github = await startGitHub({ appsMayEditForks: options.appsMayEditForks });
  opened.push(github);
  const app = github.app();
  const base = await github.repository('acme/models', { files: { 'a.txt': 'a' } });
  const octokit = octokitAs(github, app, app.install('acme'));
  const fork = await base.fork('ada', options.kind ?? 'User');
  await fork.commit('change', { 'a.glb': 'glTF' }, { author: 'ada' });
  const pull = await base.openPull({
    head: 'change',
    from: fork,
    author: 'ada',
    maintainerCanModify: options.maintainerCanModify ?? true,
  });
  const commit = async (branchName: string) => {
    const input = {
      branch: { repositoryNameWithOwner: 'ada/models', branchName },
      expectedHeadOid: await fork.head('change'),
      message: { headline: 'Optimize' },
      fileChanges: { additions: [{ path: 'a.glb', contents: 'AAAA' }] },
    };
    return octokit.graphql(MUTATION, { input });
  };
  return { github, app, base, fork, pull, octokit, commit };
}

describe('a pull request from a fork', () => {
  it('is read from the base repository, blobs and all, and its pushes are told there', async () => {
    const { octokit, fork, pull, github, app } = await startFork({ appsMayEditForks: false });
    app.setWebhookUrl('http://127.0.0.1:9/');
    const at = { owner: 'acme', repo: 'models' };
    const { data } = await octokit.rest.pulls.get({ ...at, pull_number: pull.number });
    expect(data).toMatchObject({
      head: { label: 'ada:change', repo: { full_name: 'ada/models', fork: true } },
      maintainer_can_modify: true,
    });
    const { data: files } = await octokit.rest.pulls.listFiles({ ...at, pull_number: pull.number });
    const blob = await octokit.rest.git.getBlob({ ...at, file_sha: files[0]?.sha ?? '' });
    expect(Buffer.from(blob.data.content, 'base64').toString()).toBe('glTF');
    const compared = await octokit.rest.repos.compareCommitsWithBasehead({ ...at, basehead: 'main...ada:change' });
    expect(compared.data).toMatchObject({ status: 'ahead', ahead_by: 1, files: [{ filename: 'a.glb' }] });
    const sha = await fork.commit('change', { 'b.glb': 'b' }, { author: 'ada' });
    expect(pull.headSha).toBe(sha);
    await github.settled();
    expect(github.deliveries('pull_request').map(({ action }) => action)).toEqual(['synchronize']);
    // A check run belongs to the base repository, whose objects include the fork's.
    await octokit.rest.checks.create({ ...at, name: 'GLB', head_sha: sha });
    expect(pull.checkRuns()).toHaveLength(1);
  });

  it('may be edited where its author allows it: that branch, no other', async () => {
    const { commit, fork, pull, octokit } = await startFork({ appsMayEditForks: true });
    await commit('change');
    expect(await fork.file('change', 'a.glb')).toEqual(Buffer.alloc(3));
    expect(pull.headSha).toBe(await fork.head('change'));
    const sha = pull.headSha;
    await expect(
      octokit.rest.git.updateRef({ owner: 'ada', repo: 'models', ref: 'heads/main', sha }),
    ).rejects.toMatchObject({ status: 403 });
  });

  it.each([
    ['its author does not', { appsMayEditForks: true, maintainerCanModify: false }],
    ['an organization owns it', { appsMayEditForks: true, kind: 'Organization' }],
    ['GitHub takes no App for a maintainer', { appsMayEditForks: false }],
  ] as const)('may not be edited when %s', async (_sentence, options) => {
    const { commit, octokit, fork } = await startFork(options);
    const before = await fork.head('change');
    await expect(commit('change')).rejects.toThrow('Resource not accessible by integration');
    await expect(octokit.rest.git.createBlob({ owner: 'ada', repo: 'models', content: 'a' })).rejects.toMatchObject({
      status: 403,
    });
    expect(await fork.head('change')).toBe(before);
  });

  it('may be edited by people who write to the base', async () => {
    const { github, base, fork } = await startFork({ appsMayEditForks: false });
    base.collaborator('ben', 'write');
    const at = { owner: 'ada', repo: 'models', ref: 'heads/change', force: true };
    const sha = (await fork.head('main')) ?? '';
    await expect(
      octokitWith(github, github.user('carl').token).rest.git.updateRef({ ...at, sha }),
    ).rejects.toMatchObject({ status: 403 });
    await octokitWith(github, github.user('ben').token).rest.git.updateRef({ ...at, sha });
    expect(await fork.head('change')).toBe(sha);
  });

  it('is opened once for a branch, also when two ask at once', async () => {
    const { github, base, fork } = await startFork({ appsMayEditForks: false });
    await fork.commit('other', { 'c.glb': 'c' }, { author: 'ada' });
    const { rest } = octokitWith(github, github.user('ada').token);
    const open = () =>
      rest.pulls.create({ owner: 'acme', repo: 'models', title: 'Other', head: 'ada:other', base: 'main' });
    const results = await Promise.allSettled([open(), open(), open()]);
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(base.pulls()).toHaveLength(2);
  });
});
