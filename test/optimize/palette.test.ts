import type { GLTF } from '@gltf-transform/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { AccessorReader, accessorsReady, toFloats } from '../../src/asset/accessors.ts';
import type { SourceGlb } from '../../src/asset/glb.ts';
import { checkContract } from '../../src/compare/contract.ts';
import { packReady } from '../../src/optimize/pack.ts';
import { paletteTexcoords } from '../../src/optimize/palette-texcoords.ts';
import { commonSteps } from '../../src/optimize/recipe.ts';
import { EXACT_SETTINGS, type Settings, startOf } from '../../src/optimize/settings.ts';
import { allowedBy } from '../../src/optimize/target.ts';
import { messagesOf, picture, random, startGlb, withJson } from '../make-glb.ts';
import { tryStep } from './bench.ts';

beforeAll(() => Promise.all([accessorsReady, packReady]));

/** Pixels along the palette, and cells of them. */
const SIDE = 16;
const CELLS = 4;

type Pixel = (x: number, y: number) => readonly [number, number, number];
const cellOf = (x: number, y: number): number =>
  Math.floor((y * CELLS) / SIDE) * CELLS + Math.floor((x * CELLS) / SIDE);
const palette: Pixel = (x, y) => [cellOf(x, y) * 15, 200 - cellOf(x, y) * 9, (cellOf(x, y) * 37) % 256];

interface Shape {
  readonly pixel?: Pixel;
  readonly material?: (texture: { readonly index: number }) => GLTF.IMaterial;
  readonly sampler?: GLTF.ISampler;
  /** Coordinate by coordinate, u and v in turn. */
  readonly change?: (value: number, i: number) => number;
  readonly primitive?: Partial<GLTF.IMeshPrimitive>;
}

/** 48 loose triangles: each has its three coordinates somewhere in one cell of the palette, away from its border. */
async function painted({ pixel = palette, material, sampler = {}, change, primitive }: Shape = {}): Promise<SourceGlb> {
  const bench = startGlb();
  const next = random(7);
  const plain = new Float32Array(48 * 6);
  for (let t = 0; t < 48; t++) {
    const cell = [t % CELLS, Math.floor(t / CELLS) % CELLS];
    for (let i = 0; i < 6; i++) plain[t * 6 + i] = ((cell[i % 2] ?? 0) + 0.2 + 0.6 * next()) / CELLS;
  }
  const uvs = plain.map((value, i) => change?.(value, i) ?? value);
  const places = Float32Array.from({ length: 48 * 9 }, (_, i) => next() + (i % 3));
  const attributes = {
    POSITION: bench.accessor('VEC3', places, { vertex: true, bounds: true }),
    TEXCOORD_0: bench.accessor('VEC2', uvs, { vertex: true }),
  };
  bench.json.images = [];
  bench.json.samplers = [sampler];
  bench.json.textures = [{ source: bench.image(await picture([SIDE, SIDE], 'png', pixel), 'image/png'), sampler: 0 }];
  bench.json.materials = [material?.({ index: 0 }) ?? { pbrMetallicRoughness: { baseColorTexture: { index: 0 } } }];
  bench.json.meshes = [{ primitives: [{ attributes, ...(primitive ?? { material: 0 }) }] }];
  return bench.source();
}

function uvsOf({ json, bin }: SourceGlb): Float32Array {
  const accessor = json.meshes?.[0]?.primitives[0]?.attributes.TEXCOORD_0 ?? -1;
  return toFloats(new AccessorReader(json, bin).read(accessor));
}

const pairsOf = (uvs: Float32Array): Set<string> =>
  new Set(Array.from({ length: uvs.length / 2 }, (_, v) => `${uvs[v * 2]} ${uvs[v * 2 + 1]}`));

describe('paletteTexcoords', () => {
  it('moves coordinates to the middle of their cell, and the contract knows why', async () => {
    const source = await painted();
    const { kind, glb } = await tryStep(source, [paletteTexcoords()]);
    expect(kind).toBe('changed');
    const [was, is] = [uvsOf(source), uvsOf(glb)];
    expect([...is]).toEqual([...was].map((value) => (Math.floor(value * CELLS) + 0.5) / CELLS));
    expect([pairsOf(was).size, pairsOf(is).size]).toEqual([144, 16]);
    expect(messagesOf(await checkContract(source, glb))).toBe('');
    expect((await tryStep(glb, [paletteTexcoords()])).kind).toBe('skipped');
  });

  it('agrees with the contract where two palettes share coordinates', async () => {
    // Four cells a side in one material, eight in the other, which have the colours of four.
    const bench = startGlb();
    const eight: Pixel = (x, y) => [Math.floor(x / 2) * 30, Math.floor(y / 2) * 30, 7];
    const images = [palette, eight].map((pixel) => picture([SIDE, SIDE], 'png', pixel));
    bench.json.images = [];
    bench.json.textures = (await Promise.all(images)).map((image) => ({ source: bench.image(image, 'image/png') }));
    bench.json.materials = [0, 1].map((index) => ({ emissiveTexture: { index } }));
    const uvs = Float32Array.of(0.05, 0.05, 0.07, 0.05, 0.05, 0.08, 0.55, 0.3, 0.57, 0.3, 0.55, 0.32);
    const primitives = [0, 1].map((material) => ({
      attributes: {
        POSITION: bench.accessor(
          'VEC3',
          Float32Array.from({ length: 18 }, (_, i) => Math.sin(i * 3 + material)),
          { vertex: true, bounds: true },
        ),
        TEXCOORD_0: bench.accessor('VEC2', uvs.slice(), { vertex: true }),
      },
      material,
    }));
    bench.json.meshes = [{ primitives }];
    const source = bench.source();
    const rule = { preset: 'balanced', textureMaxSizePx: null } as const;
    const steps = commonSteps(startOf('balanced'), { rule, allowed: allowedBy('three', []), cache: new Map() });
    const { glb, why } = await tryStep(source, steps);
    expect(why).toContain('cells of one colour');
    expect(messagesOf(await checkContract(source, glb))).toBe('');
  });

  it('wraps coordinates of a texture that repeats', async () => {
    const source = await painted({ change: (value, i) => value - 3 * (i % 2) });
    const { kind, glb } = await tryStep(source, [paletteTexcoords()]);
    expect(kind).toBe('changed');
    expect(messagesOf(await checkContract(source, glb))).toBe('');
  });

  const base = (texture: object): GLTF.IMaterial => ({ pbrMetallicRoughness: { baseColorTexture: texture as never } });
  it.each<[string, Shape]>([
    ['a texel of another colour in a cell', { pixel: (x, y) => (x === 5 && y === 6 ? [1, 2, 3] : palette(x, y)) }],
    ['a picture', { pixel: (x, y) => [x * 16, y * 16, 0] }],
    ['a triangle over two cells', { change: (value, i) => (i === 0 ? 0.3 : value) }],
    [
      'a coordinate where filtering blends two cells',
      { change: (value, i) => [0.24, 0.1, 0.24, 0.15, 0.2, 0.1][i] ?? value },
    ],
    ['a coordinate that is no number', { change: (value, i) => (i === 0 ? Number.NaN : value) }],
    ['a relief, which needs a direction', { material: (texture) => ({ ...base(texture), normalTexture: texture }) }],
    [
      'reflections that have a direction, without any texture',
      { material: (t) => ({ ...base(t), extensions: { KHR_materials_anisotropy: { anisotropyStrength: 0.9 } } }) },
    ],
    ['a transform', { material: (t) => base({ ...t, extensions: { KHR_texture_transform: { scale: [2, 2] } } }) }],
    ['what lies beyond a texture that does not repeat', { sampler: { wrapS: 33071 }, change: (value) => value + 1 }],
    ['a texture that nobody wears', { primitive: {} }],
    ['lines', { primitive: { material: 0, mode: 1 } }],
    [
      'feature IDs',
      { primitive: { material: 0, extensions: { EXT_mesh_features: { featureIds: [{ featureCount: 2 }] } } } },
    ],
  ])('leaves %s alone', async (_what, shape) => {
    expect((await tryStep(await painted(shape), [paletteTexcoords()])).kind).toBe('skipped');
  });

  it('leaves alone what an extension that nobody knows may read', async () => {
    const source = withJson(await painted(), (json) => {
      json.extensionsUsed = ['VENDOR_paint'];
      json.extensions = { VENDOR_paint: {} };
    });
    expect((await tryStep(source, [paletteTexcoords()])).kind).toBe('skipped');
  });

  it('looks at no more images than fit into memory', async () => {
    // 17 palettes of a megapixel, each for a primitive of its own.
    const bench = startGlb();
    const image = await picture([1024, 1024], 'png', (x) => [x < 512 ? 9 : 200, 0, 0]);
    bench.json.images = [];
    const textures = Array.from({ length: 17 }, () => ({ source: bench.image(image, 'image/png') }));
    bench.json.textures = textures;
    bench.json.materials = textures.map((_texture, index) => ({ emissiveTexture: { index } }));
    const primitives = textures.map((_texture, material) => ({
      attributes: {
        POSITION: bench.accessor('VEC3', Float32Array.of(0, 0, 0, 1, 0, 0, 0, 1, 0), { vertex: true, bounds: true }),
        TEXCOORD_0: bench.accessor('VEC2', Float32Array.of(0.1, 0.1, 0.2, 0.1, 0.1, 0.3), { vertex: true }),
      },
      material,
    }));
    bench.json.meshes = [{ primitives }];
    expect((await tryStep(bench.source(), [paletteTexcoords()])).why).toContain('16 accessors');
  });

  it('is no part of a recipe that keeps every bit', () => {
    const rule = { preset: 'balanced', textureMaxSizePx: null } as const;
    const names = (settings: Settings) =>
      commonSteps(settings, { rule, allowed: allowedBy('three', []), cache: new Map() }).map(({ name }) => name);
    expect(names(EXACT_SETTINGS)).not.toContain('palette-texcoords');
    expect(names(startOf('balanced'))).toContain('palette-texcoords');
  });
});

describe('the contract', () => {
  it('refuses the middle of another cell', async () => {
    const source = await painted();
    const other = await painted({
      change: (value, i) => (Math.floor(value * CELLS) + (i < 6 ? 1.5 : 0.5)) / CELLS,
    });
    expect(messagesOf(await checkContract(source, other))).toMatch(/TEXCOORD_0/);
  });

  it('refuses middles where the image is no palette', async () => {
    const pixel: Pixel = (x, y) => [x * 16, y * 16, 0];
    const source = await painted({ pixel });
    const moved = await painted({
      pixel,
      change: (value) => (Math.floor(value * CELLS) + 0.5) / CELLS,
    });
    expect(messagesOf(await checkContract(source, moved))).toMatch(/TEXCOORD_0/);
  });
});
