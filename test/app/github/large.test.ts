/** Where GitHub's lists end: more than 3,000 changed files, and trees that do not fit into one answer. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { listPullFiles } from '../../../app/github/pull-files.ts';
import { openTrees } from '../../../app/github/trees.ts';
import { model, POLICY } from '../../e2e/models.ts';
import type { Files } from '../../github-stand-in/driver/files.ts';
import { jobOf, openStage, review, type Stage } from './stage.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

let stage: Stage;
let installation: number;

beforeAll(async () => {
  stage = await openStage();
  installation = stage.app.install('octo');
});

afterAll(async () => {
  await stage[Symbol.asyncDispose]();
});

/** Files of one content: small to send, many to list. */
const many = (count: number, nameOf: (at: number) => string): Files =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [nameOf(at), 'same']));

describe('a pull request of more than 3,000 files', () => {
  it('is compared by its trees: what the list leaves out is optimized, what is gone or moved is known', async () => {
    const files = { '.github/glb-optimizer.yml': POLICY, 'old.glb': model(700), 'gone.glb': model(701) };
    const repository = await stage.github.repository('octo/many', { files });
    // GitHub's list goes by name: the models come after its end.
    await repository.commit('art', {
      ...many(3001, (at) => `a/${at}.txt`),
      'old.glb': null,
      'gone.glb': null,
      'z/new.glb': model(702),
      'z/moved.glb': model(700),
      'z/link.glb': { bytes: 'new.glb', mode: '120000' },
    });
    const pull = await repository.openPull({ head: 'art' });
    const access = stage.access(installation, repository.fullName);
    const trees = openTrees(access, repository.fullName);
    const listed = await listPullFiles(access, trees, {
      repository: repository.fullName,
      pullNumber: pull.number,
      baseCommit: null,
      headCommit: pull.headSha,
    });
    expect(listed.map(({ path, change, base }) => [path, change, base?.path])).toEqual([
      ['z/moved.glb', 'renamed', 'old.glb'],
      ['z/new.glb', 'added', undefined],
    ]);
    const { report, published } = await review(stage, jobOf(pull, installation));
    expect(report.assets.map(({ path, verdict }) => [path, verdict])).toEqual([
      ['z/moved.glb', 'improved'],
      ['z/new.glb', 'improved'],
    ]);
    const [commit] = await repository.log('art');
    expect(commit?.sha).toBe(published.commit);
    expect(stage.github.requests(/GET .*\/pulls\/1\/files/).length).toBe(60);
  });
});

describe('a tree that does not fit into one answer', () => {
  it('is walked folder by folder, each once, and every model is found', async () => {
    const repository = await stage.github.repository('octo/wide', { files: { 'readme.md': 'wide' } });
    const folder = 'a-folder-of-textures-that-somebody-gave-a-rather-long-name/and-another-one-inside-of-it';
    const commit = await repository.commit('art', {
      // 7 MB are some 24,000 of these.
      ...many(16_000, (at) => `${folder}/one/${at}.png`),
      ...many(16_000, (at) => `${folder}/two/${at}.png`),
      [`${folder}/two/deep/hero.GLB`]: model(703),
      'models/box.glb': model(704),
      'top.glb': model(705),
      'models/link.glb': { bytes: 'box.glb', mode: '120000' },
    });
    const trees = openTrees(stage.access(installation, repository.fullName), repository.fullName);
    const found = await trees.at(commit).filter((path) => /\.glb$/i.test(path));
    expect(found.map(({ path }) => path).sort()).toEqual([`${folder}/two/deep/hero.GLB`, 'models/box.glb', 'top.glb']);
    expect(found.every(({ byteLength, mode }) => byteLength > 1000 && mode === '100644')).toBe(true);
    expect((await trees.at(commit).find(`${folder}/two/deep/hero.GLB`))?.byteLength).toBe(model(703).byteLength);
    expect(await trees.at(commit).find('models/link.glb')).toBeUndefined();
    expect(await trees.at(commit).find(`${folder}/three.glb`)).toBeUndefined();
    const asked = stage.github.requests(/GET .*octo\/wide\/git\/trees/).map(({ path }) => path);
    expect(new Set(asked).size).toBe(asked.length);
    expect(asked.length).toBeGreaterThan(3);
  });
});
