import type { GLTF } from '@gltf-transform/core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { accessorsReady } from '../../src/asset/accessors.ts';
import type { Pixels } from '../../src/optimize/image-codec.ts';
import { drawingsOf, drawTexels, type TexelReader } from '../../src/optimize/texel-draw.ts';
import { repeatUnused, smoothUnused } from '../../src/optimize/texel-fill.ts';
import { listTexelReaders } from '../../src/optimize/texel-use.ts';
import { takeApart } from '../../src/optimize/workpiece.ts';
import { clouds, picture, startGlb } from '../make-glb.ts';

beforeAll(async () => {
  await accessorsReady;
});

const REPEAT = 10497;
const MIRROR = 33648;
const CLAMP = 33071;

function reader(uvs: readonly number[], wrap = REPEAT): TexelReader {
  const corners = Array.from({ length: uvs.length / 2 }, (_, i) => i);
  return { uvs: Float32Array.from(uvs), corners, offset: [0, 0], scale: [1, 1], wrap: [wrap, wrap] };
}

/** The rows of what is used, as text. */
function drawing(readers: readonly TexelReader[], size: number, marginPx = 0): readonly string[] {
  const used = drawTexels(readers, size, size, marginPx) ?? new Uint8Array(size * size).fill(1);
  return Array.from({ length: size }, (_, y) =>
    [...used.subarray(y * size, (y + 1) * size)].map((u) => '.#'[u]).join(''),
  );
}

describe('drawTexels', () => {
  it('marks every texel that a triangle touches', () => {
    // Corners at (1.5, 1.5), (5.5, 1.5) and (1.5, 3.5) of 8 texels.
    const triangle = reader([1.5 / 8, 1.5 / 8, 5.5 / 8, 1.5 / 8, 1.5 / 8, 3.5 / 8]);
    expect(drawing([triangle], 8)).toEqual([
      '........',
      '.#####..',
      '.####...',
      '.##.....',
      '........',
      '........',
      '........',
      '........',
    ]);
  });

  it.each([
    ['around the edge where it repeats', REPEAT, ['#......#', '........']],
    ['back from the edge where it is mirrored', MIRROR, ['.......#', '........']],
    ['to the last texel where it is clamped', CLAMP, ['.......#', '........']],
  ] as const)('wraps %s', (_where, wrap, rows) => {
    // From 7.5 to 8.5 of 8 texels, within the first row.
    const thin = reader([7.5 / 8, 0.2 / 8, 8.5 / 8, 0.2 / 8, 7.5 / 8, 0.4 / 8], wrap);
    expect(drawing([thin], 8).slice(0, 2)).toEqual(rows);
  });

  it('widens what is used, around the edges too', () => {
    const dot = reader([0.5 / 8, 0.5 / 8, 0.5 / 8, 0.5 / 8, 0.5 / 8, 0.5 / 8]);
    expect(drawing([dot], 8, 1)).toEqual(['##.....#', '##.....#', ...Array(5).fill('........'), '##.....#']);
  });

  it('widens by a square from every texel, around the edges, as a slow twin does', () => {
    const size = fc.integer({ min: 3, max: 40 });
    const dots = fc.array(
      fc.tuple(fc.double({ min: 0, max: 0.99, noNaN: true }), fc.double({ min: 0, max: 0.99, noNaN: true })),
      {
        minLength: 1,
        maxLength: 5,
      },
    );
    fc.assert(
      fc.property(size, size, dots, fc.integer({ min: 0, max: 25 }), (width, height, places, margin) => {
        const uvs = places.flatMap(([u, v]) => [u, v, u, v, u, v]);
        const narrow = drawTexels([reader(uvs)], width, height, 0);
        const wide = drawTexels([reader(uvs)], width, height, margin);
        if (narrow === undefined) return;
        const across = (a: number, b: number, all: number) => Math.min(Math.abs(a - b), all - Math.abs(a - b));
        const expected = Uint8Array.from({ length: width * height }, (_, i) => {
          const [x, y] = [i % width, Math.floor(i / width)];
          const isNear = (one: number, k: number) =>
            one === 1 && Math.max(across(k % width, x, width), across(Math.floor(k / width), y, height)) <= margin;
          return narrow.some(isNear) ? 1 : 0;
        });
        const count = expected.reduce((sum, one) => sum + one, 0);
        expect(wide).toEqual(count > 0.97 * expected.length ? undefined : expected);
      }),
      { seed: 12, numRuns: 200 },
    );
  });

  it.each([
    ['covers all of it', [0, 0, 2, 0, 0, 2]],
    ['lies on the image many times', [0, 0, 90, 0, 0, 90]],
    ['has coordinates that are no numbers', [0, 0, Number.NaN, 0, 0, 1]],
  ])('has nothing to say of an image when a triangle %s', (_what, uvs) =>
    expect(drawTexels([reader(uvs)], 16, 16, 0)).toBeUndefined(),
  );

  it('never misses a texel that lies in a triangle, however large the image', () => {
    const uv = fc.double({ min: -0.4, max: 1.4, noNaN: true });
    fc.assert(
      fc.property(fc.array(uv, { minLength: 6, maxLength: 6 }), fc.constantFrom(64, 100, 2048), (uvs, size) => {
        const used = drawTexels([reader(uvs)], size, size, 0);
        if (used === undefined) return;
        const [ax = 0, ay = 0, bx = 0, by = 0, cx = 0, cy = 0] = Float32Array.from(uvs);
        for (let i = 0; i <= 20; i++) {
          for (let j = 0; i + j <= 20; j++) {
            const [s, t] = [i / 20, j / 20];
            const u = ax + (bx - ax) * s + (cx - ax) * t;
            const v = ay + (by - ay) * s + (cy - ay) * t;
            const x = Math.min(Math.floor((u - Math.floor(u)) * size), size - 1);
            const y = Math.min(Math.floor((v - Math.floor(v)) * size), size - 1);
            // On the border between two texels rounding decides which of them it is.
            const near = [-1e-4, 1e-4].flatMap((d) => [-1e-4, 1e-4].map((e) => [u * size + d, v * size + e] as const));
            const isOnBorder = near.some(
              ([p, q]) => Math.floor(p) !== Math.floor(u * size) || Math.floor(q) !== Math.floor(v * size),
            );
            if (!isOnBorder) expect(used[y * size + x]).toBe(1);
          }
        }
      }),
      { seed: 7, numRuns: 60 },
    );
  });
});

async function file(change: (json: GLTF.IGLTF) => void = () => {}) {
  const bench = startGlb();
  const positions = bench.accessor('VEC3', Float32Array.of(0, 0, 0, 1, 0, 0, 0, 1, 0));
  const uvs = bench.accessor('VEC2', Float32Array.of(0, 0, 0.5, 0, 0, 0.5));
  bench.json.meshes = [{ primitives: [{ attributes: { POSITION: positions, TEXCOORD_0: uvs }, material: 0 }] }];
  bench.json.materials = [{ pbrMetallicRoughness: { baseColorTexture: { index: 0 } } }];
  bench.json.textures = [{ source: bench.image(await picture([8, 8], 'png', clouds), 'image/png') }];
  change(bench.json);
  return takeApart(bench.source());
}

const only = (json: GLTF.IGLTF): GLTF.IMeshPrimitive => json.meshes?.[0]?.primitives[0] ?? { attributes: {} };
const transform = (json: GLTF.IGLTF, value: object): void => {
  json.extensionsUsed = ['KHR_texture_transform'];
  const info = json.materials?.[0]?.pbrMetallicRoughness?.baseColorTexture;
  Object.assign(info ?? {}, { extensions: { KHR_texture_transform: value } });
};

describe('listTexelReaders', () => {
  it('finds the triangles, with and without their transform', async () => {
    expect(listTexelReaders(await file()).get(0)).toHaveLength(1);
    const moved = listTexelReaders(await file((json) => transform(json, { offset: [0.5, 0.25], scale: [2, 3] }))).get(
      0,
    );
    expect(moved?.map(({ offset, scale }) => [offset, scale])).toEqual([
      [
        [0, 0],
        [1, 1],
      ],
      [
        [0.5, 0.25],
        [2, 3],
      ],
    ]);
  });

  it.each<readonly [string, (json: GLTF.IGLTF) => void]>([
    ['no primitive wears the material', (json) => delete only(json).material],
    ['the primitive has no such coordinates', (json) => delete only(json).attributes.TEXCOORD_0],
    ['the primitive is made of points', (json) => Object.assign(only(json), { mode: 0 })],
    ['a morph target moves the coordinates', (json) => Object.assign(only(json), { targets: [{ TEXCOORD_0: 1 }] })],
    ['the transform rotates', (json) => transform(json, { rotation: 1 })],
    [
      'an animation moves the transform',
      (json) => {
        transform(json, { offset: [0, 0] });
        json.extensionsUsed = ['KHR_texture_transform', 'KHR_animation_pointer'];
        const pointer = '/materials/0/pbrMetallicRoughness/baseColorTexture/extensions/KHR_texture_transform/offset';
        const target = { path: 'pointer', extensions: { KHR_animation_pointer: { pointer } } } as never;
        json.animations = [{ samplers: [{ input: 0, output: 1 }], channels: [{ sampler: 0, target }] }];
      },
    ],
    [
      'an extension is in the file that we do not know',
      (json) => Object.assign(json, { extensionsUsed: ['ACME_paint'] }),
    ],
  ])('lets all texels count when %s', async (_when, change) =>
    expect(listTexelReaders(await file(change)).get(0)).toBeUndefined(),
  );
});

describe('drawingsOf', () => {
  /** A material with a colour, a normal map and a second colour that is placed elsewhere. */
  const three = () =>
    file((json) => {
      json.extensionsUsed = ['KHR_texture_transform'];
      json.images = [0, 1, 2].map(() => ({ ...json.images?.[0] }));
      json.textures = [0, 1, 2].map((source) => ({ source }));
      json.materials = [
        {
          pbrMetallicRoughness: { baseColorTexture: { index: 0 } },
          normalTexture: { index: 1 },
          emissiveTexture: { index: 2, extensions: { KHR_texture_transform: { offset: [0.5, 0.5] } } },
        },
      ];
    });

  it('draws once for all images that are read in the same places, by size', async () => {
    const readers = listTexelReaders(await three());
    const [color, normal, glow] = [0, 1, 2].map(drawingsOf(readers));
    const drawn = color?.(64, 64, 2);
    expect(drawn).toEqual(drawTexels(readers.get(0) ?? [], 64, 64, 2));
    expect(normal?.(64, 64, 2)).toBe(drawn);
    expect(normal?.(32, 32, 2)).toHaveLength(32 * 32);
    expect(glow?.(64, 64, 2)).toEqual(drawTexels(readers.get(2) ?? [], 64, 64, 2));
    expect(glow?.(64, 64, 2)).not.toEqual(drawn);
  });

  it('keeps what it drew until as many have asked as there are images', async () => {
    const readers = listTexelReaders(await three());
    const [color, normal] = [0, 1, 2].map(drawingsOf(readers));
    const drawn = color?.(64, 64, 2);
    expect(normal?.(64, 64, 2)).toBe(drawn);
    const again = color?.(64, 64, 2);
    expect(again).toEqual(drawn);
    expect(again).not.toBe(drawn);
  });

  it('has nothing to draw of an image whose readers are not known', () =>
    expect(drawingsOf(new Map())(0)).toBeUndefined());
});

describe('filling in', () => {
  const pixels: Pixels = { width: 4, height: 2, channels: 3, data: Uint8Array.from({ length: 24 }, (_, i) => i * 10) };
  const used = Uint8Array.of(0, 1, 0, 0, 0, 0, 0, 0);

  it.each([
    ['smoothUnused', smoothUnused],
    ['repeatUnused', repeatUnused],
  ])('%s spreads a sole used texel over the rest', (_name, fill) => {
    const { data } = fill(pixels, used);
    for (let i = 0; i < 8; i++) expect([...data.subarray(i * 3, i * 3 + 3)]).toEqual([30, 40, 50]);
  });

  it('takes the mean of what is used in the smallest square around, also at an odd edge', () => {
    const grey = (width: number, values: readonly number[]): Pixels => ({
      width,
      height: values.length / width,
      channels: 3,
      data: Uint8Array.from(values.flatMap((value) => [value, value, value])),
    });
    const fill = (width: number, values: readonly number[], mask: readonly number[]) =>
      [...smoothUnused(grey(width, values), Uint8Array.from(mask)).data].filter((_, i) => i % 3 === 0);
    // Of 10, 20 and 41 the mean is 23.67.
    expect(fill(2, [10, 20, 0, 41], [1, 1, 0, 1])).toEqual([10, 20, 24, 41]);
    // Two columns of three by three: the right one is a square of its own, the lower right corner one texel.
    expect(fill(3, [10, 11, 0, 0, 0, 90, 40, 60, 0], [1, 1, 0, 0, 0, 1, 1, 1, 0])).toEqual([
      10, 11, 90, 11, 11, 90, 40, 60, 50,
    ]);
  });

  it.each([
    ['smoothUnused', smoothUnused],
    ['repeatUnused', repeatUnused],
  ])('%s never changes a used texel, and stays between the least and the most of them', (_name, fill) => {
    const width = fc.integer({ min: 1, max: 9 });
    fc.assert(
      fc.property(width, width, fc.integer({ min: 0, max: 1e6 }), (w, h, seed) => {
        const data = Uint8Array.from({ length: w * h * 3 }, (_, i) => (Math.imul(i + seed, 2654435761) >>> 16) & 255);
        const mask = Uint8Array.from({ length: w * h }, (_, i) => (Math.imul(i ^ seed, 40503) >>> 4) & 1);
        const filled = fill({ width: w, height: h, channels: 3, data }, mask).data;
        const known = [...data].filter((_, i) => mask[Math.floor(i / 3)] === 1);
        if (known.length === 0) return;
        for (const [i, value] of filled.entries()) {
          if (mask[Math.floor(i / 3)] === 1) expect(value).toBe(data[i]);
          expect(value).toBeGreaterThanOrEqual(Math.min(...known));
          expect(value).toBeLessThanOrEqual(Math.max(...known));
        }
      }),
      { seed: 9, numRuns: 100 },
    );
  });
});
