/**
 * The smallest encoding of one image that is no worse than the bar of its slot. The bar is measured, not chosen: it is
 * what plain WebP (or JPEG) at the reference quality does to these very pixels. docs/decisions has the reasons.
 */
import { decodeImage, type Encoding, encodeImage, MIME_TYPES, type Pixels, samplePixels } from './image-codec.ts';
import { type ImageError, type ImagePart, measureError, meets } from './image-error.ts';
import type { ImageLevel } from './settings.ts';

/** Where a search may go. */
export interface SearchOptions {
  /** How far from the source the result may be. */
  readonly level: ImageLevel;
  /** The target reads WebP; otherwise JPEG and PNG are all there is. */
  readonly webp: boolean;
  /** AVIF may be used: half the bytes, and four times the time. */
  readonly avif: boolean;
  /** The longer edge may not be longer than this; null leaves the size. */
  readonly maxSizePx: number | null;
}

/** A found encoding, with its bytes. */
export interface Found {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly mimeType: string;
  readonly encoding: Encoding;
}

/** Pixels of one window of the sample; four of them tell the encodings apart, as trials on whole images showed. */
const WINDOW_PX = 192;
/** A search stops when it knows the quality this closely: one step of quality is about 2 % of the bytes. */
const QUALITY_GRAIN = 3;
/** Lossless is tried on the whole image when its sample, encoded in a hurry, is at most this many times the lossy one. */
const LOSSLESS_CHANCE = 2;

/** Encodes the image anew; throws what the decoder throws. The caller keeps the original when this is not smaller. */
export async function searchEncoding(bytes: Uint8Array, part: ImagePart, options: SearchOptions): Promise<Found> {
  const { level } = options;
  const source = await decodeImage(
    bytes,
    part.reads[3] || part.kind === 'exact' || level.kind === 'lossless' ? 'keep' : 'drop',
    options.maxSizePx,
  );
  if (level.kind === 'lossless' || part.kind === 'exact') return encodeLossless(source, options);
  if (level.kind === 'near') return encodeNear(source, level.level, options);
  const sample = samplePixels(source, WINDOW_PX);
  // JPEG has no alpha channel.
  const hasAlpha = source.channels === 4 && !isOpaque(source);
  if (!options.webp && hasAlpha) return encodeLossless(source, options);
  const lossy = await searchLossy(sample, part, level.quality, options);
  const lossless = await encodeImage(sample, losslessEncoding(options, 0));
  const candidates: Promise<Found>[] = [];
  const { encoding } = lossy;
  if (lossless.byteLength > lossy.byteLength / LOSSLESS_CHANCE) {
    candidates.push(encodeImage(source, encoding).then((encoded) => toFound(encoded, encoding)));
  }
  if (lossless.byteLength < lossy.byteLength * LOSSLESS_CHANCE || isSmallPalette(source))
    candidates.push(encodeLossless(source, options));
  return smallestOf(await Promise.all(candidates));
}

/**
 * WebP's efforts do not simply grow: on flat art 0 may beat 4, and 6 tries every transform, which halves palettes and
 * takes seconds a megapixel on anything else. So palettes up to a megapixel get all three, other images the quick one.
 */
async function encodeLossless(source: Pixels, options: SearchOptions): Promise<Found> {
  const efforts = options.webp && isSmallPalette(source) ? [0, 4, 6] : [4];
  const encoded = await Promise.all(
    efforts.map(async (effort) => {
      const encoding = losslessEncoding(options, effort);
      return toFound(await encodeImage(source, encoding), encoding);
    }),
  );
  return smallestOf(encoded);
}

/** Art that is flat enough is smaller without any rounding. */
async function encodeNear(source: Pixels, level: number, options: SearchOptions): Promise<Found> {
  if (!options.webp || isPalette(source)) return encodeLossless(source, options);
  const encoding: Encoding = { codec: 'webp-near', level };
  return toFound(await encodeImage(source, encoding), encoding);
}

function losslessEncoding(options: SearchOptions, effort: number): Encoding {
  return options.webp ? { codec: 'webp-lossless', effort } : { codec: 'png' };
}

function smallestOf(found: readonly Found[]): Found {
  return found.reduce((best, next) => (next.bytes.byteLength < best.bytes.byteLength ? next : best));
}

/** WebP and PNG index at most this many colours. */
const PALETTE_COLORS = 256;

/** Effort 6 takes four seconds a megapixel: what saves kilobytes may not take minutes. */
const SLOW_SEARCH_PIXELS = 1024 * 1024;

function isSmallPalette(source: Pixels): boolean {
  return source.width * source.height <= SLOW_SEARCH_PIXELS && isPalette(source);
}

function isPalette({ data, channels }: Pixels): boolean {
  const colors = new Set<number>();
  for (let i = 0; i < data.length; i += channels) {
    const alpha = channels === 4 ? (data[i + 3] ?? 0) : 255;
    colors.add((((data[i] ?? 0) * 256 + (data[i + 1] ?? 0)) * 256 + (data[i + 2] ?? 0)) * 256 + alpha);
    if (colors.size > PALETTE_COLORS) return false;
  }
  return true;
}

function toFound(bytes: Uint8Array<ArrayBuffer>, encoding: Encoding): Found {
  return { bytes, mimeType: MIME_TYPES[encoding.codec], encoding };
}

function isOpaque({ data, channels }: Pixels): boolean {
  for (let i = channels - 1; i < data.length; i += channels) if (data[i] !== 255) return false;
  return true;
}

interface Trial {
  readonly encoding: Encoding;
  readonly byteLength: number;
  readonly error: ImageError;
}

async function tryOn(sample: Pixels, part: ImagePart, encoding: Encoding): Promise<Trial> {
  const bytes = await encodeImage(sample, encoding);
  const decoded = await decodeImage(bytes, sample.channels === 4 ? 'keep' : 'drop');
  return { encoding, byteLength: bytes.byteLength, error: measureError(sample, decoded, part) };
}

/** The bar's own encoder, or a careful one at the lowest quality that still meets the bar: whichever is smallest. */
async function searchLossy(sample: Pixels, part: ImagePart, quality: number, options: SearchOptions): Promise<Trial> {
  const plain: Encoding = options.webp
    ? { codec: 'webp', quality, smart: false, effort: 4 }
    : { codec: 'jpeg', quality, subsampling: '4:2:0' };
  const bar = await tryOn(sample, part, plain);
  const careful = (q: number): Encoding =>
    options.webp
      ? { codec: 'webp', quality: q, smart: true, effort: 4 }
      : { codec: 'jpeg', quality: q, subsampling: '4:4:4' };
  const range = [Math.max(quality - 48, 20), quality] as const;
  const best = await bisect(bar, bar, range, (q) => tryOn(sample, part, careful(q)));
  if (!options.avif) return best;
  // On this scale 10 to 85 spans what WebP does from 40 to 96.
  return bisect(bar, best, [10, 85], (q) => tryOn(sample, part, { codec: 'avif', quality: q }));
}

/** The smallest trial that meets the bar's error, or `best`. */
async function bisect(
  bar: Trial,
  best: Trial,
  [from, to]: readonly [number, number],
  attempt: (quality: number) => Promise<Trial>,
): Promise<Trial> {
  let smallest = best;
  let low = from;
  let high = to;
  while (high - low >= QUALITY_GRAIN) {
    const middle = (low + high) >> 1;
    const trial = await attempt(middle);
    if (meets(trial.error, bar.error)) {
      if (trial.byteLength < smallest.byteLength) smallest = trial;
      high = middle - 1;
    } else {
      // Quality only ever costs bytes: a trial that is worse and larger already ends the search.
      if (trial.byteLength >= smallest.byteLength) break;
      low = middle + 1;
    }
  }
  return smallest;
}
