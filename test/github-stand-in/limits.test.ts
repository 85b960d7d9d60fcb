/** GitHub's limits, each at its edge. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PullHandle } from './driver/pull-handle.ts';
import type { RepositoryHandle } from './driver/repository-handle.ts';
import { type GitHub, startGitHub } from './github.ts';
import { octokitAs } from './octokit.ts';

let github: GitHub;
let repository: RepositoryHandle;
let pull: PullHandle;
let octokit: ReturnType<typeof octokitAs>;
let token: string;
const at = { owner: 'acme', repo: 'limited' };
const MB = 1024 * 1024;

beforeAll(async () => {
  github = await startGitHub();
  const app = github.app();
  repository = await github.repository('acme/limited', { files: { 'small.bin': Buffer.alloc(MB, 200) } });
  octokit = octokitAs(github, app, app.install('acme'));
  token = app.token('acme/limited');
  await repository.commit('change', { 'large.bin': Buffer.alloc(MB + 1, 200), 'a.txt': 'one\ntwo\n' });
  pull = await repository.openPull({ head: 'change' });
});
afterAll(() => github.close());

describe('comments', () => {
  it('hold 65,536 characters and not one more, however many bytes', async () => {
    const create = (body: string) => octokit.rest.issues.createComment({ ...at, issue_number: 1, body });
    const { data } = await create('é'.repeat(65_536));
    await expect(create('x'.repeat(65_537))).rejects.toMatchObject({
      status: 422,
      message: expect.stringContaining('Body is too long (maximum is 65536 characters)'),
    });
    await expect(
      octokit.rest.issues.updateComment({ ...at, comment_id: data.id, body: 'x'.repeat(65_537) }),
    ).rejects.toMatchObject({ status: 422 });
    await expect(create(' ')).rejects.toMatchObject({ status: 422 });
    await octokit.rest.issues.deleteComment({ ...at, comment_id: data.id });
    await expect(octokit.rest.issues.getComment({ ...at, comment_id: data.id })).rejects.toMatchObject({ status: 404 });
  });
});

describe('check runs', () => {
  const annotation = {
    path: 'a.txt',
    start_line: 1,
    end_line: 1,
    annotation_level: 'warning',
    message: 'Look',
  } as const;
  const create = (more: object) => octokit.rest.checks.create({ ...at, name: 'GLB', head_sha: pull.headSha, ...more });

  it('take 50 annotations a request, and more with the next one', async () => {
    const output = (count: number) => ({
      title: 'T',
      summary: 'S',
      annotations: Array.from({ length: count }, () => annotation),
    });
    const { data } = await create({ output: output(50) });
    await octokit.rest.checks.update({ ...at, check_run_id: data.id, output: output(50) });
    const all = await octokit.paginate(octokit.rest.checks.listAnnotations, {
      ...at,
      check_run_id: data.id,
      per_page: 100,
    });
    expect(all).toHaveLength(100);
    await expect(create({ output: output(51) })).rejects.toMatchObject({ status: 422 });
    expect(github.takeViolations().join()).toContain('/output/annotations must NOT have more than 50 items');
  });

  it.each([
    ['a summary over 65,535 characters', { output: { title: 'T', summary: 'x'.repeat(65_536) } }],
    ['a title over 255', { output: { title: 'x'.repeat(256), summary: 'S' } }],
    ['four buttons', { actions: Array.from({ length: 4 }, () => ({ label: 'a', description: 'b', identifier: 'c' })) }],
    ['a label over 20', { actions: [{ label: 'x'.repeat(21), description: 'b', identifier: 'c' }] }],
    ['a description over 40', { actions: [{ label: 'a', description: 'x'.repeat(41), identifier: 'c' }] }],
    ['an identifier over 20', { actions: [{ label: 'a', description: 'b', identifier: 'x'.repeat(21) }] }],
    ['a commit that is not there', { head_sha: '0'.repeat(40) }],
  ])('refuse %s', async (_sentence, more) => {
    await expect(create(more)).rejects.toMatchObject({ status: 422 });
    github.takeViolations();
  });
});

describe('bytes', () => {
  const get = (place: string, accept = 'application/vnd.github+json') =>
    fetch(`${github.apiUrl}/repos/acme/limited/${place}`, { headers: { accept, authorization: `token ${token}` } });

  it('are inline up to 1 MB by path; above, only raw', async () => {
    expect(await (await get('contents/small.bin')).json()).toMatchObject({ encoding: 'base64', size: MB });
    expect(await (await get('contents/large.bin?ref=change')).json()).toMatchObject({
      encoding: 'none',
      content: '',
      size: MB + 1,
    });
    const raw = await get('contents/large.bin?ref=change', 'application/vnd.github.raw+json');
    expect(Buffer.from(await raw.arrayBuffer())).toEqual(Buffer.alloc(MB + 1, 200));
  });

  it('are taken up to 40 MiB as a blob', async () => {
    const post = (byteLength: number) =>
      fetch(`${github.apiUrl}/repos/acme/limited/git/blobs`, {
        method: 'POST',
        headers: { authorization: `token ${token}` },
        body: JSON.stringify({ encoding: 'base64', content: Buffer.alloc(byteLength).toString('base64') }),
      });
    expect((await post(40 * MB)).status).toBe(201);
    expect((await post(40 * MB + 1)).status).toBe(422);
  });

  it('are given up to 100 MB as a blob', async () => {
    const tooLarge = await repository.commit('huge', { 'huge.bin': Buffer.alloc(100 * MB + 1) });
    const [entry] = (await repository.tree(tooLarge)).filter(({ path }) => path === 'huge.bin');
    const answer = await get(`git/blobs/${entry?.sha}`);
    expect([answer.status, await answer.json()]).toMatchObject([403, { errors: [{ code: 'too_large' }] }]);
    expect((await get('contents/huge.bin?ref=huge', 'application/vnd.github.raw')).status).toBe(403);
  });
});

describe('lists', () => {
  it('of 3,001 files end at 3,000, a hundred at a time, thirty by default', async () => {
    const files = Object.fromEntries(Array.from({ length: 3001 }, (_, index) => [`many/${index}.glb`, 'same']));
    await repository.commit('many', files);
    const { number: pull_number } = await repository.openPull({ head: 'many' });
    const first = await octokit.rest.pulls.listFiles({ ...at, pull_number });
    expect(first.data).toHaveLength(30);
    expect(first.headers.link).toMatch(/page=2>; rel="next", <.*page=100>; rel="last"/);
    const all = await octokit.paginate(octokit.rest.pulls.listFiles, { ...at, pull_number, per_page: 100 });
    expect(all).toHaveLength(3000);
    expect(new Set(all.map(({ filename }) => filename)).size).toBe(3000);
    expect((await octokit.rest.pulls.get({ ...at, pull_number })).data.changed_files).toBe(3001);
    const compared = await octokit.rest.repos.compareCommitsWithBasehead({ ...at, basehead: 'main...many' });
    expect(compared.data.files).toHaveLength(300);
  });

  it('of comments are read over all pages, oldest first', async () => {
    const other = await repository.openPull({ head: 'change', base: 'many' });
    for (let index = 0; index < 61; index += 1) other.comment('ada', `Comment ${index}`);
    const request = { ...at, issue_number: other.number };
    const first = await octokit.rest.issues.listComments(request);
    expect(first.data.map(({ body }) => body).slice(0, 2)).toEqual(['Comment 0', 'Comment 1']);
    const all = await octokit.paginate(octokit.rest.issues.listComments, request);
    expect(all.map(({ body }) => body)).toEqual(Array.from({ length: 61 }, (_, index) => `Comment ${index}`));
    const { data: past } = await octokit.rest.issues.listComments({ ...request, page: 9 });
    expect(past).toEqual([]);
  });
});
