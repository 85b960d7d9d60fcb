import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchRanks, usageOf } from '../../src/compare/ranks.ts';

const column = (values: readonly number[]) => ({ values: Float32Array.from(values), itemSize: 1 });
const used = (...uses: number[]) => usageOf(Uint32Array.from(uses));

describe('matchRanks', () => {
  it('finds what each value became, whatever rounded it, merged its vertices and moved them', () => {
    const values = fc.array(fc.float({ min: -1000, max: 1000, noNaN: true }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(
        values,
        fc.constantFrom(0.01, 1, 37, 900),
        fc.infiniteStream(fc.nat({ max: 3 })),
        (was, step, stream) => {
          const uses = was.map(() => stream.next().value ?? 0);
          const rounded = was.map((value) => Math.fround(Math.round(value / step) * step + 5));
          // One vertex for each value that is left, the greatest first.
          const unique = [...new Set(rounded)].sort((a, b) => b - a);
          const places = rounded.map((value) => unique.indexOf(value));
          const newUses = unique.map((_value, u) => uses.reduce((sum, n, v) => sum + (places[v] === u ? n : 0), 0));
          const match = matchRanks(column(was), used(...uses), column(unique), used(...newUses), 0);
          expect(match.torn.size).toBe(0);
          const inUse = was.map((_value, v) => v).filter((v) => uses[v] !== 0);
          for (const v of inUse) expect(match.was[v]).toBe(match.is[places[v] ?? -1]);
          const moved = inUse.map((v) => Math.abs(Math.fround(was[v] ?? 0) - (rounded[v] ?? 0)));
          expect(match.farthest).toBe(Math.max(0, ...moved));
          const classes = new Set(inUse.map((v) => match.was[v]));
          expect(classes.size).toBe(new Set(inUse.map((v) => rounded[v])).size);
        },
      ),
      { seed: 7 },
    );
  });

  it('tells of a value that became two, and takes the one that more corners have', () => {
    const match = matchRanks(column([0, 1, 2]), used(1, 5, 1), column([0, 0.5, 1.5, 2]), used(1, 2, 3, 1), 0);
    expect([...match.was]).toEqual([0, 2, 3]);
    expect([...match.torn]).toEqual([[1, [1, 2]]]);
    expect(match.farthest).toBe(0.5);
  });

  it.each([
    ['NaN that stayed', [Number.NaN, 1], [1, Number.NaN], 0],
    ['NaN that is new', [0, 1], [0, Number.NaN], Number.POSITIVE_INFINITY],
    ['an infinity that stayed', [Number.POSITIVE_INFINITY, 1], [Number.POSITIVE_INFINITY, 1], 0],
    ['a zero with another sign', [0, 1], [-0, 1], 0],
  ])('measures %s', (_what, was, is, farthest) => {
    expect(matchRanks(column(was), used(1, 1), column(is), used(1, 1), 0).farthest).toBe(farthest);
  });
});
