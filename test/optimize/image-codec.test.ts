/** What encoders are told, seen in what decoders give back. */
import { describe, expect, it } from 'vitest';
import { decodeImage, encodeImage, type Pixels } from '../../src/optimize/image-codec.ts';

const SIDE = 96;

/** Noise around slow changes, as relief has; alpha from `alphaOf`. */
function relief(channels: 3 | 4, alphaOf: (texel: number) => number = () => 255): Pixels {
  const data = new Uint8Array(SIDE * SIDE * channels);
  let seed = 7;
  for (let texel = 0; texel < SIDE * SIDE; texel++) {
    for (let c = 0; c < channels; c++) {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
      data[texel * channels + c] = c === 3 ? alphaOf(texel) : 90 + (texel % SIDE) + (seed >>> 28);
    }
  }
  return { data, width: SIDE, height: SIDE, channels };
}

function mostApart(one: Pixels, other: Pixels): number {
  return one.data.reduce((most, value, i) => Math.max(most, Math.abs(value - (other.data[i] ?? 0))), 0);
}

async function throughNear(pixels: Pixels, level: number) {
  const bytes = await encodeImage(pixels, { codec: 'webp-near', level });
  const lossless = await encodeImage(pixels, { codec: 'webp-lossless', effort: 4 });
  const decoded = await decodeImage(bytes, pixels.channels === 4 ? 'keep' : 'drop');
  return { ratio: bytes.byteLength / lossless.byteLength, apart: mostApart(pixels, decoded), decoded };
}

describe('near-lossless WebP', () => {
  it.each([
    ['opaque', relief(3)],
    ['with numbers in alpha', relief(4, (texel) => 1 + (texel % 250))],
  ])('rounds values a little, for fewer bytes than lossless: %s', async (_name, pixels) => {
    const rough = await throughNear(pixels, 20);
    const fine = await throughNear(pixels, 60);
    expect(rough.ratio).toBeLessThan(fine.ratio);
    expect(fine.ratio).toBeLessThan(0.95);
    // Level 20 may round to multiples of 16, level 60 to those of 4.
    expect(rough.apart).toBeLessThanOrEqual(16);
    expect(fine.apart).toBeLessThanOrEqual(4);
    expect(fine.apart).toBeGreaterThan(0);
  });

  it('keeps the colour of what is fully transparent, for filtering reads it', async () => {
    const pixels = relief(4, (texel) => (texel % 5 === 0 ? 0 : 255));
    expect((await throughNear(pixels, 20)).apart).toBe(0);
  });
});
