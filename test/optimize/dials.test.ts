import { describe, expect, it } from 'vitest';
import { type Place, placeOf, type ScoreAlone, safer, unbroken } from '../../src/optimize/dials.ts';
import { DIALS, type Dial, EXACT_SETTINGS, isExact, type Settings, startOf } from '../../src/optimize/settings.ts';

/** What each dial shows at each of its places; beyond the list nothing. */
type Showing = Partial<Record<Dial, readonly number[]>>;

const aloneOf =
  (showing: Showing): ScoreAlone =>
  async (settings, dial) =>
    isExact(settings, dial) ? 0 : (showing[dial]?.[settings[dial]] ?? 0);

/** Climbs while all dials together show `more` times what the worst of them does; every place that was looked at. */
async function climbed(showing: Showing, more: number, limit = 1.5): Promise<readonly Settings[]> {
  const alone = aloneOf(showing);
  const scoreOf = async (settings: Settings) =>
    more * Math.max(...(await Promise.all(DIALS.map((dial) => alone(settings, dial)))));
  let at: Place = placeOf(startOf('balanced'), limit);
  const seen: Settings[] = [at.settings];
  while ((await scoreOf(at.settings)) > limit && seen.length < 20) {
    at = await safer(at, await scoreOf(at.settings), limit, alone);
    seen.push(at.settings);
  }
  return seen;
}

describe('safer', () => {
  it('turns only the dial that shows, as far as it must, and no result is tried twice', async () => {
    const seen = await climbed({ normal: [4, 3, 2.6, 1.1, 0.5, 0.2], color: [0.9, 0.6, 0.3] }, 1.4);
    expect(seen.at(-1)).toEqual({ ...startOf('balanced'), normal: 4 });
    expect(new Set(seen.map((settings) => JSON.stringify(settings))).size).toBe(seen.length);
  });

  it('takes from what all show together what one may show alone', async () => {
    // Each alone is well within 80 % of the limit; together they are not.
    const seen = await climbed({ normal: [1.3, 1.1, 0.9, 0.4], color: [1.2, 1, 0.8, 0.7] }, 1.9);
    expect(seen).toHaveLength(3);
    expect(seen.at(-1)).toEqual({ ...startOf('balanced'), normal: 3, color: 3 });
  });

  it('looks at nothing that is no safer on any dial than what failed', async () => {
    // Errors that add up as squares do: one step of everything fails, so less than that cannot pass.
    const showing: Showing = { normal: [9, 1.9, 1, 0.2], color: [9, 1.1, 1.05, 0.3], data: [9, 0.9, 0.85, 0.3] };
    const alone = aloneOf(showing);
    const scoreOf = async (settings: Settings) =>
      Math.hypot(...(await Promise.all(DIALS.map((dial) => alone(settings, dial)))));
    const failed: Settings[] = [];
    let at = placeOf(startOf('balanced'), 1.5);
    for (let looks = 0; (await scoreOf(at.settings)) > 1.5 && looks < 9; looks++) {
      expect(failed.some((one) => DIALS.every((dial) => at.settings[dial] <= one[dial]))).toBe(false);
      failed.push(at.settings);
      at = await safer(at, await scoreOf(at.settings), 1.5, alone);
    }
    expect(failed).toHaveLength(2);
    expect(await scoreOf(at.settings)).toBeLessThanOrEqual(1.5);
    expect(at.settings.data).toBeLessThan(EXACT_SETTINGS.data);
  });

  it('keeps everything where nothing can be looked at', async () => {
    const blind: ScoreAlone = async (settings, dial) => (isExact(settings, dial) ? 0 : Number.POSITIVE_INFINITY);
    let at = placeOf(startOf('balanced'), 0);
    for (let looks = 0; looks < 2; looks++) at = await safer(at, 3, 0, blind);
    expect(at.settings).toEqual(EXACT_SETTINGS);
  });

  it('keeps everything when only all together show something', async () => {
    const limit = 1.5;
    let at: Place = placeOf(startOf('balanced'), limit);
    for (let looks = 0; looks < 2; looks++) at = await safer(at, 2, limit, aloneOf({}));
    expect(at.settings).toEqual(EXACT_SETTINGS);
  });

  it('never goes below what the contract needs', async () => {
    const limit = 1.5;
    const alone = aloneOf({ color: [3, 2, 1, 0.5] });
    let at = unbroken(placeOf(startOf('balanced'), limit));
    for (let looks = 0; looks < 3; looks++) {
      at = await safer(at, 1.6, limit, alone);
      expect(isExact(at.settings, 'geometry')).toBe(true);
    }
  });
});
