import { beforeAll, describe, expect, it } from 'vitest';
import { accessorsReady, type TypedArray } from '../../src/asset/accessors.ts';
import { checkData } from '../../src/asset/data.ts';
import { startGlb } from '../make-glb.ts';

beforeAll(() => accessorsReady);

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
  ])('judges indices up to %s', (_what, indices, code) => {
    const [first] = checkData(triangle(indices).source());
    expect(first?.code).toBe(code);
    if (code !== undefined) expect(first?.pointer).toBe('/meshes/0/primitives/0/indices');
  });

  it('refuses compressed views that do not decompress', () => {
    const bench = triangle(Uint16Array.of(0, 1, 2));
    const fields = { buffer: 0, byteOffset: 0, byteLength: 9, byteStride: 12, count: 3, mode: 'ATTRIBUTES' };
    Object.assign(bench.json.bufferViews?.[0] ?? {}, { extensions: { EXT_meshopt_compression: fields } });
    expect(checkData(bench.source())).toMatchObject([{ code: 'GLTF_VALUE', pointer: '/bufferViews/0' }]);
  });
});
