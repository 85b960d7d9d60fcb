import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Pixels } from '../../src/optimize/image-codec.ts';
import { type ImagePart, measureError, meets, partOf } from '../../src/optimize/image-error.ts';

const part = (kind: ImagePart['kind'], reads = 'RGB'): ImagePart => ({
  kind,
  reads: [reads.includes('R'), reads.includes('G'), reads.includes('B'), reads.includes('A')],
  coverage: false,
  cutoffs: [],
});

function grey(width: number, height: number, value: (i: number) => number, channels: 3 | 4 = 3): Pixels {
  return { width, height, channels, data: Uint8Array.from({ length: width * height * channels }, (_, i) => value(i)) };
}

/** The angle of each pair of directions by the arc cosine itself: their mean, and the bin of a twentieth of a degree that holds the 99 %. */
function slowAngles(a: Pixels, b: Pixels, used: Uint8Array): { readonly mean: number; readonly tail: number } {
  const angles = [...used.keys()].flatMap((texel) => {
    const [p = [], q = []] = [a, b].map(({ data, channels }) =>
      [0, 1, 2].map((axis) => (data[texel * channels + axis] ?? 0) - 127.5),
    );
    const dot = (u: readonly number[], v: readonly number[]) => u.reduce((sum, x, axis) => sum + x * (v[axis] ?? 0), 0);
    const cosine = dot(p, q) / Math.sqrt(dot(p, p) * dot(q, q));
    return used[texel] === 1 ? [(Math.acos(Math.min(1, Math.max(-1, cosine))) * 180) / Math.PI] : [];
  });
  const sorted = angles.toSorted((x, y) => x - y);
  const last = sorted[Math.ceil(0.99 * sorted.length) - 1];
  return {
    mean: angles.reduce((sum, angle) => sum + angle, 0) / Math.max(angles.length, 1),
    tail: last === undefined ? 0 : Math.min(Math.floor(last * 20) + 1, 3600) / 20,
  };
}

/** SSIM from its definition: means, variances and covariance of each block, one after the other. */
function slowDissimilarity(a: Pixels, b: Pixels, used: Uint8Array): number {
  const luma = ({ data, channels }: Pixels, p: number) =>
    Math.fround(
      0.299 * (data[p * channels] ?? 0) + 0.587 * (data[p * channels + 1] ?? 0) + 0.114 * (data[p * channels + 2] ?? 0),
    );
  const mean = (list: readonly number[]) => list.reduce((sum, value) => sum + value, 0) / list.length;
  const scores: number[] = [];
  for (let top = 0; top + 8 <= a.height; top += 4) {
    for (let left = 0; left + 8 <= a.width; left += 4) {
      const places = Array.from({ length: 64 }, (_, i) => (top + Math.floor(i / 8)) * a.width + left + (i % 8));
      if (places.some((texel) => used[texel] === 0)) continue;
      const [x, y] = [places.map((p) => luma(a, p)), places.map((p) => luma(b, p))];
      const [mx, my] = [mean(x), mean(y)];
      const spread = (p: readonly number[], q: readonly number[]) =>
        mean(p.map((value, i) => (value - mean(p)) * ((q[i] ?? 0) - mean(q))));
      const [c1, c2] = [(0.01 * 255) ** 2, (0.03 * 255) ** 2];
      scores.push(
        ((2 * mx * my + c1) * (2 * spread(x, y) + c2)) /
          ((mx * mx + my * my + c1) * (spread(x, x) + spread(y, y) + c2)),
      );
    }
  }
  return scores.length === 0 ? 0 : 1 - mean(scores);
}

describe('measureError', () => {
  it('finds none between equal pixels', () => {
    const image = grey(16, 16, (i) => (i * 37) % 256);
    for (const kind of ['color', 'normal', 'data'] as const) {
      const { mse, meanAngle, dissimilarity } = measureError(image, image, part(kind));
      expect([mse, meanAngle, dissimilarity].map((value) => value.toFixed(4))).toEqual([
        '0.0000',
        expect.stringMatching(/^0\.00/),
        '0.0000',
      ]);
    }
  });

  it('takes the mean over colour channels and the worst channel of data', () => {
    // Red is off by 6 everywhere, green by 3, blue not at all: 36, 9 and 0.
    const source = grey(2, 2, () => 100);
    const decoded = grey(2, 2, (i) => [106, 97, 100][i % 3] ?? 0);
    expect(measureError(source, decoded, part('color')).mse).toBe(15);
    expect(measureError(source, decoded, part('data')).mse).toBe(36);
    expect(measureError(source, decoded, part('data', 'GB')).mse).toBe(9);
  });

  it('counts alpha where some slot reads it, and only there', () => {
    const source = grey(2, 2, () => 200, 4);
    const decoded = grey(2, 2, (i) => (i % 4 === 3 ? 190 : 200), 4);
    expect(measureError(source, decoded, part('color', 'RGBA')).mse).toBe(100);
    expect(measureError(source, decoded, part('color')).mse).toBe(0);
  });

  it('counts less of a colour the less of it alpha shows, and alpha for itself', () => {
    // Red is off by 10 on four texels, of which two are invisible, one is half and one wholly visible; alpha is off by 5 on one.
    const alphas = [0, 0, 128, 255];
    const source = grey(4, 1, (i) => (i % 4 === 3 ? (alphas[(i - 3) / 4] ?? 0) : 100), 4);
    const decoded = grey(4, 1, (i) => [110, 100, 100, (alphas[(i - 3) / 4] ?? 0) - (i === 15 ? 5 : 0)][i % 4] ?? 0, 4);
    const blend = { ...part('color', 'RGBA'), coverage: true };
    const { mse, alpha } = measureError(source, decoded, blend);
    expect(mse).toBeCloseTo(((10 * 128) / 255) ** 2 / 4 / 3 + 100 / 4 / 3, 9);
    expect(alpha).toBe(25 / 4);
  });

  it('counts a texel that changes sides at the cutoff as wholly wrong', () => {
    const source = grey(2, 1, (i) => (i % 4 === 3 ? 128 : 0), 4);
    const decoded = grey(2, 1, (i) => (i === 3 ? 127 : i % 4 === 3 ? 128 : 0), 4);
    const mask = { ...part('color', 'RGBA'), coverage: true, cutoffs: [0.5] };
    expect(measureError(source, decoded, mask).alpha).toBe(0.5 + 65025 / 2);
    expect(measureError(source, decoded, { ...mask, cutoffs: [0.2] }).alpha).toBe(0.5);
  });

  it('looks only at what is used', () => {
    const source = grey(2, 2, () => 100);
    const decoded = grey(2, 2, (i) => (i < 3 ? 200 : 103));
    expect(measureError(source, decoded, part('data'), Uint8Array.of(0, 1, 1, 1)).mse).toBe(9);
  });

  it('knows the angle that 99 % of normals stay below', () => {
    // One normal in a hundred lies on its side: the 99th is the last that stands.
    const up = (i: number) => [128, 128, 255][i % 3] ?? 0;
    const source = grey(100, 1, up);
    const lying = (count: number) => grey(100, 1, (i) => (i < 3 * count ? ([255, 128, 128][i % 3] ?? 0) : up(i)));
    expect(measureError(source, lying(1), part('normal')).tailAngle).toBeLessThan(0.1);
    expect(measureError(source, lying(2), part('normal')).tailAngle).toBeCloseTo(89.55, 0);
  });

  it('measures normals by their angle', () => {
    // From straight up to straight along x: a right angle, but for the rounding of 128 to 0.5 / 127.5.
    const up = grey(1, 1, (i) => [128, 128, 255][i] ?? 0);
    const aside = grey(1, 1, (i) => [255, 128, 128][i] ?? 0);
    expect(measureError(up, aside, part('normal')).meanAngle).toBeCloseTo(89.55, 1);
  });

  it('agrees with slow twins on what looks alike, on directions and on numbers', () => {
    const [width, height] = [20, 13];
    const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
    const shapes = fc.constantFrom<3 | 4>(3, 4).chain((channels) => {
      const pixels = bytes(width * height * channels);
      // Some noise leaves most angles at a few degrees, and some turns them around.
      return fc.tuple(fc.constant(channels), pixels, pixels, fc.constantFrom(0, 1, 3, 40, 255), fc.integer());
    });
    fc.assert(
      fc.property(shapes, ([channels, data, noise, strength, seed]) => {
        const source: Pixels = { width, height, channels, data };
        const moved = data.map((value, i) => Math.min(255, value + ((noise[i] ?? 0) % (strength + 1))));
        // As what comes from a decoder.
        const decoded: Pixels = { ...source, data: Buffer.from(moved) };
        const mask = Uint8Array.from({ length: width * height }, (_, i) =>
          i % width < 12 ? 1 : (seed >> (i % 31)) & 1,
        );
        for (const used of [undefined, mask]) {
          const all = used ?? new Uint8Array(width * height).fill(1);
          const seen = measureError(source, decoded, part('color'), used);
          expect(seen.dissimilarity).toBeCloseTo(slowDissimilarity(source, decoded, all), 9);
          const turned = measureError(source, decoded, part('normal'), used);
          const { mean, tail } = slowAngles(source, decoded, all);
          expect(turned.meanAngle).toBeCloseTo(mean, 9);
          expect(turned.tailAngle).toBeCloseTo(tail, 9);
          const squares = [0, 1, 2, 3].map((channel) =>
            [...all.keys()].reduce((sum, texel) => {
              const i = texel * channels + channel;
              return sum + (channel < channels && all[texel] === 1 ? ((data[i] ?? 0) - (moved[i] ?? 0)) ** 2 : 0);
            }, 0),
          );
          const count = all.reduce((sum, one) => sum + one, 0);
          expect(measureError(source, decoded, part('data', 'RGBA'), used).mse).toBe(Math.max(...squares) / count);
        }
      }),
      { seed: 51, numRuns: 100 },
    );
  });
});

describe('meets', () => {
  const bar = { mse: 4, alpha: 0, meanAngle: 1, tailAngle: 5, dissimilarity: 0.1 };
  it.each([
    ['the bar itself', bar, true],
    ['less of everything', { mse: 3, alpha: 0, meanAngle: 0.5, tailAngle: 4, dissimilarity: 0 }, true],
    ['more of one', { mse: 0, alpha: 0, meanAngle: 0, tailAngle: 0, dissimilarity: 0.11 }, false],
    ['a longer tail', { ...bar, tailAngle: 5.05 }, false],
    ['a little alpha where the bar lost none', { ...bar, alpha: 0.01 }, false],
  ])('judges %s', (_what, error, expected) => expect(meets(error, bar)).toBe(expected));
});

describe('partOf', () => {
  const use = (kind: ImagePart['kind'], channels: 'R' | 'G' | 'GB' | 'RGB' | 'RGBA') => ({
    slot: 's',
    kind,
    channels,
    material: 0,
    texture: 0,
  });
  it.each([
    ['one slot', [use('color', 'RGB')], part('color')],
    ['occlusion beside roughness', [use('data', 'R'), use('data', 'GB')], part('data')],
    ['colour that is also data', [use('color', 'RGB'), use('data', 'R')], part('data')],
    ['colour with and without alpha', [use('color', 'RGB'), use('color', 'RGBA')], part('color', 'RGBA')],
    ['an id texture beside a colour', [use('color', 'RGB'), use('exact', 'RGBA')], part('exact', 'RGBA')],
    ['no use at all', [], part('exact', '')],
  ])('joins %s', (_what, uses, expected) => expect(partOf(uses)).toEqual(expected));

  it('remembers where alpha is cut', () => {
    const cut = { ...use('color', 'RGBA'), coverage: true };
    const found = partOf([{ ...cut, cutoff: 0.7 }, cut, { ...cut, cutoff: 0.3 }, { ...cut, cutoff: 0.7 }]);
    expect(found).toMatchObject({ coverage: true, cutoffs: [0.3, 0.7] });
  });
});
