import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { accessorsReady } from '../../src/asset/accessors.ts';
import { openDraco } from '../../src/asset/draco.ts';
import type { SourceGlb } from '../../src/asset/glb.ts';
import { mergeStructure } from '../../src/optimize/merge.ts';
import { packReady } from '../../src/optimize/pack.ts';
import { stepsOf } from '../../src/optimize/recipe.ts';
import { runRecipe } from '../../src/optimize/run-recipe.ts';
import { startOf } from '../../src/optimize/settings.ts';
import { allowedBy } from '../../src/optimize/target.ts';
import { opened } from '../make-glb.ts';

beforeAll(() => Promise.all([accessorsReady, packReady, openDraco()]));

const file = (name: string) => async () =>
  opened(Uint8Array.from(readFileSync(new URL(`../assets/${name}`, import.meta.url))));

/** What we make of a file for a target that reads all codecs. */
async function ours(source: SourceGlb, draco: boolean): Promise<SourceGlb> {
  const layout = { compression: 'KHR_meshopt_compression', draco } as const;
  const allowed = allowedBy('three', ['meshopt', 'draco']);
  const rule = { preset: 'balanced', textureMaxSizePx: null } as const;
  const steps = stepsOf(startOf('balanced'), { rule, allowed, layout, cache: new Map() });
  return (await runRecipe(source, steps, '00000000')).glb;
}

/** Corners of all triangles that are drawn, over all primitives. */
const cornersOf = ({ json }: SourceGlb): number =>
  (json.meshes ?? [])
    .flatMap(({ primitives }) => primitives)
    .reduce(
      (sum, { indices, attributes }) => sum + (json.accessors?.[indices ?? attributes.POSITION ?? -1]?.count ?? 0),
      0,
    );

describe('mergeStructure', () => {
  it.each<[string, () => Promise<SourceGlb>, boolean]>([
    ['a fox', file('fox.glb'), false],
    ['a fox by Draco', file('fox.glb'), true],
    ['a knight', file('kaykit-knight.glb'), false],
  ])('reads what we made ourselves: %s', async (_what, source, draco) => {
    const made = await ours(await source(), draco);
    expect(made.json.extensionsRequired).toContain('KHR_meshopt_compression');
    const merged = await mergeStructure(made, false);
    if (merged.kind === 'kept') throw new Error(merged.why);
    expect(merged.glb.json.extensionsUsed ?? []).not.toContain('KHR_meshopt_compression');
    expect(merged.glb.json.animations?.length).toBe(made.json.animations?.length);
    expect(cornersOf(merged.glb)).toBe(cornersOf(made));
  });
});
