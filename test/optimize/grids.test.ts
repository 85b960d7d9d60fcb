import type { GLTF } from '@gltf-transform/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { accessorsReady } from '../../src/asset/accessors.ts';
import { shortEdgeOf } from '../../src/optimize/edges.ts';
import { gridsOf } from '../../src/optimize/grids.ts';
import { FINE } from '../../src/optimize/precision.ts';
import { takeApart } from '../../src/optimize/workpiece.ts';
import { picture, startGlb } from '../make-glb.ts';

beforeAll(() => accessorsReady);

const VERTEX = { vertex: true, bounds: true } as const;

/** A mesh of two primitives: a triangle of 8 units, and one of `small` units inside of it. */
async function gridsFor(small: number, material: GLTF.IMaterial = {}, textureSize = 64) {
  const bench = startGlb();
  const shape = [0, 0, 0, 8, 0, 0, 0, 8, 0];
  const part = (scale: number) => ({
    attributes: {
      POSITION: bench.accessor(
        'VEC3',
        Float32Array.from(shape, (value) => (value / 8) * scale),
        VERTEX,
      ),
      TEXCOORD_0: bench.accessor('VEC2', Float32Array.of(0, 0, 1, 0, 0, 1), { vertex: true }),
    },
    material: 0,
  });
  const image = await picture([textureSize, 4], 'png', () => [1, 2, 3]);
  bench.json.images = [];
  bench.json.textures = [{ source: bench.image(image, 'image/png') }];
  bench.json.materials = [material];
  bench.json.meshes = [{ primitives: [part(8), part(small)] }];
  return gridsOf(takeApart(bench.source()), FINE);
}

describe('the grid of positions', () => {
  it.each<[string, number, number]>([
    ['is what a screen shows of the whole mesh, for all of its primitives', 4, 8 / 2 ** 12],
    ['is finer where edges are short', 0.02, 0.02 / 16],
    ['is never finer than the finest', 0.0001, 8 / 2 ** 14],
  ])('%s', async (_sentence, small, step) => {
    expect((await gridsFor(small)).position(0).step).toBeCloseTo(step, 9);
  });
});

it.each<[string, readonly GLTF.MeshPrimitiveMode[], number]>([
  ['points', [0], 8 / 2 ** 11],
  ['lines and points', [3, 0], 8 / 2 ** 11],
  ['points on a surface', [0, 4], 8 / 2 ** 12],
])('the grid of %s says how fine a screen shows them', async (_what, modes, step) => {
  const bench = startGlb();
  const POSITION = bench.accessor('VEC3', Float32Array.of(0, 0, 0, 8, 0, 0, 0, 8, 0), VERTEX);
  bench.json.meshes = [{ primitives: modes.map((mode) => ({ attributes: { POSITION }, mode })) }];
  expect((await gridsOf(takeApart(bench.source()), FINE)).position(0).step).toBe(step);
});

describe('the grid of texture coordinates', () => {
  const info = { index: 0 };
  it.each<[string, GLTF.IMaterial, number, number]>([
    ['is half a texel', { normalTexture: info }, 700, 1 / 1400],
    ['is coarse for a small texture, within reason', { normalTexture: info }, 16, 2 ** -9],
    ['is never finer than the finest', { normalTexture: info }, 3000, 2 ** -12],
    [
      'is finer where the texture repeats',
      { normalTexture: { ...info, extensions: { KHR_texture_transform: { scale: [2, 1] } } } },
      700,
      1 / 2800,
    ],
    ['keeps something for a texture that code may bring', {}, 700, 2 ** -11],
    ['does not mind textures on other coordinates', { normalTexture: { ...info, texCoord: 1 } }, 3000, 2 ** -11],
  ])('%s', async (_sentence, material, size, step) => {
    expect((await gridsFor(4, material, size)).texcoord(0, 0, 0)).toBeCloseTo(step, 9);
  });

  it('gives tangents two bits more where a normal map shows them', async () => {
    const [used, idle] = [await gridsFor(4, { normalTexture: info }), await gridsFor(4)];
    expect(used.tangent(0, 0) * 4).toBe(idle.tangent(0, 0));
    const anisotropic = await gridsFor(4, { extensions: { KHR_materials_anisotropy: { anisotropyStrength: 1 } } });
    expect(anisotropic.tangent(0, 0)).toBe(used.tangent(0, 0));
  });
});

describe('shortEdgeOf', () => {
  const line = [0, 0, 0, 1, 0, 0, 1, 3, 0, 1, 3, 9];
  it.each<[string, number, number]>([
    ['points', 0, 0],
    ['lines: the first and the last', 1, 1],
    ['a strip of lines', 3, 1],
    ['triangles: the first of them', 4, 1],
  ])('measures %s', (_what, mode, expected) => {
    expect(shortEdgeOf(line, undefined, mode)).toBe(expected);
  });

  it('passes over edges without length', () => {
    expect(shortEdgeOf([0, 0, 0, 0, 0, 0, 0, 2, 0], undefined, 4)).toBe(2);
  });
});
