/** What a check run says while the assets of a pull request are under way. */
import { expect, it, vi } from 'vitest';
import { startBoth, until } from './github-app.ts';
import { model, POLICY } from './models.ts';

// Two processes, git and a model: on a busy machine that takes its time.
vi.setConfig({ testTimeout: 90_000 });

it('tells which of how many files is under way, until there is a conclusion', async () => {
  await using both = await startBoth();
  both.app.install('octo');
  const repository = await both.github.repository('octo/shop', { files: { '.github/glb-optimizer.yml': POLICY } });
  await repository.commit('art', { 'a.glb': model(1), 'b.glb': model(2), 'c.glb': model(3) });
  const pull = await repository.openPull({ head: 'art' });
  const asked = pull.headSha;
  const seen = new Set<string>();
  const check = await until('the check', () => {
    const [run] = pull.checkRuns(asked);
    if (run?.status === 'in_progress' && run.title) seen.add(run.title);
    return run?.status === 'completed' ? run : undefined;
  });
  expect(check.conclusion).toBe('success');
  expect([...seen].filter((title) => /^[123]\/3 [abc]\.glb$/.test(title))).not.toEqual([]);
});
