import type { GLTF } from '@gltf-transform/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { accessorsReady, type TypedArray } from '../../src/asset/accessors.ts';
import { openDraco } from '../../src/asset/draco.ts';
import type { SourceGlb } from '../../src/asset/glb.ts';
import { checkValues } from '../../src/compare/values.ts';
import { draco } from '../../src/optimize/draco-step.ts';
import { packReady } from '../../src/optimize/pack.ts';
import { FINE } from '../../src/optimize/precision.ts';
import { gridCorners } from '../house-scene.ts';
import { messagesOf, startGlb, withJson } from '../make-glb.ts';
import { tryStep } from '../optimize/bench.ts';

beforeAll(() => Promise.all([accessorsReady, packReady, openDraco()]));

interface Content {
  readonly positions?: readonly number[];
  readonly indices?: TypedArray;
  readonly keys?: readonly number[];
  readonly interpolation?: GLTF.AnimationSamplerInterpolation;
  readonly path?: GLTF.AnimationChannelTargetPath;
}

const TRIANGLE = [0, 0, 0, 1, 0, 0, 0, 1, 0];

/** A triangle with an index and a track of two keys. */
function file({
  positions = TRIANGLE,
  indices = Uint16Array.of(0, 1, 2),
  keys = [0, 0, 0, 1, 2, 3],
  interpolation = 'LINEAR',
  path = 'translation',
}: Content): SourceGlb {
  const bench = startGlb();
  const attributes = { POSITION: bench.accessor('VEC3', Float32Array.from(positions), { vertex: true }) };
  bench.json.meshes = [{ primitives: [{ attributes, indices: bench.accessor('SCALAR', indices) }] }];
  bench.json.nodes = [{ mesh: 0 }];
  const input = bench.accessor('SCALAR', Float32Array.of(0, 1), { bounds: true });
  const output = bench.accessor(path === 'rotation' ? 'VEC4' : 'VEC3', Float32Array.from(keys));
  bench.json.animations = [
    { samplers: [{ input, output, interpolation }], channels: [{ sampler: 0, target: { node: 0, path } }] },
  ];
  return bench.source();
}

describe('checkValues', () => {
  it.each<[string, Content, Content]>([
    ['the same numbers', {}, {}],
    ['a corner moved by less than a thousandth of the box', {}, { positions: [0, 0, 0, 1.0009, 0, 0, 0, 1, 0] }],
    ['vertices in another order', {}, { positions: [1, 0, 0, 0, 1, 0, 0, 0, 0], indices: Uint16Array.of(2, 0, 1) }],
    ['an unused vertex far away that was dropped', { positions: [...TRIANGLE, 99, 99, 99] }, {}],
    [
      'a rotation with all signs turned',
      { path: 'rotation', keys: [0, 0, 0, 1, 0, 0.6, 0, 0.8] },
      { path: 'rotation', keys: [0, 0, 0, -1, 0, -0.6, 0, -0.8] },
    ],
    [
      'NaN that was there before',
      { positions: [Number.NaN, 0, 0, 1, 0, 0, 0, 1, 0] },
      { positions: [Number.NaN, 0, 0, 1, 0, 0, 0, 1, 0] },
    ],
    [
      'a triangle in one point, moved by a rounding',
      { positions: [...TRIANGLE, 5, 5, 5], indices: Uint16Array.of(3, 3, 3) },
      { positions: [...TRIANGLE, 5.001, 5, 5], indices: Uint16Array.of(3, 3, 3) },
    ],
  ])('accepts %s', (_sentence, before, after) => expect(messagesOf(checkValues(file(before), file(after)))).toBe(''));

  it.each<[string, Content, Content, string]>([
    ['a vertex moved far', {}, { positions: [0, 0, 0, 9, 0, 0, 0, 1, 0] }, '/meshes/0/primitives/0'],
    ['a vertex moved by a hundredth', {}, { positions: [0, 0, 0, 1.01, 0, 0, 0, 1, 0] }, '/meshes/0/primitives/0'],
    ['a vertex that became NaN', {}, { positions: [Number.NaN, 0, 0, 1, 0, 0, 0, 1, 0] }, '/meshes/0/primitives/0'],
    ['an index beyond the vertices', {}, { indices: Uint16Array.of(0, 1, 3) }, '/meshes/0/primitives/0'],
    ['a first key that moved', {}, { keys: [0.1, 0, 0, 1, 2, 3] }, '/animations/0/channels/0'],
    ['a last key that moved', {}, { keys: [0, 0, 0, 1, 2, 3.1] }, '/animations/0/channels/0'],
    [
      'a rotation that turned',
      { path: 'rotation', keys: [0, 0, 0, 1, 0, 0.6, 0, 0.8] },
      { path: 'rotation', keys: [0, 0, 0, 1, 0, 0.8, 0, 0.6] },
      '/animations/0/channels/0',
    ],
  ])('sees %s', (_sentence, before, after, pointer) => {
    expect(checkValues(file(before), file(after))[0]).toMatchObject({ code: 'CONTRACT_BROKEN', pointer });
  });

  it('looks into Draco data: passes the faithful, sees the foreign', async () => {
    const grid = (scale: number): SourceGlb => {
      const bench = startGlb();
      const positions = gridCorners(8).positions.map((value) => value * scale);
      bench.json.meshes = [
        {
          primitives: [{ attributes: { POSITION: bench.accessor('VEC3', positions, { vertex: true, bounds: true }) } }],
        },
      ];
      return bench.source();
    };
    const packed = async (scale: number) => (await tryStep(grid(scale), [draco(FINE)])).glb;
    const [own, foreign] = [await packed(1), await packed(1.5)];
    expect(messagesOf(checkValues(grid(1), own))).toBe('');
    expect(checkValues(grid(1), foreign)).toMatchObject([
      { code: 'CONTRACT_BROKEN', pointer: '/meshes/0/primitives/0' },
    ]);
    const noPositions = withJson(own, (json) => {
      const extensions = json.meshes?.[0]?.primitives[0]?.extensions;
      if (extensions !== undefined)
        Object.assign(extensions, { KHR_draco_mesh_compression: { bufferView: 0, attributes: {} } });
    });
    expect(checkValues(grid(1), noPositions)).toMatchObject([{ message: 'Its positions are gone.' }]);
  });
});
