/** Every file of `test/assets`, for every target that we can load: `npm run try:corpus -- FOLDER` does the same elsewhere. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accessorsReady } from '../../src/asset/accessors.ts';
import { openDraco } from '../../src/asset/draco.ts';
import { packReady } from '../../src/optimize/pack.ts';
import { type LoaderPage, openLoaderPage } from '../loaders/page.ts';
import { picture, random, startGlb } from '../make-glb.ts';
import { tryFile, WAYS } from './trial.ts';

const read = (name: string) => Uint8Array.from(readFileSync(new URL(`../${name}`, import.meta.url)));
const siblings = new Map([['Textures/colormap.png', read('assets/Textures/colormap.png')]]);
const FILES = [
  'assets/fox.glb',
  'assets/kaykit-knight.glb',
  'assets/kenney-building-external-texture.glb',
  'assets/materials-variants-shoe.glb',
  'golden/everything/in.glb',
  'golden/unknown-extension/in.glb',
];
// The shoe's pictures take ten seconds for each target, and Basis a minute: `npm run try:corpus` has that time.
const isQuick = (file: string, way: string) => !file.includes('shoe') || way === 'three, meshopt + Draco';
const CASES = FILES.flatMap((file) =>
  WAYS.filter((way) => isQuick(file, way.name)).map((way) => ({ file, way, name: way.name })),
);

const pages = new Map<string, LoaderPage>();
beforeAll(async () => {
  await Promise.all([accessorsReady, packReady, openDraco()]);
  for (const page of ['three', 'babylon']) pages.set(page, await openLoaderPage(`${page}-page.ts`));
});
afterAll(async () => {
  for (const page of pages.values()) await page[Symbol.asyncDispose]();
});

describe('the main job', () => {
  it.each(CASES)('makes of $file for $name what loads and stays', { timeout: 120_000 }, async ({ file, way }) => {
    const trial = await tryFile({ bytes: read(file), siblings }, way, pages.get(way.page));
    expect(trial).toMatchObject({ verdict: 'improved', isCompared: true, faults: [] });
  });

  it('writes KTX2 that loads in three.js, and nowhere without its decoder', { timeout: 120_000 }, async () => {
    const [vram, three] = [WAYS.find(({ name }) => name === 'three, vram'), pages.get('three')];
    if (vram === undefined || three === undefined) throw new Error('there is nothing to try');
    const file = { bytes: await grainySquare(), siblings: new Map<string, Uint8Array<ArrayBuffer>>() };
    expect(await tryFile(file, vram, three)).toMatchObject({ verdict: 'improved', isCompared: true, faults: [] });
    const blind: LoaderPage = {
      load: (glb, decoders) => three.load(glb, decoders.length === 3 ? decoders : ['meshopt']),
      [Symbol.asyncDispose]: async () => {},
    };
    expect((await tryFile(file, vram, blind)).faults.join()).toContain('setKTX2Loader');
  });
});

/** A square with a picture whose grain makes a large PNG, and is lost in blocks. */
async function grainySquare(): Promise<Uint8Array<ArrayBuffer>> {
  const bench = startGlb();
  const next = random(7);
  const grainy = (x: number, y: number) => [x, y, 90].map((value) => 60 + value / 2 + Math.floor(next() * 8));
  const corners = [0, 0, 1, 0, 1, 1, 0, 0, 1, 1, 0, 1];
  const attributes = {
    POSITION: bench.accessor(
      'VEC3',
      Float32Array.from({ length: 18 }, (_, i) => (i % 3 === 2 ? 0 : (corners[Math.floor(i / 3) * 2 + (i % 3)] ?? 0))),
      {
        vertex: true,
        bounds: true,
      },
    ),
    TEXCOORD_0: bench.accessor('VEC2', Float32Array.from(corners), { vertex: true }),
  };
  bench.image(await picture([128, 128], 'png', grainy), 'image/png');
  bench.json.textures = [{ source: 0 }];
  bench.json.materials = [{ pbrMetallicRoughness: { baseColorTexture: { index: 0 } } }];
  bench.json.meshes = [{ primitives: [{ attributes, material: 0 }] }];
  bench.json.nodes = [{ mesh: 0, name: 'square' }];
  bench.json.scenes = [{ nodes: [0] }];
  return bench.bytes();
}
