/** Which results are used again, and where: a process that had other files before is believed in its own pull request alone. */
import { expect, it, vi } from 'vitest';
import { openLedger } from '../../app/ledger/open.ts';
import { startBoth, until } from './github-app.ts';
import { model, POLICY } from './models.ts';

vi.setConfig({ testTimeout: 90_000 });

it('are known again in the pull request, and elsewhere only what came out of a fresh process', async () => {
  await using both = await startBoth({ environment: { WORKER_SLOTS: '1' } });
  both.app.install('octo');
  const files = { '.github/glb-optimizer.yml': `${POLICY}mode: report\n` };
  const repository = await both.github.repository('octo/shop', { files });
  const ledger = openLedger({ folder: both.dataDir }, { leaseMs: 30_000, worker: 'test' });
  try {
    // The newest first; each has the path that its process was given.
    const worked = async () => {
      const jobs = await ledger.board.list({ kind: 'asset', group: 'octo/shop', limit: 100 });
      return jobs.map(({ payload }) => (payload as { readonly asset: { readonly path: string } }).asset.path).reverse();
    };
    await repository.commit('art', { 'a.glb': model(1), 'b.glb': model(2) });
    const pull = await repository.openPull({ head: 'art' });
    const ended = (sha: string) => () => pull.checkRuns(sha)[0]?.status === 'completed';
    await until('the check', ended(pull.headSha));
    expect(await worked()).toEqual(['a.glb', 'b.glb']);
    await until('the next check', ended(await pull.push({ 'c.glb': model(3) })));
    expect(await worked()).toEqual(['a.glb', 'b.glb', 'c.glb']);
    await repository.commit('copy', { 'a.glb': model(1), 'b.glb': model(2) });
    const other = await repository.openPull({ head: 'copy' });
    await until('the other check', () => other.checkRuns()[0]?.status === 'completed');
    expect(await worked()).toEqual(['a.glb', 'b.glb', 'c.glb', 'b.glb']);
    expect(other.comments()[0]?.body).toContain('2 GLB files can be smaller');
  } finally {
    await ledger.close();
  }
});
