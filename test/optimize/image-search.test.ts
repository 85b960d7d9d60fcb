/** Searches that windows could lead astray, judged by all texels. */
import { describe, expect, it } from 'vitest';
import { decodeImage, encodeImage, type Pixels } from '../../src/optimize/image-codec.ts';
import { type ImagePart, measureError, meets } from '../../src/optimize/image-error.ts';
import { searchEncoding } from '../../src/optimize/image-search.ts';
import { random } from '../make-glb.ts';

const PACKED: ImagePart = { kind: 'data', reads: [true, true, true, false], coverage: false, cutoffs: [] };

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
