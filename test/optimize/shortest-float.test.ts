import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shortestFloat } from '../../src/optimize/shortest-float.ts';

describe('shortestFloat', () => {
  it.each([
    [Math.fround(0.1), 0.1],
    [0.30000001192092896, 0.3],
    [0.123456789, 0.12345679],
    [1e-7, 1e-7],
    [16_777_217, 16_777_217],
    [-0, -0],
    [1 / 3, 0.33333333],
  ])('writes %d as %d', (value, expected) => expect(shortestFloat(value)).toBe(expected));

  it('is the same 32-bit float and never longer', () => {
    const any = fc.oneof(
      fc.double({ noNaN: true }),
      fc.float({ noNaN: true }),
      fc.double({ min: -10, max: 10, noNaN: true }),
    );
    fc.assert(
      fc.property(any, (value) => {
        const short = shortestFloat(value);
        expect(Object.is(Math.fround(short), Math.fround(value))).toBe(true);
        expect(String(short).length).toBeLessThanOrEqual(String(value).length);
      }),
      { seed: 31, numRuns: 3000 },
    );
  });
});
