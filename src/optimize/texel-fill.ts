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
  if (coarse === undefined) return { ...pixels, data };
  const { sums } = coarse;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const texel = y * width + x;
      if (used[texel] === 1) continue;
      const from = ((y >> 1) * coarse.width + (x >> 1)) * channels;
      const to = texel * channels;
      // Rounded: there are no negative ones.
      for (let c = 0; c < channels; c++) data[to + c] = (sums[from + c] ?? 0) + 0.5;
    }
  }
  return { ...pixels, data };
}

/** Each unused texel repeats the used one before it in its row, whole rows the row above: long runs, no new colours. */
export function repeatUnused(pixels: Pixels, used: Uint8Array): Pixels {
  const { width, height, channels } = pixels;
  const data = new Uint8Array(pixels.data);
  const filled = new Uint8Array(height);
  for (let y = 0; y < height; y++) {
    const row = used.subarray(y * width, (y + 1) * width);
    let last = row.indexOf(1);
    if (last < 0) continue;
    filled[y] = 1;
    for (let x = 0; x < width; x++) {
      if (row[x] === 1) {
        last = x;
        continue;
      }
      const to = (y * width + x) * channels;
      const from = (y * width + last) * channels;
      for (let c = 0; c < channels; c++) data[to + c] = data[from + c] ?? 0;
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
function halve({ width: fineWidth, height: fineHeight, channels, sums: fine, weights: known }: Source): Level {
  const [width, height] = [Math.ceil(fineWidth / 2), Math.ceil(fineHeight / 2)];
  const sums = new Float32Array(width * height * channels);
  const weights = new Float32Array(width * height);
  for (let y = 0, to = 0; y < height; y++) {
    const down = 2 * y + 1 < fineHeight ? fineWidth : 0;
    for (let x = 0; x < width; x++, to++) {
      const first = 2 * y * fineWidth + 2 * x;
      const right = 2 * x + 1 < fineWidth ? 1 : 0;
      // Over the edge the weight of what would be there is none.
      const w0 = known[first] ?? 0;
      const w1 = (known[first + right] ?? 0) * right;
      const w2 = down === 0 ? 0 : (known[first + down] ?? 0);
      const w3 = down === 0 ? 0 : (known[first + down + right] ?? 0) * right;
      const weight = w0 + w1 + w2 + w3;
      if (weight === 0) continue;
      weights[to] = 1;
      const i = first * channels;
      const acrossBytes = right * channels;
      const downBytes = down * channels;
      for (let c = 0; c < channels; c++) {
        // As floats, in this order: the same sums on every machine.
        let sum = w0 * (fine[i + c] ?? 0);
        sum = Math.fround(sum + w1 * (fine[i + acrossBytes + c] ?? 0));
        sum = Math.fround(sum + w2 * (fine[i + downBytes + c] ?? 0));
        sum = Math.fround(sum + w3 * (fine[i + downBytes + acrossBytes + c] ?? 0));
        sums[to * channels + c] = sum / weight;
      }
    }
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
