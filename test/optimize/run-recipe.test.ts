import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { accessorsReady } from '../../src/asset/accessors.ts';
import { conform } from '../../src/asset/conform.ts';
import { openDraco } from '../../src/asset/draco.ts';
import { type Gltf, type SourceGlb, writeGlb } from '../../src/asset/glb.ts';
import { newErrors, validate } from '../../src/asset/validate.ts';
import { checkContract } from '../../src/compare/contract.ts';
import type { ImageCache } from '../../src/optimize/images.ts';
import { packReady } from '../../src/optimize/pack.ts';
import type { Precision } from '../../src/optimize/precision.ts';
import { type Layout, stepsOf } from '../../src/optimize/recipe.ts';
import { runRecipe } from '../../src/optimize/run-recipe.ts';
import { describeSettings, EXACT_SETTINGS, precisionOf, type Settings, startOf } from '../../src/optimize/settings.ts';
import { allowedBy } from '../../src/optimize/target.ts';
import { messagesOf, picture, random } from '../make-glb.ts';
import { type Bounds, essenceOf, expectSameGeometry, readBack } from './alike.ts';
import { expectSameClips } from './clips.ts';
import { type Choices, choices, generate } from './generated-glb.ts';

const ALL: readonly Settings[] = [
  startOf('small'),
  startOf('balanced'),
  { geometry: 2, color: 2, normal: 2, data: 2 },
  { geometry: 3, color: 3, normal: 4, data: 5 },
  EXACT_SETTINGS,
];

const LOSSLESS: Bounds = {
  positionRatio: 0,
  direction: 0,
  texcoord: 0,
  color: 1e-6,
  weight: 0,
  rotation: 1e-6,
  trackRatio: 0,
};

/** Radians, by bits of the octahedron. */
const DIRECTION: Readonly<Record<number, number>> = { 7: 0.05, 8: 0.025, 9: 0.0125, 12: 0.0025 };

/** What the settings promise, worked out from its bits. */
function boundsOf(settings: Settings, { compression, draco }: Layout): Bounds {
  const precision = precisionOf(settings);
  if (precision.positionBits === null) return LOSSLESS;
  const compressed = compression !== 'none';
  if (draco) return boundsOfDraco(precision);
  return {
    positionRatio: compressed ? 0.5 / 2 ** precision.screenBits : 0,
    bareRatio: compressed ? 0.5 / 2 ** precision.bareBits : 0,
    // As normalized shorts; the distance is the largest of three.
    positionDelta: compressed ? 0 : 0.51 / 32767,
    // Octahedral cells, then the rounding to the stored integer; measured bounds of the encoding itself are in encodings.test.
    direction: DIRECTION[precision.normalBits] ?? 0,
    texcoord: compressed ? 0.5 / 2 ** precision.texelBits : 0.51 / 65535,
    color: 0.51 / 65535,
    weight: precision.weightBits === 8 ? 2 / 255 : 2 / 65535,
    rotation: 4 / 2 ** precision.rotationBits,
    trackRatio: compressed ? 1 / 2 ** precision.translationBits : 0,
  };
}

function boundsOfDraco(precision: Precision): Bounds {
  return {
    positionRatio: 0.51 / 2 ** precision.screenBits,
    bareRatio: 0.51 / 2 ** precision.bareBits,
    direction: (DIRECTION[precision.normalBits] ?? 0) * 1.2,
    texcoord: 0.51 / 2 ** precision.texelBits,
    color: 0.51 / 4095,
    weight: precision.weightBits === 8 ? 2 / 255 : 2 / 65535,
    rotation: 4 / 2 ** precision.rotationBits,
    trackRatio: 1 / 2 ** precision.translationBits,
  };
}

const caches = new Map<string, ImageCache>();
let noise: Uint8Array;

beforeAll(async () => {
  await Promise.all([accessorsReady, packReady, openDraco()]);
  const next = random(1);
  noise = await picture([16, 16], 'png', () => [next() * 255, next() * 255, next() * 255]);
});

async function optimize(source: SourceGlb, settings: Settings, layout: Layout, target: 'three' | 'universal') {
  const cache: ImageCache = caches.get(describeSettings(settings)) ?? new Map();
  caches.set(describeSettings(settings), cache);
  const steps = stepsOf(settings, {
    rule: { preset: 'balanced', textureMaxSizePx: null } as const,
    allowed: allowedBy(target, []),
    layout,
    cache,
  });
  return runRecipe(source, steps, 'cafe0123');
}

/** Extras and unknown extensions, as JSON text. */
function foreignOf({ json }: SourceGlb): string {
  const found: unknown[] = [];
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [key, child] of Object.entries(value)) {
      if (key === 'extras' || key.startsWith('ACME_')) found.push(child);
      else visit(child);
    }
  };
  visit({ ...json, asset: {} });
  return JSON.stringify(found);
}

const ways = fc.record({
  settings: fc.constantFrom(...ALL),
  layout: fc.constantFrom<Layout>(
    { compression: 'none', draco: false },
    { compression: 'EXT_meshopt_compression', draco: false },
    { compression: 'KHR_meshopt_compression', draco: false },
    { compression: 'EXT_meshopt_compression', draco: true },
    { compression: 'none', draco: true },
  ),
  target: fc.constantFrom('three' as const, 'universal' as const),
});

/** glTF-Transform knows the codec, but not yet its new name. */
function underOldName({ json, bin }: SourceGlb): Uint8Array<ArrayBuffer> {
  const text = JSON.stringify(json).replaceAll('KHR_meshopt_compression', 'EXT_meshopt_compression');
  return writeGlb(JSON.parse(text) as Gltf, bin);
}

describe('runRecipe', () => {
  it('keeps everything within its bounds, as a second reader sees it', { timeout: 600_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(choices, ways, async (chosen: Choices, { settings, layout, target }) => {
        const source = generate(chosen, noise);
        expect(messagesOf(conform(source))).toBe('');
        const { glb } = await optimize(source, settings, layout, target);
        expect(messagesOf(conform(glb))).toBe('');
        expect(messagesOf(await checkContract(source, glb))).toBe('');
        expect(messagesOf(newErrors(await validate(source), await validate(glb)))).toBe('');
        expect(foreignOf(glb)).toBe(foreignOf(source));
        const [before, after] = [await readBack(source.bytes), await readBack(underOldName(glb))];
        expect(essenceOf(after)).toEqual(essenceOf(before));
        const bounds = boundsOf(settings, layout);
        expectSameGeometry(before, after, bounds);
        expectSameClips(before, after, bounds);
      }),
      { seed: 20260101, numRuns: Number(process.env.PROPERTY_RUNS ?? 120) },
    );
  });
});
