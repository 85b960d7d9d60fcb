/** Killed at the worst moment, and many at once: one commit and one comment all the same. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type AppProcess, startApp, startBoth, until } from './github-app.ts';
import { model, POLICY } from './models.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 90_000 });

let both: Awaited<ReturnType<typeof startBoth>>;
const others: AppProcess[] = [];

beforeEach(async () => {
  both = await startBoth({ environment: { LEASE_SECONDS: '3' } });
  both.app.install('octo');
});

afterEach(async () => {
  await Promise.all(others.splice(0).map((worker) => worker.stop('SIGKILL')));
  await both[Symbol.asyncDispose]();
});

it('killed with -9 after the commit and before the comment: the comment appears, and there is no second commit', async () => {
  const repository = await both.github.repository('octo/shop', { files: { '.github/glb-optimizer.yml': POLICY } });
  // No comment can be written: time enough to die between commit and comment.
  both.github.fault(/^POST .*\/issues\/1\/comments/, { kind: 'status', status: 500 });
  await repository.commit('art', { 'a.glb': model(300) });
  const pull = await repository.openPull({ head: 'art' });
  await until('our commit', async () => (await repository.log('art'))[0]?.message.startsWith('Optimize'));
  await both.running().stop('SIGKILL');
  expect(pull.comments()).toHaveLength(0);
  both.github.clearFaults();
  await both.restart();
  await until('the comment', () => pull.comments().length === 1);
  const ours = (await repository.log('art')).filter(({ message }) => message.startsWith('Optimize'));
  expect(ours).toHaveLength(1);
  expect(pull.comments()[0]?.body).toContain('1 GLB file optimized');
});

it('with ten workers on one ledger: one commit, one comment', async () => {
  const repository = await both.github.repository('octo/shop', { files: { '.github/glb-optimizer.yml': POLICY } });
  const environment = { LEASE_SECONDS: '3', WORKER_SLOTS: '1' };
  const started = Array.from({ length: 9 }, () =>
    startApp(both.github, both.app, both.dataDir, { role: 'work', environment }),
  );
  others.push(...(await Promise.all(started)));
  const files = Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`props/${i}.glb`, model(310 + i)]));
  await repository.commit('art', files);
  const pull = await repository.openPull({ head: 'art' });
  await until('the comment', () => pull.comments().length > 0, 100_000);
  await both.github.settled();
  const ours = (await repository.log('art')).filter(({ message }) => message.startsWith('Optimize'));
  expect(ours).toHaveLength(1);
  expect(ours[0]?.message).toContain('Optimize 12 GLB files');
  expect(pull.comments()).toHaveLength(1);
});

it.each([
  ['a secondary rate limit', { kind: 'secondary-limit', retryAfterS: 2 }],
  ['the primary rate limit', { kind: 'primary-limit', resetAfterS: 2 }],
] as const)('waits out %s as long as GitHub asks, and loses nothing', async (_sentence, fault) => {
  const repository = await both.github.repository('octo/shop', { files: { '.github/glb-optimizer.yml': POLICY } });
  both.github.fault(/^POST \/graphql/, fault, 2);
  await repository.commit('art', { 'a.glb': model(330) });
  const pull = await repository.openPull({ head: 'art' });
  await until('the comment', () => pull.comments().length === 1);
  const ours = (await repository.log('art')).filter(({ message }) => message.startsWith('Optimize'));
  expect(ours).toHaveLength(1);
});

it('asked to stop by SIGTERM, it finishes or hands back what it has, and the next start goes on', async () => {
  const repository = await both.github.repository('octo/shop', { files: { '.github/glb-optimizer.yml': POLICY } });
  const files = Object.fromEntries(Array.from({ length: 6 }, (_, i) => [`props/${i}.glb`, model(340 + i)]));
  await repository.commit('art', files);
  const pull = await repository.openPull({ head: 'art' });
  await until('work', () => pull.checkRuns()[0]?.status === 'in_progress');
  await both.running().stop('SIGTERM');
  expect(both.running().child).toMatchObject({ exitCode: 0, signalCode: null });
  expect(both.running().log()).toContain('"message":"stopped"');
  await both.restart();
  await until('the comment', () => pull.comments().length === 1);
  const ours = (await repository.log('art')).filter(({ message }) => message.startsWith('Optimize'));
  expect(ours.map(({ message }) => message.split(':')[0])).toEqual(['Optimize 6 GLB files']);
});
