/**
 * The smallest encoding of one image that is no worse than the bar of its slot. The bar is measured, not chosen: it is
 * what a plain encoder at the reference quality does to these very pixels. docs/decisions has the reasons.
 */
import { decodeImage, type Encoding, encodeImage, type Found, type Pixels, toFound } from './image-codec.ts';
import type { ImagePart } from './image-error.ts';
import { encodeLossless, isPalette, isSmallPalette, shrinkConstant, smallestOf } from './image-flat.ts';
import {
  type Judge,
  judgeBy,
  referencesOf,
  searchLossy,
  searchWhole,
  type Trial,
  tryOn,
  tryOnWhole,
} from './image-lossy.ts';
import { type Sample, takeBands, takeSample } from './image-sample.ts';
import type { ImageLevel, LossyLevel } from './settings.ts';
import { repeatUnused, smoothUnused } from './texel-fill.ts';
import { drawTexels, type TexelReader } from './texel-use.ts';

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

/** Pixels along a window of the sample; sixteen of them tell the encodings apart, as trials on whole images showed. */
const WINDOW_PX = 96;
/** Rows of a band where every fourth band is looked at: some of what is used and some of what is not, wherever that lies. */
const BAND_PX = 32;
/** Tells what an image is like, in a hurry. */
const QUICK: Encoding = Object.freeze({ codec: 'webp', quality: 80, smart: false, effort: 1 });
/** Up to here hurried encodings are made of bands: flat art may be flat where windows are not. */
const WHOLE_TRIAL_PIXELS = 1024 * 1024;
/** Lossless is tried in earnest when in a hurry it takes at most this many times the bytes of lossy: effort 0 is far from what 4 finds. */
const LOSSLESS_CHANCE = 3;
/** A sample that promises less than this keeps the plain encoding: whole images often do not keep the promise. */
const WHOLE_GAIN_RATIO = 0.03;
/** What no triangle reads is kept this far around what one does: filtering and the first mip levels reach that far. */
const MARGIN_PX = 8;
/** WebP's near-lossless levels, from the roughest. */
const NEAR_LEVELS = [20, 40, 60];

/**
 * Encodes the image anew; throws what the decoder throws. The caller keeps the original when this is not smaller.
 * `readers` are all that read it, or undefined when that is not known.
 */
export async function searchEncoding(
  bytes: Uint8Array,
  part: ImagePart,
  options: SearchOptions,
  readers?: readonly TexelReader[],
): Promise<Found> {
  const { level, webp, maxSizePx } = options;
  const isExact = level.kind === 'lossless' || part.kind === 'exact';
  const decoded = await decodeImage(bytes, part.reads[3] || isExact ? 'keep' : 'drop', maxSizePx);
  // A channel that is opaque everywhere says nothing, and costs the time and the bytes of one that does.
  const source = isOpaque(decoded) ? withoutAlpha(decoded) : decoded;
  if (isExact) return encodeLossless(source, webp);
  const used = readers === undefined ? undefined : drawTexels(readers, source.width, source.height, MARGIN_PX);
  const constant = shrinkConstant(source, used);
  if (constant !== undefined) return encodeLossless(constant, webp);
  const flat = used === undefined ? source : repeatUnused(source, used);
  const smooth = used === undefined ? source : await smallerOf(source, smoothUnused(source, used));
  // JPEG has no alpha channel.
  if (!webp && source.channels === 4) return encodeLossless(flat, webp);
  if (level.kind === 'near') return encodeNear(smooth, flat, level.level, webp);
  return encodeBest({ pixels: source, used }, smooth, flat, part, level, options);
}

/** Content for what nobody reads may cost as well as save: a quick encoding of some of it tells. */
async function smallerOf(source: Pixels, filled: Pixels): Promise<Pixels> {
  const [as, filledAs] = await Promise.all(
    [source, filled].map((pixels) => encodeImage(takeBands(pixels, BAND_PX), QUICK)),
  );
  if (as === undefined || filledAs === undefined) throw new RangeError('Two images give two encodings.');
  return filledAs.byteLength < as.byteLength ? filled : source;
}

async function encodeBest(
  source: Sample,
  smooth: Pixels,
  flat: Pixels,
  part: ImagePart,
  level: LossyLevel,
  options: SearchOptions,
): Promise<Found> {
  const { webp } = options;
  const { used } = source;
  const sample = takeSample({ pixels: smooth, used }, WINDOW_PX);
  const references = referencesOf(level, options);
  const bars = await Promise.all(references.map((reference) => tryOn(sample, part, reference)));
  const [plain] = bars;
  if (plain === undefined) throw new RangeError('A level has at least one reference.');
  const judge = judgeBy(bars);
  const lossless = await tryLossless(smooth, flat, webp);
  const lossy = await searchLossy(sample, part, plain, judge, level.quality, options);
  const best = webp && lossless !== undefined ? await searchNear(sample, part, judge, lossy) : lossy;
  const found = await applyToWhole(best, plain, references[0], source, smooth, part);
  return smallestOf(lossless === undefined ? [found] : [lossless, found]);
}

/** What the sample found, made of the whole image. */
async function applyToWhole(
  best: Trial,
  plain: Trial,
  reference: Encoding,
  { pixels, used }: Sample,
  smooth: Pixels,
  part: ImagePart,
): Promise<Found> {
  // To measure the bar of AVIF on the whole image would take longer than everything else.
  if (best.encoding.codec === 'avif') return toFound(await encodeImage(smooth, best.encoding), best.encoding);
  const filled = smooth !== pixels;
  if (!filled && best.byteLength > plain.byteLength * (1 - WHOLE_GAIN_RATIO))
    return toFound(await encodeImage(pixels, reference), reference);
  const bar = await tryOnWhole({ pixels, used }, part, reference, pixels);
  return searchWhole({ pixels: smooth, used }, part, bar, startOf(best.encoding, smooth.channels, used), pixels);
}

/** Where texels were filled in, bits are to be spent evenly, or what is used would get fewer. */
function startOf(encoding: Encoding, channels: number, used: Uint8Array | undefined): Encoding {
  if (encoding.codec !== 'webp' || used === undefined) return encoding;
  return { ...encoding, effort: channels === 4 ? 4 : 6, shaping: false };
}

/** Lossless, if hurried encodings of both kinds say that it has a chance. */
async function tryLossless(smooth: Pixels, flat: Pixels, webp: boolean): Promise<Found | undefined> {
  const small = flat.width * flat.height <= WHOLE_TRIAL_PIXELS;
  const [one, other] = [flat, smooth].map((pixels) => (small ? takeBands(pixels, BAND_PX) : cut(pixels)));
  if (one === undefined || other === undefined) throw new RangeError('Two images give two samples.');
  const [lossless, lossy] = await Promise.all([encodeImage(one, hurried(webp)), encodeImage(other, QUICK)]);
  const hasChance = lossless.byteLength < lossy.byteLength * LOSSLESS_CHANCE || isSmallPalette(flat);
  return hasChance ? encodeLossless(flat, webp) : undefined;
}

function cut(pixels: Pixels): Pixels {
  return takeSample({ pixels, used: undefined }, WINDOW_PX).pixels;
}

function hurried(webp: boolean): Encoding {
  return webp ? { codec: 'webp-lossless', effort: 0 } : { codec: 'png', adaptive: true, palette: false };
}

/** Near-lossless, where it beats the lossy one. */
async function searchNear(sample: Sample, part: ImagePart, judge: Judge, lossy: Trial): Promise<Trial> {
  let best = lossy;
  for (const level of NEAR_LEVELS) {
    const trial = await tryOn(sample, part, { codec: 'webp-near', level });
    if (judge(trial.error) <= 1) best = smallestOf([best, trial]);
  }
  return best;
}

/** Art that is flat enough is smaller without any rounding. */
async function encodeNear(smooth: Pixels, flat: Pixels, level: number, webp: boolean): Promise<Found> {
  if (!webp || isPalette(flat)) return encodeLossless(flat, webp);
  const encoding: Encoding = { codec: 'webp-near', level };
  return toFound(await encodeImage(smooth, encoding), encoding);
}

function isOpaque({ data, channels }: Pixels): boolean {
  if (channels === 3) return false;
  for (let i = channels - 1; i < data.length; i += channels) if (data[i] !== 255) return false;
  return true;
}

function withoutAlpha({ data, width, height }: Pixels): Pixels {
  const colors = new Uint8Array(width * height * 3);
  for (let to = 0, from = 0; to < colors.length; to += 3, from += 4) {
    colors[to] = data[from] ?? 0;
    colors[to + 1] = data[from + 1] ?? 0;
    colors[to + 2] = data[from + 2] ?? 0;
  }
  return { data: colors, width, height, channels: 3 };
}
