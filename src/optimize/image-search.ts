/**
 * The smallest encoding of one image that is no worse than the bar of its slot. The bar is measured, not chosen: it is
 * what a plain encoder at the reference quality does to these very pixels. docs/decisions has the reasons.
 */
import { decodeImage, type Encoding, encodeImage, type Found, hides, type Pixels, toFound } from './image-codec.ts';
import type { ImagePart } from './image-error.ts';
import { encodeLossless, isPalette, isSmallPalette, shrinkConstant, smallestOf } from './image-flat.ts';
import {
  avifFamilies,
  avifNear,
  firstOf,
  jpegFamily,
  referencesOf,
  searchLossy,
  searchWhole,
  webpFamilies,
} from './image-lossy.ts';
import { type Sample, takeBands, takeSample } from './image-sample.ts';
import { type Attempt, attemptOn, type Judge, judgeBy, type Trial, takeMeasured, tryOnWhole } from './image-trial.ts';
import type { ImageLevel, LossyLevel, NearLevel } from './settings.ts';
import type { Drawing } from './texel-draw.ts';
import { repeatUnused, smoothUnused } from './texel-fill.ts';

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
const NEAR_ENCODINGS: readonly Encoding[] = Object.freeze(
  [20, 40, 60].map((level) => ({ codec: 'webp-near', level }) as const),
);

/**
 * Encodes the image anew; throws what the decoder throws. The caller keeps the original when this is not smaller.
 * `drawing` tells which texels are read, or is undefined when that is not known.
 */
export async function searchEncoding(
  bytes: Uint8Array,
  part: ImagePart,
  options: SearchOptions,
  drawing?: Drawing,
): Promise<Found> {
  const { level, webp, maxSizePx } = options;
  const isExact = level.kind === 'lossless' || part.kind === 'exact' || part.kind === 'pixels';
  const decoded = await decodeImage(bytes, part.reads[3] || isExact ? 'keep' : 'drop', maxSizePx);
  // A channel that is opaque everywhere says nothing, and costs the time and the bytes of one that does.
  const source = isOpaque(decoded) ? withoutAlpha(decoded) : decoded;
  if (isExact) return encodeLossless(source, webp);
  const used = drawing?.(source.width, source.height, MARGIN_PX);
  const constant = shrinkConstant(source, used);
  if (constant !== undefined) return encodeLossless(constant, webp);
  const flat = used === undefined ? source : repeatUnused(source, used);
  const filling =
    used === undefined ? { pixels: source, keptRatio: 1 } : await smallerOf(source, smoothUnused(source, used));
  // JPEG has no alpha channel.
  if (!webp && source.channels === 4) return encodeLossless(flat, webp);
  if (level.kind === 'near') return encodeNear(filling.pixels, flat, level, options);
  return encodeBest({ pixels: source, used }, filling, flat, part, level, options);
}

/** What is encoded in place of the source, and how many bytes of a quick encoding that leaves. */
interface Filling {
  readonly pixels: Pixels;
  readonly keptRatio: number;
}

/** Content for what nobody reads may cost as well as save: a quick encoding of some of it tells. */
async function smallerOf(source: Pixels, filled: Pixels): Promise<Filling> {
  const [as, filledAs] = await Promise.all(
    [source, filled].map((pixels) => encodeImage(takeBands(pixels, BAND_PX), QUICK)),
  );
  if (as === undefined || filledAs === undefined) throw new RangeError('Two images give two encodings.');
  const keptRatio = filledAs.byteLength / as.byteLength;
  return keptRatio < 1 ? { pixels: filled, keptRatio } : { pixels: source, keptRatio: 1 };
}

async function encodeBest(
  source: Sample,
  filling: Filling,
  flat: Pixels,
  part: ImagePart,
  level: LossyLevel,
  options: SearchOptions,
): Promise<Found> {
  const triesLossless = await hasLosslessChance(filling.pixels, flat, options.webp);
  // A window of what hides something need not: of the whole image nothing is rounded then.
  const near = options.webp && triesLossless && !hides(filling.pixels);
  // Neither waits for what the other finds.
  const [lossless, lossy] = await Promise.all([
    triesLossless ? encodeLossless(flat, options.webp) : undefined,
    encodeLossy(source, filling, part, level, { ...options, near }),
  ]);
  return smallestOf(lossless === undefined ? [lossy] : [lossless, lossy]);
}

/** Where a search for less than all bits may go. */
interface LossyOptions extends SearchOptions {
  /** Near-lossless may be used: lossless has a chance. */
  readonly near: boolean;
}

async function encodeLossy(
  source: Sample,
  filling: Filling,
  part: ImagePart,
  level: LossyLevel,
  options: LossyOptions,
): Promise<Found> {
  const avif = options.avif ? await encodeAvif(source, filling.pixels, part, level, options) : undefined;
  return avif ?? encodeByBar(source, filling, part, level, options);
}

/**
 * No worse than plain WebP (or JPEG) on the whole image. Its errors on windows of the whole are the bar; trials are made of
 * those windows alone, one below the other, in kinds that spend bits evenly: those do the same to a window as to the whole.
 */
async function encodeByBar(
  source: Sample,
  { pixels: smooth, keptRatio }: Filling,
  part: ImagePart,
  level: LossyLevel,
  options: LossyOptions,
): Promise<Found> {
  const { pixels, used } = source;
  const [reference] = referencesOf(level, options, pixels.channels);
  // With AVIF the bar is another than the level's own.
  const quality = 'quality' in reference ? reference.quality : level.quality;
  const families = options.webp
    ? webpFamilies(part, quality, pixels.channels, smooth !== pixels)
    : [jpegFamily(quality)];
  if (families.length === 0 && !options.near) return toFound(await encodeImage(pixels, reference), reference);
  const measured = takeMeasured(source);
  const sample = smooth === pixels ? measured : takeMeasured({ pixels: smooth, used });
  const attempt = attemptOn(sample, part);
  // A small image is its own sample: what was tried on that was tried on the whole.
  const isWhole = sample.pixels === smooth;
  const attemptWhole: Attempt = isWhole
    ? attempt
    : (encoding) => tryOnWhole({ pixels: smooth, used }, part, encoding, measured);
  const [bar, apart] = await Promise.all([
    tryOnWhole(source, part, reference, measured),
    isWhole ? undefined : encodeImage(measured.pixels, reference),
    ...[...firstOf(families), ...(options.near ? NEAR_ENCODINGS.slice(0, 1) : [])].map(attempt),
  ]);
  const judge = judgeBy([bar]);
  // Windows lie where most is read: what filling in saves, it saves beside them.
  const plain = { ...bar, byteLength: (apart ?? bar).byteLength / keptRatio };
  const { trial: lossy, slope } = await searchLossy(attempt, plain, judge, families);
  const best = options.near ? await searchNear(attempt, judge, lossy) : lossy;
  if (best.byteLength > plain.byteLength * (1 - WHOLE_GAIN_RATIO)) return bar;
  return searchWhole(attemptWhole, bar, { encoding: best.encoding, slope, isStrict: level.careful !== true });
}

/** AVIF, judged on a sample: its bar on the whole image would take longer than all the rest. Undefined where it is not the smallest. */
async function encodeAvif(
  { used }: Sample,
  smooth: Pixels,
  part: ImagePart,
  level: LossyLevel,
  options: LossyOptions,
): Promise<Found | undefined> {
  const attempt = attemptOn(takeSample({ pixels: smooth, used }, WINDOW_PX), part);
  const families = avifFamilies(part);
  const [bars] = await Promise.all([
    Promise.all(referencesOf(level, options, smooth.channels).map(attempt)),
    ...firstOf(families).map(attempt),
  ]);
  const [plain] = bars;
  if (plain === undefined) throw new RangeError('A level has at least one reference.');
  const judge = judgeBy(bars);
  // Nobody looks at the whole after this: not the least above the bar.
  const { trial: lossy } = await searchLossy(attempt, plain, judge, families, 0);
  const { encoding } = options.near ? await searchNear(attempt, judge, lossy) : lossy;
  return encoding.codec === 'avif' ? toFound(await encodeImage(smooth, encoding), encoding) : undefined;
}

/** Hurried encodings of both kinds say whether lossless is worth trying. */
async function hasLosslessChance(smooth: Pixels, flat: Pixels, webp: boolean): Promise<boolean> {
  const small = flat.width * flat.height <= WHOLE_TRIAL_PIXELS;
  const [one, other] = [flat, smooth].map((pixels) => (small ? takeBands(pixels, BAND_PX) : cut(pixels)));
  if (one === undefined || other === undefined) throw new RangeError('Two images give two samples.');
  const [lossless, lossy] = await Promise.all([encodeImage(one, hurried(webp)), encodeImage(other, QUICK)]);
  return lossless.byteLength < lossy.byteLength * LOSSLESS_CHANCE || isSmallPalette(flat);
}

function cut(pixels: Pixels): Pixels {
  return takeSample({ pixels, used: undefined }, WINDOW_PX).pixels;
}

function hurried(webp: boolean): Encoding {
  return webp ? { codec: 'webp-lossless', effort: 0 } : { codec: 'png', adaptive: true, palette: false };
}

/** Near-lossless, where it beats the lossy one. */
async function searchNear(attempt: Attempt, judge: Judge, lossy: Trial): Promise<Trial> {
  for (const encoding of NEAR_ENCODINGS) {
    const trial = await attempt(encoding);
    // Finer levels only cost bytes.
    if (trial.byteLength >= lossy.byteLength) return lossy;
    if (judge(trial.error) <= 1) return trial;
  }
  return lossy;
}

/** Art that is flat enough is smaller without any rounding. */
async function encodeNear(smooth: Pixels, flat: Pixels, level: NearLevel, options: SearchOptions): Promise<Found> {
  if (!options.webp || isPalette(flat)) return encodeLossless(flat, options.webp);
  const encodings: Encoding[] = [{ codec: 'webp-near', level: level.level }];
  if (options.avif && level.avif !== undefined) encodings.push(avifNear(level.avif));
  return smallestOf(
    await Promise.all(encodings.map(async (encoding) => toFound(await encodeImage(smooth, encoding), encoding))),
  );
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
