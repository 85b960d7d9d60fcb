/** One encoding tried: on a sample or on the whole image, its bytes and what they do to the pixels that count. */
import { decodeImage, type Encoding, encodeImage, type Found, toFound } from './image-codec.ts';
import { excessOf, type ImageError, type ImagePart, measureError } from './image-error.ts';
import { type Sample, takeSample } from './image-sample.ts';

/** One encoding tried on a sample, with its bytes. */
export interface Trial extends Found {
  readonly error: ImageError;
}

/** Whole images are measured on sixteen windows of this side, and tried on the same: the rest of their texels say the same. */
const MEASURED_PX = 192;
/** What windows are tried with around that: at an edge chroma and filters do other things than within. */
const FRAME_PX = 4;

/** Tells how far an error is above what is allowed: up to 1 is allowed. */
export type Judge = (error: ImageError) => number;

/** What is allowed is what the plain encoders did, each for itself. */
export function judgeBy(bars: readonly Trial[]): Judge {
  return (error) => Math.min(...bars.map((bar) => excessOf(error, bar.error)));
}

/** Tries an encoding on a sample. */
export type Attempt = (encoding: Encoding) => Promise<Trial>;

/** Tries each encoding once, whoever asks for it again. */
export function attemptOn(sample: Sample, part: ImagePart): Attempt {
  const known = new Map<string, Promise<Trial>>();
  return (encoding) => {
    const key = JSON.stringify(encoding);
    const trial = known.get(key) ?? tryOn(sample, part, encoding);
    known.set(key, trial);
    return trial;
  };
}

/** Encodes the sample, decodes it again and measures what became of it. */
async function tryOn({ pixels, used }: Sample, part: ImagePart, encoding: Encoding): Promise<Trial> {
  const bytes = await encodeImage(pixels, encoding);
  const decoded = await decodeImage(bytes, pixels.channels === 4 ? 'keep' : 'drop');
  return { ...toFound(bytes, encoding), error: measureError(pixels, decoded, part, used) };
}

/** The windows of an image that errors are measured on: what is around them is there, and does not count. */
export function takeMeasured(whole: Sample): Sample {
  return takeSample(whole, MEASURED_PX + 2 * FRAME_PX, FRAME_PX);
}

/** Encodes all of the image, and measures a sample of what became of it: measuring all of it took two fifths of the time. */
export async function tryOnWhole(
  { pixels, used }: Sample,
  part: ImagePart,
  encoding: Encoding,
  measured: Sample,
): Promise<Trial> {
  const bytes = await encodeImage(pixels, encoding);
  const decoded = await decodeImage(bytes, pixels.channels === 4 ? 'keep' : 'drop');
  // The windows follow from size and use alone, so both lie in the same places.
  const result = takeMeasured({ pixels: decoded, used });
  return { ...toFound(bytes, encoding), error: measureError(measured.pixels, result.pixels, part, measured.used) };
}
