import fc from 'fast-check';
import { MeshoptDecoder, MeshoptEncoder } from 'meshoptimizer';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  toFixedExponent,
  toOctahedral,
  toQuaternions,
  toSigned,
  toUnsigned,
  toWeights,
} from '../../src/optimize/encodings.ts';
import type { Stream } from '../../src/optimize/workpiece.ts';

beforeAll(() => Promise.all([MeshoptEncoder.ready, MeshoptDecoder.ready]));

const floats = (...values: readonly number[]) => Float32Array.from(values);
const must = (stream: Stream | undefined): Stream => {
  if (stream === undefined) throw new Error('it was not encoded');
  return stream;
};

describe('toFixedExponent', () => {
  it('rounds to a multiple of the power of two below the step', () => {
    // The step 0.3 gives the unit 0.25: 1.1 is 4.4 units, -0.4 is -1.6.
    expect([...must(toFixedExponent(floats(1.1, -0.4, 0), 3, 0.3)).array]).toEqual([1, -0.5, 0]);
  });

  it('is never off by more than half a step, and no loader sees anything else', () => {
    const values = fc.array(fc.float({ noNaN: true, min: -1000, max: 1000 }), { minLength: 3, maxLength: 60 });
    fc.assert(
      fc.property(values, fc.integer({ min: -8, max: 3 }), (list, power) => {
        const step = 1.7 * 2 ** power;
        const source = floats(...list.slice(0, Math.floor(list.length / 3) * 3));
        const stream = must(toFixedExponent(source, 3, step));
        for (const [i, value] of source.entries())
          expect(Math.abs((stream.array[i] ?? 0) - value)).toBeLessThanOrEqual(step / 2);
        expect([...decode(stream)]).toEqual([...stream.array].map((value) => value + 0));
      }),
      { seed: 11 },
    );
  });

  it.each([
    ['NaN', floats(0, Number.NaN, 1), 0.1],
    ['an infinity', floats(0, Number.POSITIVE_INFINITY, 1), 0.1],
    ['a value that needs more than 24 bits', floats(0, 1e9, 1), 0.1],
    ['a step of zero', floats(0, 0, 0), 0],
    ['a step too small for the exponent', floats(0, 0, 0), 1e-38],
  ])('leaves %s alone', (_what, values, step) => expect(toFixedExponent(values, 3, step)).toBeUndefined());

  it('turns -0 into 0, which draws the same', () => {
    expect(must(toFixedExponent(floats(-0, 1, 2), 3, 0.1)).array[0]).toBeCloseTo(0, 20);
  });
});

/** The filtered bytes through the decoder that loaders use. */
function decode(stream: Stream): Float32Array {
  const { filtered, count } = stream;
  if (filtered === undefined) throw new Error('it is not filtered');
  const target = new Uint8Array(count * filtered.byteStride);
  const packed = MeshoptEncoder.encodeVertexBuffer(filtered.bytes, count, filtered.byteStride);
  MeshoptDecoder.decodeVertexBuffer(target, count, filtered.byteStride, packed, filtered.filter);
  return new Float32Array(target.buffer);
}

const unit = fc
  .tuple(
    fc.double({ min: -1, max: 1, noNaN: true }),
    fc.double({ min: -1, max: 1, noNaN: true }),
    fc.double({ min: -1, max: 1, noNaN: true }),
  )
  .filter((v) => Math.hypot(...v) > 0.05)
  .map((v) => v.map((c) => c / Math.hypot(...v)));

function degrees(a: readonly number[], b: readonly number[]): number {
  const dot = a.reduce((sum, value, c) => sum + value * (b[c] ?? 0), 0);
  return (Math.acos(Math.min(1, dot / (Math.hypot(...a) * Math.hypot(...b)))) * 180) / Math.PI;
}

describe('toOctahedral', () => {
  it.each([
    [8, 1.4],
    [12, 0.12],
  ])('turns a normal of %i bits by less than %f degrees', (bits, limit) => {
    fc.assert(
      fc.property(unit, (normal) => {
        const { array } = must(toOctahedral(floats(...normal), 3, bits));
        expect(array).toHaveLength(3);
        expect(degrees(normal, [...array])).toBeLessThan(limit);
      }),
      { seed: 12, numRuns: 1000 },
    );
  });

  it('keeps the six axes and the sign of a tangent', () => {
    const axes = [
      [1, 0, 0, 1],
      [-1, 0, 0, -1],
      [0, 1, 0, 1],
      [0, -1, 0, -1],
      [0, 0, 1, 1],
      [0, 0, -1, -1],
    ];
    const { array } = must(toOctahedral(floats(...axes.flat()), 4, 8));
    expect([...array].map((value) => Math.round(value / 127) + 0)).toEqual(axes.flat());
    expect([...array].filter((_, i) => i % 4 === 3)).toEqual([127, -127, 127, -127, 127, -127]);
  });

  it.each([
    ['a normal of length zero', floats(0, 0, 0)],
    ['a normal of length two', floats(0, 2, 0)],
    ['a normal that is NaN', floats(Number.NaN, 0, 0)],
  ])('leaves %s alone', (_what, values) => expect(toOctahedral(values, 3, 8)).toBeUndefined());
});

describe('toQuaternions', () => {
  it('turns a rotation of 14 bits by less than 0.02 degrees, whichever sign it gets', () => {
    const quaternion = fc
      .array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 4, maxLength: 4 })
      .filter((v) => Math.hypot(...v) > 0.05)
      .map((v) => v.map((c) => c / Math.hypot(...v)));
    fc.assert(
      fc.property(quaternion, (rotation) => {
        const back = [...must(toQuaternions(floats(...rotation), 14)).array].map((value) => value / 32767);
        const dot = Math.abs(rotation.reduce((sum, value, c) => sum + value * (back[c] ?? 0), 0)) / Math.hypot(...back);
        expect((2 * Math.acos(Math.min(1, dot)) * 180) / Math.PI).toBeLessThan(0.02);
      }),
      { seed: 13, numRuns: 1000 },
    );
  });

  it('leaves what is no rotation alone', () => expect(toQuaternions(floats(0, 0, 0, 0), 14)).toBeUndefined());
});

describe('normalized integers', () => {
  it.each([
    ['signed bytes', () => toSigned(floats(-1, 0, 0.5, 1), 1, 8), [-127, 0, 64, 127]],
    ['signed shorts', () => toSigned(floats(-1, 0.25), 1, 16), [-32767, 8192]],
    ['unsigned bytes', () => toUnsigned(floats(0, 0.5, 1), 1, 8), [0, 128, 255]],
    ['unsigned shorts', () => toUnsigned(floats(0, 1 / 3, 1), 1, 16), [0, 21845, 65535]],
  ])('rounds to %s', (_what, encode, expected) => expect([...must(encode()).array]).toEqual(expected));

  it.each([
    ['above one', () => toUnsigned(floats(1.01), 1, 8)],
    ['below zero', () => toUnsigned(floats(-0.01), 1, 16)],
    ['NaN', () => toUnsigned(floats(Number.NaN), 1, 8)],
    ['below minus one', () => toSigned(floats(-1.01), 1, 8)],
  ])('leaves values %s alone', (_what, encode) => expect(encode()).toBeUndefined());

  it('lets the largest weight take the rounding, so that the sum stays one', () => {
    // 85 + 85 + 85 = 255, but 0.335, 0.33, 0.335 round to 85 + 84 + 85 = 254.
    expect([...must(toWeights(floats(0.335, 0.33, 0.335, 0), 4, 8)).array]).toEqual([86, 84, 85, 0]);
  });

  it('keeps the sum of any weights', () => {
    const weights = fc
      .array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 4, maxLength: 4 })
      .filter((w) => w.some((x) => x > 0.01));
    fc.assert(
      fc.property(weights, fc.constantFrom(8 as const, 16 as const), (raw, bits) => {
        const sum = raw.reduce((a, b) => a + b, 0);
        const { array } = must(toWeights(floats(...raw.map((w) => w / sum)), 4, bits));
        expect([...array].reduce((a, b) => a + b, 0)).toBe(bits === 8 ? 255 : 65535);
      }),
      { seed: 14 },
    );
  });
});
