/** Sizes are the same on every machine: today's are pinned, and a better result moves its pin. Images are left as they are: theirs is another story. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { accessorsReady } from '../../src/asset/accessors.ts';
import { openDraco } from '../../src/asset/draco.ts';
import type { SourceGlb } from '../../src/asset/glb.ts';
import type { ImageCache } from '../../src/optimize/images.ts';
import { readMarker } from '../../src/optimize/marker.ts';
import { packReady } from '../../src/optimize/pack.ts';
import { type Layout, stepsOf } from '../../src/optimize/recipe.ts';
import { runRecipe } from '../../src/optimize/run-recipe.ts';
import { startOf } from '../../src/optimize/settings.ts';
import { allowedBy } from '../../src/optimize/target.ts';
import { opened } from '../make-glb.ts';

beforeAll(() => Promise.all([accessorsReady, packReady, openDraco()]));

const LAYOUTS: readonly Layout[] = [
  { compression: 'none', draco: false },
  { compression: 'EXT_meshopt_compression', draco: false },
  { compression: 'KHR_meshopt_compression', draco: false },
  { compression: 'KHR_meshopt_compression', draco: true },
];
const cache: ImageCache = new Map();

function open(name: string): SourceGlb {
  return opened(new Uint8Array(readFileSync(fileURLToPath(new URL(`../${name}`, import.meta.url)))));
}

/** Bytes of the file without its images. */
function besideImages({ bytes, json }: SourceGlb): number {
  const views = new Set((json.images ?? []).flatMap(({ bufferView }) => bufferView ?? []));
  return [...views].reduce((left, view) => left - (json.bufferViews?.[view]?.byteLength ?? 0), bytes.byteLength);
}

async function sizeOf(source: SourceGlb, layout: Layout): Promise<number> {
  const rule = { preset: 'balanced', textureMaxSizePx: null } as const;
  const steps = stepsOf(startOf('balanced'), {
    rule,
    allowed: allowedBy('three', ['meshopt', 'draco']),
    layout,
    cache,
  });
  const other = steps.filter(({ name }) => name !== 'textures');
  const { glb } = await runRecipe(source, other, 'cafe0123');
  // The mark is read back from the very bytes, so that a second run leaves them alone.
  expect(readMarker(glb)?.recipe).toBe('cafe0123');
  return besideImages(glb);
}

describe('bytes beside the images: plain, meshopt by its old and its new name, Draco', () => {
  it.each<[string, readonly number[]]>([
    ['golden/everything/in.glb', [6961, 5765, 5573, 5573]],
    ['golden/unknown-extension/in.glb', [18093, 11741, 11045, 11045]],
    ['assets/fox.glb', [50788, 30136, 28860, 25968]],
    ['assets/kenney-building-external-texture.glb', [34956, 10928, 9572, 4064]],
    ['assets/materials-variants-shoe.glb', [355827, 129595, 121615, 44875]],
  ])('%s', { timeout: 120_000 }, async (name, pinned) => {
    const source = open(name);
    const sizes: number[] = [];
    for (const layout of LAYOUTS) sizes.push(await sizeOf(source, layout));
    expect(sizes).toEqual(pinned);
    expect(Math.max(...sizes)).toBeLessThan(besideImages(source));
  });
});
