/** The address of the viewer: what is seen, written and read back. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  BACKGROUNDS,
  LIGHTS,
  MODES,
  PAIRS,
  readHash,
  SURFACES,
  VIEW_DEFAULTS,
  type ViewState,
  writeHash,
} from '../../viewer/state.ts';

const text = fc.option(fc.string({ minLength: 1, unit: 'grapheme' }), { nil: null });
// What writeHash keeps of a number: three, two or five digits.
const decimals = (least: number, most: number, digits: number) =>
  fc.integer({ min: least * 10 ** digits, max: most * 10 ** digits }).map((value) => value / 10 ** digits);
const length = fc.integer({ min: -99999, max: 99999 }).map((value) => value / 100);
const point = fc.tuple(length, length, length);

const states: fc.Arbitrary<ViewState> = fc.record({
  asset: text,
  mode: fc.constantFrom(...MODES),
  pair: fc.constantFrom(...PAIRS),
  split: decimals(0, 1, 3),
  view: text,
  camera: fc.option(fc.record({ position: point, target: point }), { nil: null }),
  clip: text,
  timeS: decimals(0, 100, 3),
  variant: text,
  surface: fc.constantFrom(...SURFACES),
  light: fc.constantFrom(...LIGHTS),
  background: fc.constantFrom(...BACKGROUNDS),
  exposureStops: decimals(-3, 3, 2),
});

describe('the address', () => {
  it('brings back every state', () => {
    fc.assert(
      fc.property(states, (state) => {
        expect(readHash(`#${writeHash(state)}`)).toEqual(state);
      }),
    );
  });

  it('is empty when everything is as usual', () => {
    expect(writeHash(VIEW_DEFAULTS)).toBe('');
    expect(readHash('')).toEqual(VIEW_DEFAULTS);
  });

  it.each([
    ['a mode nobody knows', '#mode=explode', { mode: 'slider' }],
    ['a split beyond the edge', '#split=7', { split: 1 }],
    ['a split that is no number', '#split=half', { split: 0.5 }],
    ['a camera of five numbers', '#camera=1,2,3,4,5', { camera: null }],
    ['a camera with a hole', '#camera=1,2,,4,5,6', { camera: null }],
    ['a camera at infinity', '#camera=1,2,3,4,5,Infinity', { camera: null }],
    ['a place on the page', '#details', VIEW_DEFAULTS],
  ])('takes the usual for %s', (_what, hash, expected) => {
    expect(readHash(hash)).toMatchObject(expected);
  });
});
