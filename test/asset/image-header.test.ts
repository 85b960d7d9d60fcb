import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { imageSize } from '../../src/asset/image-size.ts';
import { avif, jpeg, ktx2, png, webpCanvas, webpLossless } from '../hostile/image-bytes.ts';

describe('imageSize', () => {
  it.each([
    ['png', {}],
    ['jpeg', { progressive: true }],
    ['jpeg', { progressive: false }],
    ['webp', { lossless: true }],
    ['webp', { lossless: false }],
    ['avif', {}],
  ] as const)('reads what sharp writes: %s %j', async (format, options) => {
    for (const [width, height] of [
      [1, 1],
      [37, 101],
      [1024, 16],
    ] as const) {
      const image = sharp({ create: { width, height, channels: 4, background: '#8888' } });
      const bytes = new Uint8Array(await image.toFormat(format, options).toBuffer());
      expect(imageSize(bytes)).toEqual({ width, height });
    }
  });

  it.each([
    ['PNG', png(60_000, 50_000), { width: 60_000, height: 50_000 }],
    ['JPEG, by its largest frame', jpeg(8, 8, [65_535, 4]), { width: 65_535, height: 4 }],
    ['WebP, by its canvas', webpCanvas(16_777_216, 5), { width: 16_777_216, height: 5 }],
    ['lossless WebP', webpLossless(16_384, 7), { width: 16_384, height: 7 }],
    ['AVIF', avif(70_000, 3), { width: 70_000, height: 3 }],
    ['KTX2, with all its layers', ktx2({ width: 8, height: 4, layers: 10 }), { width: 8, height: 40 }],
  ])('believes the header of a %s', (_kind, bytes, size) => expect(imageSize(bytes)).toEqual(size));

  it('throws at no beginning of any of them, and reads no size beyond it', () => {
    for (const bytes of [
      png(8, 8),
      jpeg(8, 8, [9, 9]),
      webpCanvas(8, 8),
      webpLossless(8, 8),
      avif(8, 8),
      ktx2({ width: 8, height: 8 }),
    ])
      for (let length = 0; length < bytes.byteLength; length++) imageSize(bytes.slice(0, length));
  });
});
