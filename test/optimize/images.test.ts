import type { GLTF } from '@gltf-transform/core';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { accessorsReady } from '../../src/asset/accessors.ts';
import { decodeImage, encodeImage } from '../../src/optimize/image-codec.ts';
import { type ImagePart, measureError, meets } from '../../src/optimize/image-error.ts';
import { takeBands, takeSample } from '../../src/optimize/image-sample.ts';
import { searchEncoding } from '../../src/optimize/image-search.ts';
import { encodeImages } from '../../src/optimize/images.ts';
import { packReady } from '../../src/optimize/pack.ts';
import { levelOf, startOf } from '../../src/optimize/settings.ts';
import { clouds, picture, startGlb } from '../make-glb.ts';
import { tryStep } from './bench.ts';

const COLOR: ImagePart = { kind: 'color', reads: [true, true, true, false], coverage: false, cutoffs: [] };
const COLOR_ALPHA: ImagePart = { kind: 'color', reads: [true, true, true, true], coverage: true, cutoffs: [] };

let png: Uint8Array;
let withAlpha: Uint8Array;
beforeAll(async () => {
  await Promise.all([accessorsReady, packReady]);
  png = await picture([64, 64], 'png', clouds);
  withAlpha = await picture([64, 64], 'png', (x, y) => [...clouds(x, y), (x * 4) % 256]);
});

const lossy = (quality: number) =>
  ({ level: { kind: 'lossy', quality }, webp: true, avif: false, maxSizePx: null }) as const;

describe('searchEncoding', () => {
  it.each([68, 80, 90])('is no worse than plain WebP of quality %i, and no larger', async (quality) => {
    const found = await searchEncoding(png, COLOR, lossy(quality));
    const source = await decodeImage(png, 'drop');
    const plain = await encodeImage(source, { codec: 'webp', quality, smart: false, effort: 4 });
    const errorOf = async (bytes: Uint8Array) => measureError(source, await decodeImage(bytes, 'drop'), COLOR);
    expect(meets(await errorOf(found.bytes), await errorOf(plain))).toBe(true);
    expect(found.bytes.byteLength).toBeLessThanOrEqual(plain.byteLength);
  });

  it('keeps alpha where it is read and drops it where nobody looks', async () => {
    expect((await sharp((await searchEncoding(withAlpha, COLOR_ALPHA, lossy(80))).bytes).metadata()).hasAlpha).toBe(
      true,
    );
    expect((await sharp((await searchEncoding(withAlpha, COLOR, lossy(80))).bytes).metadata()).hasAlpha).toBe(false);
  });

  it('never touches the alpha that one looks through, and loses of numbers in alpha no more than of colour', async () => {
    const source = await decodeImage(withAlpha, 'keep');
    const alphaOf = ({ data }: { readonly data: Uint8Array }) => data.filter((_, i) => i % 4 === 3);
    const seen = await searchEncoding(withAlpha, COLOR_ALPHA, lossy(80));
    expect(alphaOf(await decodeImage(seen.bytes, 'keep'))).toEqual(alphaOf(source));
    const numbers = { ...COLOR_ALPHA, coverage: false };
    const found = await searchEncoding(withAlpha, numbers, lossy(80));
    const plain = await encodeImage(source, { codec: 'webp', quality: 80, smart: false, effort: 4 });
    const errorOf = async (bytes: Uint8Array) => measureError(source, await decodeImage(bytes, 'keep'), numbers);
    expect(meets(await errorOf(found.bytes), await errorOf(plain))).toBe(true);
  });

  it('treats an alpha channel that is opaque everywhere as none', async () => {
    const opaque = await picture([64, 64], 'png', (x, y) => [...clouds(x, y), 255]);
    const found = await searchEncoding(opaque, COLOR_ALPHA, lossy(80));
    expect(found.bytes).toEqual((await searchEncoding(png, COLOR_ALPHA, lossy(80))).bytes);
    expect((await sharp(found.bytes).metadata()).hasAlpha).toBe(false);
  });

  it('never gives alpha to JPEG', async () => {
    const found = await searchEncoding(withAlpha, COLOR_ALPHA, { ...lossy(80), webp: false });
    expect(found.mimeType).toBe('image/png');
    expect((await decodeImage(found.bytes, 'keep')).data).toEqual((await decodeImage(withAlpha, 'keep')).data);
  });

  it('keeps every pixel where the level is lossless', async () => {
    const found = await searchEncoding(png, COLOR, { ...lossy(80), level: { kind: 'lossless' } });
    expect((await decodeImage(found.bytes, 'drop')).data).toEqual((await decodeImage(png, 'drop')).data);
  });

  it('keeps the colour under what cannot be seen: filtering reads it', async () => {
    const ghost = await picture([32, 32], 'png', (x, y) => [...clouds(x, y), x < 16 ? 0 : 255]);
    const found = await searchEncoding(ghost, COLOR_ALPHA, { ...lossy(80), level: { kind: 'lossless' } });
    expect((await decodeImage(found.bytes, 'keep')).data).toEqual((await decodeImage(ghost, 'keep')).data);
  });

  it.each([
    [[100, 40], 50, [50, 20]],
    [[40, 100], 50, [20, 50]],
    [[40, 30], 50, [40, 30]],
  ] as const)('reduces %o to %i px on the longer edge: %o', async (size, maxSizePx, expected) => {
    const found = await searchEncoding(await picture(size, 'png', clouds), COLOR, { ...lossy(80), maxSizePx });
    const { width, height } = await sharp(found.bytes).metadata();
    expect([width, height]).toEqual(expected);
  });

  it('throws on bytes that are no image, so that the step leaves them', async () => {
    await expect(searchEncoding(Uint8Array.of(1, 2, 3), COLOR, lossy(80))).rejects.toThrow();
  });
});

describe('takeSample', () => {
  // Red is the column of a pixel and green its row.
  const pixels = {
    data: Uint8Array.from(
      { length: 16 * 16 * 3 },
      (_, i) => [Math.floor(i / 3) % 16, Math.floor(i / 48), 0][i % 3] ?? 0,
    ),
    width: 16,
    height: 16,
    channels: 3,
  } as const;
  const cornersOf = (data: Uint8Array) =>
    Array.from({ length: data.length / 12 }, (_, k) => [...data.subarray(k * 12, k * 12 + 2)]);

  it('takes a window out of the middle of each of sixteen parts', () => {
    const sample = takeSample({ pixels, used: undefined }, 2);
    expect([sample.pixels.width, sample.pixels.height]).toEqual([2, 32]);
    expect(cornersOf(sample.pixels.data)).toEqual(
      [1, 5, 9, 13].flatMap((row) => [1, 5, 9, 13].map((column) => [column, row])),
    );
  });

  it('counts the frame of a window as not used', () => {
    const used = new Uint8Array(256).fill(1);
    for (const known of [undefined, used]) {
      const sample = takeSample({ pixels, used: known }, 3, 1);
      expect([sample.pixels.width, sample.pixels.height]).toEqual([3, 48]);
      expect(Array.from({ length: 16 }, (_, k) => [...(sample.used ?? []).slice(k * 9, k * 9 + 9)])).toEqual(
        Array.from({ length: 16 }, () => [0, 0, 0, 0, 1, 0, 0, 0, 0]),
      );
    }
  });

  it('takes every fourth band of rows, and small images whole', () => {
    const [width, height] = [4, 160_000];
    const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => Math.floor(i / (width * 3 * 32)) % 4);
    const bands = takeBands({ data, width, height, channels: 3 }, 32);
    expect([bands.width, bands.height]).toEqual([4, 40_000]);
    expect(bands.data.every((value) => value === 0)).toBe(true);
    const small = { data: data.subarray(0, 12 * 640), width: 4, height: 640, channels: 3 } as const;
    expect(takeBands(small, 32)).toBe(small);
  });

  it('goes where texels are used, and nowhere else', () => {
    const used = new Uint8Array(256);
    // The lower right corner of the second part, and nothing but it.
    for (const [x, y] of [
      [6, 2],
      [7, 2],
      [6, 3],
      [7, 3],
    ] as const)
      used[y * 16 + x] = 1;
    const sample = takeSample({ pixels, used }, 2);
    expect(cornersOf(sample.pixels.data)).toEqual([[6, 2]]);
    expect(sample.used).toEqual(Uint8Array.of(1, 1, 1, 1));
  });
});

/** One image in one slot. */
function file(bytes: Uint8Array, material: GLTF.IMaterial, mimeType = 'image/png') {
  const bench = startGlb();
  bench.json.materials = [material];
  bench.json.textures = [{ source: bench.image(bytes, mimeType) }];
  return bench.source();
}
const COLOURED: GLTF.IMaterial = { pbrMetallicRoughness: { baseColorTexture: { index: 0 } } };

async function encoded(source: ReturnType<typeof file>, options: { readonly webp?: boolean } = {}) {
  const step = encodeImages(
    { levelOf: (kind) => levelOf(startOf('balanced'), kind), webp: options.webp ?? true, avif: false, maxSizePx: null },
    new Map(),
  );
  const { glb, kind, why } = await tryStep(source, [step]);
  const view = glb.json.bufferViews?.[glb.json.images?.[0]?.bufferView ?? -1];
  const start = view?.byteOffset ?? 0;
  return { glb, kind, why, image: glb.bin.slice(start, start + (view?.byteLength ?? 0)) };
}

describe('encodeImages', () => {
  it('turns a PNG into WebP, and the texture says so', async () => {
    const { glb, kind } = await encoded(file(png, COLOURED));
    expect(kind).toBe('changed');
    expect(glb.json.textures).toEqual([{ extensions: { EXT_texture_webp: { source: 0 } } }]);
    expect(glb.json.images?.[0]?.mimeType).toBe('image/webp');
    expect(glb.json.extensionsRequired).toEqual(['EXT_texture_webp']);
  });

  it('stays with PNG and JPEG where the target reads no WebP', async () => {
    const { glb } = await encoded(file(png, COLOURED), { webp: false });
    expect(glb.json.images?.[0]?.mimeType).toMatch(/png|jpeg/);
    expect(glb.json.extensionsRequired).toBeUndefined();
  });

  it.each([
    [
      'numbers that EXT_mesh_features reads',
      (source: GLTF.IGLTF) =>
        Object.assign(source, {
          extensionsUsed: ['EXT_mesh_features'],
          meshes: [
            {
              primitives: [
                {
                  attributes: {},
                  extensions: {
                    EXT_mesh_features: { featureIds: [{ featureCount: 2, texture: { index: 0, channels: [0] } }] },
                  },
                },
              ],
            },
          ],
        }),
    ],
    [
      'bytes that an unknown extension may read',
      (source: GLTF.IGLTF) =>
        Object.assign(source, { extensionsUsed: ['ACME_x'], extensions: { ACME_x: { maskView: 0 } } }),
    ],
    ['an image that nothing names', (source: GLTF.IGLTF) => Object.assign(source, { materials: [] })],
  ])('leaves %s bit for bit', async (_what, change) => {
    const source = file(png, COLOURED);
    change(source.json);
    const { image, kind } = await encoded(source);
    expect(kind).toBe('skipped');
    expect(image).toEqual(png);
  });

  it.each([
    [
      'a KTX2 image',
      Uint8Array.from([0xab, 0x4b, 0x54, 0x58, 0x20, 0x32, 0x30, 0xbb, 0x0d, 0x0a, 0x1a, 0x0a, 1, 2, 3, 4]),
      'KTX2',
    ],
    ['bytes of no known kind', new TextEncoder().encode('<svg xmlns="http://www.w3.org/2000/svg"/>'), 'not a PNG'],
    [
      'a PNG that is cut off',
      Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 1]),
      'cannot be decoded',
    ],
  ])('leaves %s, and says why', async (_what, bytes, why) => {
    const result = await encoded(file(bytes, COLOURED));
    expect(result).toMatchObject({ kind: 'skipped', why: expect.stringContaining(why) });
    expect(result.image).toEqual(bytes);
  });

  it.each([
    ['that EXIF turns', () => sharp(png).jpeg({ quality: 98 }).withMetadata({ orientation: 6 }), 'EXIF'],
    ['in CMYK', () => sharp(png).toColourspace('cmyk').jpeg({ quality: 98 }), 'CMYK'],
  ] as const)('leaves a JPEG %s, and says why', async (_what, make, why) => {
    const bytes = Uint8Array.from(await make().toBuffer());
    const result = await encoded(file(bytes, COLOURED, 'image/jpeg'));
    expect(result).toMatchObject({ kind: 'skipped', why: expect.stringContaining(why) });
    expect(result.image).toEqual(bytes);
  });

  it('leaves AVIF', async () => {
    const avif = await picture([32, 32], 'avif', clouds);
    expect((await encoded(file(avif, COLOURED, 'image/avif'))).image).toEqual(avif);
  });

  it('leaves the WebP beside a fallback where the target reads no WebP', async () => {
    const bench = startGlb();
    bench.json.materials = [COLOURED];
    const webp = Uint8Array.from(await sharp(png).webp({ lossless: true }).toBuffer());
    const source = bench.image(png, 'image/png');
    bench.json.textures = [{ source, extensions: { EXT_texture_webp: { source: bench.image(webp, 'image/webp') } } }];
    const { glb } = await encoded(bench.source(), { webp: false });
    expect(glb.json.images?.[1]?.mimeType).toBe('image/webp');
  });

  it('keeps the bytes when a new encoding would save next to nothing', async () => {
    const flat = await sharp({ create: { width: 8, height: 8, channels: 3, background: 'red' } })
      .png()
      .toBuffer();
    const { image: small } = await encoded(file(Uint8Array.from(flat), COLOURED, 'image/png'));
    expect(await encoded(file(small, COLOURED, 'image/webp'))).toMatchObject({
      kind: 'skipped',
      why: expect.stringContaining('already as small'),
    });
  });

  it('never loses a second time what lossy WebP lost already', async () => {
    const lossy = Uint8Array.from(await sharp(png).webp({ quality: 92 }).toBuffer());
    expect(await encoded(file(lossy, COLOURED, 'image/webp'))).toMatchObject({
      kind: 'skipped',
      why: expect.stringContaining('a second loss'),
    });
  });
});
