import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { comparePictures, silhouetteBox } from '../../src/compare/picture-diff.ts';
import { flipMap, type Picture, prepare } from '../../src/compare/pixels.ts';
import { slowFlipMap } from './slow-flip.ts';

type Rgb = readonly [number, number, number];

const BACKGROUND = 0xe9ecf0;

function picture(width: number, height: number, colourAt: (x: number, y: number) => Rgb): Picture {
  const rgba = new Uint8Array(width * height * 4);
  for (let i = 0; i < width * height; i++) rgba.set([...colourAt(i % width, Math.floor(i / width)), 255], i * 4);
  return { width, height, rgba };
}

const whole = ({ width, height }: Picture) => ({ left: 0, top: 0, right: width, bottom: height });

function flipOfColours(a: Rgb, b: Rgb): number {
  const [first, second] = [picture(48, 48, () => a), picture(48, 48, () => b)];
  return flipMap(prepare(first, whole(first)), prepare(second, whole(second)))[24 * 48 + 24] ?? Number.NaN;
}

/** A model of one colour in the middle of the guard's background. */
function modelPicture(size: number, colourAt: (x: number, y: number) => Rgb): Picture {
  const edge = size / 4;
  const inside = (v: number) => v >= edge && v < size - edge;
  return picture(size, size, (x, y) => (inside(x) && inside(y) ? colourAt(x, y) : [0xe9, 0xec, 0xf0]));
}

describe('FLIP', () => {
  it.each([
    // The first two are the paper's largest difference and its black against white; the greys were measured apart.
    ['green and blue are as different as colours can be', [0, 255, 0], [0, 0, 255], 1],
    ['black and white', [0, 0, 0], [255, 255, 255], 0.967],
    ['a grey and the next', [128, 128, 128], [129, 129, 129], 0.03],
    ['a grey and two steps', [128, 128, 128], [130, 130, 130], 0.049],
    ['a grey and four steps', [128, 128, 128], [132, 132, 132], 0.079],
    ['a grey and eight steps', [128, 128, 128], [136, 136, 136], 0.128],
    ['a grey and sixteen steps', [128, 128, 128], [144, 144, 144], 0.207],
  ] as const)('%s', (_sentence, a, b, expected) => {
    expect(Math.abs(flipOfColours(a, b) - expected)).toBeLessThan(0.0011);
  });

  it('agrees with a slow, obvious twin written with whole two-dimensional filters', () => {
    const size = fc.record({ width: fc.integer({ min: 12, max: 26 }), height: fc.integer({ min: 12, max: 26 }) });
    const pair = size.chain(({ width, height }) => {
      const bytes = fc.uint8Array({ minLength: width * height * 4, maxLength: width * height * 4 });
      return fc.tuple(bytes, bytes).map(([a, b]) => [
        { width, height, rgba: a },
        { width, height, rgba: b },
      ]);
    });
    fc.assert(
      fc.property(pair, ([a, b]) => {
        if (a === undefined || b === undefined) return;
        const fast = flipMap(prepare(a, whole(a)), prepare(b, whole(b)));
        const slow = slowFlipMap(a, b);
        for (const [i, value] of fast.entries()) expect(Math.abs(value - (slow[i] ?? 9))).toBeLessThan(2e-3);
      }),
      { numRuns: 6 },
    );
  }, 60_000);

  it('gives the same values inside a box as on the whole picture, when all around is flat', () => {
    const a = modelPicture(96, (x, y) => [(x * 7) % 256, (y * 11) % 256, 90]);
    const b = modelPicture(96, (x, y) => [(x * 7 + 30) % 256, (y * 11) % 256, 90]);
    const box = silhouetteBox([a, b], BACKGROUND);
    if (box === null) throw new Error('there is a model');
    expect(box).toEqual({ left: 16, top: 16, right: 80, bottom: 80 });
    const inside = flipMap(prepare(a, box), prepare(b, box));
    const all = flipMap(prepare(a, whole(a)), prepare(b, whole(b)));
    for (let y = box.top; y < box.bottom; y++) {
      for (let x = box.left; x < box.right; x++) {
        expect(inside[(y - box.top) * 64 + x - box.left]).toBeCloseTo(all[y * 96 + x] ?? 9, 4);
      }
    }
  });
});

describe('D', () => {
  it('is 0 for equal pixels, whatever their alpha', () => {
    const a = modelPicture(64, () => [200, 30, 20]);
    const b = { ...a, rgba: a.rgba.map((value, i) => (i % 4 === 3 ? 7 : value)) };
    expect(comparePictures(a, b, BACKGROUND)).toMatchObject({ score: 0, mean: 0, p95: 0, worstTile: 0 });
  });

  it('is 0 when both show nothing but background', () => {
    const empty = picture(64, 64, () => [0xe9, 0xec, 0xf0]);
    expect(comparePictures(empty, empty, BACKGROUND).score).toBe(0);
  });

  it('is the mean over .06 at 1024 px and over .055 at 512 px for an even shift', () => {
    const [at512, at1024] = [512, 1024].map((size) =>
      comparePictures(
        modelPicture(size, () => [128, 128, 128]),
        modelPicture(size, () => [132, 132, 132]),
        BACKGROUND,
      ),
    );
    // .079 everywhere but at the rim: mean / .055 = 1.43, p95 / .1 = .79 and tile / .17 = .46.
    expect(at512?.score).toBeCloseTo((at512?.mean ?? 0) / 0.055, 6);
    expect(at1024?.score).toBeCloseTo((at1024?.mean ?? 0) / 0.06, 6);
    expect(at512?.mean).toBeGreaterThan(0.07);
    expect(at512?.mean).toBeLessThan(0.08);
  });

  it('finds a hue that turns everywhere at equal lightness by the cast, and takes noise of the same strength for noise', () => {
    const plain = modelPicture(1024, () => [150, 110, 90]);
    const turned = comparePictures(
      plain,
      modelPicture(1024, () => [148, 111, 87]),
      BACKGROUND,
    );
    const noisy = comparePictures(
      plain,
      modelPicture(1024, (x, y) => ((x + y) % 2 === 0 ? [148, 111, 87] : [152, 109, 93])),
      BACKGROUND,
    );
    expect(turned.score).toBeCloseTo(turned.cast / 0.5, 6);
    expect(turned.score).toBeGreaterThan(1.5);
    expect(Math.max(turned.mean / 0.06, turned.p95 / 0.14, turned.worstTile / 0.2)).toBeLessThan(1.5);
    expect(noisy.cast).toBeLessThan(turned.cast / 10);
  });

  it('finds a lost part by the worst tile, which the mean and the 95th percentile do not see', () => {
    const size = 1024;
    const a = modelPicture(size, () => [128, 128, 128]);
    const hole = modelPicture(size, (x, y) =>
      x >= 512 && x < 544 && y >= 512 && y < 544 ? [233, 236, 240] : [128, 128, 128],
    );
    const diff = comparePictures(a, hole, BACKGROUND);
    expect(diff.mean / 0.06).toBeLessThan(0.2);
    expect(diff.p95).toBeLessThan(0.01);
    expect(diff.score).toBeGreaterThan(1.5);
  });

  it('counts what sticks out of the reference, with and without a prepared reference', () => {
    const a = modelPicture(128, () => [40, 90, 200]);
    const b = picture(128, 128, (x, y) =>
      (x >= 32 && x < 96 && y >= 32 && y < 96) || (x >= 4 && x < 16 && y < 60) ? [40, 90, 200] : [0xe9, 0xec, 0xf0],
    );
    const box = silhouetteBox([a], BACKGROUND);
    const prepared = box && prepare(a, box);
    const diff = comparePictures(a, b, BACKGROUND, prepared);
    expect(diff.score).toBeGreaterThan(1.5);
    expect(diff.score).toBe(comparePictures(a, b, BACKGROUND).score);
  });

  it('uses a prepared reference without changing the result', () => {
    const a = modelPicture(128, (x) => [x, 90, 200]);
    const b = modelPicture(128, (x) => [x + 9, 90, 190]);
    const box = silhouetteBox([a], BACKGROUND);
    const prepared = box && prepare(a, box);
    expect(comparePictures(a, b, BACKGROUND, prepared)).toEqual(comparePictures(a, b, BACKGROUND));
  });
});
