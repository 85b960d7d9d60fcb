/** The measured search on a sample: the lossy encoding with the fewest bytes whose error is no worse than the bar's. */
import {
  type AvifTune,
  decodeImage,
  type Encoding,
  encodeImage,
  type Found,
  type Pixels,
  toFound,
} from './image-codec.ts';
import { excessOf, type ImageError, type ImagePart, measureError } from './image-error.ts';
import { smallestOf } from './image-flat.ts';
import { type Sample, takeSample } from './image-sample.ts';
import type { LossyLevel } from './settings.ts';

/** One encoding tried on a sample, with its bytes. */
export interface Trial extends Found {
  readonly error: ImageError;
}

/** The codecs that a search may use; without either JPEG is all there is. */
export interface Codecs {
  readonly webp: boolean;
  readonly avif: boolean;
}

/** A search stops when it knows the quality this closely: one step of quality is about 2 % of the bytes. */
const QUALITY_GRAIN = 2;
/** Looking for a quality by the errors of two others takes three trials as a rule. */
const MOST_TRIALS = 5;
/** A whole image is worth two, where a sample led to a quality and one step from there; more only until one is allowed. */
const WHOLE_TRIALS = 2;
/** A whole image this little below the bar (its logarithm) is good as it is: two steps of quality. */
const NEAR_ENOUGH = -0.06;
/** Whole images are measured on sixteen windows of this side; the rest of their texels say the same. */
const MEASURED_PX = 192;
/** What peers spend on AVIF by default; the bar is measured on a sample, and may take its time. */
const AVIF_BAR_EFFORT = 4;
/** A third of a second a megapixel; 4 takes four times that for some percent of the bytes. */
const AVIF_EFFORT = 3;

/** Tells how far an error is above what is allowed: up to 1 is allowed. */
export type Judge = (error: ImageError) => number;

/** What is allowed is what the plain encoders did, each for itself. */
export function judgeBy(bars: readonly Trial[]): Judge {
  return (error) => Math.min(...bars.map((bar) => excessOf(error, bar.error)));
}

/** The plain encoders that set the bar of a level; the first one's own result is a candidate too. */
export function referencesOf({ quality, withAvif }: LossyLevel, codecs: Codecs): readonly [Encoding, ...Encoding[]] {
  const webp = (of: number): Encoding => ({ codec: 'webp', quality: of, smart: false, effort: 4 });
  if (codecs.avif && codecs.webp && withAvif !== undefined)
    return [webp(withAvif.webp), { codec: 'avif', quality: withAvif.avif, tune: 'iq', effort: AVIF_BAR_EFFORT }];
  return [codecs.webp ? webp(quality) : { codec: 'jpeg', quality, subsampling: '4:2:0' }];
}

/** The smallest trial that is allowed: `plain` itself, or a more careful encoder at the lowest quality that is. */
export async function searchLossy(
  sample: Sample,
  part: ImagePart,
  plain: Trial,
  judge: Judge,
  quality: number,
  codecs: Codecs,
): Promise<Trial> {
  const families = codecs.avif
    ? avifFamilies(part)
    : codecs.webp
      ? webpFamilies(part, quality, sample)
      : [jpegFamily(quality)];
  let best = plain;
  let start: number | undefined;
  for (const { range, likely, encoding } of families) {
    const found = await narrow(range, start ?? likely, judge, best, (q) => tryOn(sample, part, encoding(q)));
    // What one kind needed, the next needs nearly.
    if (part.kind !== 'data' && found !== best && 'quality' in found.encoding) start = found.encoding.quality;
    best = found;
  }
  return best;
}

/** Encodings of one kind by quality, and where its search begins and ends. */
interface Family {
  readonly range: readonly [from: number, to: number];
  /** The quality to try first. */
  readonly likely: number;
  readonly encoding: (quality: number) => Encoding;
}

/** Tuned for looks AVIF spends most on what eyes see; numbers and directions are measured. */
function avifFamilies({ kind }: ImagePart): readonly Family[] {
  const tunes: readonly AvifTune[] = kind === 'color' ? ['iq', 'ssim', 'psnr'] : ['ssim', 'psnr'];
  return tunes.map((tune) => ({
    // On this scale 10 to 90 spans what WebP does from 40 to 96.
    range: [10, 90],
    likely: 50,
    encoding: (quality) => ({ codec: 'avif', quality, tune, effort: AVIF_EFFORT }),
  }));
}

function webpFamilies(part: ImagePart, quality: number, { pixels, used }: Sample): readonly Family[] {
  // Not measured by itself: on an opaque alpha channel 4 costs bytes and saves little.
  const effort = pixels.channels === 4 ? 4 : 6;
  const webp = (smart: boolean, alphaQuality: number, likely: number): Family => ({
    range: [Math.min(12, quality), Math.min(quality + 12, 100)],
    likely,
    encoding: (q) => ({
      codec: 'webp',
      quality: q,
      smart,
      effort,
      alphaQuality,
      shaping: used === undefined,
    }),
  });
  // Numbers in alpha may lose levels as those in colour do: 80 leaves 96 of them.
  const alphas = part.reads[3] && !part.coverage ? [100, 80] : [100];
  // Most end near the bar's own quality. Of packed numbers a search from far below ended elsewhere, and smaller, on some images.
  const starts = part.kind === 'data' ? [quality, (12 + quality) >> 1] : [quality];
  return alphas.flatMap((alphaQuality) =>
    [true, false].flatMap((smart) => starts.map((likely) => webp(smart, alphaQuality, likely))),
  );
}

function jpegFamily(quality: number): Family {
  return {
    range: [Math.max(quality - 48, 20), quality],
    likely: quality - 24,
    encoding: (q) => ({ codec: 'jpeg', quality: q, subsampling: '4:4:4' }),
  };
}

/** What a sample found, held to the bar of the whole image: with as much more or less quality as that takes. */
export async function searchWhole(
  whole: Sample,
  part: ImagePart,
  plain: Trial,
  found: Encoding,
  measured: Pixels,
): Promise<Trial> {
  const judge = judgeBy([plain]);
  if (!('quality' in found)) {
    const trial = await tryOnWhole(whole, part, found, measured);
    return judge(trial.error) <= 1 ? smallestOf([plain, trial]) : plain;
  }
  const range = [Math.max(found.quality - 30, 0), Math.min(found.quality + 40, 100)] as const;
  const attempt = (quality: number) => tryOnWhole(whole, part, { ...found, quality }, measured);
  return narrow(range, found.quality, judge, plain, attempt, { trials: WHOLE_TRIALS, excess: NEAR_ENOUGH });
}

/** Encodes all of the image, and measures a sample of what became of it: measuring all of it took two fifths of the time. */
export async function tryOnWhole(
  { pixels, used }: Sample,
  part: ImagePart,
  encoding: Encoding,
  measured: Pixels,
): Promise<Trial> {
  const bytes = await encodeImage(pixels, encoding);
  const decoded = await decodeImage(bytes, pixels.channels === 4 ? 'keep' : 'drop');
  // The windows follow from size and use alone, so both lie in the same places.
  const [source, result] = [measured, decoded].map((all) => takeSample({ pixels: all, used }, MEASURED_PX));
  if (source === undefined || result === undefined) throw new RangeError('Two images give two samples.');
  return { ...toFound(bytes, encoding), error: measureError(source.pixels, result.pixels, part, source.used) };
}

/** The logarithm of the error falls by about this much with each step of quality. */
const SLOPE = 0.03;

/** The smallest of `best` and what is allowed, by regula falsi on the logarithm of the error, which is nearly straight over quality. */
async function narrow(
  [from, to]: readonly [number, number],
  start: number,
  judge: Judge,
  best: Trial,
  attempt: (quality: number) => Promise<Trial>,
  enough: { readonly trials: number; readonly excess: number } = { trials: MOST_TRIALS, excess: 0 },
): Promise<Trial> {
  let smallest = best;
  // What is known on both sides: a quality that fails and one that meets the bar, with the logarithm of error over bar.
  let [low, high] = [from, to];
  let [atLow, atHigh]: (number | undefined)[] = [undefined, undefined];
  let quality = start;
  for (let trials = 0; trials < MOST_TRIALS; trials++) {
    const trial = await attempt(quality);
    const excess = Math.log(judge(trial.error));
    if (excess <= 0) {
      smallest = smallestOf([smallest, trial]);
      [high, atHigh] = [quality, excess];
    } else {
      // Quality only ever costs bytes: a trial that is worse and larger already ends the search.
      if (trial.byteLength >= smallest.byteLength) break;
      [low, atLow] = [quality, excess];
    }
    const isEnough = atHigh !== undefined && (trials + 1 >= enough.trials || atHigh >= enough.excess);
    if (isEnough || high - low < QUALITY_GRAIN) break;
    const next =
      atLow === undefined || atHigh === undefined
        ? quality + Math.sign(excess || -1) * Math.max(Math.ceil(Math.abs(excess) / SLOPE), 4 << trials)
        : Math.ceil(low + (atLow / (atLow - atHigh)) * (high - low));
    quality = Number.isFinite(next) ? Math.min(Math.max(next, low + 1), high - 1) : (low + high) >> 1;
  }
  return smallest;
}

/** Encodes the sample, decodes it again and measures what became of it. */
export async function tryOn({ pixels, used }: Sample, part: ImagePart, encoding: Encoding): Promise<Trial> {
  const bytes = await encodeImage(pixels, encoding);
  const decoded = await decodeImage(bytes, pixels.channels === 4 ? 'keep' : 'drop');
  return { ...toFound(bytes, encoding), error: measureError(pixels, decoded, part, used) };
}
