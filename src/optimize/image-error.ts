/** How far decoded pixels are from the source, in the terms of their slot. Kernels on plain arrays. */
import type { ImageUse } from '../asset/textures.ts';
import type { Pixels } from './image-codec.ts';

/** What counts in an image, put together from all its uses. */
export interface ImagePart {
  readonly kind: 'color' | 'normal' | 'data' | 'exact';
  /** Channels that some slot reads. */
  readonly reads: readonly [r: boolean, g: boolean, b: boolean, a: boolean];
}

/** Joins the uses of an image: the strictest kind wins, and every channel that any slot reads counts. */
export function partOf(uses: readonly ImageUse[]): ImagePart {
  const kinds = new Set(uses.map((use) => use.kind));
  const reads = (channel: string) => uses.some((use) => use.channels.includes(channel));
  const mixed = kinds.size > 1;
  const kind = uses.length === 0 || kinds.has('exact') ? 'exact' : mixed ? 'data' : (uses[0]?.kind ?? 'exact');
  return { kind, reads: [reads('R'), reads('G'), reads('B'), reads('A')] };
}

/** Errors of an encoding; smaller is better in each. */
export interface ImageError {
  /** Colour: mean squared error over RGB. Data: that of the worst channel read. 0 to 65,025. */
  readonly mse: number;
  /** Normals: mean angle in degrees; otherwise 0. */
  readonly meanAngle: number;
  /** Colour: 1 − mean SSIM of luma over 8×8 blocks; otherwise 0. */
  readonly dissimilarity: number;
}

/** Compares pixels of equal size and channel count. */
export function measureError(source: Pixels, decoded: Pixels, part: ImagePart): ImageError {
  if (part.kind === 'normal') return { mse: 0, meanAngle: meanAngle(source, decoded), dissimilarity: 0 };
  const perChannel = squaredErrors(source, decoded);
  const alpha = part.reads[3] && source.channels === 4 ? (perChannel[3] ?? 0) : 0;
  if (part.kind === 'color') {
    const rgb = ((perChannel[0] ?? 0) + (perChannel[1] ?? 0) + (perChannel[2] ?? 0)) / 3;
    return { mse: Math.max(rgb, alpha), meanAngle: 0, dissimilarity: 1 - ssimOfLuma(source, decoded) };
  }
  const read = perChannel.filter((_error, channel) => part.reads[channel] ?? true);
  return { mse: Math.max(0, ...read), meanAngle: 0, dissimilarity: 0 };
}

/** True when no error is above the bar. */
export function meets(error: ImageError, bar: ImageError): boolean {
  return error.mse <= bar.mse && error.meanAngle <= bar.meanAngle && error.dissimilarity <= bar.dissimilarity;
}

function squaredErrors(a: Pixels, b: Pixels): number[] {
  const { channels } = a;
  const sums = new Array<number>(channels).fill(0);
  for (let i = 0; i < a.data.length; i++) {
    const d = (a.data[i] ?? 0) - (b.data[i] ?? 0);
    sums[i % channels] = (sums[i % channels] ?? 0) + d * d;
  }
  return sums.map((sum) => sum / (a.width * a.height));
}

/** Mean angle between the directions that two normal maps hold, in degrees. */
function meanAngle(a: Pixels, b: Pixels): number {
  const { channels } = a;
  let sum = 0;
  for (let i = 0; i < a.data.length; i += channels) {
    const ax = (a.data[i] ?? 0) - 127.5;
    const ay = (a.data[i + 1] ?? 0) - 127.5;
    const az = (a.data[i + 2] ?? 0) - 127.5;
    const bx = (b.data[i] ?? 0) - 127.5;
    const by = (b.data[i + 1] ?? 0) - 127.5;
    const bz = (b.data[i + 2] ?? 0) - 127.5;
    const dot = ax * bx + ay * by + az * bz;
    sum += Math.acos(
      Math.min(1, Math.max(-1, dot / Math.sqrt((ax * ax + ay * ay + az * az) * (bx * bx + by * by + bz * bz)))),
    );
  }
  return ((sum / (a.width * a.height)) * 180) / Math.PI;
}

/** SSIM (Wang et al. 2004) of luma, mean over 8×8 blocks every 4 pixels. */
function ssimOfLuma(a: Pixels, b: Pixels): number {
  const SIZE = 8;
  const STEP = 4;
  const [x, y] = [lumaOf(a), lumaOf(b)];
  let sum = 0;
  let blocks = 0;
  for (let top = 0; top + SIZE <= a.height; top += STEP) {
    for (let left = 0; left + SIZE <= a.width; left += STEP) {
      sum += ssimOfBlock(x, y, a.width, left, top, SIZE);
      blocks++;
    }
  }
  return blocks === 0 ? 1 : sum / blocks;
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
