/** New content for texels that nobody reads, chosen so that the image compresses well. Kernels on plain arrays. */
import type { Pixels } from './image-codec.ts';

/** Means of the used texels around, from coarse to fine: nothing is left to encode there but slow changes. [push-pull, Gortler et al. 1996] */
export function smoothUnused(pixels: Pixels, used: Uint8Array): Pixels {
  const { width, height, channels } = pixels;
  const levels = [halve(sumOf(pixels, used))];
  for (let top = levels[0]; top !== undefined && (top.width > 1 || top.height > 1); top = levels.at(-1))
    levels.push(halve(top));
  for (let i = levels.length - 2; i >= 0; i--) pullDown(levels[i + 1], levels[i]);
  const coarse = levels[0];
  const data = new Uint8Array(pixels.data);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const i = y * width + x;
      if (used[i] === 1 || coarse === undefined) continue;
      const from = ((y >> 1) * coarse.width + (x >> 1)) * channels;
      for (let c = 0; c < channels; c++) data[i * channels + c] = Math.round(coarse.sums[from + c] ?? 0);
    }
  }
  return { ...pixels, data };
}

/** Each unused texel repeats the used one before it in its row, whole rows the row above: long runs, no new colours. */
export function repeatUnused(pixels: Pixels, used: Uint8Array): Pixels {
  const { width, height, channels } = pixels;
  const data = new Uint8Array(pixels.data);
  const filled = new Uint8Array(height);
  const copy = (to: number, from: number) =>
    data.copyWithin(to * channels, from * channels, from * channels + channels);
  for (let y = 0; y < height; y++) {
    const row = used.subarray(y * width, (y + 1) * width);
    let last = row.indexOf(1);
    if (last < 0) continue;
    filled[y] = 1;
    for (let x = 0; x < width; x++) {
      if (row[x] === 1) last = x;
      else copy(y * width + x, y * width + last);
    }
  }
  let last = filled.indexOf(1);
  if (last < 0) return pixels;
  for (let y = 0; y < height; y++) {
    if (filled[y] === 1) last = y;
    else data.copyWithin(y * width * channels, last * width * channels, (last + 1) * width * channels);
  }
  return { ...pixels, data };
}

/** Sums of values over used texels, with how many there are; after `pullDown`, values. */
interface Level {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly sums: Float32Array;
  readonly weights: Float32Array;
}

/** The finest level is read from the image itself: as floats it would take gigabytes. */
interface Source {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly sums: ArrayLike<number>;
  readonly weights: ArrayLike<number>;
}

function sumOf({ data, width, height, channels }: Pixels, used: Uint8Array): Source {
  return { width, height, channels, sums: data, weights: used };
}

/** Means over squares of four, of what is known. */
function halve(fine: Source): Level {
  const { channels } = fine;
  const [width, height] = [Math.ceil(fine.width / 2), Math.ceil(fine.height / 2)];
  const sums = new Float32Array(width * height * channels);
  const weights = new Float32Array(width * height);
  for (let y = 0; y < fine.height; y++) {
    for (let x = 0; x < fine.width; x++) {
      const from = y * fine.width + x;
      const weight = fine.weights[from] ?? 0;
      if (weight === 0) continue;
      const to = (y >> 1) * width + (x >> 1);
      weights[to] = (weights[to] ?? 0) + weight;
      for (let c = 0; c < channels; c++) {
        sums[to * channels + c] = (sums[to * channels + c] ?? 0) + weight * (fine.sums[from * channels + c] ?? 0);
      }
    }
  }
  for (let i = 0; i < weights.length; i++) {
    const weight = weights[i] ?? 0;
    if (weight === 0) continue;
    for (let c = 0; c < channels; c++) sums[i * channels + c] = (sums[i * channels + c] ?? 0) / weight;
    weights[i] = Math.min(weight, 1);
  }
  return { width, height, channels, sums, weights };
}

/** Gives values to what is not known on the finer level. */
function pullDown(coarse: Level | undefined, fine: Level | undefined): void {
  if (coarse === undefined || fine === undefined) return;
  const { width, height, channels } = fine;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const i = y * width + x;
      if ((fine.weights[i] ?? 0) > 0) continue;
      const from = ((y >> 1) * coarse.width + (x >> 1)) * channels;
      for (let c = 0; c < channels; c++) fine.sums[i * channels + c] = coarse.sums[from + c] ?? 0;
    }
  }
}
