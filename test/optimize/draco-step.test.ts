import type { GLTF } from '@gltf-transform/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { AccessorReader, accessorsReady } from '../../src/asset/accessors.ts';
import { decodeDraco, encodeDraco, openDraco } from '../../src/asset/draco.ts';
import type { SourceGlb } from '../../src/asset/glb.ts';
import { draco } from '../../src/optimize/draco-step.ts';
import { packReady } from '../../src/optimize/pack.ts';
import { FINE } from '../../src/optimize/precision.ts';
import { quantize } from '../../src/optimize/quantize.ts';
import { dracoOf } from '../../src/optimize/workpiece.ts';
import { gridCorners } from '../house-scene.ts';
import { startGlb } from '../make-glb.ts';
import { tryStep } from './bench.ts';

beforeAll(() => Promise.all([accessorsReady, packReady, openDraco()]));

function grid(material: GLTF.IMaterial): SourceGlb {
  const bench = startGlb();
  const POSITION = bench.accessor('VEC3', gridCorners(6).positions, { vertex: true, bounds: true });
  bench.json.materials = [material];
  bench.json.meshes = [{ primitives: [{ attributes: { POSITION }, material: 0 }] }];
  return bench.source();
}

/** The middle of each triangle, in the order drawn. */
function drawn(positions: Float32Array, corners: readonly number[]): string[] {
  return Array.from({ length: corners.length / 3 }, (_, t) =>
    [0, 1, 2]
      .map((axis) => corners.slice(t * 3, t * 3 + 3).reduce((sum, v) => sum + (positions[v * 3 + axis] ?? 0), 0))
      .map((sum) => (sum / 3).toFixed(2))
      .join(),
  );
}

function drawnBy({ json, bin }: SourceGlb): string[] {
  const primitive = json.meshes?.[0]?.primitives[0];
  const fields = primitive === undefined ? undefined : dracoOf(primitive);
  if (fields === undefined) throw new Error('it is not compressed');
  const id = fields.attributes.POSITION ?? -1;
  const output = { semantic: 'POSITION', id, componentType: 5126, itemSize: 3, normalized: false };
  const { attributes, indices } = decodeDraco(new AccessorReader(json, bin).view(fields.bufferView), [output]);
  return drawn(Float32Array.from(attributes.get('POSITION')?.array ?? []), [...indices]);
}

describe('draco', () => {
  const source = gridCorners(6).positions;
  const order = drawn(
    source,
    Array.from({ length: source.length / 3 }, (_, v) => v),
  );

  it('draws the same triangles, in an order of its own', async () => {
    const after = drawnBy((await tryStep(grid({}), [draco(FINE)])).glb);
    expect(after).not.toEqual(order);
    expect(after.sort()).toEqual([...order].sort());
  });

  it('keeps the order of what blends', async () => {
    expect(drawnBy((await tryStep(grid({ alphaMode: 'BLEND' }), [draco(FINE)])).glb)).toEqual(order);
  });

  it.each([
    ['normalized', true],
    ['plain', false],
  ])('takes positions that are %s shorts as they are', async (_what, normalized) => {
    // Over their whole range; so many corners that the coder of connectivity is taken.
    const { positions } = gridCorners(9);
    const shorts = Int16Array.from([...positions].map((value) => Math.round(value * 65534 - 32767)));
    const bench = startGlb({
      extensionsUsed: ['KHR_mesh_quantization'],
      extensionsRequired: ['KHR_mesh_quantization'],
    });
    const POSITION = bench.accessor('VEC3', shorts, { vertex: true, bounds: true, normalized });
    bench.json.meshes = [{ primitives: [{ attributes: { POSITION } }] }];
    const { glb } = await tryStep(bench.source(), [draco(FINE)]);
    const primitive = glb.json.meshes?.[0]?.primitives[0];
    const fields = primitive === undefined ? undefined : dracoOf(primitive);
    if (fields === undefined) throw new Error('it is not compressed');
    const output = { semantic: 'POSITION', id: fields.attributes.POSITION ?? -1, componentType: 5122 };
    const { attributes, indices } = decodeDraco(new AccessorReader(glb.json, glb.bin).view(fields.bufferView), [
      { ...output, itemSize: 3, normalized },
    ]);
    const back = attributes.get('POSITION')?.array ?? [];
    const corners = (values: ArrayLike<number>, at: Iterable<number>) =>
      Array.from(at, (v) => [0, 1, 2].map((c) => values[v * 3 + c]).join()).sort();
    expect(corners(back, indices)).toEqual(corners(shorts, Array(shorts.length / 3).keys()));
  });
});

describe('encodeDraco', () => {
  it.each([0, 1, 2, 4] as const)(
    'gives back the very normals of a source that holds them as bytes, at speed %i',
    (speed) => {
      // Nine places in a square, with a normal and a number each.
      const place = Array.from({ length: 9 }, (_, v) => [v % 3, Math.floor(v / 3), (v * 5) % 7]).flat();
      const normals = Int8Array.from({ length: 27 }, (_, i) => ((i * 89) % 255) - 127);
      const numbers = Uint8Array.from({ length: 9 }, (_, v) => v);
      const indices = Uint32Array.from([0, 1, 3, 4].flatMap((v) => [v, v + 1, v + 3, v + 1, v + 4, v + 3]));
      const inputs = [
        {
          semantic: 'POSITION',
          data: { array: Float32Array.from(place), itemSize: 3, count: 9, normalized: false },
          bits: 11,
        },
        { semantic: 'NORMAL', data: { array: normals, itemSize: 3, count: 9, normalized: true }, bits: null },
        { semantic: '_NUMBER', data: { array: numbers, itemSize: 1, count: 9, normalized: false }, bits: null },
      ];
      const block = encodeDraco(indices, inputs, 'edgebreaker', [speed]);
      if (block === undefined) throw new Error('it is not encoded');
      const outputs = [
        { semantic: 'NORMAL', id: block.ids.NORMAL ?? -1, componentType: 5120, itemSize: 3, normalized: true },
        { semantic: '_NUMBER', id: block.ids._NUMBER ?? -1, componentType: 5121, itemSize: 1, normalized: false },
      ];
      const { attributes } = decodeDraco(block.bytes, outputs);
      const after = attributes.get('NORMAL')?.array ?? [];
      const order = [...(attributes.get('_NUMBER')?.array ?? [])];
      expect([...order].sort()).toEqual([...numbers]);
      expect([...after]).toEqual(order.flatMap((v) => [...normals.slice(v * 3, v * 3 + 3)]));
    },
  );
});

describe('quantize', () => {
  it('leaves the fallback of Draco data alone: loaders read the data into its component type', async () => {
    const bench = startGlb();
    const NORMAL = bench.accessor('VEC3', Float32Array.of(0, 1, 0, 0, 1, 0, 0, 1, 0), { vertex: true });
    const POSITION = bench.accessor('VEC3', new Float32Array(9), { vertex: true, bounds: true });
    const block = { bufferView: bench.view(Uint8Array.of(1, 2, 3, 4)), attributes: { POSITION: 0, NORMAL: 1 } };
    const primitive = { attributes: { POSITION, NORMAL }, extensions: { KHR_draco_mesh_compression: block } };
    bench.json.meshes = [{ primitives: [primitive] }];
    const { glb } = await tryStep(bench.source(), [quantize({ precision: FINE, meshQuantization: true })]);
    expect(glb.json.accessors?.[NORMAL]?.componentType).toBe(5126);
    delete bench.json.meshes[0]?.primitives[0]?.extensions;
    const free = await tryStep(bench.source(), [quantize({ precision: FINE, meshQuantization: true })]);
    expect(free.glb.json.accessors?.[NORMAL]?.componentType).toBe(5120);
  });
});
