/** What must never happen: a second commit, a command of a stranger, bytes where a pointer belongs, a push into a queue. */
import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { lfsPointer } from '../github-stand-in/driver/files.ts';
import type { PullHandle } from '../github-stand-in/driver/pull-handle.ts';
import type { RepositoryHandle } from '../github-stand-in/driver/repository-handle.ts';
import { post, startBoth, until } from './github-app.ts';
import { model, POLICY } from './models.ts';

// Two processes, git and a model: on a busy machine that takes its time.
vi.setConfig({ testTimeout: 90_000 });

let both: Awaited<ReturnType<typeof startBoth>>;
let count = 0;

beforeAll(async () => {
  both = await startBoth();
  both.app.install('octo');
});

afterAll(async () => {
  await both[Symbol.asyncDispose]();
});

function repositoryWith(files: Readonly<Record<string, string>> = {}): Promise<RepositoryHandle> {
  const start = { 'readme.md': 'A shop.\n', '.github/glb-optimizer.yml': POLICY, ...files };
  return both.github.repository(`octo/safe-${count++}`, { files: start });
}

function checked(pull: PullHandle, sha: string) {
  return until(`the check of ${sha.slice(0, 7)}`, () =>
    pull.checkRuns(sha).find(({ status }) => status === 'completed'),
  );
}

const optimized = async (repository: RepositoryHandle, branch = 'art') =>
  (await repository.log(branch)).filter(({ message }) => message.startsWith('Optimize '));

describe('two of the same', () => {
  it('two pushes within a second: only the last head gets a commit, and the comment tells of it', async () => {
    const repository = await repositoryWith();
    await repository.commit('art', { 'a.glb': model(100) });
    const pull = await repository.openPull({ head: 'art' });
    const last = await pull.push({ 'b.glb': model(101) });
    await checked(pull, last);
    await until('our commit', async () => (await optimized(repository)).length > 0);
    const [commit, parent] = await repository.log('art');
    expect(commit?.message).toContain('Optimize 2 GLB files');
    expect(parent?.sha).toBe(last);
    expect(await optimized(repository)).toHaveLength(1);
    expect(pull.comments()).toHaveLength(1);
    expect(pull.comments()[0]?.body).toContain('2 GLB files optimized');
  });

  it('the same delivery ten times, at once: one commit, one comment', async () => {
    const repository = await repositoryWith();
    await repository.commit('art', { 'a.glb': model(102) });
    const pull = await repository.openPull({ head: 'art' });
    await both.github.settled();
    const delivery = both.github.deliveries('pull_request').at(-1);
    if (delivery === undefined) throw new Error('nothing was delivered');
    const payload = JSON.stringify(delivery.payload);
    const signature = createHmac('sha256', both.app.webhookSecret).update(payload).digest('hex');
    const again = () =>
      post(both.running().url, payload, { event: 'pull_request', delivery: delivery.guid, signature });
    expect(await Promise.all(Array.from({ length: 10 }, again))).toEqual(Array.from({ length: 10 }, () => 202));
    await checked(pull, (await repository.log('art')).at(-2)?.sha ?? '');
    expect(await optimized(repository)).toHaveLength(1);
    expect(pull.comments()).toHaveLength(1);
  });
});

describe('commands', () => {
  async function pullWithModel(seed: number) {
    const repository = await repositoryWith();
    repository.collaborator('ada', 'write');
    const original = model(seed);
    await repository.commit('art', { 'a.glb': original });
    const pull = await repository.openPull({ head: 'art' });
    await checked(pull, pull.headSha);
    await until('our commit', async () => (await optimized(repository)).length === 1);
    await until('the comment', () => pull.comments().length === 1);
    return { repository, pull, original };
  }

  it('of somebody without write permission gets a reaction, and nothing else', async () => {
    const { repository, pull } = await pullWithModel(110);
    const comment = pull.comment('mallory', '/glb optimize');
    await until('a reaction', () => comment.reactions.length > 0);
    expect(comment.reactions.map(({ content }) => content)).toEqual(['-1']);
    await both.github.settled();
    expect(await optimized(repository)).toHaveLength(1);
    expect(pull.comments().filter(({ author }) => author.login !== 'mallory')).toHaveLength(1);
  });

  it('/glb undo brings back the very bytes, and the refusal is remembered', async () => {
    const { repository, pull, original } = await pullWithModel(111);
    const command = pull.comment('ada', '/glb undo');
    await until('the original', async () => (await repository.file('art', 'a.glb'))?.equals(original));
    expect(command.reactions.map(({ content }) => content)).toEqual(['eyes']);
    await until('the comment', () => pull.comments()[0]?.body.includes('Taken back'));
    const next = await pull.push({ 'notes.md': 'more' });
    await checked(pull, next);
    await until('the comment', () => pull.comments()[0]?.body.includes('took the optimized file back'));
    expect(await optimized(repository)).toHaveLength(1);
    expect((await repository.file('art', 'a.glb'))?.equals(original)).toBe(true);
    // Who asks again gets it again.
    pull.comment('ada', '/glb optimize');
    await until('another commit', async () => (await optimized(repository)).length === 2);
  });

  it('/glb skip leaves the pull request alone until somebody asks again', async () => {
    const { repository, pull } = await pullWithModel(112);
    pull.comment('ada', '/glb skip');
    await until('the note', () => pull.checkRuns().at(-1)?.title?.includes('Left alone'));
    const next = await pull.push({ 'b.glb': model(113) });
    expect(await checked(pull, next)).toMatchObject({ conclusion: 'neutral' });
    expect(await optimized(repository)).toHaveLength(1);
  });

  it('/glb backfill opens one pull request for what main holds', async () => {
    const { repository, pull } = await pullWithModel(114);
    await repository.commit('main', { 'old/c.glb': model(115), 'old/d.glb': model(116) });
    pull.comment('ada', '/glb backfill');
    const own = await until('the pull request', () => repository.pulls().find(({ number }) => number !== pull.number));
    expect(own.state.baseBranch).toBe('main');
    expect(await own.changedPaths()).toEqual(['old/c.glb', 'old/d.glb']);
  });

  it('/glb help and /glb status are answered, nonsense too', async () => {
    const { pull } = await pullWithModel(117);
    pull.comment('ada', '/glb help');
    await until('an answer', () => pull.comments().some(({ body }) => body.startsWith('@ada | Comment')));
    pull.comment('ada', '/glb status');
    await until('an answer', () => pull.comments().some(({ body }) => body.includes('The last review ended: done')));
    const nonsense = pull.comment('ada', '/glb dance');
    await until('a reaction', () => nonsense.reactions.some(({ content }) => content === 'confused'));
  });

  it('/glb accept takes a result that nobody could look at, and stays with its path', async () => {
    const repository = await repositoryWith({ '.github/glb-optimizer.yml': 'min-saved: { bytes: 1, ratio: 0.01 }\n' });
    repository.collaborator('ada', 'write');
    await repository.commit('art', { 'a.glb': model(140), 'b.glb': model(141) });
    const pull = await repository.openPull({ head: 'art' });
    expect(await checked(pull, pull.headSha)).toMatchObject({ conclusion: 'neutral' });
    expect(await optimized(repository)).toHaveLength(0);
    pull.comment('ada', '/glb accept a.glb');
    await until('our commit', async () => (await optimized(repository)).length === 1);
    expect((await optimized(repository))[0]?.message).toContain('Optimize 1 GLB file');
    expect((await repository.file('art', 'b.glb'))?.equals(model(141))).toBe(true);
    expect((await repository.file('art', 'a.glb'))?.byteLength).toBeLessThan(model(140).byteLength);
  });

  it('by the button Skip, and by Re-run, which takes that back', async () => {
    const { repository, pull } = await pullWithModel(142);
    const run = await until('the check of our commit', () => pull.checkRuns().find((one) => one.conclusion !== null));
    pull.press(run, 'skip', 'ada');
    await until('the note', () => pull.checkRuns().at(-1)?.title?.includes('Left alone'));
    const next = await pull.push({ 'b.glb': model(143) });
    const skipped = await checked(pull, next);
    expect(skipped).toMatchObject({ conclusion: 'neutral' });
    pull.rerun(skipped, 'ada');
    await until('another commit', async () => (await optimized(repository)).length === 2);
  });

  it('by the button Undo of the check run', async () => {
    const { repository, pull, original } = await pullWithModel(118);
    const hasUndo = (one: { readonly actions: readonly { readonly identifier: string }[] }) =>
      one.actions.some(({ identifier }) => identifier === 'undo');
    const run = await until('the check of our commit', () => pull.checkRuns().find(hasUndo));
    pull.press(run, 'undo', 'ada');
    await until('the original', async () => (await repository.file('art', 'a.glb'))?.equals(original));
  });
});

describe('Git LFS', () => {
  it('is written to as asked for in a sub-folder: object first, then its pointer, and the comment names the bandwidth', async () => {
    const repository = await repositoryWith({ 'models/.gitattributes': '*.glb filter=lfs diff=lfs merge=lfs -text\n' });
    const original = model(120);
    await repository.commit('art', { 'models/a.glb': { lfs: original }, 'b.glb': model(121) });
    const pull = await repository.openPull({ head: 'art' });
    await checked(pull, pull.headSha);
    await until('our commit', async () => (await optimized(repository)).length === 1);
    const pointer = (await repository.file('art', 'models/a.glb'))?.toString() ?? '';
    expect(pointer).toMatch(/^version https:\/\/git-lfs\.github\.com\/spec\/v1\noid sha256:/);
    expect(pointer).not.toBe(lfsPointer(original));
    expect((await repository.file('art', 'b.glb'))?.subarray(0, 4).toString()).toBe('glTF');
    const digest = /oid sha256:(\w+)/.exec(pointer)?.[1];
    expect(both.github.requests(/PUT .*lfs/).some(({ path }) => path.includes(digest ?? 'none'))).toBe(true);
    expect(both.github.requests(/POST .*\/info\/lfs\/verify/).map(({ status }) => status)).toContain(200);
    await until('the comment', () => pull.comments()[0]?.body.includes('less Git LFS bandwidth'));
  });

  it('leaves a file alone that somebody has locked, and says who', async () => {
    const repository = await repositoryWith({ '.gitattributes': '*.glb filter=lfs -text lockable\n' });
    await repository.commit('art', { 'a.glb': { lfs: model(122) } });
    repository.lock('a.glb', 'grace');
    const pull = await repository.openPull({ head: 'art' });
    await checked(pull, pull.headSha);
    await until('the comment', () => pull.comments()[0]?.body.includes('grace has locked it'));
    expect(await optimized(repository)).toHaveLength(0);
  });
});

describe('a fork', () => {
  it('of a person who lets maintainers edit gets the commit', async () => {
    const repository = await repositoryWith();
    const fork = await repository.fork('bob', 'User');
    await fork.commit('art', { 'a.glb': model(130) });
    const pull = await repository.openPull({ head: 'art', from: fork, author: 'bob' });
    await checked(pull, pull.headSha);
    await until('our commit', async () => (await optimized(fork)).length === 1);
  });

  it('that nobody may write to gets the report, and the comment explains', async () => {
    const repository = await repositoryWith();
    const fork = await repository.fork('carol', 'User');
    await fork.commit('art', { 'a.glb': model(131) });
    const pull = await repository.openPull({ head: 'art', from: fork, author: 'carol', maintainerCanModify: false });
    expect(await checked(pull, pull.headSha)).toMatchObject({ conclusion: 'success' });
    await until('the comment', () => pull.comments()[0]?.body.includes('Nothing was committed'));
    expect(await optimized(fork)).toHaveLength(0);
  });
});

describe('a merge queue', () => {
  it('is answered at once, and a queued pull request is never pushed to', async () => {
    const repository = await repositoryWith();
    await repository.commit('art', { 'notes.md': 'x' });
    const pull = await repository.openPull({ head: 'art' });
    await checked(pull, pull.headSha);
    const sha = await pull.enqueue();
    await until('the check', () => pull.checkRuns(sha).some(({ title }) => title === 'Looked at in the pull request'));
  });
});
