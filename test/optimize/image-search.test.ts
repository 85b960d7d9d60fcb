/** Searches that windows could lead astray, judged by all texels. */
import { describe, expect, it } from 'vitest';
import { decodeImage, encodeImage, type Pixels } from '../../src/optimize/image-codec.ts';
import { type ImagePart, measureError, meets } from '../../src/optimize/image-error.ts';
import { referencesOf } from '../../src/optimize/image-lossy.ts';
import { searchEncoding } from '../../src/optimize/image-search.ts';
import { clouds, picture, random } from '../make-glb.ts';

const PACKED: ImagePart = { kind: 'data', reads: [true, true, true, false], coverage: false, cutoffs: [] };

const COLOR: ImagePart = { ...PACKED, kind: 'color' };

describe('searchEncoding by AVIF', () => {
  // Trials of these two end within a hundredth of the bar, on either side.
  it.each([1, 7])(
    'is no worse than plain WebP 80 or plain AVIF 50, and not nearly so (%i)',
    async (seed) => {
      const value = random(seed);
      const noisy = (x: number, y: number) =>
        clouds(x * (1 + (seed % 3)), y + seed * 17).map((v) =>
          Math.max(0, Math.min(255, Math.round(v + (value() - 0.5) * 12 * (seed % 4)))),
        );
      const png = await picture([96, 96], 'png', noisy);
      const level = { kind: 'lossy', quality: 68, withAvif: { webp: 80, avif: 50 } } as const;
      const found = await searchEncoding(png, COLOR, { level, webp: true, avif: true, maxSizePx: null });
      const source = await decodeImage(png, 'drop');
      const errorOf = async (bytes: Uint8Array) => measureError(source, await decodeImage(bytes, 'drop'), COLOR);
      const bars = await Promise.all([
        encodeImage(source, { codec: 'webp', quality: 80, smart: false, effort: 4 }),
        encodeImage(source, { codec: 'avif', quality: 50, tune: 'iq', effort: 4, subsampling: '4:4:4' }),
      ]);
      const error = await errorOf(found.bytes);
      const allowed = await Promise.all(bars.map(async (bar) => meets(error, await errorOf(bar))));
      expect(found.encoding.codec).toBe('avif');
      expect(allowed).toContain(true);
    },
    60_000,
  );
});

describe('searchEncoding near the source', () => {
  it.each([
    ['takes AVIF of full chroma where that is allowed and smaller', { avif: true, level: 85 }, 'avif'],
    ['takes near-lossless where it is not allowed', { avif: false, level: 85 }, 'webp-near'],
    ['takes near-lossless where the level names no AVIF', { avif: true, level: undefined }, 'webp-near'],
  ])('%s', async (_sentence, { avif, level }, codec) => {
    const value = random(3);
    const pixels = Array.from({ length: 128 * 128 }, (_, i) => clouds(i % 128, i >> 7));
    const data = Uint8Array.from(pixels.flat(), (v) => Math.round(v * 0.9 + value() * 12));
    const source: Pixels = { data, width: 128, height: 128, channels: 3 };
    const png = await encodeImage(source, { codec: 'png', adaptive: false, palette: false });
    const near = { kind: 'near', level: 20, ...(level === undefined ? {} : { avif: level }) } as const;
    const found = await searchEncoding(png, PACKED, { level: near, webp: true, avif, maxSizePx: null });
    expect(found.encoding.codec).toBe(codec);
  });
});

describe('what a careful level is held to', () => {
  it.each([
    [3, 6],
    [4, 4],
  ] as const)('is what WebP of %i channels does at effort %i, for alpha takes a minute at 6', (channels, effort) => {
    const codecs = { webp: true, avif: false };
    const [reference] = referencesOf({ kind: 'lossy', quality: 90, careful: true }, codecs, channels);
    expect(reference).toEqual({ codec: 'webp', quality: 90, smart: true, effort });
  });
});

describe('searchEncoding of an image larger than its windows', () => {
  it('finds packed numbers far smaller than plain WebP, and no worse over all of a large image', async () => {
    // Tiles of numbers that have nothing to do with each other, and noise: the chroma of plain WebP is far off at their edges.
    const value = random(7);
    const tiles = Uint8Array.from({ length: 43 * 43 * 3 }, () => Math.floor(value() * 240));
    const data = new Uint8Array(1024 * 1024 * 3);
    for (let i = 0; i < data.length; i++) {
      const [x, y] = [Math.floor(i / 3) % 1024, Math.floor(i / 3072)];
      const tile = Math.floor(y / 25) * 43 + Math.floor(x / 25);
      data[i] = (tiles[tile * 3 + (i % 3)] ?? 0) + Math.floor(value() * 16);
    }
    const source: Pixels = { data, width: 1024, height: 1024, channels: 3 };
    const packed = await encodeImage(source, { codec: 'png', adaptive: false, palette: false });
    const found = await searchEncoding(packed, PACKED, {
      level: { kind: 'lossy', quality: 80 },
      webp: true,
      avif: false,
      maxSizePx: null,
    });
    const plain = await encodeImage(source, { codec: 'webp', quality: 80, smart: false, effort: 4 });
    const errorOf = async (bytes: Uint8Array) => measureError(source, await decodeImage(bytes, 'drop'), PACKED);
    expect(found.encoding).toMatchObject({ codec: 'webp', smart: true });
    expect(meets(await errorOf(found.bytes), await errorOf(plain))).toBe(true);
    expect(found.bytes.byteLength).toBeLessThan(plain.byteLength * 0.8);
  }, 120_000);
});
