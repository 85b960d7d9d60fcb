/** Two thousand mutants in the tests; `npm run fuzz` sends as many as there is time for. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { type Find, fuzz } from './fuzz.ts';
import { mutantsOf, openSeeds } from './mutants.ts';

const options = { durationMs: Number.POSITIVE_INFINITY, concurrency: 2 };

describe('a small file that chance has damaged', () => {
  it('crashes nobody, hangs nowhere, and comes out no worse: 2,000 mutants', { timeout: 600_000 }, async () => {
    const finds: Find[] = [];
    const summary = await fuzz({ ...options, seed: 20_261_124, mutantCount: 2000, onFind: (find) => finds.push(find) });
    expect(finds.map(({ place, mutant, why }) => `${place} ${mutant.name}: ${why}`)).toEqual([]);
    expect(summary.mutantCount).toBe(2000);
    // It is no fuzzing where everything is refused at the door.
    const { refused = 0, ...others } = summary.verdicts;
    expect(refused).toBeGreaterThan(200);
    expect(Object.values(others).reduce((sum, count) => sum + count, 0)).toBeGreaterThan(200);
    expect(Object.keys(summary.codes).length).toBeGreaterThan(8);
  });

  it('gets the same answers from one run to the next', { timeout: 300_000 }, async () => {
    const run = () => fuzz({ ...options, seed: 3, mutantCount: 150, onFind: () => {} });
    expect((await run()).reasonsDigest).toBe((await run()).reasonsDigest);
  });

  it('is sent by the script for as long, or as often, as one asks', { timeout: 120_000 }, async () => {
    const script = fileURLToPath(new URL('../../scripts/fuzz.ts', import.meta.url));
    const say = async (...words: string[]) => (await promisify(execFile)(process.execPath, [script, ...words])).stdout;
    expect(await say('--minutes', '0.02', '--seed', '5')).toMatch(
      /^seed 5\n[\s\S]*mutants of seed 5 in \d+ s, 0 finds\n$/,
    );
    expect(await say('--mutants', '7')).toMatch(/\n7 mutants of seed \d+ in \d+ s, 0 finds\n$/);
    await expect(say('--mutants', 'many')).rejects.toMatchObject({ code: 2 });
  });

  it('is damaged in the same way by the same seed, and in another by another', async () => {
    const seeds = await openSeeds();
    const some = (seed: number) => {
      const mutants = mutantsOf(seeds, seed);
      return Array.from({ length: 20 }, () => mutants.next().value.bytes);
    };
    expect(some(1)).toEqual(some(1));
    expect(some(1)).not.toEqual(some(2));
  });
});
