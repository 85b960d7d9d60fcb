/** How the canvas is divided between before and after. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Arrangement, panesOf } from '../../viewer/panes.ts';
import { MODES, PAIRS } from '../../viewer/state.ts';

const WIDE: Arrangement = {
  mode: 'slider',
  pair: 'optimized',
  split: 0.25,
  isHolding: false,
  has: { base: false, before: true, after: true },
  width: 800,
  height: 400,
};

const ALL = { base: true, before: true, after: true };

function drawn(change: Partial<Arrangement>): string[] {
  return panesOf({ ...WIDE, ...change }).map(({ side, scissor: s }) => `${side} ${s.x},${s.y} ${s.width}x${s.height}`);
}

describe('the panes', () => {
  it.each<readonly [string, Partial<Arrangement>, readonly string[]]>([
    ['the slider cuts at its share of the width', {}, ['before 0,0 200x400', 'after 200,0 600x400']],
    ['a slider at the left end leaves all to the result', { split: 0 }, ['after 0,0 800x400']],
    ['a slider at the right end leaves all to the original', { split: 1 }, ['before 0,0 800x400']],
    ['side by side leaves a gap', { mode: 'side' }, ['before 0,0 399x400', 'after 401,0 399x400']],
    [
      'side by side is one above the other on a phone',
      { mode: 'side', width: 390, height: 600 },
      ['before 0,0 390x299', 'after 0,301 390x299'],
    ],
    ['flicker shows the result', { mode: 'flicker' }, ['after 0,0 800x400']],
    ['holding shows the original', { mode: 'flicker', isHolding: true }, ['before 0,0 800x400']],
    [
      'a result that is missing leaves all to the original',
      { has: { base: false, before: true, after: false } },
      ['before 0,0 800x400'],
    ],
    [
      'an original that is missing leaves all to the result',
      { has: { base: false, before: false, after: true } },
      ['after 0,0 800x400'],
    ],
    [
      'a base makes three of side by side',
      { mode: 'side', has: ALL },
      ['base 0,0 265x400', 'before 267,0 265x400', 'after 535,0 265x400'],
    ],
    [
      'with a base the slider still cuts head and optimized',
      { has: ALL },
      ['before 0,0 200x400', 'after 200,0 600x400'],
    ],
    [
      'what the artist changed is base and head',
      { pair: 'changed', has: ALL },
      ['base 0,0 200x400', 'before 200,0 600x400'],
    ],
    [
      'holding shows the first of the pair',
      { pair: 'both', mode: 'flicker', isHolding: true, has: ALL },
      ['base 0,0 800x400'],
    ],
    ['a pair without its base is the usual one', { pair: 'both' }, ['before 0,0 200x400', 'after 200,0 600x400']],
    ['without models there is nothing', { has: { base: false, before: false, after: false } }, []],
  ])('%s', (_sentence, change, expected) => {
    expect(drawn(change)).toEqual(expected);
  });

  it('never overlaps and never leaves the canvas; the slider leaves no gap', () => {
    const arrangements = fc.record({
      mode: fc.constantFrom(...MODES),
      split: fc.double({ min: 0, max: 1, noNaN: true }),
      isHolding: fc.boolean(),
      pair: fc.constantFrom(...PAIRS),
      has: fc.record({ base: fc.boolean(), before: fc.constant(true), after: fc.constant(true) }),
      width: fc.integer({ min: 40, max: 3000 }),
      height: fc.integer({ min: 40, max: 3000 }),
    });
    fc.assert(
      fc.property(arrangements, (arrangement) => {
        const { width, height, mode } = arrangement;
        const rects = panesOf(arrangement).map(({ scissor }) => scissor);
        const area = rects.reduce((sum, rect) => sum + rect.width * rect.height, 0);
        for (const { x, y, width: w, height: h } of rects) {
          expect(x >= 0 && y >= 0 && x + w <= width && y + h <= height).toBe(true);
        }
        if (mode === 'side') expect(area).toBeLessThan(width * height);
        else expect(area).toBe(width * height);
      }),
    );
  });
});
