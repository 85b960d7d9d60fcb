/** The pictures of a pull request, drawn by a real browser and read back from where the comment says that they are. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { browserForTests } from '../renderer-fixtures.ts';
import { startBoth, until } from './github-app.ts';

vi.setConfig({ testTimeout: 280_000, hookTimeout: 90_000 });

const asset = (name: string) => readFileSync(new URL(`../assets/${name}`, import.meta.url));
let both: Awaited<ReturnType<typeof startBoth>>;

beforeAll(async () => {
  both = await startBoth({ isDrawn: true, environment: { CHROME_PATH: browserForTests() } });
  both.app.install('octo');
});

afterAll(async () => {
  await both[Symbol.asyncDispose]();
});

it('shows before, after and difference, and base beside head, pinned by commit on a branch of their own', async () => {
  const repository = await both.github.repository('octo/shop', {
    files: {
      'readme.md': 'A shop.\n',
      'hero.glb': asset('kenney-building-external-texture.glb'),
      'Textures/colormap.png': asset('Textures/colormap.png'),
    },
  });
  await repository.commit('art', { 'hero.glb': asset('fox.glb') });
  const pull = await repository.openPull({ head: 'art' });
  const asked = pull.headSha;
  const titles = new Set<string>();
  const check = await until(
    'the check',
    () => {
      const [run] = pull.checkRuns(asked);
      titles.add(`${run?.status} ${run?.title ?? ''}`);
      return run?.status === 'completed' ? run : undefined;
    },
    250_000,
  );
  expect(check.conclusion).toBe('success');
  const body = pull.comments()[0]?.body ?? '';
  expect(body).toContain('GPU memory');
  expect(body).toContain('Load time');
  expect(body).toContain('What this pull request changes: base beside head');
  const urls = [...body.matchAll(/\]\(<(http[^>]+)>\)/g)].map(([, url]) => url ?? '');
  expect(urls.length).toBeGreaterThanOrEqual(2);
  const [branch] = (await repository.branches()).filter((name) => name.startsWith('glb-optimizer-pictures/'));
  const pinned = await repository.head(branch ?? '');
  for (const url of urls) {
    expect(url).toContain(`/octo/shop/blob/${pinned}/pr-${pull.number}/${asked}/images/`);
    const answer = await fetch(url);
    const bytes = Buffer.from(await answer.arrayBuffer());
    expect([answer.status, bytes.subarray(8, 12).toString()]).toEqual([200, 'WEBP']);
  }
  expect(check.images).toHaveLength(1);
  // An orphan: the pictures have no history in common with the code.
  expect((await repository.log(branch ?? '')).at(-1)?.message).toContain('A place for pictures');
});
