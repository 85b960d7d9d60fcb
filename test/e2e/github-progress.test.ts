/** What a check run says while the assets of a pull request are under way. */
import { expect, it, vi } from 'vitest';
import { startApp, startBoth, until } from './github-app.ts';
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

it('reviews the newest head although GitHub does not let the check of an older one be ended', async () => {
  await using both = await startBoth({ words: ['--no-worker'] });
  both.app.install('octo');
  const repository = await both.github.repository('octo/shop', { files: { '.github/glb-optimizer.yml': POLICY } });
  await repository.commit('art', { 'a.glb': model(1) });
  const pull = await repository.openPull({ head: 'art' });
  const first = pull.headSha;
  const [old] = await until('the first check', () => {
    const runs = pull.checkRuns(first);
    return runs.length > 0 ? runs : undefined;
  });
  const second = await pull.push({ 'a.glb': model(2) });
  await until('the second check', () => pull.checkRuns(second).length > 0, 20_000);
  both.github.fault(new RegExp(`check-runs/${old?.id}$`), { kind: 'status', status: 403 });
  const worker = await startApp(both.github, both.app, both.dataDir, { role: 'work' });
  try {
    const check = await until('the end', () => pull.checkRuns(second).find(({ status }) => status === 'completed'));
    expect(check.conclusion).toBe('success');
    expect(both.github.requests(new RegExp(`check-runs/${old?.id}$`)).length).toBeGreaterThan(0);
  } finally {
    await worker.stop();
  }
});

it('says queued as soon as a review is accepted, although nobody works, and ends checks of heads that nobody looks at', async () => {
  await using both = await startBoth({ words: ['--no-worker'], isPublic: true });
  both.app.install('octo');
  const repository = await both.github.repository('octo/shop', { files: { '.github/glb-optimizer.yml': POLICY } });
  await repository.commit('art', { 'a.glb': model(1) });
  const pull = await repository.openPull({ head: 'art' });
  const first = pull.headSha;
  await until('the first check', () => pull.checkRuns(first).length > 0, 20_000);
  expect(pull.checkRuns(first)).toMatchObject([{ status: 'queued', name: 'GLB Optimizer' }]);
  // Where the details are, even before there are any.
  expect(pull.checkRuns(first)[0]?.detailsUrl).toMatch(new RegExp(`^${both.running().url}/compare/\\d+$`));
  const second = await pull.push({ 'a.glb': model(2) });
  await until('the second check', () => pull.checkRuns(second).length > 0, 20_000);
  const worker = await startApp(both.github, both.app, both.dataDir, { role: 'work' });
  try {
    await until('the end', () => pull.checkRuns(second)[0]?.status === 'completed');
    await until('the end of the old one', () => pull.checkRuns(first)[0]?.status === 'completed');
    await both.github.settled();
    // One for each commit: nobody made a second one.
    expect(pull.checkRuns(first).map(({ conclusion }) => conclusion)).toEqual(['cancelled']);
    expect(pull.checkRuns(second).map(({ conclusion }) => conclusion)).toEqual(['success']);
  } finally {
    await worker.stop();
  }
});
