import type { GLTF } from '@gltf-transform/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { AccessorReader, accessorsReady } from '../../src/asset/accessors.ts';
import { packReady } from '../../src/optimize/pack.ts';
import { FINE } from '../../src/optimize/precision.ts';
import { quantize, quantizeDirections } from '../../src/optimize/quantize.ts';
import { startGlb } from '../make-glb.ts';
import { tryStep } from './bench.ts';

beforeAll(() => Promise.all([accessorsReady, packReady]));

const VERTEX = { vertex: true, bounds: true } as const;
const step = () => quantize({ precision: FINE, meshQuantization: true });

describe('quantize', () => {
  it('lets the smallest mesh set the grid of a morph target that several share', async () => {
    const bench = startGlb();
    const shape = [0, 0, 0, 1, 0, 0, 0, 1, 0];
    const morph = bench.accessor(
      'VEC3',
      Float32Array.from(shape, (value) => value * 0.0123),
      VERTEX,
    );
    bench.json.meshes = [1000, 0.1].map((scale) => ({
      primitives: [
        {
          attributes: {
            POSITION: bench.accessor(
              'VEC3',
              Float32Array.from(shape, (value) => value * scale),
              VERTEX,
            ),
          },
          targets: [{ POSITION: morph }],
        },
      ],
    }));
    const { glb } = await tryStep(bench.source(), [step()], 'EXT_meshopt_compression');
    const moved = new AccessorReader(glb.json, glb.bin).read(morph).array[3] ?? 0;
    // 0.1 in 14 bits is a step of 6e-6; 1,000 in 14 bits would be one of 0.06.
    expect(Math.abs(moved - 0.0123)).toBeLessThan(3.1e-6);
  });

  it('stores what morph targets add to normals as bytes where these hold the very values, as shorts otherwise', async () => {
    const bench = startGlb();
    const [zeros, some] = [new Float32Array(9), Float32Array.of(0, 0.3, 0, 0, 0, 0, 0, 0, -0.7)];
    const place = bench.accessor('VEC3', Float32Array.of(0, 0, 0, 1, 0, 0, 0, 1, 0), VERTEX);
    const [NORMAL, TANGENT] = [bench.accessor('VEC3', zeros, VERTEX), bench.accessor('VEC3', some, VERTEX)];
    bench.json.meshes = [{ primitives: [{ attributes: { POSITION: place }, targets: [{ NORMAL, TANGENT }] }] }];
    const { glb } = await tryStep(bench.source(), [quantizeDirections({ precision: FINE, meshQuantization: true })]);
    expect([place, NORMAL, TANGENT].map((index) => glb.json.accessors?.[index]?.componentType)).toEqual([
      5126, 5120, 5122,
    ]);
    expect(glb.json.extensionsRequired).toEqual(['KHR_mesh_quantization']);
    const read = new AccessorReader(glb.json, glb.bin).read(TANGENT).array;
    expect(Math.abs((read[8] ?? 0) / 32767 + 0.7)).toBeLessThan(2 ** -15);
  });

  const plain = (attributes: (bench: ReturnType<typeof startGlb>) => GLTF.IMeshPrimitive) => {
    const bench = startGlb();
    bench.json.meshes = [{ primitives: [attributes(bench)] }];
    return tryStep(bench.source(), [step()]);
  };
  const typesOf = ({ glb }: Awaited<ReturnType<typeof plain>>) => glb.json.accessors?.map((a) => a.componentType);
  const corners = Float32Array.of(0.3, 0, 0, -1, 0, 0, 0, 1, 0.25);

  it('stores without a codec what morph targets add to positions as shorts, within half a line of the grid', async () => {
    const tried = await plain((bench) => ({
      attributes: { POSITION: bench.accessor('VEC3', Float32Array.of(0, 0, 0, 9, 0, 0, 0, 9, 0), VERTEX) },
      targets: [{ POSITION: bench.accessor('VEC3', corners, VERTEX) }],
    }));
    expect(typesOf(tried)).toEqual([5126, 5122]);
    const { array } = new AccessorReader(tried.glb.json, tried.glb.bin).read(1);
    for (const [i, value] of corners.entries())
      expect(Math.abs((array[i] ?? 0) / 32767 - value)).toBeLessThanOrEqual(1 / 65534);
  });

  it('never stores what morph targets add without a sign: the extension knows no such form', async () => {
    // A mesh of this size has lines between those of signed and of unsigned shorts.
    const small = Float32Array.from({ length: 300 }, (_, i) => ((i * 37) % 100) * 0.001);
    const tried = await plain((bench) => ({
      attributes: { POSITION: bench.accessor('VEC3', small, VERTEX) },
      targets: [{ POSITION: bench.accessor('VEC3', small.toReversed(), VERTEX) }],
    }));
    expect(typesOf(tried)).toEqual([5123, 5126]);
  });

  it('stores positions that are directions as well as shorts with a sign, the only ones that both may be', async () => {
    const sphere = Float32Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1);
    const tried = await plain((bench) => {
      const both = bench.accessor('VEC3', sphere, VERTEX);
      return { attributes: { POSITION: both, NORMAL: both } };
    });
    expect(typesOf(tried)).toEqual([5122]);
  });

  it.each([
    ['between 0 and 1', [0, 0.5, 1, 0, 0, 1], 5123, undefined],
    ['between -1 and 1', [0, -0.5, 1, 0, 0, 1], 5122, ['KHR_mesh_quantization']],
    ['beyond', [0, -0.5, 1.5, 0, 0, 1], 5126, undefined],
  ])(
    'stores texture coordinates %s without a codec in core types, or says what it takes',
    async (_where, uv, type, required) => {
      const tried = await plain((bench) => ({
        attributes: {
          POSITION: bench.accessor('VEC3', Float32Array.of(0, 0, 0, 9, 0, 0, 0, 9, 0), VERTEX),
          TEXCOORD_0: bench.accessor('VEC2', Float32Array.from(uv), { vertex: true }),
        },
      }));
      expect(typesOf(tried)).toEqual([5126, type]);
      expect(tried.glb.json.extensionsRequired).toEqual(required);
    },
  );

  it.each([
    ['a mesh in one point', [0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3]],
    ['positions with NaN', [Number.NaN, 0, 0, 1, 0, 0, 0, 1, 0]],
    ['a tiny mesh far out', [1e6, 0, 0, 1e6, 0.01, 0, 1e6, 0, 0.01]],
  ])('leaves %s alone', async (_what, positions) => {
    const bench = startGlb();
    const POSITION = bench.accessor('VEC3', Float32Array.from(positions), { vertex: true });
    bench.json.meshes = [{ primitives: [{ attributes: { POSITION } }] }];
    expect(await tryStep(bench.source(), [step()], 'EXT_meshopt_compression')).toMatchObject({ kind: 'skipped' });
  });
});
