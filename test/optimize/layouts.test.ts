/** What layouts share is made once: each comes out as if it had been made alone. */
import { readFileSync } from 'node:fs';
import { beforeAll, expect, it } from 'vitest';
import { accessorsReady } from '../../src/asset/accessors.ts';
import { openDraco } from '../../src/asset/draco.ts';
import { pack, packReady } from '../../src/optimize/pack.ts';
import { commonSteps, type Layout, layoutSteps, stepsOf } from '../../src/optimize/recipe.ts';
import { begin, finish, goOn, runRecipe } from '../../src/optimize/run-recipe.ts';
import { startOf } from '../../src/optimize/settings.ts';
import type { Step } from '../../src/optimize/step.ts';
import { allowedBy } from '../../src/optimize/target.ts';
import { opened } from '../make-glb.ts';

const LAYOUTS: readonly Layout[] = [
  { compression: 'KHR_meshopt_compression', draco: true },
  { compression: 'KHR_meshopt_compression', draco: false },
  { compression: 'none', draco: false },
];

beforeAll(() => Promise.all([accessorsReady, packReady, openDraco()]));

it('gives each layout what it would be alone, down to the last byte', async () => {
  // Geometry and clips: each step lays some of its views out anew.
  const source = opened(readFileSync(new URL('../assets/fox.glb', import.meta.url)));
  const settings = startOf('balanced');
  const options = {
    rule: { preset: 'balanced', textureMaxSizePx: null },
    allowed: allowedBy('three', ['draco']),
    cache: new Map(),
  } as const;
  const withoutTextures = (steps: readonly Step[]) => steps.filter(({ name }) => name !== 'textures');
  const common = await goOn(begin(source), withoutTextures(commonSteps(settings, options)));
  for (const layout of LAYOUTS) {
    const underWay = await goOn(common, layoutSteps(settings, { ...options, layout }));
    // Views that were compressed before, in this layout or another, are what they are when they are compressed now.
    expect(underWay.packed).toEqual(pack(underWay.piece));
    const alone = await runRecipe(source, withoutTextures(stepsOf(settings, { ...options, layout })), 'cafe0123');
    expect(finish(underWay, 'cafe0123')).toEqual(alone);
  }
});
