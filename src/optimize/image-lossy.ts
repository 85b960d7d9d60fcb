/** The measured search: the lossy encoding with the fewest bytes whose error is no worse than the bar's, on a sample and then on the whole. */
import type { AvifTune, Encoding, Pixels, Subsampling } from './image-codec.ts';
import type { ImagePart } from './image-error.ts';
import { smallestOf } from './image-flat.ts';
import { type Attempt, type Judge, judgeBy, type Trial } from './image-trial.ts';
import type { LossyLevel } from './settings.ts';

/** The codecs that a search may use; without either JPEG is all there is. */
export interface Codecs {
  readonly webp: boolean;
  readonly avif: boolean;
}

/** Below this blocks show, whatever the errors are. */
const LEAST_QUALITY = 8;
/** A search stops when it knows the quality this closely: one step of quality is about 2 % of the bytes. */
const QUALITY_GRAIN = 2;
/** Looking for a quality by the errors of two others takes three trials as a rule. */
const MOST_TRIALS = 5;
/** A sample this near to the bar (the logarithm of error over bar) is good as it is: half a step of quality, which the whole image decides. */
const SAMPLE_GRAIN = 0.015;
/**
 * A whole image may be as far above the bar where levels are only places on a dial, and eyes have the last word: of packed
 * numbers the last hundredth of the error may cost three quarters of the bytes, as no quality brings back halved chroma.
 */
const WHOLE_GRAIN = SAMPLE_GRAIN;
/** A whole image is worth two, where the first is further below the bar than some steps of quality; more only until one is allowed. */
const WHOLE_TRIALS = 2;
const NEAR_STEPS = 4;
/** What peers spend on AVIF by default; the bar is measured on a sample, and may take its time. */
const AVIF_BAR_EFFORT = 4;
/** A fifth of a second a megapixel; 4 takes one for 6 % fewer bytes of colour and 12 % of the rest. */
const AVIF_EFFORT = 3;

/** The plain encoders that set the bar of a level; the first one's own result is a candidate too. */
export function referencesOf(
  { quality, careful, withAvif }: LossyLevel,
  codecs: Codecs,
  channels: Pixels['channels'],
): readonly [Encoding, ...Encoding[]] {
  const smart = careful === true;
  // Of four megapixels with alpha effort 6 takes more than a minute.
  const effort = smart && channels === 3 ? 6 : 4;
  const webp = (of: number): Encoding => ({ codec: 'webp', quality: of, smart, effort });
  if (codecs.avif && codecs.webp && withAvif !== undefined)
    return [webp(withAvif.webp), { ...avifOf('iq', '4:4:4', AVIF_BAR_EFFORT), quality: withAvif.avif }];
  return [codecs.webp ? webp(quality) : { codec: 'jpeg', quality, subsampling: smart ? '4:4:4' : '4:2:0' }];
}

/** What a search over these kinds begins with, whatever the bar turns out to be. */
export function firstOf(families: readonly Family[]): readonly Encoding[] {
  return families.slice(0, 1).map(({ likely, encoding }) => encoding(likely));
}

/** The smallest trial that is allowed, or `plain`: each kind of encoding at the lowest quality that is. `above` as in `Patience`. */
export async function searchLossy(
  attempt: Attempt,
  plain: Trial,
  judge: Judge,
  families: readonly Family[],
  above = SAMPLE_GRAIN,
): Promise<Narrowed> {
  let best: Narrowed = { trial: plain, slope: SLOPE };
  let start: number | undefined;
  for (const { range, likely, encoding } of families) {
    const of = (quality: number) => attempt(encoding(quality));
    const found = await narrow(range, start ?? likely, judge, best.trial, of, { ...SAMPLE_SEARCH, above });
    if (found.trial === best.trial) continue;
    // What one kind needed, the next needs nearly.
    if ('quality' in found.trial.encoding) start = found.trial.encoding.quality;
    best = found;
  }
  return best;
}

/** Encodings of one kind by quality, and where its search begins and ends. */
export interface Family {
  readonly range: readonly [from: number, to: number];
  /** The quality to try first. */
  readonly likely: number;
  readonly encoding: (quality: number) => Encoding;
}

/** Tuned for looks AVIF spends most on what eyes see; numbers and directions are measured, and need all their chroma. */
export function avifFamilies({ kind }: ImagePart): readonly Family[] {
  const full = (tune: AvifTune) => avifFamily(avifOf(tune, '4:4:4', AVIF_EFFORT));
  if (kind !== 'color') return [full('ssim'), full('psnr')];
  return [full('iq'), full('ssim'), full('psnr'), avifFamily(avifOf('ssim', '4:2:0', AVIF_EFFORT))];
}

type AvifWay = Omit<Extract<Encoding, { readonly codec: 'avif' }>, 'quality'>;

function avifOf(tune: AvifTune, subsampling: Subsampling, effort: number): AvifWay {
  return { codec: 'avif', tune, subsampling, effort };
}

/** In the place of near-lossless: no search, for looks decide on that level. */
export function avifNear(quality: number): Encoding {
  return { ...avifOf('ssim', '4:4:4', AVIF_EFFORT), quality };
}

function avifFamily(way: AvifWay): Family {
  // On this scale 10 to 90 spans what WebP does from 40 to 96.
  return { range: [10, 90], likely: 50, encoding: (quality) => ({ ...way, quality }) };
}

/**
 * Plain WebP spends bits where eyes look; these spend them evenly. Of colour in all texels that makes nothing smaller: no
 * image of thirty files was. Of directions and numbers it does, with careful chroma above all where numbers are packed.
 */
export function webpFamilies(part: ImagePart, quality: number, channels: 3 | 4, filled: boolean): readonly Family[] {
  const alphaIsNumbers = channels === 4 && part.reads[3] && !part.coverage;
  if (part.kind === 'color' && !filled && !alphaIsNumbers) return [];
  const family = (smart: boolean, alphaQuality: number): Family => ({
    range: [Math.min(LEAST_QUALITY - 1, quality), Math.min(quality + 16, 100)],
    // Packed numbers end anywhere from 8 to 75, half of them below 25; directions and colour near the bar's own quality.
    likely: part.kind === 'data' ? Math.max(Math.round(quality * 0.3), LEAST_QUALITY) : quality,
    // 6 takes 4 to 7 % of the bytes for a third of the time more; on alpha, which was not measured by itself, less.
    encoding: (q) => ({
      codec: 'webp',
      quality: q,
      smart,
      effort: channels === 4 ? 4 : 6,
      alphaQuality,
      shaping: false,
    }),
  });
  // Numbers in alpha may lose levels as those in colour do: 80 leaves 96 of them.
  const alphas = alphaIsNumbers ? [100, 80] : [100];
  const ways = part.kind === 'color' ? [false] : part.kind === 'data' ? [true] : [false, true];
  return alphas.flatMap((alphaQuality) => ways.map((smart) => family(smart, alphaQuality)));
}

export function jpegFamily(quality: number): Family {
  return {
    range: [Math.max(quality - 48, 20), quality],
    likely: quality - 24,
    encoding: (q) => ({ codec: 'jpeg', quality: q, subsampling: '4:4:4' }),
  };
}

/** What a sample found, and how it is held to the whole image. */
interface Promised {
  readonly encoding: Encoding;
  /** How fast errors fell with quality. */
  readonly slope: number;
  /** Not the least above the bar: a level that promises something. */
  readonly isStrict: boolean;
}

/** What a sample found, held to the bar of the whole image: with as much more or less quality as that takes. */
export async function searchWhole(
  attempt: Attempt,
  plain: Trial,
  { encoding: found, slope, isStrict }: Promised,
): Promise<Trial> {
  const judge = judgeBy([plain]);
  const above = isStrict ? 0 : WHOLE_GRAIN;
  if (!('quality' in found)) {
    const trial = await attempt(found);
    return Math.log(judge(trial.error)) <= above ? smallestOf([plain, trial]) : plain;
  }
  const range = [Math.max(found.quality - 30, LEAST_QUALITY - 1), Math.min(found.quality + 40, 100)] as const;
  const patience = { trials: WHOLE_TRIALS, above, near: -NEAR_STEPS * slope, leastStep: 1, slope };
  return (await narrow(range, found.quality, judge, plain, (quality) => attempt({ ...found, quality }), patience))
    .trial;
}

/** The logarithm of the error falls by about this much with each step of quality. */
const SLOPE = 0.03;

/** When a search ends, and how far it steps while nothing says better. */
interface Patience {
  /** As many trials are enough once one is allowed. */
  readonly trials: number;
  /** How far above the bar a trial may be, as a logarithm: the last word is the whole image's. */
  readonly above: number;
  /** A trial this little below the bar is enough at once. */
  readonly near: number;
  readonly leastStep: number;
  /** How fast the logarithm of the error falls with quality; undefined learns it on the way. */
  readonly slope?: number;
}

/** The smallest trial, and how fast errors fell with quality around it. */
interface Narrowed {
  readonly trial: Trial;
  readonly slope: number;
}

const SAMPLE_SEARCH: Omit<Patience, 'above'> = Object.freeze({
  trials: MOST_TRIALS,
  near: -SAMPLE_GRAIN,
  leastStep: 4,
});

/** The smallest of `best` and what is allowed, by regula falsi on the logarithm of the error, which is nearly straight over quality. */
async function narrow(
  [from, to]: readonly [number, number],
  start: number,
  judge: Judge,
  best: Trial,
  attempt: (quality: number) => Promise<Trial>,
  enough: Patience,
): Promise<Narrowed> {
  let smallest = best;
  // What is known on both sides: a quality that fails and one that meets the bar, with the logarithm of error over bar.
  let [low, high] = [from, to];
  let [atLow, atHigh]: (number | undefined)[] = [undefined, undefined];
  let quality = start;
  let slope = enough.slope ?? SLOPE;
  let before: readonly [quality: number, excess: number] | undefined;
  for (let trials = 0; trials < MOST_TRIALS; trials++) {
    const trial = await attempt(quality);
    const excess = Math.log(judge(trial.error));
    if (isHopeless(trial, excess / slope, smallest)) break;
    if (excess <= enough.above) {
      smallest = smallestOf([smallest, trial]);
      [high, atHigh] = [quality, excess];
    } else {
      [low, atLow] = [quality, excess];
    }
    const isEnough = atHigh !== undefined && (trials + 1 >= enough.trials || atHigh >= enough.near);
    if (isEnough || high - low < QUALITY_GRAIN) break;
    if (before !== undefined && enough.slope === undefined) slope = slopeOf(before, [quality, excess]);
    before = [quality, excess];
    const next =
      atLow === undefined || atHigh === undefined
        ? quality +
          (excess <= enough.above ? -1 : 1) * Math.max(Math.ceil(Math.abs(excess) / slope), enough.leastStep << trials)
        : Math.ceil(low + (atLow / (atLow - atHigh)) * (high - low));
    quality = Number.isFinite(next) ? Math.min(Math.max(next, low + 1), high - 1) : (low + high) >> 1;
  }
  return { trial: smallest, slope };
}

/** Quality only ever costs bytes: a step of it at least a percent, at most four. So many steps above or below the bar say what is left to hope for. */
function isHopeless({ byteLength }: Trial, stepsAbove: number, smallest: Trial): boolean {
  const least =
    stepsAbove > 0 ? byteLength * 1.01 ** Math.min(stepsAbove, MOST_STEPS) : byteLength * 0.96 ** -stepsAbove;
  return least >= smallest.byteLength;
}

/** Slopes are guesses: beyond this they are not believed. */
const MOST_STEPS = 20;

/** What two trials say of the slope, within what was seen: packed numbers fall slowly, colour fast. */
function slopeOf([a, atA]: readonly [number, number], [b, atB]: readonly [number, number]): number {
  const slope = (atA - atB) / (b - a);
  return Number.isFinite(slope) ? Math.min(Math.max(slope, SLOPE / 6), SLOPE * 3) : SLOPE;
}
