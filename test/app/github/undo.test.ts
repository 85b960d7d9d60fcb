/** `/glb undo` against the stand-in: what comes back, what goes, and what was never ours. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { undo } from '../../../app/github/bot/undo.ts';
import { commitByPush } from '../../../app/github/commit-by-push.ts';
import { contentOf } from '../../../src/index.ts';
import { model, POLICY } from '../../e2e/models.ts';
import type { PullHandle } from '../../github-stand-in/driver/pull-handle.ts';
import { jobOf, openStage, review, type Stage } from './stage.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let stage: Stage;
let installation: number;
let count = 0;

beforeAll(async () => {
  stage = await openStage();
  installation = stage.app.install('octo');
});

afterAll(async () => {
  await stage[Symbol.asyncDispose]();
});

async function repositoryThatKeeps(keep: string) {
  const name = `octo/undo-${count++}`;
  const policy = `${POLICY}keep-original: ${keep}\nexclude: ['**/*.original.glb', '.glb-originals/**']\n`;
  const repository = await stage.github.repository(name, { files: { '.github/glb-optimizer.yml': policy } });
  return { repository, access: stage.access(installation, name) };
}

const paths = async (repository: Awaited<ReturnType<typeof repositoryThatKeeps>>['repository']) =>
  (await repository.tree('art')).map(({ path }) => path).filter((path) => path.endsWith('.glb'));

function undone(pull: PullHandle, access: ReturnType<Stage['access']>) {
  const { repository, head, baseBranch, headSha } = pull.state;
  const description = {
    number: pull.number,
    state: 'open',
    head: { sha: headSha, ref: head.branch, repo: { full_name: head.repository.fullName } },
    base: { sha: headSha, ref: baseBranch },
  };
  const options = { access, notes: stage.notes, folder: stage.folder, gitPath: process.env.PATH ?? '' };
  return undo(repository.fullName, description, options);
}

describe('/glb undo', () => {
  it.each([
    ['suffix', 'props/a.original.glb'],
    ['folder', '.glb-originals/props/a.glb'],
  ])('brings the original back and takes away what keep-original: %s put aside, in one commit', async (keep, copy) => {
    const { repository, access } = await repositoryThatKeeps(keep);
    const original = model(800);
    await repository.commit('art', { 'props/a.glb': original });
    const pull = await repository.openPull({ head: 'art' });
    await review(stage, jobOf(pull, installation));
    expect(await paths(repository)).toEqual([copy, 'props/a.glb'].sort());
    expect(await undone(pull, access)).toMatchObject({ kind: 'undone', notice: { fileCount: 1 } });
    expect(await paths(repository)).toEqual(['props/a.glb']);
    expect((await repository.file('art', 'props/a.glb'))?.equals(original)).toBe(true);
    const subjects = (await repository.log('art')).map(({ message }) => message.split('\n')[0]);
    expect(subjects.slice(0, 2)).toEqual(['Bring 1 original GLB file back', expect.stringContaining('Optimize 1')]);
  });

  it('leaves a file of that name that was there before us, although its bytes are the same', async () => {
    const { repository, access } = await repositoryThatKeeps('suffix');
    const original = model(801);
    await repository.commit('art', { 'a.glb': original, 'a.original.glb': original });
    const pull = await repository.openPull({ head: 'art' });
    await review(stage, jobOf(pull, installation));
    expect(await undone(pull, access)).toMatchObject({ kind: 'undone' });
    expect(await paths(repository)).toEqual(['a.glb', 'a.original.glb']);
  });

  it('leaves a copy that somebody has changed since', async () => {
    const { repository, access } = await repositoryThatKeeps('suffix');
    await repository.commit('art', { 'a.glb': model(802) });
    const pull = await repository.openPull({ head: 'art' });
    await review(stage, jobOf(pull, installation));
    await pull.push({ 'a.original.glb': model(803) });
    expect(await undone(pull, access)).toMatchObject({ kind: 'undone' });
    expect((await repository.file('art', 'a.original.glb'))?.equals(model(803))).toBe(true);
  });

  it('takes away the first copy as well when the file was changed and optimized again', async () => {
    const { repository, access } = await repositoryThatKeeps('suffix');
    await repository.commit('art', { 'a.glb': model(804) });
    const pull = await repository.openPull({ head: 'art' });
    await review(stage, jobOf(pull, installation));
    await pull.push({ 'a.glb': model(805) });
    await review(stage, jobOf(pull, installation));
    expect(await undone(pull, access)).toMatchObject({ kind: 'undone' });
    expect(await paths(repository)).toEqual(['a.glb']);
    expect((await repository.file('art', 'a.glb'))?.equals(model(805))).toBe(true);
  });
});

it('a commit by git push takes files away, too', async () => {
  const { repository, access } = await repositoryThatKeeps('none');
  const tip = await repository.commit('art', { 'a.glb': model(806), 'b/c.txt': 'x' });
  const request = {
    repository: repository.fullName,
    branch: 'art',
    tip,
    treeOf: tip,
    otherParents: [],
    message: 'Tidy\n',
    files: [
      { path: 'b/c.txt', gone: true as const },
      { path: 'd.txt', mode: '100644', content: contentOf(new TextEncoder().encode('new')) },
    ],
  };
  await commitByPush(access, request, { folder: stage.folder, path: process.env.PATH ?? '' });
  expect((await repository.tree('art')).map(({ path }) => path)).toEqual([
    '.github/glb-optimizer.yml',
    'a.glb',
    'd.txt',
  ]);
});
