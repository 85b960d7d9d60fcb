/** A small part of an image that tells encodings apart: many can be tried on it. */
import type { Pixels } from './image-codec.ts';

/** Pixels, and which of them some triangle reads; undefined means all. */
export interface Sample {
  readonly pixels: Pixels;
  readonly used: Uint8Array | undefined;
}

/** Parts along each side, with a window in each: many small ones tell more of an image than few large ones. */
const PARTS = 4;

/**
 * Up to sixteen square windows, one from each part of the image, one below the other: from its middle, or where most of it is used.
 * Of each window the outermost `framePx` count as not used.
 */
export function takeSample({ pixels, used }: Sample, windowPx: number, framePx = 0): Sample {
  const { width, height, channels, data } = pixels;
  if (width * height <= PARTS * PARTS * windowPx * windowPx) return { pixels, used };
  const part = [Math.floor(width / PARTS), Math.floor(height / PARTS)] as const;
  const [w, h] = [Math.min(windowPx, part[0]), Math.min(windowPx, part[1])];
  const corners = Array.from({ length: PARTS * PARTS }, (_, i) => i).flatMap((i) => {
    const corner = [(i % PARTS) * part[0], Math.floor(i / PARTS) * part[1]] as const;
    return windowIn(used, width, corner, part, [w, h]) ?? [];
  });
  if (corners.length === 0) return { pixels, used };
  const out = new Uint8Array(corners.length * w * h * channels);
  const outUsed = used === undefined && framePx === 0 ? undefined : new Uint8Array(corners.length * w * h);
  for (const [k, [left, top]] of corners.entries()) {
    for (let y = 0; y < h; y++) {
      const from = (top + y) * width + left;
      const to = (k * h + y) * w;
      out.set(data.subarray(from * channels, (from + w) * channels), to * channels);
      if (y < framePx || y >= h - framePx) continue;
      if (used === undefined) outUsed?.fill(1, to + framePx, to + w - framePx);
      else outUsed?.set(used.subarray(from + framePx, from + w - framePx), to + framePx);
    }
  }
  return { pixels: { data: out, width: w, height: corners.length * h, channels }, used: outUsed };
}

/** Above this an image is sampled by bands; below, all of it is as quick. */
const BANDED_PIXELS = 512 * 512;

/** Every fourth band of rows, one below the other; small images as a whole. */
export function takeBands(pixels: Pixels, bandPx: number): Pixels {
  const { width, height, channels, data } = pixels;
  if (width * height <= BANDED_PIXELS || height < bandPx * 4) return pixels;
  const rowBytes = width * channels;
  const bandCount = Math.floor(height / (bandPx * 4));
  const out = new Uint8Array(bandCount * bandPx * rowBytes);
  for (let band = 0; band < bandCount; band++) {
    const top = band * 4 * bandPx;
    out.set(data.subarray(top * rowBytes, (top + bandPx) * rowBytes), band * bandPx * rowBytes);
  }
  return { data: out, width, height: bandCount * bandPx, channels };
}

type Pair = readonly [number, number];

/** The corner of the window of a quarter; none where nothing in it is used. */
function windowIn(
  used: Uint8Array | undefined,
  width: number,
  [left, top]: Pair,
  [w, h]: Pair,
  [windowW, windowH]: Pair,
): readonly Pair[] | undefined {
  const middle = [left + Math.floor((w - windowW) / 2), top + Math.floor((h - windowH) / 2)] as const;
  if (used === undefined) return [middle];
  // The middle comes first: what is used no less elsewhere is no better.
  const places = [middle];
  for (let y = 0; y <= h - windowH; y += Math.max(1, windowH >> 1)) {
    for (let x = 0; x <= w - windowW; x += Math.max(1, windowW >> 1)) places.push([left + x, top + y]);
  }
  let best: Pair | undefined;
  let most = 0;
  for (const place of places) {
    const count = countUsed(used, width, place, [windowW, windowH]);
    if (count > most) [best, most] = [place, count];
  }
  return best === undefined ? undefined : [best];
}

/** Counts every fourth row: enough to choose by. */
function countUsed(used: Uint8Array, width: number, [left, top]: Pair, [w, h]: Pair): number {
  let count = 0;
  for (let y = top; y < top + h; y += 4) {
    for (let i = y * width + left; i < y * width + left + w; i++) count += used[i] ?? 0;
  }
  return count;
}
