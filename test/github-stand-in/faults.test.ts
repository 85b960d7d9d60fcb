/** Faults on demand, conditional requests, the request log. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RepositoryHandle } from './driver/repository-handle.ts';
import { type GitHub, startGitHub } from './github.ts';
import { octokitWith } from './octokit.ts';

let github: GitHub;
let repository: RepositoryHandle;
const at = { owner: 'acme', repo: 'models' };

beforeEach(async () => {
  github = await startGitHub();
  repository = await github.repository('acme/models');
});
afterEach(() => github.close());

describe('a fault', () => {
  it.each([
    ['a secondary limit', { kind: 'secondary-limit', retryAfterS: 7 } as const, 403, { 'retry-after': '7' }],
    ['the primary limit', { kind: 'primary-limit' } as const, 403, { 'x-ratelimit-remaining': '0' }],
    ['too many requests', { kind: 'status', status: 429, retryAfterS: 1 } as const, 429, { 'retry-after': '1' }],
    ['a conflict', { kind: 'status', status: 409 } as const, 409, {}],
    ['a refusal', { kind: 'status', status: 422 } as const, 422, {}],
    ['a bad gateway', { kind: 'status', status: 502 } as const, 502, {}],
  ])('gives %s, as often as it should', async (_sentence, fault, status, headers) => {
    github.fault(/^GET \/repos\/acme\/models$/, fault, 2);
    const { rest } = octokitWith(github);
    for (let turn = 0; turn < 2; turn += 1) {
      await expect(rest.repos.get(at)).rejects.toMatchObject({ status, response: { headers } });
    }
    expect((await rest.repos.get(at)).status).toBe(200);
    expect(github.requests(/models$/).map((request) => request.status)).toEqual([status, status, 200]);
  });

  it('cuts the connection, or waits', async () => {
    github.fault(/branches/, { kind: 'cut' }, 1);
    await expect(fetch(`${github.apiUrl}/repos/acme/models/branches`)).rejects.toThrow('fetch failed');
    github.fault(/branches/, { kind: 'latency', ms: 120 }, 1);
    const startedMs = performance.now();
    await octokitWith(github).rest.repos.listBranches(at);
    expect(performance.now() - startedMs).toBeGreaterThan(115);
  });

  it('loses the answer to work that was done: the comment is there, the writer hears 502', async () => {
    await repository.commit('change', { 'a.glb': 'a' });
    const pull = await repository.openPull({ head: 'change' });
    github.fault(/^POST .*\/comments$/, { kind: 'lost-answer' }, 1);
    const octokit = octokitWith(github, github.user('ada').token);
    await expect(octokit.rest.issues.createComment({ ...at, issue_number: 1, body: 'Hi' })).rejects.toMatchObject({
      status: 502,
    });
    expect(pull.comments().map(({ body }) => body)).toEqual(['Hi']);
  });

  it('ends when it is cleared', async () => {
    github.fault(/./, { kind: 'status', status: 500 });
    github.clearFaults();
    expect((await octokitWith(github).rest.repos.get(at)).status).toBe(200);
  });
});

describe('the server', () => {
  it('starts in well under a second', async () => {
    // The best of three: the machine has other work.
    const timesMs: number[] = [];
    for (let turn = 0; turn < 3; turn += 1) {
      const startedMs = performance.now();
      await using other = await startGitHub();
      await other.repository('acme/models');
      timesMs.push(performance.now() - startedMs);
    }
    expect(Math.min(...timesMs)).toBeLessThan(1000);
  });

  it('answers 304 to an ETag that still holds', async () => {
    const url = `${github.apiUrl}/repos/acme/models/branches/main`;
    const etag = (await fetch(url)).headers.get('etag') ?? '';
    expect(etag).toMatch(/^W\/"[0-9a-f]{64}"$/);
    expect((await fetch(url, { headers: { 'if-none-match': etag } })).status).toBe(304);
    await repository.commit('main', { 'a.txt': 'a' });
    expect((await fetch(url, { headers: { 'if-none-match': etag } })).status).toBe(200);
  });

  it('speaks with and without /api/v3, in errors as GitHub words them', async () => {
    for (const base of [github.url, github.apiUrl]) {
      const answer = await fetch(`${base}/repos/acme/nowhere`);
      expect([answer.status, await answer.json()]).toEqual([
        404,
        { message: 'Not Found', documentation_url: 'https://docs.github.com/rest', status: '404' },
      ]);
    }
    const answer = await fetch(`${github.apiUrl}/repos/acme/models/pulls`, { method: 'POST', body: '{' });
    expect([answer.status, await answer.json()]).toMatchObject([400, { message: 'Problems parsing JSON' }]);
  });

  it('gives pictures by their web address from public repositories only', async () => {
    const sha = await repository.commit('assets', { 'pr-1/a b.webp': Buffer.from('RIFF') });
    const picture = await fetch(`${github.url}/acme/models/blob/${sha}/pr-1/a%20b.webp?raw=true`);
    expect([picture.headers.get('content-type'), await picture.text()]).toEqual(['image/webp', 'RIFF']);
    const hidden = await github.repository('acme/hidden', { private: true, files: { 'a.webp': 'RIFF' } });
    expect((await fetch(`${github.url}/${hidden.fullName}/blob/main/a.webp?raw=true`)).status).toBe(404);
  });

  it('lists the root and a folder', async () => {
    await repository.commit('main', { 'a.txt': 'a', 'models/b.glb': 'b' });
    const { rest } = octokitWith(github);
    const names = async (place: string) => {
      const { data } = await rest.repos.getContent({ ...at, path: place });
      return Array.isArray(data) ? data.map(({ path, type }) => `${type} ${path}`) : [];
    };
    expect(await names('')).toEqual(['file a.txt', 'dir models']);
    expect(await names('models')).toEqual(['file models/b.glb']);
  });

  it('remembers who asked what', async () => {
    await octokitWith(github, github.user('ada').token).rest.repos.getBranch({ ...at, branch: 'main' });
    expect(github.requests(/branches/)).toMatchObject([
      {
        method: 'GET',
        path: '/repos/acme/models/branches/main',
        route: 'GET /repos/{owner}/{repo}/branches/{branch}',
        actor: 'ada',
        status: 200,
      },
    ]);
  });
});
