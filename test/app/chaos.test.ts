/** The small form of `npm run chaos`: two seeds on Postgres and Redis, one on SQLite, each a few hundred jobs. */
import { describe, expect, it } from 'vitest';
import { type BlowCounts, planBlows, randomOf } from '../../scripts/chaos/plan.ts';
import { type ChaosResult, runChaos } from '../../scripts/chaos/run.ts';
import { noPostgres, noRedis, skipped } from '../doubles/servers.ts';

const SMALL: BlowCounts = { 'kill-redis': 1, 'freeze-redis': 1, 'kill-postgres': 1, 'kill-worker': 2, 'kill-web': 1 };
const SMALL_EMBEDDED: BlowCounts = {
  'kill-redis': 0,
  'freeze-redis': 0,
  'kill-postgres': 0,
  'kill-worker': 3,
  'kill-web': 1,
};

function expectClean(result: ChaosResult): void {
  const { accepted, lost, doneTwice, unsettled, stall, stallLimitMs, acceptP99Down } = result;
  expect({ accepted, lost, doneTwice, unsettled }, JSON.stringify(result)).toEqual({
    accepted: 300,
    lost: 0,
    doneTwice: 0,
    unsettled: 0,
  });
  expect(stall.max, JSON.stringify(result)).toBeLessThanOrEqual(stallLimitMs);
  expect(acceptP99Down ?? 0, JSON.stringify(result)).toBeLessThan(500);
}

describe('chaos', () => {
  it('does the same again for the same seed', () => {
    const plan = (seed: number) => planBlows(randomOf(seed), SMALL, 10_000);
    expect(plan(7)).toEqual(plan(7));
    expect(plan(7)).not.toEqual(plan(8));
  });

  it.skipIf(skipped(noPostgres) || skipped(noRedis)).each([11, 13])(
    'loses nothing on Postgres and Redis while both, workers and web are killed and frozen, seed %i',
    async (seed) =>
      expectClean(await runChaos({ seed, jobCount: 300, ledger: 'postgres', withRedis: true, counts: SMALL })),
    120_000,
  );

  it('loses nothing on SQLite while workers and web are killed', async () => {
    expectClean(
      await runChaos({ seed: 12, jobCount: 300, ledger: 'sqlite', withRedis: false, counts: SMALL_EMBEDDED }),
    );
  }, 120_000);
});
