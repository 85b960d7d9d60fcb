import type { GLTF } from '@gltf-transform/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { AccessorReader, accessorsReady } from '../../src/asset/accessors.ts';
import type { SourceGlb } from '../../src/asset/glb.ts';
import { checkValues } from '../../src/compare/values.ts';
import { constantTracks, quantizeAnimation } from '../../src/optimize/animation.ts';
import { packReady } from '../../src/optimize/pack.ts';
import { COARSE, FINE } from '../../src/optimize/precision.ts';
import { dropIdleKeys } from '../../src/optimize/resample.ts';
import { startGlb } from '../make-glb.ts';
import { tryStep } from './bench.ts';

beforeAll(() => Promise.all([accessorsReady, packReady]));

interface Track {
  readonly times: readonly number[];
  readonly values: readonly number[];
  readonly interpolation?: GLTF.AnimationSamplerInterpolation;
}

/** One clip; each track moves a node of its own by SCALE, three numbers a key. */
function clip(...tracks: readonly Track[]): SourceGlb {
  const bench = startGlb();
  bench.json.nodes = tracks.map(() => ({}));
  bench.json.animations = [
    {
      samplers: tracks.map(({ times, values, interpolation }) => ({
        input: bench.accessor('SCALAR', Float32Array.from(times), { bounds: true }),
        output: bench.accessor('VEC3', Float32Array.from(values.flatMap((value) => [value, value, value]))),
        ...(interpolation === undefined ? {} : { interpolation }),
      })),
      channels: tracks.map((_, t) => ({ sampler: t, target: { node: t, path: 'scale' } })),
    },
  ];
  return bench.source();
}

function timesOf({ json, bin }: SourceGlb): number[][] {
  const reader = new AccessorReader(json, bin);
  return (json.animations?.[0]?.samplers ?? []).map(({ input }) => [...reader.read(input).array]);
}

describe('constantTracks', () => {
  it.each<[string, Track[], number[][]]>([
    [
      'shortens a track that holds still beside one that moves',
      [
        { times: [0, 1, 2], values: [1, 5, 1] },
        { times: [0, 1, 2], values: [7, 7, 7] },
      ],
      [[0, 1, 2], [0]],
    ],
    [
      'keeps one still track long when nothing else spans the clip',
      [
        { times: [0, 1], values: [7, 7] },
        { times: [0, 1], values: [8, 8] },
      ],
      [[0, 1], [0]],
    ],
    [
      'keeps the start of a clip that only a still track marks',
      [
        { times: [1, 2], values: [1, 2] },
        { times: [0, 2], values: [7, 7] },
      ],
      [
        [1, 2],
        [0, 2],
      ],
    ],
    [
      'keeps the end of a clip that only a still track marks',
      [
        { times: [0, 1], values: [1, 2] },
        { times: [0, 3], values: [7, 7] },
      ],
      [
        [0, 1],
        [0, 3],
      ],
    ],
    [
      'leaves all alone when start and end are marked by two still tracks',
      [
        { times: [0, 1], values: [7, 7] },
        { times: [1, 2], values: [8, 8] },
      ],
      [
        [0, 1],
        [1, 2],
      ],
    ],
    [
      'shortens steps too',
      [
        { times: [0, 2], values: [1, 2] },
        { times: [0, 2], values: [7, 7], interpolation: 'STEP' },
      ],
      [[0, 2], [0]],
    ],
    [
      'leaves a spline its two keys',
      [
        { times: [0, 2], values: [1, 2] },
        { times: [0, 2], values: [0, 7, 0, 0, 7, 0], interpolation: 'CUBICSPLINE' },
      ],
      [
        [0, 2],
        [0, 2],
      ],
    ],
    [
      'leaves a track that moves only in the middle',
      [
        { times: [0, 2], values: [1, 2] },
        { times: [0, 1, 2], values: [7, 8, 7] },
      ],
      [
        [0, 2],
        [0, 1, 2],
      ],
    ],
    [
      'leaves a track of one key',
      [
        { times: [0], values: [7] },
        { times: [0, 2], values: [1, 2] },
      ],
      [[0], [0, 2]],
    ],
  ])('%s', async (_sentence, tracks, expected) => {
    const { glb } = await tryStep(clip(...tracks), [constantTracks()]);
    expect(timesOf(glb)).toEqual(expected);
  });

  it('keeps the length of a clip that only a sampler without a channel marks beside a still track', async () => {
    const source = clip({ times: [0, 66.6], values: [7, 7] }, { times: [0, 66.6], values: [1, 2] });
    source.json.animations?.[0]?.channels.pop();
    const { glb } = await tryStep(source, [constantTracks()]);
    expect(timesOf(glb)[0]).toEqual([0, Math.fround(66.6)]);
  });
});

describe('quantizeAnimation', () => {
  it('lets the codec see all weights of a key as one row, and gives back each at its place', async () => {
    const [targets, keys] = [3, 200];
    const bench = startGlb();
    const shape = bench.accessor('VEC3', Float32Array.of(0, 0, 0, 1, 0, 0, 0, 1, 0), { vertex: true, bounds: true });
    const attributes = { POSITION: shape };
    bench.json.meshes = [{ primitives: [{ attributes, targets: Array.from({ length: targets }, () => attributes) }] }];
    bench.json.nodes = [{ mesh: 0 }];
    const weights = Float32Array.from({ length: keys * targets }, (_, i) => 0.5 + Math.sin(i / targets / 9 + i) / 2);
    const input = bench.accessor(
      'SCALAR',
      Float32Array.from({ length: keys }, (_, k) => k / 30),
      { bounds: true },
    );
    const output = bench.accessor('SCALAR', weights);
    bench.json.animations = [
      { samplers: [{ input, output }], channels: [{ sampler: 0, target: { node: 0, path: 'weights' } }] },
    ];
    const { glb } = await tryStep(bench.source(), [quantizeAnimation(FINE)], 'KHR_meshopt_compression');
    const view = glb.json.bufferViews?.[glb.json.accessors?.[output]?.bufferView ?? -1];
    expect(view?.extensions?.KHR_meshopt_compression).toMatchObject({ byteStride: targets * 4, count: keys });
    const read = new AccessorReader(glb.json, glb.bin).read(output).array;
    expect(read.length).toBe(weights.length);
    for (const [i, value] of weights.entries()) expect(Math.abs((read[i] ?? 9) - value)).toBeLessThanOrEqual(2 ** -15);
  });

  const PRECISIONS = [
    ['coarse', COARSE],
    ['fine', FINE],
  ] as const;

  /** One node that a clip moves. */
  function moved(path: 'rotation' | 'translation', keys: number, values: readonly number[], isCubic: boolean) {
    const bench = startGlb();
    bench.json.nodes = [{}];
    const times = Float32Array.from({ length: keys }, (_, k) => k / 30);
    const input = bench.accessor('SCALAR', times, { bounds: true });
    const output = bench.accessor(path === 'rotation' ? 'VEC4' : 'VEC3', Float32Array.from(values));
    const sampler = isCubic ? { input, output, interpolation: 'CUBICSPLINE' as const } : { input, output };
    bench.json.animations = [{ samplers: [sampler], channels: [{ sampler: 0, target: { node: 0, path } }] }];
    return bench.source();
  }

  // A third of a turn around the diagonal: no component is larger than a half, and the contract asks for a share of it.
  it.each(PRECISIONS)(
    'keeps the contract for rotations of which no part is large, keys dropped: %s',
    async (_name, precision) => {
      for (let pace = 23; pace < 53; pace++) {
        const turns = Array.from({ length: 400 }, (_, k) => (2 * Math.PI) / 3 + 0.02 * Math.sin(k / pace));
        const values = turns.flatMap((turn) => {
          const part = Math.sin(turn / 2) / Math.sqrt(3);
          return [part, part, part, Math.cos(turn / 2)];
        });
        const source = moved('rotation', 400, values, false);
        const steps = [dropIdleKeys(precision), quantizeAnimation(precision)];
        const { glb } = await tryStep(source, steps, 'KHR_meshopt_compression');
        expect(glb.json.accessors?.[1]?.componentType).toBe(5122);
        expect(checkValues(source, glb)).toEqual([]);
      }
    },
  );

  it.each(PRECISIONS)('keeps the contract for splines whose tangents are large: %s', async (_name, precision) => {
    // Values up to 1, which are left and reached as fast as 250 in a second.
    const values = Array.from({ length: 60 }, (_, k) => [
      -250 + k,
      3,
      249 - k,
      Math.sin(k),
      0.3,
      k / 60,
      100,
      k,
      -k,
    ]).flat();
    const source = moved('translation', 60, values, true);
    const { glb } = await tryStep(source, [quantizeAnimation(precision)], 'KHR_meshopt_compression');
    expect(glb.json.bufferViews?.at(-1)?.extensions?.KHR_meshopt_compression).toMatchObject({ filter: 'EXPONENTIAL' });
    expect(checkValues(source, glb)).toEqual([]);
  });
});
