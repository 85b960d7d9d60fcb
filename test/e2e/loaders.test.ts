/** What we write loads in three.js and Babylon.js with just the decoders that its target promises, and is what its source was. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accessorsReady } from '../../src/asset/accessors.ts';
import { openDraco } from '../../src/asset/draco.ts';
import type { SourceGlb } from '../../src/asset/glb.ts';
import type { ImageCache } from '../../src/optimize/images.ts';
import { packReady } from '../../src/optimize/pack.ts';
import { layoutsOf, stepsOf } from '../../src/optimize/recipe.ts';
import { runRecipe } from '../../src/optimize/run-recipe.ts';
import { startOf } from '../../src/optimize/settings.ts';
import { allowedBy, withSource } from '../../src/optimize/target.ts';
import type { Decoder } from '../../src/policy/policy.ts';
import { differencesOf } from '../loaders/alike.ts';
import { type LoaderPage, openLoaderPage } from '../loaders/page.ts';
import { opened } from '../make-glb.ts';

const read = (name: string) => new Uint8Array(readFileSync(fileURLToPath(new URL(`../${name}`, import.meta.url))));
const FILES = [
  'assets/fox.glb',
  'assets/kaykit-knight.glb',
  'assets/kenney-building-external-texture.glb',
  'assets/materials-variants-shoe.glb',
  'golden/everything/in.glb',
];
const siblings = new Map([['Textures/colormap.png', read('assets/Textures/colormap.png')]]);
const EVERY: readonly Decoder[] = ['meshopt', 'draco', 'ktx2'];
const cache: ImageCache = new Map();

beforeAll(() => Promise.all([accessorsReady, packReady, openDraco()]));

/** One result for each layout that the target reads. */
async function results(
  source: SourceGlb,
  target: 'three' | 'babylon',
  decoders: readonly Decoder[],
): Promise<SourceGlb[]> {
  const allowed = withSource(allowedBy(target, decoders), source.json.extensionsRequired ?? []);
  const rule = { preset: 'balanced', textureMaxSizePx: null } as const;
  const made: SourceGlb[] = [];
  for (const layout of layoutsOf(allowed)) {
    const steps = stepsOf(startOf('balanced'), { rule, allowed, layout, cache });
    made.push((await runRecipe(source, steps, 'cafe0123')).glb);
  }
  return made;
}

describe('three.js', () => {
  let page: LoaderPage;
  beforeAll(async () => {
    page = await openLoaderPage('three-page.ts');
  });
  afterAll(() => page[Symbol.asyncDispose]());

  it.each<[string, readonly Decoder[]]>(
    FILES.flatMap((file) =>
      ([[], ['meshopt'], ['meshopt', 'draco']] as const).map(
        (decoders) => [file, decoders] as [string, readonly Decoder[]],
      ),
    ),
  )('loads %s with the decoders %o', { timeout: 120_000 }, async (file, decoders) => {
    const source = opened(read(file));
    const was = await page.load(source.bytes, EVERY, siblings);
    for (const { bytes } of await results(source, 'three', decoders))
      expect(differencesOf(was, await page.load(bytes, decoders, siblings))).toEqual([]);
  });

  it('would tell: without its decoder a compressed file does not load', { timeout: 120_000 }, async () => {
    const [compressed] = await results(opened(read('assets/fox.glb')), 'three', ['meshopt']);
    await expect(page.load(compressed?.bytes ?? new Uint8Array(), [])).rejects.toThrow('setMeshoptDecoder');
  });
});

describe('Babylon.js', () => {
  let page: LoaderPage;
  beforeAll(async () => {
    page = await openLoaderPage('babylon-page.ts');
  });
  afterAll(() => page[Symbol.asyncDispose]());

  it.each(FILES)('loads %s', { timeout: 120_000 }, async (file) => {
    const source = opened(read(file));
    const was = await page.load(source.bytes, [], siblings);
    for (const { bytes } of await results(source, 'babylon', []))
      expect(differencesOf(was, await page.load(bytes, [], siblings))).toEqual([]);
  });
});
