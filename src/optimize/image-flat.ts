/** Encodings that keep every bit, or nearly: for flat art, palettes, one colour, and where nothing may be lost. */
import { decodeImage, type Encoding, encodeImage, type Found, type Pixels, toFound } from './image-codec.ts';

/** WebP and PNG index at most this many colours. */
const PALETTE_COLORS = 256;
/** A slow search is for palettes up to this: what saves bytes may not take seconds. */
const SLOW_SEARCH_PIXELS = 512 * 512;
/** Effort 6 takes four to eleven seconds a megapixel: it halves tiny palettes, and finds little in larger ones that 5 does not. */
const SLOWEST_SEARCH_PIXELS = 256 * 256;

/**
 * The smallest lossless encoding. WebP's efforts do not simply grow: on flat art 0 may beat 4, and 5 and 6 try more transforms.
 * So palettes up to a quarter of a megapixel get three, other images the quick one. PNG has its own palettes.
 */
export async function encodeLossless(source: Pixels, webp: boolean): Promise<Found> {
  const isSmall = isSmallPalette(source);
  const isTiny = source.width * source.height <= SLOWEST_SEARCH_PIXELS;
  const encodings: Encoding[] = webp
    ? (isSmall ? [0, 4, isTiny ? 6 : 5] : [4]).map((effort) => ({ codec: 'webp-lossless', effort }))
    : [true, false].map((adaptive) => ({ codec: 'png', adaptive, palette: false }));
  const found = await Promise.all(
    encodings.map(async (encoding) => toFound(await encodeImage(source, encoding), encoding)),
  );
  const indexed = !webp && isSmall ? await encodeIndexed(source) : [];
  return smallestOf([...found, ...indexed]);
}

/** PNG with a palette, if its colours came out exactly. */
async function encodeIndexed(source: Pixels): Promise<readonly Found[]> {
  const encoding: Encoding = { codec: 'png', adaptive: false, palette: true };
  const bytes = await encodeImage(source, encoding);
  const decoded = await decodeImage(bytes, source.channels === 4 ? 'keep' : 'drop');
  return decoded.data.every((value, i) => value === source.data[i]) ? [toFound(bytes, encoding)] : [];
}

/** The one with the fewest bytes; the first of equals. */
export function smallestOf<T extends { readonly byteLength: number }>(found: readonly T[]): T {
  return found.reduce((best, next) => (next.byteLength < best.byteLength ? next : best));
}

/** True for a palette in an image of which a slow search is worth its time. */
export function isSmallPalette(source: Pixels): boolean {
  return source.width * source.height <= SLOW_SEARCH_PIXELS && isPalette(source);
}

/** True when an index of one byte tells all colours apart. */
export function isPalette({ data, channels }: Pixels): boolean {
  const colors = new Set<number>();
  for (let i = 0; i < data.length; i += channels) {
    const alpha = channels === 4 ? (data[i + 3] ?? 0) : 255;
    colors.add((((data[i] ?? 0) * 256 + (data[i + 1] ?? 0)) * 256 + (data[i + 2] ?? 0)) * 256 + alpha);
    if (colors.size > PALETTE_COLORS) return false;
  }
  return true;
}

/** The longest side of an image of one colour: the shape stays as near as it can. */
const CONSTANT_PX = 4;

/** The same colour on the smallest image of about the same shape; undefined when there are two colours, or nothing to gain. */
export function shrinkConstant({ data, width, height, channels }: Pixels, used?: Uint8Array): Pixels | undefined {
  const longest = Math.max(width, height);
  const first = used === undefined ? 0 : used.indexOf(1);
  if (longest <= CONSTANT_PX || first < 0) return undefined;
  for (let i = 0; i < data.length; i += channels) {
    if (used !== undefined && used[i / channels] === 0) continue;
    for (let c = 0; c < channels; c++) if (data[i + c] !== data[first * channels + c]) return undefined;
  }
  const scaled = (side: number) => Math.max(1, Math.round((side * CONSTANT_PX) / longest));
  const size = { width: scaled(width), height: scaled(height), channels };
  const color = data.subarray(first * channels, (first + 1) * channels);
  return {
    ...size,
    data: Uint8Array.from({ length: size.width * size.height * channels }, (_, i) => color[i % channels] ?? 0),
  };
}
