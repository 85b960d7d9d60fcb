/** Real git and git-lfs against the stand-in. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TEST_ENVIRONMENT } from '../doubles/repository.ts';
import { type GitHub, startGitHub } from './github.ts';

const run = promisify(execFile);
const scratch = mkdtempSync(path.join(tmpdir(), 'stand-in-clones-'));
const noHome = mkdtempSync(path.join(tmpdir(), 'stand-in-home-'));
let github: GitHub;
let count = 0;

beforeAll(async () => {
  github = await startGitHub();
});
afterAll(async () => {
  await github.close();
  rmSync(scratch, { recursive: true, force: true });
  rmSync(noHome, { recursive: true, force: true });
});

/** Runs git without a prompt; throws with its words. */
async function git(directory: string, ...args: readonly string[]): Promise<string> {
  const env = { ...TEST_ENVIRONMENT, HOME: noHome, GIT_TERMINAL_PROMPT: '0' };
  return (await run('git', [...args], { cwd: directory, env })).stdout.trim();
}

async function clone(url: string, ...args: readonly string[]): Promise<string> {
  count += 1;
  const directory = path.join(scratch, String(count));
  await git(scratch, 'clone', '-q', ...args, url, directory);
  return directory;
}

async function commit(directory: string, files: Readonly<Record<string, string | Uint8Array>>): Promise<string> {
  for (const [name, content] of Object.entries(files)) writeFileSync(path.join(directory, name), content);
  await git(directory, 'add', '-A');
  await git(directory, 'commit', '-q', '-m', 'Change');
  return git(directory, 'rev-parse', 'HEAD');
}

describe('git over HTTP', () => {
  it('clones, pushes, and a push moves the pull request', async () => {
    const repository = await github.repository('acme/pushed', { files: { 'a.txt': 'a' } });
    const app = github.app({ slug: 'listener', webhookUrl: 'http://127.0.0.1:9/' });
    app.install('acme', [repository]);
    await repository.commit('change', { 'b.txt': 'b' });
    const pull = await repository.openPull({ head: 'change' });
    const directory = await clone(repository.cloneUrl(app.token('acme/pushed')), '-b', 'change');
    const sha = await commit(directory, { 'c.txt': 'c' });
    await git(directory, 'push', '-q', 'origin', 'change');
    expect(pull.headSha).toBe(sha);
    expect(await pull.changedPaths()).toEqual(['b.txt', 'c.txt']);
    const synchronize = github.deliveries('pull_request').filter(({ action }) => action === 'synchronize');
    expect(synchronize.map(({ payload }) => payload.after)).toEqual([sha]);
    // A force push is told as one.
    await git(directory, 'reset', '-q', '--hard', 'HEAD^');
    await commit(directory, { 'd.txt': 'd' });
    await expect(git(directory, 'push', '-q', 'origin', 'change')).rejects.toThrow(
      /non-fast-forward|fetch first|rejected/,
    );
    await git(directory, 'push', '-q', '-f', 'origin', 'change');
    expect(github.deliveries('push').at(-1)?.payload).toMatchObject({ forced: true, ref: 'refs/heads/change' });
  });

  it('serves partial and shallow clones, and the head of a pull request by its ref', async () => {
    const repository = await github.repository('acme/partial', { files: { 'big.bin': Buffer.alloc(100_000, 7) } });
    await repository.commit('change', { 'b.txt': 'b' });
    const pull = await repository.openPull({ head: 'change' });
    const directory = await clone(repository.cloneUrl(), '--depth=1', '--filter=blob:none', '--no-checkout');
    await git(directory, 'fetch', '-q', '--depth=1', 'origin', `refs/pull/${pull.number}/head`);
    expect(await git(directory, 'rev-parse', 'FETCH_HEAD')).toBe(pull.headSha);
    await git(directory, 'fetch', '-q', 'origin', pull.headSha);
  });

  it('refuses who may not push, in the words that git shows', async () => {
    const repository = await github.repository('acme/guarded', { files: { 'a.txt': 'a' } });
    const hidden = await github.repository('acme/hidden', { private: true });
    const app = github.app({ slug: 'reader' });
    app.install('acme', [repository]);
    const attempt = async (url: string, branch = 'change') => {
      const directory = await clone(repository.cloneUrl());
      await commit(directory, { 'b.txt': 'b' });
      return git(directory, 'push', '-q', url, `HEAD:refs/heads/${branch}`);
    };
    await expect(attempt(repository.cloneUrl())).rejects.toThrow(/could not read Username|Authentication failed/);
    await expect(attempt(repository.cloneUrl('ghs_invented'))).rejects.toThrow(/Authentication failed/);
    await expect(attempt(repository.cloneUrl(app.token('acme/guarded', { contents: 'read' })))).rejects.toThrow(/403/);
    await expect(attempt(repository.cloneUrl(github.user('stranger').token))).rejects.toThrow(/403/);
    await expect(clone(hidden.cloneUrl())).rejects.toThrow(/could not read Username/);
    await expect(clone(hidden.cloneUrl(github.user('stranger').token))).rejects.toThrow(/not found/);
    repository.protect('main');
    await expect(attempt(repository.cloneUrl(app.token('acme/guarded')), 'main')).rejects.toThrow(
      /GH006: Protected branch/,
    );
    expect(await repository.branches()).toEqual(['main']);
    repository.collaborator('stranger', 'write');
    await attempt(repository.cloneUrl(github.user('stranger').token));
    expect(await repository.branches()).toEqual(['change', 'main']);
  });

  it.each([
    ['a personal fork that allows edits', 'User', true, /^$/],
    ['a personal fork that does not', 'User', false, /403/],
    ["an organization's fork, whatever it says", 'Organization', true, /403/],
  ] as const)('pushes to %s', async (_sentence, kind, maintainerCanModify, expected) => {
    count += 1;
    const repository = await github.repository(`base${count}/models`, { files: { 'a.txt': 'a' } });
    const app = github.app({ slug: `forker${count}` });
    app.install(repository.owner);
    const fork = await repository.fork(`fork-owner${count}`, kind);
    await fork.commit('change', { 'b.txt': 'b' }, { author: fork.owner });
    const pull = await repository.openPull({ head: 'change', from: fork, maintainerCanModify });
    const directory = await clone(fork.cloneUrl(), '-b', 'change');
    const sha = await commit(directory, { 'c.txt': 'c' });
    const url = fork.cloneUrl(app.token(repository.fullName));
    const words = await git(directory, 'push', '-q', url, 'change').catch((cause: Error) => cause.message);
    expect(words).toMatch(expected);
    expect(pull.headSha === sha).toBe(expected.test(''));
    // One branch, not the whole fork.
    await expect(git(directory, 'push', '-q', url, 'change:other')).rejects.toThrow(/403|refusing to create/);
  });
});

describe('git lfs', () => {
  const attributes = '*.glb filter=lfs diff=lfs merge=lfs -text\n';
  const lfs = async (directory: string) => {
    await git(directory, 'lfs', 'install', '--local', '--skip-repo');
    return directory;
  };

  it('pushes an object of 5 MB, keeps it by digest, and clones it back', async () => {
    const repository = await github.repository('acme/large', { files: { '.gitattributes': attributes } });
    const { token } = github.user('artist');
    repository.collaborator('artist', 'write');
    const directory = await lfs(await clone(repository.cloneUrl(token)));
    const bytes = Buffer.alloc(5_000_000, 'glTF');
    await commit(directory, { 'hero.glb': bytes });
    await git(directory, 'lfs', 'push', 'origin', 'main');
    await git(directory, 'push', '-q', 'origin', 'main');
    expect((await repository.file('main', 'hero.glb'))?.toString()).toMatch(/^version https:\/\/git-lfs/);
    expect(await repository.lfsObject(bytes)).toEqual(bytes);
    const other = await lfs(await clone(repository.cloneUrl(), '--no-checkout'));
    await git(other, 'checkout', '-q', 'main');
    expect(await git(other, 'lfs', 'fsck')).toContain('Git LFS fsck OK');
    expect(await git(other, 'lfs', 'ls-files', '-l')).toContain(' * hero.glb');
  });

  it('reads what a test committed as LFS, and says when an object is not there', async () => {
    const bytes = Buffer.alloc(1000, 5);
    const repository = await github.repository('acme/made', {
      files: { '.gitattributes': attributes, 'a.glb': { lfs: bytes } },
    });
    const directory = await lfs(await clone(repository.cloneUrl(), '--no-checkout'));
    await git(directory, 'checkout', '-q', 'main');
    expect(await git(directory, 'lfs', 'fsck')).toContain('OK');
    const body = { operation: 'download', objects: [{ oid: '0'.repeat(64), size: 1 }] };
    const answer = await batch('acme/made', body);
    expect(await answer.json()).toMatchObject({ objects: [{ error: { code: 404 } }] });
  });

  it('refuses uploads without permission, and damaged bytes', async () => {
    const repository = await github.repository('acme/strict', {});
    const app = github.app({ slug: 'uploader' });
    app.install('acme', [repository]);
    const body = { operation: 'upload', objects: [{ oid: '1'.repeat(64), size: 3 }] };
    expect((await batch('acme/strict', body)).status).toBe(401);
    const reading = await batch('acme/strict', body, app.token('acme/strict', { contents: 'read' }));
    expect([reading.status, await reading.json()]).toMatchObject([
      403,
      { message: 'Resource not accessible by integration' },
    ]);
    const writing = await batch('acme/strict', body, app.token('acme/strict'));
    const { objects } = await writing.json();
    const { href, header } = objects[0].actions.upload;
    expect((await fetch(href, { method: 'PUT', headers: header, body: 'abc' })).status).toBe(422);
  });

  it('keeps locks: another one cannot lock, verify tells ours from theirs', async () => {
    const repository = await github.repository('acme/locked', {});
    const ada = github.user('ada').token;
    const ben = github.user('ben').token;
    for (const login of ['ada', 'ben']) repository.collaborator(login, 'write');
    const post = (tail: string, token: string, body: object) => lfsPost('acme/locked', tail, body, token);
    const { lock } = await (await post('locks', ada, { path: 'a.glb' })).json();
    expect((await post('locks', ben, { path: 'a.glb' })).status).toBe(409);
    expect(await (await post('locks/verify', ada, {})).json()).toMatchObject({ ours: [{ path: 'a.glb' }], theirs: [] });
    expect(await (await post('locks/verify', ben, {})).json()).toMatchObject({
      ours: [],
      theirs: [{ owner: { name: 'ada' } }],
    });
    expect((await post(`locks/${lock.id}/unlock`, ben, {})).status).toBe(403);
    expect((await post(`locks/${lock.id}/unlock`, ada, {})).status).toBe(200);
  });

  function lfsPost(fullName: string, tail: string, body: object, token?: string): Promise<Response> {
    const headers: Record<string, string> = { 'content-type': 'application/vnd.git-lfs+json' };
    if (token !== undefined)
      headers.authorization = `Basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`;
    return fetch(`${github.url}/${fullName}.git/info/lfs/${tail}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    });
  }

  function batch(fullName: string, body: object, token?: string): Promise<Response> {
    return lfsPost(fullName, 'objects/batch', body, token);
  }
});
