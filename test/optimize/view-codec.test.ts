import fc from 'fast-check';
import { MeshoptDecoder, MeshoptEncoder } from 'meshoptimizer';
import { beforeAll, describe, expect, it } from 'vitest';
import { encodeView } from '../../src/optimize/view-codec.ts';

beforeAll(() => Promise.all([MeshoptEncoder.ready, MeshoptDecoder.ready]));

function decoded({ bytes, row }: ReturnType<typeof encodeView>): Uint8Array {
  const target = new Uint8Array(row.count * row.byteStride);
  MeshoptDecoder.decodeGltfBuffer(target, row.count, row.byteStride, bytes, row.mode, 'NONE');
  return target;
}

const COMPRESSIONS = ['EXT_meshopt_compression', 'KHR_meshopt_compression'] as const;

describe('encodeView', () => {
  it('gives back the very indices, in whichever rows they are shorter', () => {
    const list = fc.array(fc.nat(65_534), { minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(list, fc.constantFrom(...COMPRESSIONS), fc.constantFrom(2, 4), (indices, compression, byteStride) => {
        const raw = new Uint8Array((byteStride === 2 ? Uint16Array : Uint32Array).from(indices).buffer);
        const view = encodeView(raw, { kind: 'indices', byteStride }, compression);
        expect(decoded(view)).toEqual(raw);
        const plain = MeshoptEncoder.encodeGltfBuffer(raw, indices.length, byteStride, 'INDICES');
        expect(view.bytes.byteLength).toBeLessThanOrEqual(plain.byteLength);
      }),
      { seed: 43 },
    );
  });

  it.each(COMPRESSIONS)('takes lines two by two where that is shorter, by %s', (compression) => {
    const lines = Array.from({ length: 512 }, (_, line) => [line, line + 1 + (line % 3)]);
    const raw = new Uint8Array(Uint16Array.from(lines.flat()).buffer);
    const view = encodeView(raw, { kind: 'indices', byteStride: 2 }, compression);
    expect(view.row).toEqual({ mode: 'ATTRIBUTES', byteStride: 4, count: 512 });
    expect(decoded(view)).toEqual(raw);
    // The codec of indices cannot take less than a byte for each.
    expect(view.bytes.byteLength).toBeLessThan(900);
  });

  it('leaves triangles to their own codec', () => {
    const raw = new Uint8Array(Uint16Array.from({ length: 96 }, (_, i) => Math.floor(i / 3) + (i % 3)).buffer);
    const view = encodeView(raw, { kind: 'triangles', byteStride: 2 }, 'KHR_meshopt_compression');
    expect(view.row.mode).toBe('TRIANGLES');
    // Triangles may turn, their corners stay in order.
    expect(decoded(view).byteLength).toBe(raw.byteLength);
  });
});
