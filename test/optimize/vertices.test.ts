import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergeVertices, moveElements, UNUSED } from '../../src/optimize/vertices.ts';

/** The slow twin: each vertex as text. */
function slowMerge(attributes: readonly Uint8Array[], count: number): { remap: number[]; uniqueCount: number } {
  const seen = new Map<string, number>();
  const remap = Array.from({ length: count }, (_, v) => {
    const text = attributes
      .map((bytes) => [...bytes.subarray((v * bytes.length) / count, ((v + 1) * bytes.length) / count)].join())
      .join('|');
    if (!seen.has(text)) seen.set(text, seen.size);
    return seen.get(text) ?? -1;
  });
  return { remap, uniqueCount: seen.size };
}

describe('mergeVertices', () => {
  it('merges what its slow twin merges, numbered by first appearance', () => {
    const cases = fc.tuple(
      fc.integer({ min: 0, max: 300 }),
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 3 }),
      fc.infiniteStream(fc.nat({ max: 1 })),
    );
    fc.assert(
      fc.property(cases, ([count, widths, stream]) => {
        const attributes = widths.map((width) =>
          Uint8Array.from({ length: width * count }, () => stream.next().value ?? 0),
        );
        const { remap, uniqueCount } = mergeVertices(attributes, count);
        expect({ remap: [...remap], uniqueCount }).toEqual(slowMerge(attributes, count));
      }),
      { seed: 21, numRuns: 100 },
    );
  });

  it('tells -0 from 0 and one attribute from the next', () => {
    const zeros = new Uint8Array(Float32Array.of(0, -0).buffer);
    expect(mergeVertices([zeros], 2).uniqueCount).toBe(2);
    expect(mergeVertices([Uint8Array.of(1, 2), Uint8Array.of(2, 1)], 2).uniqueCount).toBe(2);
  });
});

describe('moveElements', () => {
  it('puts each element where it belongs and drops the unused', () => {
    const moved = moveElements(Int8Array.of(1, 2, 3, 4, 5, 6), 2, Uint32Array.of(1, UNUSED, 0), new Int8Array(4));
    expect([...moved]).toEqual([5, 6, 1, 2]);
  });
});
