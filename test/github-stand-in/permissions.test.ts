/** Who may do what: installation tokens, GITHUB_TOKEN, people, nobody. */

import { createSign } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AppHandle } from './driver/app-handle.ts';
import type { RepositoryHandle } from './driver/repository-handle.ts';
import { type GitHub, startGitHub } from './github.ts';
import { octokitAs, octokitWith } from './octokit.ts';

let github: GitHub;
let app: AppHandle;
let repository: RepositoryHandle;
let hidden: RepositoryHandle;
const at = { owner: 'acme', repo: 'models' };
const NOT_BY_INTEGRATION = { status: 403, message: expect.stringContaining('Resource not accessible by integration') };

beforeAll(async () => {
  github = await startGitHub();
  app = github.app();
  repository = await github.repository('acme/models', { files: { 'a.txt': 'a' } });
  hidden = await github.repository('acme/hidden', { private: true });
  app.install('acme', [repository]);
  await repository.commit('change', { 'a.glb': 'a' });
  await repository.openPull({ head: 'change', author: 'ada' });
});
afterAll(() => github.close());

describe('an installation token', () => {
  it.each([
    ['contents', { contents: 'read' } as const, 'contents=write'],
    ['issues', { issues: 'read' } as const, 'issues=write; pull_requests=write'],
    ['checks', { checks: 'read' } as const, 'checks=write'],
    ['statuses', {} as const, 'statuses=write'],
  ])('cannot write %s without the permission, and is told which one', async (resource, permissions, accepted) => {
    const { rest } = octokitWith(github, app.token('acme/models', { metadata: 'read', ...permissions }));
    const head_sha = (await repository.head('change')) ?? '';
    const attempts: Readonly<Record<string, () => Promise<unknown>>> = {
      contents: () => rest.git.createBlob({ ...at, content: 'a' }),
      issues: () => rest.issues.createComment({ ...at, issue_number: 1, body: 'Hi' }),
      checks: () => rest.checks.create({ ...at, name: 'GLB', head_sha }),
      statuses: () => rest.repos.createCommitStatus({ ...at, sha: head_sha, state: 'success' }),
    };
    const headers = { 'x-accepted-github-permissions': accepted };
    await expect(attempts[resource]?.()).rejects.toMatchObject({ ...NOT_BY_INTEGRATION, response: { headers } });
  });

  it('cannot move a branch with a reading token, by REST or GraphQL', async () => {
    const octokit = octokitWith(github, app.token('acme/models', { contents: 'read' }));
    const sha = (await repository.head('change')) ?? '';
    await expect(octokit.rest.git.updateRef({ ...at, ref: 'heads/main', sha })).rejects.toMatchObject({
      ...NOT_BY_INTEGRATION,
      response: { headers: { 'x-accepted-github-permissions': 'contents=write' } },
    });
    const input = {
      branch: { repositoryNameWithOwner: 'acme/models', branchName: 'main' },
      expectedHeadOid: await repository.head('main'),
      message: { headline: 'No' },
      fileChanges: { additions: [{ path: 'b.txt', contents: '' }] },
    };
    const mutation =
      'mutation ($input: CreateCommitOnBranchInput!) { createCommitOnBranch(input: $input) { commit { oid } } }';
    await expect(octokit.graphql(mutation, { input })).rejects.toThrow('Resource not accessible by integration');
    expect(await repository.log('main')).toHaveLength(1);
  });

  it('does not see a private repository that it does not hold, reads a public one, writes none of them', async () => {
    const other = await github.repository('other/open', {});
    const { rest } = octokitWith(github, app.token('acme/models'));
    await expect(rest.repos.get({ owner: 'acme', repo: 'hidden' })).rejects.toMatchObject({ status: 404 });
    expect((await rest.repos.get({ owner: 'other', repo: 'open' })).data.id).toBe(other.id);
    await expect(rest.git.createBlob({ owner: 'other', repo: 'open', content: 'a' })).rejects.toMatchObject(
      NOT_BY_INTEGRATION,
    );
    await expect(rest.users.getAuthenticated()).rejects.toMatchObject({ status: 403 });
  });

  it('ends after its hour', async () => {
    const token = app.token('acme/models');
    const known = github.world.installationTokens.get(token);
    if (known === undefined) throw new Error('no token');
    github.world.installationTokens.set(token, { ...known, expiresAtMs: Date.now() - 1 });
    await expect(octokitWith(github, token).rest.repos.get(at)).rejects.toMatchObject({ status: 401 });
  });

  it('is not given for what the installation does not hold', async () => {
    const octokit = octokitAs(github, app);
    const { data: installation } = await octokit.rest.apps.getRepoInstallation(at);
    const ask = (more: object) =>
      octokit.rest.apps.createInstallationAccessToken({ installation_id: installation.id, ...more });
    await expect(ask({ repositories: ['hidden'] })).rejects.toMatchObject({ status: 422 });
    await expect(ask({ permissions: { administration: 'write' } })).rejects.toMatchObject({ status: 422 });
    await expect(octokit.rest.apps.getRepoInstallation({ owner: 'acme', repo: 'hidden' })).rejects.toMatchObject({
      status: 404,
    });
  });
});

describe("a workflow's token", () => {
  it('acts as github-actions[bot], with the permissions of its job alone', async () => {
    const writing = octokitWith(github, repository.workflowToken());
    const { data } = await writing.rest.issues.createComment({ ...at, issue_number: 1, body: 'From a workflow' });
    expect(data.user?.login).toBe('github-actions[bot]');
    // `checks` is not among contents and pull_requests.
    const head_sha = (await repository.head('change')) ?? '';
    await expect(writing.rest.checks.create({ ...at, name: 'GLB', head_sha })).rejects.toMatchObject(
      NOT_BY_INTEGRATION,
    );
    const reading = octokitWith(github, repository.workflowToken({ contents: 'read' }));
    await expect(reading.rest.issues.createComment({ ...at, issue_number: 1, body: 'No' })).rejects.toMatchObject(
      NOT_BY_INTEGRATION,
    );
  });
});

describe('people', () => {
  it('are asked for their role', async () => {
    hidden.collaborator('ben', 'maintain');
    const { rest } = octokitWith(github, app.token('acme/models'));
    const level = async (username: string) =>
      (await rest.repos.getCollaboratorPermissionLevel({ ...at, username })).data;
    repository.collaborator('ben', 'maintain');
    repository.collaborator('carl', 'triage');
    expect(await level('ben')).toMatchObject({
      permission: 'write',
      role_name: 'maintain',
      user: { permissions: { push: true } },
    });
    expect(await level('carl')).toMatchObject({ permission: 'read', role_name: 'triage' });
    expect(await level('ada')).toMatchObject({ permission: 'read' });
    await expect(level('nobody-at-all')).rejects.toMatchObject({ status: 404 });
  });

  it('edit their own comments, and those of others with write access', async () => {
    const comment = github.find('acme/models').pull(1).comment('ada', 'Mine');
    const edit = (login: string) =>
      octokitWith(github, github.user(login).token).rest.issues.updateComment({
        ...at,
        comment_id: comment.id,
        body: login,
      });
    await expect(edit('stranger')).rejects.toMatchObject({ status: 403 });
    await edit('ada');
    await edit('ben');
    expect(comment.body).toBe('ben');
  });

  it('who are nobody read what is public, and write nothing', async () => {
    const { rest } = octokitWith(github);
    expect((await rest.pulls.list(at)).data).toHaveLength(1);
    await expect(rest.issues.createComment({ ...at, issue_number: 1, body: 'Hi' })).rejects.toMatchObject({
      status: 401,
    });
    await expect(rest.repos.get({ owner: 'acme', repo: 'hidden' })).rejects.toMatchObject({ status: 404 });
  });
});

describe("an App's JWT", () => {
  const jwt = (claims: object, alg = 'RS256') => {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const text = `${part({ alg, typ: 'JWT' })}.${part(claims)}`;
    return `${text}.${createSign('RSA-SHA256').update(text).sign(app.privateKey, 'base64url')}`;
  };
  const ask = async (token: string) =>
    (await fetch(`${github.apiUrl}/app`, { headers: { authorization: `Bearer ${token}` } })).status;
  const nowS = Math.floor(Date.now() / 1000);

  it('is taken when it is good, by number or client id', async () => {
    expect(await ask(jwt({ iat: nowS - 30, exp: nowS + 500, iss: app.id }))).toBe(200);
    expect(await ask(jwt({ iat: nowS - 30, exp: nowS + 500, iss: app.clientId }))).toBe(200);
  });

  it.each([
    ['it has ended', { iat: nowS - 700, exp: nowS - 100 }, 'RS256'],
    ['it lives too long', { iat: nowS, exp: nowS + 3600 }, 'RS256'],
    ['it is from the future', { iat: nowS + 300, exp: nowS + 600 }, 'RS256'],
    ['its algorithm is another', { iat: nowS, exp: nowS + 500 }, 'none'],
  ])('is refused when %s', async (_sentence, claims, alg) => {
    expect(await ask(jwt({ ...claims, iss: app.id }, alg))).toBe(401);
  });

  it('is refused when one letter of it changed', async () => {
    const good = jwt({ iat: nowS - 30, exp: nowS + 500, iss: app.id });
    expect(await ask(good.slice(0, -10) + (good.endsWith('A'.repeat(10)) ? 'B' : 'A').repeat(10))).toBe(401);
  });
});
