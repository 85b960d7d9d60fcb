/** How far decoded pixels are from the source, in the terms of their slot. Kernels on plain arrays. */
import type { ImageUse, SlotKind } from '../asset/textures.ts';
import type { Pixels } from './image-codec.ts';

/** What counts in an image, put together from all its uses. */
export interface ImagePart {
  readonly kind: SlotKind;
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
  const strict = uses.length === 0 || kinds.has('exact') ? 'exact' : kinds.has('pixels') ? 'pixels' : undefined;
  const kind = strict ?? (mixed ? 'data' : (uses[0]?.kind ?? 'exact'));
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
  const [r = 0, g = 0, b = 0, a = 0] = (seenThrough ? seenErrors : squaredErrors)(source, decoded, used);
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

/** Mean squared error of each channel. Sums of whole numbers: exact in any order. */
function squaredErrors(a: Pixels, b: Pixels, used: Uint8Array | undefined): readonly number[] {
  const { channels } = a;
  const [x, y] = [plain(a.data), plain(b.data)];
  const hasAlpha = channels === 4;
  let sumR = 0;
  let sumG = 0;
  let sumB = 0;
  let sumA = 0;
  let count = 0;
  for (let i = 0, texel = 0; i < x.length; i += channels, texel++) {
    if (used !== undefined && used[texel] === 0) continue;
    count++;
    const r = (x[i] ?? 0) - (y[i] ?? 0);
    const g = (x[i + 1] ?? 0) - (y[i + 1] ?? 0);
    const b = (x[i + 2] ?? 0) - (y[i + 2] ?? 0);
    sumR += r * r;
    sumG += g * g;
    sumB += b * b;
    if (!hasAlpha) continue;
    const alpha = (x[i + 3] ?? 0) - (y[i + 3] ?? 0);
    sumA += alpha * alpha;
  }
  return [sumR, sumG, sumB, sumA].map((sum) => sum / Math.max(count, 1));
}

/** The same, where what is half transparent shows half of its colour's error. */
function seenErrors(a: Pixels, b: Pixels, used: Uint8Array | undefined): readonly number[] {
  const [x, y] = [plain(a.data), plain(b.data)];
  let sumR = 0;
  let sumG = 0;
  let sumB = 0;
  let sumA = 0;
  let count = 0;
  for (let i = 0, texel = 0; i < x.length; i += 4, texel++) {
    if (used !== undefined && used[texel] === 0) continue;
    count++;
    const opacity = x[i + 3] ?? 0;
    const share = opacity / 255;
    const r = ((x[i] ?? 0) - (y[i] ?? 0)) * share;
    const g = ((x[i + 1] ?? 0) - (y[i + 1] ?? 0)) * share;
    const b = ((x[i + 2] ?? 0) - (y[i + 2] ?? 0)) * share;
    const alpha = opacity - (y[i + 3] ?? 0);
    sumR += r * r;
    sumG += g * g;
    sumB += b * b;
    sumA += alpha * alpha;
  }
  return [sumR, sumG, sumB, sumA].map((sum) => sum / Math.max(count, 1));
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
  const [x, y] = [plain(a.data), plain(b.data)];
  // The last bin is for half a turn alone.
  const histogram = new Uint32Array(ANGLE_BINS + 1);
  let sum = 0;
  let count = 0;
  for (let i = 0, texel = 0; i < x.length; i += channels, texel++) {
    if (used !== undefined && used[texel] === 0) continue;
    count++;
    // Twice the distance from 127.5, in whole numbers.
    const ax = 2 * (x[i] ?? 0) - 255;
    const ay = 2 * (x[i + 1] ?? 0) - 255;
    const az = 2 * (x[i + 2] ?? 0) - 255;
    const bx = 2 * (y[i] ?? 0) - 255;
    const by = 2 * (y[i + 1] ?? 0) - 255;
    const bz = 2 * (y[i + 2] ?? 0) - 255;
    const dot = ax * bx + ay * by + az * bz;
    const cosine = dot / Math.sqrt((ax * ax + ay * ay + az * az) * (bx * bx + by * by + bz * bz));
    const angle = Math.acos(Math.min(1, Math.max(-1, cosine)));
    sum += angle;
    const bin = Math.floor(angle * (ANGLE_BINS / Math.PI));
    histogram[bin] = (histogram[bin] ?? 0) + 1;
  }
  let bin = -1;
  for (let below = 0; below < TAIL * count && bin < ANGLE_BINS - 1; ) below += histogram[++bin] ?? 0;
  return {
    meanAngle: ((sum / Math.max(count, 1)) * 180) / Math.PI,
    tailAngle: ((bin + 1) * 180) / ANGLE_BINS,
  };
}

const TAIL = 0.99;
/** A twentieth of a degree each. */
const ANGLE_BINS = 3600;

/** SSIM looks at blocks of two by two cells of this side, and every cell begins one. */
const CELL = 4;

/** SSIM (Wang et al. 2004) of luma, mean over 8×8 blocks every 4 pixels; those that are not used as a whole do not count. */
function ssimOfLuma(a: Pixels, b: Pixels, used: Uint8Array | undefined): number {
  const columns = Math.floor(a.width / CELL);
  const rows = Math.floor(a.height / CELL);
  const sides = [plain(a.data), plain(b.data)] as const;
  let above = new Float64Array(columns * SUMS);
  let cells = new Float64Array(columns * SUMS);
  let sum = 0;
  let blocks = 0;
  for (let row = 0; row < rows; row++) {
    [above, cells] = [cells, above];
    sumCells(cells, sides, a, used, row * CELL);
    for (let at = 0; row > 0 && at + SUMS < cells.length; at += SUMS) {
      const ssim = ssimOfBlock(above, cells, at);
      // Not a number where something in the block is not used.
      if (Number.isNaN(ssim)) continue;
      sum += ssim;
      blocks++;
    }
  }
  return blocks === 0 ? 1 : sum / blocks;
}

/** Sums of a cell over both images: x, y, x², y² and xy. */
const SUMS = 5;

/** The sums of one row of cells; not a number where a texel is not used. */
function sumCells(
  cells: Float64Array,
  [x, y]: readonly [Uint8Array, Uint8Array],
  { width, channels }: Pixels,
  used: Uint8Array | undefined,
  top: number,
): void {
  cells.fill(0);
  for (let row = top; row < top + CELL; row++) {
    for (let at = 0, column = 0; at < cells.length; at += SUMS, column += CELL) {
      let sx = 0;
      let sy = 0;
      let sxx = 0;
      let syy = 0;
      let sxy = 0;
      for (let texel = row * width + column; texel < row * width + column + CELL; texel++) {
        if (used !== undefined && used[texel] === 0) sx = Number.NaN;
        const i = texel * channels;
        const p = luma(x[i] ?? 0, x[i + 1] ?? 0, x[i + 2] ?? 0);
        const q = luma(y[i] ?? 0, y[i + 1] ?? 0, y[i + 2] ?? 0);
        sx += p;
        sy += q;
        sxx += p * p;
        syy += q * q;
        sxy += p * q;
      }
      cells[at] = (cells[at] ?? 0) + sx;
      cells[at + 1] = (cells[at + 1] ?? 0) + sy;
      cells[at + 2] = (cells[at + 2] ?? 0) + sxx;
      cells[at + 3] = (cells[at + 3] ?? 0) + syy;
      cells[at + 4] = (cells[at + 4] ?? 0) + sxy;
    }
  }
}

function luma(r: number, g: number, b: number): number {
  return Math.fround(0.299 * r + 0.587 * g + 0.114 * b);
}

/** Of the block whose upper left cell is at `at`. */
function ssimOfBlock(above: Float64Array, below: Float64Array, at: number): number {
  const n = (2 * CELL) ** 2;
  const mx = sumOfFour(above, below, at) / n;
  const my = sumOfFour(above, below, at + 1) / n;
  const vx = sumOfFour(above, below, at + 2) / n - mx * mx;
  const vy = sumOfFour(above, below, at + 3) / n - my * my;
  const covariance = sumOfFour(above, below, at + 4) / n - mx * my;
  // (0.01 · 255)² and (0.03 · 255)²
  const c1 = 6.5025;
  const c2 = 58.5225;
  return ((2 * mx * my + c1) * (2 * covariance + c2)) / ((mx * mx + my * my + c1) * (vx + vy + c2));
}

function sumOfFour(above: Float64Array, below: Float64Array, at: number): number {
  return (above[at] ?? 0) + (above[at + SUMS] ?? 0) + ((below[at] ?? 0) + (below[at + SUMS] ?? 0));
}

/** One class of array for the kernels: what a decoder gives is a Buffer, what we cut ourselves is not. */
function plain(data: Uint8Array): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
