/** How far decoded pixels are from the source, in the terms of their slot. Kernels on plain arrays. */
import type { ImageUse } from '../asset/textures.ts';
import type { Pixels } from './image-codec.ts';

/** What counts in an image, put together from all its uses. */
export interface ImagePart {
  readonly kind: 'color' | 'normal' | 'data' | 'exact';
  /** Channels that some slot reads. */
  readonly reads: readonly [r: boolean, g: boolean, b: boolean, a: boolean];
  /** Alpha that is looked through or cut at; otherwise alpha is one more number. */
  readonly coverage: boolean;
  /** Where alpha is cut, 0 to 1, lowest first. */
  readonly cutoffs: readonly number[];
}

/** Joins the uses of an image: the strictest kind wins, and every channel that any slot reads counts. */
export function partOf(uses: readonly ImageUse[]): ImagePart {
  const kinds = new Set(uses.map((use) => use.kind));
  const reads = (channel: string) => uses.some((use) => use.channels.includes(channel));
  const mixed = kinds.size > 1;
  const kind = uses.length === 0 || kinds.has('exact') ? 'exact' : mixed ? 'data' : (uses[0]?.kind ?? 'exact');
  const cutoffs = [...new Set(uses.flatMap((use) => use.cutoff ?? []))].sort((a, b) => a - b);
  const coverage = uses.some((use) => use.coverage === true);
  return { kind, reads: [reads('R'), reads('G'), reads('B'), reads('A')], coverage, cutoffs };
}

/** Errors of an encoding; smaller is better in each. */
export interface ImageError {
  /** Colour: mean squared error over RGB, as far as alpha lets it be seen. Data: that of the worst channel read. 0 to 65,025. */
  readonly mse: number;
  /** Mean squared error of alpha that is looked through, with 65,025 for each texel on the wrong side of a cutoff; otherwise 0. */
  readonly alpha: number;
  /** Normals: mean angle in degrees; otherwise 0. */
  readonly meanAngle: number;
  /** Normals: the angle that 99 % of texels stay below, in degrees; otherwise 0. */
  readonly tailAngle: number;
  /** Colour: 1 − mean SSIM of luma over 8×8 blocks; otherwise 0. */
  readonly dissimilarity: number;
}

const NO_ERROR: ImageError = Object.freeze({ mse: 0, alpha: 0, meanAngle: 0, tailAngle: 0, dissimilarity: 0 });

/** Compares pixels of equal size and channel count, where they are `used`. */
export function measureError(source: Pixels, decoded: Pixels, part: ImagePart, used?: Uint8Array): ImageError {
  if (part.kind === 'normal') return { ...NO_ERROR, ...anglesOf(source, decoded, used) };
  const hasAlpha = part.reads[3] && source.channels === 4;
  const seenThrough = hasAlpha && part.kind === 'color' && part.coverage;
  const [r = 0, g = 0, b = 0, a = 0] = squaredErrors(source, decoded, used, seenThrough);
  if (part.kind === 'color') {
    const rgb = (r + g + b) / 3;
    return {
      ...NO_ERROR,
      mse: hasAlpha && !seenThrough ? Math.max(rgb, a) : rgb,
      alpha: seenThrough ? a + 65025 * wrongSide(source, decoded, part.cutoffs, used) : 0,
      dissimilarity: 1 - ssimOfLuma(source, decoded, used),
    };
  }
  return { ...NO_ERROR, mse: Math.max(0, ...[r, g, b, a].filter((_error, channel) => part.reads[channel])) };
}

/** The worst of the errors, each as a part of the bar's: up to 1 meets it. */
export function excessOf(error: ImageError, bar: ImageError): number {
  const keys = ['mse', 'alpha', 'meanAngle', 'tailAngle', 'dissimilarity'] as const;
  return Math.max(...keys.map((key) => (error[key] <= 0 ? 0 : error[key] / Math.max(bar[key], 0))));
}

/** True when no error is above the bar. */
export function meets(error: ImageError, bar: ImageError): boolean {
  return excessOf(error, bar) <= 1;
}

function squaredErrors(a: Pixels, b: Pixels, used: Uint8Array | undefined, seenThrough: boolean): number[] {
  const { channels } = a;
  const [x, y] = [a.data, b.data];
  const sums = new Float64Array(channels);
  let count = 0;
  for (let i = 0, texel = 0; i < x.length; i += channels, texel++) {
    if (used !== undefined && used[texel] === 0) continue;
    count++;
    // What is half transparent shows half of its colour's error.
    const share = seenThrough ? (x[i + 3] ?? 255) / 255 : 1;
    for (let c = 0; c < channels; c++) {
      const d = ((x[i + c] ?? 0) - (y[i + c] ?? 0)) * (c < 3 ? share : 1);
      sums[c] = (sums[c] ?? 0) + d * d;
    }
  }
  return [...sums].map((sum) => sum / Math.max(count, 1));
}

/** The share of texels that a cutoff shows in one image and hides in the other. */
function wrongSide(a: Pixels, b: Pixels, cutoffs: readonly number[], used: Uint8Array | undefined): number {
  let wrong = 0;
  let count = 0;
  for (let i = 3; i < a.data.length; i += 4) {
    if (used !== undefined && used[(i - 3) / 4] === 0) continue;
    count++;
    if (cutoffs.some((cutoff) => (a.data[i] ?? 0) >= cutoff * 255 !== (b.data[i] ?? 0) >= cutoff * 255)) wrong++;
  }
  return wrong / Math.max(count, 1);
}

/** Angles between the directions that two normal maps hold, in degrees: their mean, and what 99 % of them stay below. */
function anglesOf(a: Pixels, b: Pixels, used: Uint8Array | undefined): Pick<ImageError, 'meanAngle' | 'tailAngle'> {
  const { channels } = a;
  const histogram = new Uint32Array(ANGLE_BINS);
  let sum = 0;
  let count = 0;
  for (let i = 0; i < a.data.length; i += channels) {
    if (used !== undefined && used[i / channels] === 0) continue;
    const ax = (a.data[i] ?? 0) - 127.5;
    const ay = (a.data[i + 1] ?? 0) - 127.5;
    const az = (a.data[i + 2] ?? 0) - 127.5;
    const bx = (b.data[i] ?? 0) - 127.5;
    const by = (b.data[i + 1] ?? 0) - 127.5;
    const bz = (b.data[i + 2] ?? 0) - 127.5;
    const dot = ax * bx + ay * by + az * bz;
    const lengths = Math.sqrt((ax * ax + ay * ay + az * az) * (bx * bx + by * by + bz * bz));
    const angle = (Math.acos(Math.min(1, Math.max(-1, dot / lengths))) * 180) / Math.PI;
    sum += angle;
    count++;
    const bin = Math.min(ANGLE_BINS - 1, Math.floor((angle / 180) * ANGLE_BINS));
    histogram[bin] = (histogram[bin] ?? 0) + 1;
  }
  let bin = -1;
  for (let below = 0; below < TAIL * count && bin < ANGLE_BINS - 1; ) below += histogram[++bin] ?? 0;
  return { meanAngle: sum / Math.max(count, 1), tailAngle: ((bin + 1) * 180) / ANGLE_BINS };
}

const TAIL = 0.99;
/** A twentieth of a degree each. */
const ANGLE_BINS = 3600;

/** SSIM (Wang et al. 2004) of luma, mean over 8×8 blocks every 4 pixels; those that are not used as a whole do not count. */
function ssimOfLuma(a: Pixels, b: Pixels, used: Uint8Array | undefined): number {
  const SIZE = 8;
  const STEP = 4;
  const [x, y] = [lumaOf(a), lumaOf(b)];
  let sum = 0;
  let blocks = 0;
  for (let top = 0; top + SIZE <= a.height; top += STEP) {
    for (let left = 0; left + SIZE <= a.width; left += STEP) {
      if (used !== undefined && !isUsed(used, a.width, left, top, SIZE)) continue;
      sum += ssimOfBlock(x, y, a.width, left, top, SIZE);
      blocks++;
    }
  }
  return blocks === 0 ? 1 : sum / blocks;
}

function isUsed(used: Uint8Array, width: number, left: number, top: number, size: number): boolean {
  for (let row = top; row < top + size; row++) {
    for (let i = row * width + left; i < row * width + left + size; i++) if (used[i] === 0) return false;
  }
  return true;
}

function ssimOfBlock(x: Float32Array, y: Float32Array, width: number, left: number, top: number, size: number): number {
  let sx = 0;
  let sy = 0;
  let sxx = 0;
  let syy = 0;
  let sxy = 0;
  for (let row = top; row < top + size; row++) {
    for (let i = row * width + left; i < row * width + left + size; i++) {
      const p = x[i] ?? 0;
      const q = y[i] ?? 0;
      sx += p;
      sy += q;
      sxx += p * p;
      syy += q * q;
      sxy += p * q;
    }
  }
  const n = size * size;
  const mx = sx / n;
  const my = sy / n;
  const vx = sxx / n - mx * mx;
  const vy = syy / n - my * my;
  const covariance = sxy / n - mx * my;
  // (0.01 · 255)² and (0.03 · 255)²
  const c1 = 6.5025;
  const c2 = 58.5225;
  return ((2 * mx * my + c1) * (2 * covariance + c2)) / ((mx * mx + my * my + c1) * (vx + vy + c2));
}

function lumaOf({ data, channels, width, height }: Pixels): Float32Array {
  const luma = new Float32Array(width * height);
  for (let i = 0; i < luma.length; i++) {
    const at = i * channels;
    luma[i] = 0.299 * (data[at] ?? 0) + 0.587 * (data[at + 1] ?? 0) + 0.114 * (data[at + 2] ?? 0);
  }
  return luma;
}
