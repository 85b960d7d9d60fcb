/** What pull requests get: real webhooks over HTTP to the running App, on a stand-in with real Git repositories. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Files } from '../github-stand-in/driver/files.ts';
import type { PullHandle } from '../github-stand-in/driver/pull-handle.ts';
import type { OpenPullOptions, RepositoryHandle } from '../github-stand-in/driver/repository-handle.ts';
import { startBoth, until } from './github-app.ts';
import { heavyModel, model, POLICY } from './models.ts';

// Two processes, git and a model: on a busy machine that takes its time.
vi.setConfig({ testTimeout: 90_000 });

let both: Awaited<ReturnType<typeof startBoth>>;
let count = 0;

beforeAll(async () => {
  both = await startBoth({ isPublic: true });
  both.app.install('octo');
});

afterAll(async () => {
  await both[Symbol.asyncDispose]();
});

/** A repository of its own for each test. */
function repositoryWith(files: Files = {}, options: { readonly private?: boolean } = {}): Promise<RepositoryHandle> {
  const start = { 'readme.md': 'A shop.\n', '.github/glb-optimizer.yml': POLICY, ...files };
  return both.github.repository(`octo/shop-${count++}`, { files: start, ...options });
}

async function pullWith(repository: RepositoryHandle, files: Files, options: Partial<OpenPullOptions> = {}) {
  await repository.commit('art', files);
  return repository.openPull({ head: 'art', ...options });
}

/** Waits for the end of the check at the commit that was asked about. */
function checked(pull: PullHandle, sha: string, timeoutMs?: number) {
  const ended = () => pull.checkRuns(sha).find(({ status }) => status === 'completed');
  return until(`the check of ${sha.slice(0, 7)}`, ended, timeoutMs);
}

const trailersOf = (message: string) => message.split('\n').filter((line) => line.startsWith('Glb-Optimizer-'));

describe('a pull request', () => {
  it('gets one commit, one comment and a green check on both commits', async () => {
    const repository = await repositoryWith();
    const before = model(1);
    const pull = await pullWith(repository, { 'models/box.glb': before });
    const asked = pull.headSha;
    const check = await checked(pull, asked);
    expect(check).toMatchObject({ name: 'GLB Optimizer', conclusion: 'success' });
    expect(check.actions.map(({ identifier }) => identifier)).toEqual(['optimize', 'undo', 'skip']);
    await until('the check of our commit', () => pull.headSha !== asked && pull.checkRuns().at(-1)?.conclusion);
    const [commit, parent] = await repository.log('art');
    expect(parent?.sha).toBe(asked);
    expect(trailersOf(commit?.message ?? '')).toHaveLength(2);
    const after = await repository.file('art', 'models/box.glb');
    expect(after?.byteLength).toBeLessThan(before.byteLength);
    expect(pull.comments().map(({ author }) => author.login)).toEqual([`${both.app.slug}[bot]`]);
    expect(pull.comments()[0]?.body).toContain('1 GLB file optimized');
  });

  it('is looked at again after a push, a draft made ready, and a reopening, always in the one comment', async () => {
    const repository = await repositoryWith();
    const pull = await pullWith(repository, { 'a.glb': model(2) }, { draft: true });
    await both.github.settled();
    const draft = pull.headSha;
    expect(pull.checkRuns(draft)).toEqual([]);
    await pull.ready();
    await checked(pull, draft);
    const second = await pull.push({ 'b.glb': model(3) });
    await checked(pull, second);
    await until('a comment about b', () => pull.comments()[0]?.body.includes('b.glb'));
    await pull.close();
    await pull.reopen();
    const reopened = pull.headSha;
    await until(
      'another check',
      () => pull.checkRuns(reopened).filter(({ status }) => status === 'completed').length >= 2,
    );
    expect(pull.comments()).toHaveLength(1);
    const subjects = (await repository.log('art')).map(({ message }) => message.split('\n')[0] ?? '');
    expect(subjects.filter((subject) => subject.startsWith('Optimize'))).toHaveLength(2);
  });

  it('without any GLB gets a green check and says so', async () => {
    const repository = await repositoryWith();
    const pull = await pullWith(repository, { 'notes.md': 'hello' });
    expect(await checked(pull, pull.headSha)).toMatchObject({ conclusion: 'success', title: 'No GLB file to look at' });
    expect(await repository.log('art')).toHaveLength(2);
  });

  it('with 120 models gets all of them in one commit', async () => {
    const repository = await repositoryWith();
    const files = Object.fromEntries(Array.from({ length: 120 }, (_, i) => [`props/${i}.glb`, model(1000 + i)]));
    const pull = await pullWith(repository, files);
    const asked = pull.headSha;
    expect(await checked(pull, asked, 290_000)).toMatchObject({ conclusion: 'success' });
    const [commit, parent] = await repository.log('art');
    expect(parent?.sha).toBe(asked);
    expect(trailersOf(commit?.message ?? '')).toHaveLength(121);
    const body = pull.comments()[0]?.body ?? '';
    expect(body.length).toBeLessThanOrEqual(65_536);
    expect(body).toContain('120 GLB files optimized');
    // What a comment cannot hold is one click away.
    expect(body).toMatch(/Left out[^\n]*Everything is in \[the full report\]\(<http[^>]*\/compare\/\d+>\)/);
    // 50 at a time, and none lost.
    expect(pull.checkRuns(asked)[0]?.annotations.length).toBeGreaterThanOrEqual(120);
  }, 300_000);

  it('that renames one model is looked at under its new name, and nothing of a deleted one is', async () => {
    const repository = await repositoryWith({ 'old.glb': model(4), 'gone.glb': model(5), 'kept.glb': model(6) });
    await repository.commit('art', { 'old.glb': null, 'new.glb': model(4), 'gone.glb': null });
    const pull = await repository.openPull({ head: 'art' });
    expect(await checked(pull, pull.headSha)).toMatchObject({ conclusion: 'success' });
    const [commit] = await repository.log('art');
    expect(trailersOf(commit?.message ?? '').map((line) => line.split(' ').at(-1))).toEqual([
      expect.stringMatching(/^\d/),
      '"new.glb"',
    ]);
    const paths = (await repository.tree('art')).map(({ path }) => path).filter((path) => path.endsWith('.glb'));
    expect(paths).toEqual(['kept.glb', 'new.glb']);
    expect((await repository.file('art', 'kept.glb'))?.equals(model(6))).toBe(true);
  });

  it('with a file that only is called a model is red, and leaves it', async () => {
    const repository = await repositoryWith();
    const pull = await pullWith(repository, { 'new.glb': 'no model' });
    const check = await checked(pull, pull.headSha);
    expect(check).toMatchObject({ conclusion: 'failure' });
    expect(check.annotations[0]).toMatchObject({ path: 'new.glb', annotation_level: 'failure' });
    expect(await repository.file('art', 'new.glb')).toEqual(Buffer.from('no model'));
  });

  it('with a model of 60 MB is read as a stream and pushed by git, mode and all', async () => {
    const repository = await repositoryWith();
    const bytes = heavyModel(44 * 1024 * 1024, 16 * 1024 * 1024);
    const pull = await pullWith(repository, { 'big.glb': { bytes, mode: '100755' } });
    const asked = pull.headSha;
    expect(await checked(pull, asked, 290_000)).toMatchObject({ conclusion: 'success' });
    const [commit] = await repository.log('art');
    expect(trailersOf(commit?.message ?? '')).toHaveLength(2);
    const [file] = (await repository.tree('art')).filter(({ path }) => path === 'big.glb');
    expect(file?.mode).toBe('100755');
    const after = await repository.file('art', 'big.glb');
    expect(after?.byteLength).toBeLessThan(45 * 1024 * 1024);
    expect(both.github.requests(/git-receive-pack/).length).toBeGreaterThan(0);
  }, 300_000);

  it('keeps the mode of a small executable file, which GraphQL cannot', async () => {
    const repository = await repositoryWith();
    const pull = await pullWith(repository, { 'a.glb': { bytes: model(7), mode: '100755' } });
    await checked(pull, pull.headSha);
    const [file] = (await repository.tree('art')).filter(({ path }) => path === 'a.glb');
    expect(file?.mode).toBe('100755');
    expect(await repository.log('art')).toHaveLength(3);
  });

  it('never follows a symlink or a submodule that is called a model', async () => {
    const repository = await repositoryWith();
    const pull = await pullWith(repository, {
      'link.glb': { bytes: '/etc/passwd', mode: '120000' },
      'module.glb': { blob: (await repository.head('main')) ?? '', mode: '160000' },
    });
    expect(await checked(pull, pull.headSha)).toMatchObject({ title: 'No GLB file to look at' });
  });

  it('of a private repository is served with the token of its installation', async () => {
    const repository = await repositoryWith({}, { private: true });
    const pull = await pullWith(repository, { 'a.glb': model(8) });
    await checked(pull, pull.headSha);
    expect(await repository.log('art')).toHaveLength(3);
  });

  it('whose names try Markdown, HTML, mentions and workflow commands shows them as text', async () => {
    const repository = await repositoryWith();
    const names = [
      'a|b`c`.glb',
      '<img src=x onerror=alert(1)>.glb',
      '@octocat #1 GH-2.glb',
      '::set-output name=x::y.glb',
      '[x](javascript:alert(1)).glb',
    ];
    const pull = await pullWith(repository, Object.fromEntries(names.map((name, i) => [name, model(20 + i)])));
    await checked(pull, pull.headSha);
    const body = pull.comments()[0]?.body ?? '';
    // Code spans and fences take everything literally; what is left is markup, and must be ours.
    const markup = body
      .replace(/```[\s\S]*?```/g, '')
      .replace(/`[^`\n]*`/g, '')
      .replace(/<code>[^<]*<\/code>/g, '');
    expect(markup).not.toMatch(/<img|@octocat|\]\(javascript/i);
    expect(body).toContain('5 GLB files optimized');
    const [commit] = await repository.log('art');
    expect(commit?.message).not.toMatch(/@octocat|(?<!\\)#1\b/);
  });
});

describe('a policy', () => {
  it('with an error makes the check red, at its line and column', async () => {
    const repository = await repositoryWith({ '.github/glb-optimizer.yml': 'preset: balanced\nmode: comit\n' });
    const pull = await pullWith(repository, { 'a.glb': model(30) });
    const check = await checked(pull, pull.headSha);
    expect(check).toMatchObject({ conclusion: 'failure', title: 'The policy has an error' });
    expect(check.annotations[0]).toMatchObject({ path: '.github/glb-optimizer.yml', start_line: 2, start_column: 7 });
    expect(pull.comments()[0]?.body).toContain('has an error');
    expect(await repository.log('art')).toHaveLength(2);
  });

  it('that the pull request changes holds only after the merge, and the comment says what it would do', async () => {
    const repository = await repositoryWith();
    const changed = `${POLICY}exclude: ['props/**']\n`;
    const pull = await pullWith(repository, { '.github/glb-optimizer.yml': changed, 'props/a.glb': model(31) });
    await checked(pull, pull.headSha);
    const body = pull.comments()[0]?.body ?? '';
    expect(body).toContain('1 GLB file optimized');
    expect(body).toMatch(/changes the policy[\s\S]*props\/a\.glb[\s\S]*left alone/);
  });

  it('that the pull request breaks makes the check red, and the files are optimized by the old one', async () => {
    const repository = await repositoryWith();
    const pull = await pullWith(repository, { '.github/glb-optimizer.yml': 'preset: tiny\n', 'a.glb': model(32) });
    const check = await checked(pull, pull.headSha);
    expect(check).toMatchObject({ conclusion: 'failure' });
    expect(check.annotations).toContainEqual(expect.objectContaining({ start_line: 1, title: 'Policy error' }));
  });

  it('with a budget makes the check red when it is exceeded', async () => {
    const policy = `${POLICY}budgets: { triangleCount: 5 }\n`;
    const repository = await repositoryWith({ '.github/glb-optimizer.yml': policy });
    const pull = await pullWith(repository, { 'a.glb': model(33) });
    expect(await checked(pull, pull.headSha)).toMatchObject({ conclusion: 'failure' });
    expect(pull.comments()[0]?.body).toContain('Over budget');
  });

  it('can build on that of another repository of its owner', async () => {
    await both.github.repository('octo/presets', { files: { '.github/glb-optimizer.yml': "exclude: ['raw/**']\n" } });
    const policy = `${POLICY}extends: octo/presets\n`;
    const repository = await repositoryWith({ '.github/glb-optimizer.yml': policy });
    const pull = await pullWith(repository, { 'raw/a.glb': model(34), 'b.glb': model(35) });
    await checked(pull, pull.headSha);
    const body = pull.comments()[0]?.body ?? '';
    expect(body).toContain('b.glb');
    expect(body).not.toContain('raw/a.glb');
  });

  it('with mode: pull-request opens one of our own against the branch', async () => {
    const repository = await repositoryWith({ '.github/glb-optimizer.yml': `${POLICY}mode: pull-request\n` });
    const pull = await pullWith(repository, { 'a.glb': model(36) });
    await checked(pull, pull.headSha);
    expect(await repository.log('art')).toHaveLength(2);
    const [, own] = repository.pulls();
    expect(own?.state).toMatchObject({ baseBranch: 'art', head: { branch: 'glb-optimizer/pr-1' } });
    expect(await own?.changedPaths()).toEqual(['a.glb']);
    expect(pull.comments()[0]?.body).toContain(`#${own?.number}`);
  });
});
