import { beforeAll, describe, expect, it } from 'vitest';
import { writeGlb } from '../src/asset/glb.ts';
import { compareFiles, proposeComparison } from '../src/compare-files.ts';
import { flatColour, scriptedRenderer } from './doubles/memory.ts';
import { houseScene } from './house-scene.ts';
import { opened } from './make-glb.ts';

type Bytes = Uint8Array<ArrayBuffer>;

let small: Bytes;
let large: Bytes;

beforeAll(async () => {
  small = (await houseScene()).bytes();
  const { json, bin } = opened(small);
  large = writeGlb({ ...json, extras: { note: 'more of it'.repeat(100) } }, bin);
});

const pair = (before: Bytes, after: Bytes) => ({ before, after });
const different = () => scriptedRenderer(() => 9);
const blind = () => scriptedRenderer(() => ({ kind: 'not-rendered', why: 'no browser' }));

describe('two files', () => {
  it.each([
    ['smaller and alike is improved', () => pair(large, small), flatColour, 'improved', 'they look the same'],
    [
      'larger and alike is no improvement',
      () => pair(small, large),
      flatColour,
      'unchanged',
      'they look the same, and the second is not smaller',
    ],
    ['smaller and different wants eyes', () => pair(large, small), different, 'needs-review', 'they look different'],
    ['larger and different wants eyes', () => pair(small, large), different, 'needs-review', 'they look different'],
    ['what nobody drew wants eyes', () => pair(large, small), blind, 'needs-review', 'nobody looked: no browser'],
    ['equal files are equal', () => pair(small, small), flatColour, 'unchanged', 'the files are equal, byte for byte'],
  ] as const)('%s', async (_sentence, files, renderer, verdict, why) => {
    const { before, after } = files();
    const siblings = new Map();
    const compared = await compareFiles(
      { before: { bytes: before, siblings }, after: { path: 'after.glb', bytes: after, siblings } },
      { renderer: renderer(), now: () => 0 },
      { flags: {}, signal: new AbortController().signal },
    );
    expect(proposeComparison(compared).report.assets).toMatchObject([{ path: 'after.glb', verdict, why }]);
  });
});
