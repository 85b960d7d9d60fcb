import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { decodeImage } from '../../src/optimize/image-codec.ts';
import type { ImagePart } from '../../src/optimize/image-error.ts';
import { searchEncoding } from '../../src/optimize/image-search.ts';
import { drawingsOf } from '../../src/optimize/texel-draw.ts';
import { clouds, picture } from '../make-glb.ts';

const COLOR: ImagePart = { kind: 'color', reads: [true, true, true, false], coverage: false, cutoffs: [] };

let png: Uint8Array;
beforeAll(async () => {
  png = await picture([64, 64], 'png', clouds);
});

const lossy = (quality: number) =>
  ({ level: { kind: 'lossy', quality }, webp: true, avif: false, maxSizePx: null }) as const;

describe('decodeImage', () => {
  it('ignores colour profiles, as glTF demands', async () => {
    const profiled = Uint8Array.from(await sharp(png).withIccProfile('p3').png().toBuffer());
    const stripped = Uint8Array.from(await sharp(profiled, { ignoreIcc: true }).png().toBuffer());
    expect((await sharp(profiled).metadata()).icc).toBeDefined();
    expect((await decodeImage(profiled, 'drop')).data).toEqual((await decodeImage(stripped, 'drop')).data);
  });

  it('takes the high byte of 16 bits a channel', async () => {
    const values = Uint16Array.from({ length: 16 * 3 }, (_, i) => i * 1300 + 77);
    const raw = { width: 4, height: 4, channels: 3 } as const;
    const deep = await sharp(values, { raw }).toColourspace('rgb16').png().toBuffer();
    expect((await sharp(deep).metadata()).depth).toBe('ushort');
    expect([...(await decodeImage(Uint8Array.from(deep), 'drop')).data]).toEqual(
      [...values].map((value) => value >> 8),
    );
  });
});

const SPOTS = [
  [200, 30, 90],
  [10, 180, 60],
  [90, 20, 240],
  [250, 250, 10],
] as const;

describe('flat images', () => {
  it('shrink to 4 px where all that is read has one colour', async () => {
    const red = await picture([64, 32], 'png', () => [200, 10, 10]);
    const { width, height, channels, data } = await decodeImage(
      (await searchEncoding(red, COLOR, lossy(80))).bytes,
      'drop',
    );
    expect([width, height, channels]).toEqual([4, 2, 3]);
    expect([...new Set(data)]).toEqual([200, 10]);
    // One other texel is enough to keep the size, unless no triangle reads it.
    const spot = await picture([64, 64], 'png', (x, y) => (x === 45 && y === 45 ? [0, 0, 0] : [200, 10, 10]));
    expect((await decodeImage((await searchEncoding(spot, COLOR, lossy(80))).bytes, 'drop')).width).toBe(64);
    const corner = {
      uvs: Float32Array.of(0, 0, 0.4, 0, 0, 0.4),
      corners: [0, 1, 2],
      offset: [0, 0],
      scale: [1, 1],
      wrap: [33071, 33071],
    } as const;
    const drawing = drawingsOf(new Map([[0, [corner]]]))(0);
    expect((await decodeImage((await searchEncoding(spot, COLOR, lossy(80), drawing)).bytes, 'drop')).width).toBe(4);
  });

  it('become PNG with a palette where the target reads no WebP, bit for bit', async () => {
    const art = await picture(
      [64, 64],
      'png',
      (x, y) => SPOTS[((x >> 1) * 7 + (y >> 1) * 5 + ((x * y) >> 5)) % 4] ?? [0, 0, 0],
    );
    const found = await searchEncoding(art, COLOR, { ...lossy(80), webp: false });
    expect(found.encoding).toEqual({ codec: 'png', adaptive: false, palette: true });
    expect((await decodeImage(found.bytes, 'drop')).data).toEqual((await decodeImage(art, 'drop')).data);
  });
});
