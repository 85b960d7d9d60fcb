import type { GLTF } from '@gltf-transform/core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { AccessorReader, accessorsReady, toFloats } from '../../src/asset/accessors.ts';
import type { SourceGlb } from '../../src/asset/glb.ts';
import { checkContract } from '../../src/compare/contract.ts';
import { packReady } from '../../src/optimize/pack.ts';
import { FINE } from '../../src/optimize/precision.ts';
import { dropIdleKeys } from '../../src/optimize/resample.ts';
import { messagesOf, opened, startGlb, withJson } from '../make-glb.ts';
import { readBack } from './alike.ts';
import { tryStep } from './bench.ts';
import { expectSameClips } from './clips.ts';

beforeAll(() => Promise.all([accessorsReady, packReady]));

type Path = 'translation' | 'rotation' | 'scale';
interface Track {
  readonly path?: Path;
  readonly interpolation?: GLTF.AnimationSamplerInterpolation;
  /** One row a key; three a key for splines. */
  readonly rows: readonly (readonly number[])[];
}

/** One clip whose tracks share their times; each moves a node of its own. */
function clip(times: readonly number[], ...tracks: readonly Track[]): SourceGlb {
  const bench = startGlb();
  bench.json.nodes = tracks.map(() => ({}));
  const input = bench.accessor('SCALAR', Float32Array.from(times), { bounds: true });
  bench.json.animations = [
    {
      samplers: tracks.map(({ path, interpolation = 'LINEAR', rows }) => ({
        input,
        output: bench.accessor(path === 'rotation' ? 'VEC4' : 'VEC3', Float32Array.from(rows.flat())),
        interpolation,
      })),
      channels: tracks.map(({ path = 'translation' }, t) => ({ sampler: t, target: { node: t, path } })),
    },
  ];
  return bench.source();
}

function timesOf({ json, bin }: SourceGlb): number[] {
  const [sampler] = json.animations?.[0]?.samplers ?? [];
  return [...new AccessorReader(json, bin).read(sampler?.input ?? -1).array];
}

const line = (times: readonly number[]) => times.map((t) => [t, 2 * t, 5]);
const turn = (radians: number) => [0, Math.sin(radians / 2), 0, Math.cos(radians / 2)];
const FIVE = [0, 1, 2, 3, 4];

describe('dropIdleKeys', () => {
  it.each<[string, SourceGlb, readonly number[]]>([
    ['drops what lies on a line', clip(FIVE, { rows: line(FIVE) }), [0, 4]],
    ['keeps a corner', clip(FIVE, { rows: [0, 1, 2, 1, 0].map((y) => [0, y, 0]) }), [0, 2, 4]],
    [
      'keeps for all tracks what one of them needs',
      clip(FIVE, { rows: line(FIVE) }, { rows: [0, 0, 0, 1, 2].map((y) => [0, y, 0]) }),
      [0, 2, 4],
    ],
    [
      'keeps the last key before a step',
      clip(FIVE, { interpolation: 'STEP', rows: [7, 7, 7, 8, 8].map((y) => [0, y, 0]) }),
      [0, 3, 4],
    ],
    [
      'holds a step to every bit',
      clip(FIVE, { interpolation: 'STEP', rows: [7, 7, 7.000001, 7, 7].map((y) => [0, y, 0]) }),
      [0, 2, 3, 4],
    ],
    ['drops keys of a steady turn', clip(FIVE, { path: 'rotation', rows: FIVE.map((t) => turn(t * 0.02)) }), [0, 4]],
    [
      'keeps keys of a wide turn, which loaders with chords would play unevenly',
      clip(FIVE, { path: 'rotation', rows: FIVE.map((t) => turn(t * 0.7)) }),
      FIVE,
    ],
    [
      'takes a rotation for its opposite',
      clip(FIVE, { path: 'rotation', rows: FIVE.map((t) => turn(t * 0.02).map((q) => (t === 2 ? -q : q))) }),
      [0, 4],
    ],
    [
      'leaves a spline all its keys, and whatever shares its times',
      clip(
        FIVE,
        { rows: line(FIVE) },
        {
          interpolation: 'CUBICSPLINE',
          rows: FIVE.flatMap((t) => [
            [1, 2, 0],
            [t, 2 * t, 5],
            [1, 2, 0],
          ]),
        },
      ),
      FIVE,
    ],
    ['leaves times that run backwards', clip([0, 1, 1, 2], { rows: line([0, 1, 1, 2]) }), [0, 1, 1, 2]],
    [
      'leaves what is no number',
      clip([0, 1, 2], {
        rows: [
          [0, 0, 0],
          [Number.NaN, 0, 0],
          [0, 0, 0],
        ],
      }),
      [0, 1, 2],
    ],
  ])('%s', async (_sentence, source, expected) => {
    const { glb } = await tryStep(source, [dropIdleKeys(FINE)]);
    expect(timesOf(glb)).toEqual(expected);
    expect(messagesOf(await checkContract(source, glb))).toBe('');
  });

  it('stays within its bounds at 200 times, adds no accessor and passes the contract', {
    timeout: 60_000,
  }, async () => {
    const track = fc.record({
      path: fc.constantFrom<Path>('translation', 'rotation', 'scale'),
      interpolation: fc.constantFrom<GLTF.AnimationSamplerInterpolation>('LINEAR', 'LINEAR', 'STEP'),
      bends: fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 2, maxLength: 5 }),
      noise: fc.constantFrom(0, 1e-6, 1e-5, 1e-3),
    });
    const keys = fc.integer({ min: 2, max: 40 });
    let dropped = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(track, { minLength: 1, maxLength: 3 }), keys, async (tracks, count) => {
        const times = Array.from({ length: count }, (_, k) => 0.5 + k * k * 0.01 + k * 0.1);
        const source = clip(
          times,
          ...tracks.map(({ path, interpolation, bends, noise }) => {
            const heights = times.map((_t, k) => {
              const place = (k / count) * (bends.length - 1);
              const [a, b] = [bends[Math.floor(place)] ?? 0, bends[Math.floor(place) + 1] ?? 0];
              const u = interpolation === 'STEP' ? 0 : place - Math.floor(place);
              return a + (b - a) * u + noise * Math.sin(k * 7);
            });
            return { path, interpolation, rows: heights.map((h) => (path === 'rotation' ? turn(h) : [h, 1, 2 * h])) };
          }),
        );
        const { glb } = await tryStep(source, [dropIdleKeys(FINE)]);
        dropped += timesOf(source).length - timesOf(glb).length;
        expect(glb.json.accessors?.length).toBe(source.json.accessors?.length);
        expect(messagesOf(await checkContract(source, glb))).toBe('');
        // Each of the four numbers of a quaternion within 2 ** -13, so twice that by their length.
        const bounds = { ...UNUSED_BOUNDS, rotation: 2 * 2 ** -13, trackRatio: 1 / 2 ** FINE.translationBits };
        expectSameClips(await readBack(source.bytes), await readBack(glb.bytes), bounds);
      }),
      { seed: 11, numRuns: 150 },
    );
    expect(dropped).toBeGreaterThan(200);
  });
});

const UNUSED_BOUNDS = { positionRatio: 0, direction: 0, texcoord: 0, color: 0, weight: 0 };

/** The file without some keys, whatever they said. */
function without(source: SourceGlb, gone: readonly number[]): SourceGlb {
  const reader = new AccessorReader(source.json, source.bin);
  const [sampler] = source.json.animations?.[0]?.samplers ?? [];
  const times = timesOf(source);
  const rows = toFloats(reader.read(sampler?.output ?? -1));
  const kept = [...times.keys()].filter((k) => !gone.includes(k));
  const width = rows.length / times.length;
  const path = source.json.animations?.[0]?.channels[0]?.target.path as Path;
  const track = {
    path,
    interpolation: sampler?.interpolation ?? 'LINEAR',
    rows: kept.map((k) => [...rows.subarray(k * width, (k + 1) * width)]),
  } as const;
  return clip(
    kept.map((k) => times[k] ?? 0),
    track,
  );
}

describe('checkContract', () => {
  const waves = FIVE.map((t) => [0, Math.sin(t), 1]);
  it.each<[string, SourceGlb, readonly number[]]>([
    ['a key of a curve', clip(FIVE, { rows: waves }), [2]],
    ['a key that moves by a thousandth', clip(FIVE, { rows: FIVE.map((t) => [0, t === 2 ? 1.001 : 1, 0]) }), [2]],
    ['the first key', clip(FIVE, { rows: line(FIVE) }), [0]],
    ['the last key', clip(FIVE, { rows: line(FIVE) }), [4]],
    ['a step', clip(FIVE, { interpolation: 'STEP', rows: line(FIVE) }), [1]],
    ['a turn the other way', clip(FIVE, { path: 'rotation', rows: [0, 2, 4, 6, 8].map(turn) }), [1, 2, 3]],
    [
      'keys of a spline',
      clip(FIVE, {
        interpolation: 'CUBICSPLINE',
        rows: FIVE.flatMap(() => [
          [0, 0, 0],
          [1, 1, 1],
          [0, 0, 0],
        ]),
      }),
      [2],
    ],
  ])('sees that %s is gone', async (_what, source, gone) => {
    expect(messagesOf(await checkContract(source, without(source, gone)))).not.toBe('');
  });

  it('sees a key that takes another time', async () => {
    const after = withJson(clip([0, 1, 2.5, 3, 4], { rows: line([0, 1, 2, 3, 4]) }), () => {});
    expect(messagesOf(await checkContract(clip(FIVE, { rows: line(FIVE) }), opened(after.bytes)))).toContain('times');
  });
});
