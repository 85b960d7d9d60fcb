/** How the canvas is divided between before and after. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Arrangement, panesOf } from '../../viewer/panes.ts';
import { MODES } from '../../viewer/state.ts';

const WIDE: Arrangement = {
  mode: 'slider',
  split: 0.25,
  isHolding: false,
  has: { before: true, after: true },
  width: 800,
  height: 400,
};

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
      { has: { before: true, after: false } },
      ['before 0,0 800x400'],
    ],
    [
      'an original that is missing leaves all to the result',
      { has: { before: false, after: true } },
      ['after 0,0 800x400'],
    ],
    ['without models there is nothing', { has: { before: false, after: false } }, []],
  ])('%s', (_sentence, change, expected) => {
    expect(drawn(change)).toEqual(expected);
  });

  it('never overlaps and never leaves the canvas; the slider leaves no gap', () => {
    const arrangements = fc.record({
      mode: fc.constantFrom(...MODES),
      split: fc.double({ min: 0, max: 1, noNaN: true }),
      isHolding: fc.boolean(),
      has: fc.constant({ before: true, after: true }),
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
