import { beforeAll, describe, expect, it } from 'vitest';
import { accessorsReady, type TypedArray } from '../../src/asset/accessors.ts';
import { checkData } from '../../src/asset/data.ts';
import { openDraco } from '../../src/asset/draco.ts';
import type { Gltf } from '../../src/asset/glb.ts';
import { draco } from '../../src/optimize/draco-step.ts';
import { packReady } from '../../src/optimize/pack.ts';
import { FINE } from '../../src/optimize/precision.ts';
import { gridCorners } from '../house-scene.ts';
import { startGlb } from '../make-glb.ts';
import { tryStep } from '../optimize/bench.ts';

beforeAll(() => Promise.all([accessorsReady, packReady, openDraco()]));

function triangle(indices: TypedArray) {
  const bench = startGlb();
  const POSITION = bench.accessor('VEC3', new Float32Array(9), { vertex: true });
  bench.json.meshes = [{ primitives: [{ attributes: { POSITION }, indices: bench.accessor('SCALAR', indices) }] }];
  return bench;
}

describe('checkData', () => {
  it.each([
    ['the last vertex', Uint16Array.of(0, 1, 2), undefined],
    ['one vertex too far', Uint16Array.of(0, 1, 3), 'GLTF_VALUE'],
    ['the largest number there is', Uint32Array.of(0, 1, 0xffffffff), 'GLTF_VALUE'],
    ['floats', Float32Array.of(0, 1, 2), 'GLTF_TYPE'],
  ])('judges indices up to %s', async (_what, indices, code) => {
    const [first] = await checkData(triangle(indices).source());
    expect(first?.code).toBe(code);
    if (code !== undefined) expect(first?.pointer).toBe('/meshes/0/primitives/0/indices');
  });

  it('refuses compressed views that do not decompress', async () => {
    const bench = triangle(Uint16Array.of(0, 1, 2));
    const fields = { buffer: 0, byteOffset: 0, byteLength: 9, byteStride: 12, count: 3, mode: 'ATTRIBUTES' };
    Object.assign(bench.json.bufferViews?.[0] ?? {}, { extensions: { EXT_meshopt_compression: fields } });
    expect(await checkData(bench.source())).toMatchObject([{ code: 'GLTF_VALUE', pointer: '/bufferViews/0' }]);
  });

  it.each<[string, (json: Gltf, block: Uint8Array) => void, string | undefined]>([
    ['as it was written', () => {}, undefined],
    ['of noise', (_json, block) => block.fill(7), 'cannot be decoded'],
    ['cut off', (_json, block) => block.fill(0, 40), 'cannot be decoded'],
    ['with more vertices than declared', (json) => shrink(json, 'POSITION'), 'vertices'],
    ['with more triangles than declared', (json) => shrink(json), 'indices'],
    ['without an attribute that it is said to have', (json) => rename(json), 'no attribute 9'],
  ])('judges a Draco block %s', async (_what, damage, message) => {
    const bench = startGlb();
    const POSITION = bench.accessor('VEC3', gridCorners(8).positions, { vertex: true, bounds: true });
    bench.json.meshes = [{ primitives: [{ attributes: { POSITION } }] }];
    const { glb } = await tryStep(bench.source(), [draco(FINE)]);
    const bin = glb.bin.slice();
    const json = structuredClone(glb.json);
    damage(json, bin);
    const findings = await checkData({ ...glb, json, bin });
    if (message === undefined) expect(findings).toEqual([]);
    else {
      expect(findings).toMatchObject([
        { code: 'GLTF_VALUE', pointer: '/meshes/0/primitives/0/extensions/KHR_draco_mesh_compression' },
      ]);
      expect(findings[0]?.message).toContain(message);
    }
  });
});

/** One element fewer for an attribute, or for the indices. */
function shrink(json: Gltf, semantic?: string): void {
  const primitive = json.meshes?.[0]?.primitives[0];
  const index = semantic === undefined ? primitive?.indices : primitive?.attributes[semantic];
  const accessor = json.accessors?.[index ?? -1];
  if (accessor !== undefined) accessor.count -= 1;
}

function rename(json: Gltf): void {
  const primitive = json.meshes?.[0]?.primitives[0];
  Object.assign(primitive?.extensions?.KHR_draco_mesh_compression ?? {}, { attributes: { POSITION: 9 } });
}
