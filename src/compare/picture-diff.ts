/** Two pictures of one model on a flat background -> how different they look, as one number D. */
import { type Box, flipMap, type Picture, type Prepared, prepare } from './pixels.ts';

/** One comparison. `map` holds the FLIP value (0 to 1) of each pixel of `box`. */
export interface PixelDiff {
  /** D: 0 identical, up to 1 invisible, from 1.5 on visible. */
  readonly score: number;
  readonly mean: number;
  readonly p95: number;
  readonly worstTile: number;
  /** Chroma that a tile has more or less of as a whole, in Hunt-adjusted CIELAB, mean over the model: noise cancels out, a turned hue does not. */
  readonly cast: number;
  readonly box: Box;
  readonly map: Float32Array;
}

/** What a mean, a 95th percentile and a worst tile of 1 in D are, fitted on 153 labelled pairs; and a cast, on the calibration's 94 (docs/visual-guard.md). */
const POOLING = {
  512: { mean: 0.055, p95: 0.1, tile: 0.17, cast: 0.5, tilePx: 16 },
  1024: { mean: 0.06, p95: 0.14, tile: 0.2, cast: 0.5, tilePx: 32 },
} as const;

/** The smallest box around everything that is not background, in either picture; null when there is nothing. */
export function silhouetteBox(pictures: readonly Picture[], background: number, marginPx = 8): Box | null {
  const [red, green, blue] = [background >> 16, (background >> 8) & 255, background & 255];
  let [left, top, right, bottom] = [Infinity, Infinity, -1, -1];
  for (const { width, height, rgba } of pictures) {
    const isModel = (x: number, y: number): boolean => {
      const i = (y * width + x) * 4;
      return rgba[i] !== red || rgba[i + 1] !== green || rgba[i + 2] !== blue;
    };
    for (let y = 0; y < height; y++) {
      let first = 0;
      while (first < width && !isModel(first, y)) first++;
      if (first === width) continue;
      let last = width - 1;
      while (!isModel(last, y)) last--;
      left = Math.min(left, first);
      right = Math.max(right, last);
      top = Math.min(top, y);
      bottom = Math.max(bottom, y);
    }
  }
  const size = pictures[0];
  if (right < 0 || size === undefined) return null;
  return {
    left: Math.max(0, left - marginPx),
    top: Math.max(0, top - marginPx),
    right: Math.min(size.width, right + 1 + marginPx),
    bottom: Math.min(size.height, bottom + 1 + marginPx),
  };
}

/** True when every pixel has the same red, green and blue. */
export function identical(a: Picture, b: Picture): boolean {
  if (a.width !== b.width || a.height !== b.height) return false;
  const words = (rgba: Picture['rgba']) => new Uint32Array(rgba.slice().buffer);
  const aligned = a.rgba.byteOffset % 4 === 0 && b.rgba.byteOffset % 4 === 0;
  const left = aligned ? new Uint32Array(a.rgba.buffer, a.rgba.byteOffset, a.width * a.height) : words(a.rgba);
  const right = aligned ? new Uint32Array(b.rgba.buffer, b.rgba.byteOffset, b.width * b.height) : words(b.rgba);
  for (let i = 0; i < left.length; i++) if ((((left[i] ?? 0) ^ (right[i] ?? 0)) & 0xffffff) !== 0) return false;
  return true;
}

/**
 * Compares a candidate with a reference on a flat background. `prepared` saves half the work when the reference has
 * been prepared in a box that holds both silhouettes.
 */
export function comparePictures(
  reference: Picture,
  candidate: Picture,
  background: number,
  prepared: Prepared | null = null,
): PixelDiff {
  const own = silhouetteBox([candidate], background);
  const box =
    prepared && (own === null || holds(prepared.box, own))
      ? prepared.box
      : silhouetteBox([reference, candidate], background);
  const nothing = { left: 0, top: 0, right: 0, bottom: 0 };
  if (box === null || identical(reference, candidate)) {
    const zeros = box ?? nothing;
    const map = new Float32Array((zeros.right - zeros.left) * (zeros.bottom - zeros.top));
    return { score: 0, mean: 0, p95: 0, worstTile: 0, cast: 0, box: zeros, map };
  }
  const first = prepared && prepared.box === box ? prepared : prepare(reference, box);
  const second = prepare(candidate, box);
  const map = flipMap(first, second);
  return { ...pool(map, [first, second], [reference, candidate], background), box, map };
}

type Two<T> = readonly [T, T];

/** Pools a FLIP map, and differences of chroma, over the pixels where either picture shows the model. */
function pool(map: Float32Array, [first, second]: Two<Prepared>, [a, b]: Two<Picture>, background: number) {
  const { box } = first;
  const limits = a.width >= 768 ? POOLING[1024] : POOLING[512];
  const [red, green, blue] = [background >> 16, (background >> 8) & 255, background & 255];
  const differs = (rgba: Picture['rgba'], p: number) =>
    rgba[p] !== red || rgba[p + 1] !== green || rgba[p + 2] !== blue;
  const width = box.right - box.left;
  const tilesAcross = Math.ceil(width / limits.tilePx);
  const tileCount = tilesAcross * Math.ceil((box.bottom - box.top) / limits.tilePx);
  const tileSum = new Float64Array(tileCount);
  const [redCast, blueCast] = [new Float64Array(tileCount), new Float64Array(tileCount)];
  const bins = new Uint32Array(4097);
  let sum = 0;
  let count = 0;
  for (let i = 0; i < map.length; i++) {
    const x = i % width;
    const y = (i - x) / width;
    const p = ((box.top + y) * a.width + box.left + x) * 4;
    if (!differs(a.rgba, p) && !differs(b.rgba, p)) continue;
    const value = map[i] as number;
    sum += value;
    count++;
    const bin = Math.floor(value * 4096);
    bins[bin] = (bins[bin] as number) + 1;
    const tile = Math.floor(y / limits.tilePx) * tilesAcross + Math.floor(x / limits.tilePx);
    tileSum[tile] = (tileSum[tile] as number) + value;
    redCast[tile] = (redCast[tile] as number) + (first.a[i] as number) - (second.a[i] as number);
    blueCast[tile] = (blueCast[tile] as number) + (first.b[i] as number) - (second.b[i] as number);
  }
  const mean = count === 0 ? 0 : sum / count;
  let [bin, above] = [4096, count * 0.05];
  while (bin > 0 && above - (bins[bin] as number) > 0) above -= bins[bin--] as number;
  const p95 = count === 0 ? 0 : (bin + 0.5) / 4096;
  // Over the whole tile, background included: the few pixels of an anti-aliased rim must not weigh like a lost part.
  const worstTile = Math.max(0, ...tileSum) / (limits.tilePx * limits.tilePx);
  let turned = 0;
  for (let tile = 0; tile < tileCount; tile++) turned += Math.hypot(redCast[tile] as number, blueCast[tile] as number);
  const cast = count === 0 ? 0 : turned / count;
  const score = Math.max(mean / limits.mean, p95 / limits.p95, worstTile / limits.tile, cast / limits.cast);
  return { score, mean, p95, worstTile, cast };
}

function holds(outer: Box, inner: Box): boolean {
  return (
    outer.left <= inner.left && outer.top <= inner.top && outer.right >= inner.right && outer.bottom >= inner.bottom
  );
}
