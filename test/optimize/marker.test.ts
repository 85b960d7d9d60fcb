import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Gltf } from '../../src/asset/glb.ts';
import { digestOf, writeGlb } from '../../src/asset/glb.ts';
import { MARKER_KEY, readMarker, stripMarks, withoutMarker, writeMarker } from '../../src/optimize/marker.ts';
import { opened } from '../make-glb.ts';

const BIN = Uint8Array.of(1, 2, 3, 4);
const jsonWith = (asset: object): Gltf => ({ asset: { version: '2.0', ...asset } });
const marked = (json: Gltf) => {
  const result = writeMarker(json, BIN, 'cafe0123');
  if (result === undefined) throw new Error('it was not marked');
  return opened(writeGlb(result, BIN));
};

describe('writeMarker and readMarker', () => {
  it.each([
    ['no extras', {}],
    ['empty extras', { extras: {} }],
    ['extras of its own', { extras: { author: 'anna', list: [1, { deep: null }] } }],
    ['keys behind the extras', { extras: { a: 1 }, generator: 'x', copyright: 'y' }],
    ['keys in another order', { generator: 'x', extras: { z: 1, a: 2 } }],
    ['a mark of an older run', { extras: { first: 1, 'glb-optimizer': { recipe: 'old', content: 'old' }, last: 2 } }],
    ['another mark', { extras: { [MARKER_KEY]: 'AAAAAAAAAAAA' } }],
  ])('read back what they wrote on %s', (_what, asset) => {
    const file = marked(jsonWith(asset));
    expect(readMarker(file)).toMatchObject({ recipe: 'cafe0123' });
  });

  it('read back whatever the extras hold', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.stringMatching(/^[0-9a-f]{8}$/), (extras, recipe) => {
        const json = writeMarker(jsonWith({ extras }), BIN, recipe);
        if (json === undefined) throw new Error('it was not marked');
        expect(readMarker(opened(writeGlb(json, BIN)))?.recipe).toBe(recipe);
        // What was there stays, to the letter.
        const { [MARKER_KEY]: _own, ...rest } = extras;
        expect(JSON.stringify(withoutMarker(json).asset.extras ?? {})).toBe(JSON.stringify(rest));
      }),
      { seed: 41 },
    );
  });

  it('understand the longer mark of older versions, and put the new one in its place', () => {
    const json = jsonWith({ generator: 'x', extras: { a: 1 } });
    const text = new TextEncoder().encode(JSON.stringify(json));
    const content = digestOf(Uint8Array.of(...text, ...BIN)).slice(0, 12);
    const old = jsonWith({ generator: 'x', extras: { a: 1, 'glb-optimizer': `cafe0123${content}` } });
    expect(readMarker({ json: old, bin: BIN })).toEqual({ recipe: 'cafe0123', content });
    expect(readMarker({ json: old, bin: Uint8Array.of(9) })).toBeUndefined();
    expect(withoutMarker(old)).toEqual(json);
    expect(Object.keys(marked(old).json.asset.extras ?? {})).toEqual(['a', MARKER_KEY]);
  });

  it('is found in the root when an older one is left in extras whose place under our key is taken', () => {
    const extras = { [MARKER_KEY]: 'not a mark', 'glb-optimizer': `cafe0123${'0'.repeat(12)}` };
    const json = writeMarker(jsonWith({ extras }), BIN, 'beef0123');
    if (json === undefined) throw new Error('there is no mark');
    expect(readMarker({ json, bin: BIN })).toMatchObject({ recipe: 'beef0123' });
  });

  it.each([
    ['a text', 'text'],
    ['something else under our key', { [MARKER_KEY]: 'not a mark' }],
    ['a list', [1]],
    ['a number', 3],
    ['null', null],
  ])('leave extras alone that are %s', (_what, extras) => {
    const marked = writeMarker(jsonWith({ extras }), BIN, 'cafe0123');
    expect(marked?.asset.extras).toEqual(extras);
    // The mark then stands in the root's extras.
    if (marked === undefined) throw new Error('there is no mark');
    expect(readMarker({ json: marked, bin: BIN })).toMatchObject({ recipe: 'cafe0123' });
    expect(withoutMarker(marked)).toEqual(jsonWith({ extras }));
  });

  it.each<[string, (json: Gltf) => void, Uint8Array]>([
    ['the JSON was edited', (json) => Object.assign(json, { nodes: [{ name: 'new' }] }), BIN],
    ['a name of the asset was edited', (json) => Object.assign(json.asset, { copyright: 'mine' }), BIN],
    ['the bytes were edited', () => {}, Uint8Array.of(1, 2, 3, 5)],
    [
      'the mark was edited',
      (json) => Object.assign(json.asset.extras ?? {}, { [MARKER_KEY]: `yv4BI${'A'.repeat(7)}` }),
      BIN,
    ],
  ])('find no mark once %s', (_what, edit, bin) => {
    const json = structuredClone(marked(jsonWith({ extras: { a: 1 } })).json);
    edit(json);
    expect(readMarker({ json, bin: Uint8Array.from(bin) })).toBeUndefined();
  });
});

describe('stripMarks', () => {
  it.each<[string, object]>([
    ['no extras', {}],
    ['extras of its own', { generator: 'x', extras: { author: 'anna' }, copyright: 'y' }],
  ])('gives back what was marked with %s, to the letter', (_what, asset) => {
    const json = { extras: {}, ...jsonWith(asset), nodes: [{}] };
    expect(JSON.stringify(stripMarks(marked(json).json))).toBe(JSON.stringify(json));
  });

  it('takes marks of older versions and of edited files, and the mark in the root', () => {
    const json = jsonWith({ extras: { 'glb-optimizer': 'a'.repeat(20) } });
    expect(stripMarks({ ...json, extras: { a: 1, [MARKER_KEY]: 'AAAAAAAAAAAA' } })).toEqual({
      ...jsonWith({}),
      extras: { a: 1 },
    });
  });

  it.each([
    ['none', undefined],
    ['empty', {}],
    ['somebody else under our keys', { [MARKER_KEY]: 'not a mark', 'glb-optimizer': { recipe: 'theirs' } }],
    ['a list', [1]],
  ])('gives the very JSON where the extras hold no mark: %s', (_what, extras) => {
    const json = jsonWith(extras === undefined ? {} : { extras });
    expect(stripMarks(json)).toBe(json);
  });
});
