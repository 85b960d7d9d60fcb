import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { jobOf, openStage, review } from './stage.ts';

const fox = readFileSync(new URL('../../assets/fox.glb', import.meta.url));

it('smoke', async () => {
  await using stage = await openStage();
  const repository = await stage.github.repository('octo/shop', {
    files: { 'readme.md': 'hi', '.github/glb-optimizer.yml': 'preset: balanced\n' },
  });
  const installation = stage.app.install('octo');
  await repository.commit('art', { 'models/fox.glb': fox });
  const pull = await repository.openPull({ head: 'art' });
  const { report, published } = await review(stage, jobOf(pull, installation));
  console.log(
    report.assets.map((a) => [a.path, a.verdict, a.why]),
    published,
  );
  console.log(
    pull
      .comments()
      .map((c) => c.body)
      .join('\n-----\n')
      .slice(0, 3000),
  );
  console.log(
    stage.github
      .requests()
      .map((r) => `${r.method} ${r.path} ${r.status}`)
      .join('\n'),
  );
  console.log(stage.github.takeViolations());
  expect(published.commit).not.toBeNull();
});
