/**
 * How different two pictures look: FLIP (LDR), written from Andersson, Nilsson, Akenine-Möller, Oskarsson, Åström and
 * Fairchild, "FLIP: A Difference Evaluator for Alternating Images", PACMCGIT 3(2), 2020, and pooled into one number D.
 * A kernel without imports: it runs in the page that draws, and in tests.
 */

/** Pixels, four bytes each, row by row. Alpha is not looked at. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly rgba: Uint8Array | Uint8ClampedArray;
}

/** A part of a picture in pixels; right and bottom are just outside. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** What FLIP needs of one picture, inside a box. Make it once for the reference. */
export interface Prepared {
  readonly box: Box;
  /** CIELAB after the contrast filter, with the Hunt effect. */
  readonly l: Float32Array;
  readonly a: Float32Array;
  readonly b: Float32Array;
  /** Strength of edges and of points. */
  readonly edge: Float32Array;
  readonly point: Float32Array;
}

/** One comparison. `map` holds the FLIP value (0 to 1) of each pixel of `box`. */
export interface PixelDiff {
  /** D: 0 identical, up to 1 invisible, from 1.5 on visible. */
  readonly score: number;
  readonly mean: number;
  readonly p95: number;
  readonly worstTile: number;
  readonly box: Box;
  readonly map: Float32Array;
}

/** Pixels per degree of a 0.7 m wide 4K screen seen from 0.7 m: the paper's default. */
const PIXELS_PER_DEGREE = 67;

/** What a mean, a 95th percentile and a worst tile of 1 in D are, fitted on 153 labelled pairs (docs/visual-guard.md). */
const POOLING = {
  512: { mean: 0.055, p95: 0.1, tile: 0.17, tilePx: 16 },
  1024: { mean: 0.06, p95: 0.14, tile: 0.2, tilePx: 32 },
} as const;

// sRGB -> linear -> XYZ over the white point, so that white is (1, 1, 1). Matrix of the paper's reference code.
const LINEAR = Float64Array.from({ length: 256 }, (_, i) => {
  const c = i / 255;
  return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
});
const XYZ = [
  [10135552 / 24577794, 8788810 / 24577794, 4435075 / 24577794],
  [2613072 / 12288897, 8788810 / 12288897, 887015 / 12288897],
  [1425312 / 73733382, 8788810 / 73733382, 70074185 / 73733382],
] as const;
const WHITE = XYZ.map(([r, g, b]) => r + g + b);
const M = XYZ.flatMap((row, i) => row.map((value) => value / (WHITE[i] ?? 1)));
const I = inverse(M);

/** Half of a symmetric or antisymmetric kernel: `[centre, 1 away, 2 away, …]`. */
type HalfKernel = Float64Array;

// Contrast sensitivity filters, exp(-pi^2 d^2 / b) with d in degrees, for luminance, red-green and blue-yellow.
const LUMINANCE = gaussianOf(0.0047);
const RED_GREEN = gaussianOf(0.0053);
// Blue-yellow is the sum of two Gaussians; each is separable, their weights are those of the whole.
const [BLUE_WIDE, BLUE_NARROW] = [gaussianOf(0.04, 10), gaussianOf(0.025, 10)];
const [BLUE_WIDE_SHARE, BLUE_NARROW_SHARE] = blueShares();

// Edge and point detectors: first and second derivative of a Gaussian, positive and negative parts normalised to one.
const FEATURE_SIGMA = 0.5 * 0.082 * PIXELS_PER_DEGREE;
const FEATURE_RADIUS = Math.ceil(3 * FEATURE_SIGMA);
const SMOOTH = normalised(halfKernel(FEATURE_RADIUS, (x) => Math.exp(-(x * x) / (2 * FEATURE_SIGMA ** 2))));
const SLOPE = featureKernel((x) => -x * Math.exp(-(x * x) / (2 * FEATURE_SIGMA ** 2)), -1);
const CURVE = featureKernel((x) => ((x / FEATURE_SIGMA) ** 2 - 1) * Math.exp(-(x * x) / (2 * FEATURE_SIGMA ** 2)), 1);

// The largest colour difference there is, green to blue, and the bend of the error curve (the paper's pc and pt).
const LARGEST = hyab(hunt(0, 1, 0), hunt(0, 0, 1)) ** 0.7;
const BEND = 0.4 * LARGEST;
const BEND_VALUE = 0.95;

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

/** Prepares a picture inside a box. What lies outside counts as a repetition of the box's border. */
export function prepare(picture: Picture, box: Box): Prepared {
  const width = box.right - box.left;
  const height = box.bottom - box.top;
  const count = width * height;
  // Colour as luminance y and two opponent channels x - y and y - z: all filters are linear, so scale does not matter.
  const [y, xy, yz] = [new Float32Array(count), new Float32Array(count), new Float32Array(count)];
  const [m0 = 0, m1 = 0, m2 = 0, m3 = 0, m4 = 0, m5 = 0, m6 = 0, m7 = 0, m8 = 0] = M;
  for (let row = 0, i = 0; row < height; row++) {
    let p = ((box.top + row) * picture.width + box.left) * 4;
    for (let column = 0; column < width; column++, i++, p += 4) {
      const r = LINEAR[picture.rgba[p] as number] as number;
      const g = LINEAR[picture.rgba[p + 1] as number] as number;
      const b = LINEAR[picture.rgba[p + 2] as number] as number;
      const luminance = m3 * r + m4 * g + m5 * b;
      y[i] = luminance;
      xy[i] = m0 * r + m1 * g + m2 * b - luminance;
      yz[i] = luminance - (m6 * r + m7 * g + m8 * b);
    }
  }
  const size = { width, height };
  const { edge, point } = features(y, size);
  const scratch = new Float32Array(count);
  const blue = blur(yz, BLUE_WIDE, size, scratch);
  const blueNarrow = blur(yz, BLUE_NARROW, size, scratch);
  const light = blur(y, LUMINANCE, size, scratch);
  const red = blur(xy, RED_GREEN, size, scratch);
  const [i0 = 0, i1 = 0, i2 = 0, i3 = 0, i4 = 0, i5 = 0, i6 = 0, i7 = 0, i8 = 0] = I;
  for (let i = 0; i < count; i++) {
    const fy = light[i] as number;
    const fx = fy + (red[i] as number);
    const fz = fy - (BLUE_WIDE_SHARE * (blue[i] as number) + BLUE_NARROW_SHARE * (blueNarrow[i] as number));
    // Back through linear RGB, where colours that no screen shows are cut off.
    const r = unit(i0 * fx + i1 * fy + i2 * fz);
    const g = unit(i3 * fx + i4 * fy + i5 * fz);
    const b = unit(i6 * fx + i7 * fy + i8 * fz);
    const x = labCurve(m0 * r + m1 * g + m2 * b);
    const l = labCurve(m3 * r + m4 * g + m5 * b);
    const z = labCurve(m6 * r + m7 * g + m8 * b);
    const lightness = 116 * l - 16;
    light[i] = lightness;
    red[i] = 0.01 * lightness * 500 * (x - l);
    blue[i] = 0.01 * lightness * 200 * (l - z);
  }
  return { box, l: light, a: red, b: blue, edge, point };
}

/** The FLIP value of every pixel of two pictures prepared in the same box. */
export function flipMap(a: Prepared, b: Prepared): Float32Array {
  const map = new Float32Array(a.l.length);
  for (let i = 0; i < map.length; i++) {
    const da = (a.a[i] as number) - (b.a[i] as number);
    const db = (a.b[i] as number) - (b.b[i] as number);
    const distance = Math.abs((a.l[i] as number) - (b.l[i] as number)) + Math.sqrt(da * da + db * db);
    if (distance === 0) continue;
    const d = distance ** 0.7;
    const colour = d < BEND ? (d * BEND_VALUE) / BEND : BEND_VALUE + ((d - BEND) / (LARGEST - BEND)) * (1 - BEND_VALUE);
    const edge = Math.abs((a.edge[i] as number) - (b.edge[i] as number));
    const point = Math.abs((a.point[i] as number) - (b.point[i] as number));
    const feature = Math.sqrt(Math.SQRT1_2 * (Math.max(edge, point)));
    map[i] = feature >= 1 ? 1 : colour ** (1 - feature);
  }
  return map;
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
    return { score: 0, mean: 0, p95: 0, worstTile: 0, box: zeros, map };
  }
  const first = prepared && prepared.box === box ? prepared : prepare(reference, box);
  const map = flipMap(first, prepare(candidate, box));
  return { ...pool(map, reference, candidate, box, background), box, map };
}

/** Pools a FLIP map over the pixels where either picture shows the model. */
function pool(map: Float32Array, a: Picture, b: Picture, box: Box, background: number) {
  const limits = a.width >= 768 ? POOLING[1024] : POOLING[512];
  const [red, green, blue] = [background >> 16, (background >> 8) & 255, background & 255];
  const differs = (rgba: Picture['rgba'], p: number) =>
    rgba[p] !== red || rgba[p + 1] !== green || rgba[p + 2] !== blue;
  const width = box.right - box.left;
  const tilesAcross = Math.ceil(width / limits.tilePx);
  const tileCount = tilesAcross * Math.ceil((box.bottom - box.top) / limits.tilePx);
  const tileSum = new Float64Array(tileCount);
  const tilePixels = new Uint32Array(tileCount);
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
    tilePixels[tile] = (tilePixels[tile] as number) + 1;
  }
  const mean = count === 0 ? 0 : sum / count;
  let [bin, above] = [4096, count * 0.05];
  while (bin > 0 && above - (bins[bin] as number) > 0) above -= bins[bin--] as number;
  const p95 = count === 0 ? 0 : (bin + 0.5) / 4096;
  // A tile with few model pixels is an anti-aliased rim: its mean would be all noise.
  let worstTile = 0;
  for (let t = 0; t < tileCount; t++) {
    const pixels = Math.max(tilePixels[t] as number, (limits.tilePx * limits.tilePx) / 4);
    worstTile = Math.max(worstTile, (tileSum[t] as number) / pixels);
  }
  const score = Math.max(mean / limits.mean, p95 / limits.p95, worstTile / limits.tile);
  return { score, mean, p95, worstTile };
}

function features(y: Float32Array, size: { width: number; height: number }) {
  const { width, height } = size;
  const count = y.length;
  const smoothDown = new Float32Array(count);
  const smoothAcross = new Float32Array(count);
  columns(y, SMOOTH, 1, smoothDown, width, height);
  rows(y, SMOOTH, 1, smoothAcross, width, height);
  const [x1, y1] = [new Float32Array(count), new Float32Array(count)];
  rows(smoothDown, SLOPE, -1, x1, width, height);
  columns(smoothAcross, SLOPE, -1, y1, width, height);
  const edge = new Float32Array(count);
  for (let i = 0; i < count; i++) edge[i] = Math.sqrt((x1[i] as number) ** 2 + (y1[i] as number) ** 2);
  rows(smoothDown, CURVE, 1, x1, width, height);
  columns(smoothAcross, CURVE, 1, y1, width, height);
  for (let i = 0; i < count; i++) x1[i] = Math.sqrt((x1[i] as number) ** 2 + (y1[i] as number) ** 2);
  return { edge, point: x1 };
}

function blur(
  source: Float32Array,
  kernel: HalfKernel,
  size: { width: number; height: number },
  scratch: Float32Array,
) {
  const out = new Float32Array(source.length);
  rows(source, kernel, 1, scratch, size.width, size.height);
  columns(scratch, kernel, 1, out, size.width, size.height);
  return out;
}

/** Convolves each row; `sign` is -1 for an antisymmetric kernel. Outside a row its end pixel repeats. */
function rows(
  source: Float32Array,
  kernel: HalfKernel,
  sign: 1 | -1,
  out: Float32Array,
  width: number,
  height: number,
) {
  const radius = kernel.length - 1;
  const centre = kernel[0] as number;
  const line = new Float32Array(width + 2 * radius);
  for (let y = 0; y < height; y++) {
    const start = y * width;
    line.fill(source[start] as number, 0, radius);
    line.set(source.subarray(start, start + width), radius);
    line.fill(source[start + width - 1] as number, radius + width);
    for (let x = 0; x < width; x++) {
      const at = x + radius;
      let sum = centre * (line[at] as number);
      for (let k = 1; k <= radius; k++) {
        sum += (kernel[k] as number) * ((line[at + k] as number) + sign * (line[at - k] as number));
      }
      out[start + x] = sum;
    }
  }
}

/** Convolves each column, row by row, so that memory is read in order. */
function columns(
  source: Float32Array,
  kernel: HalfKernel,
  sign: 1 | -1,
  out: Float32Array,
  width: number,
  height: number,
) {
  const radius = kernel.length - 1;
  const centre = kernel[0] as number;
  const line = new Float64Array(width);
  for (let y = 0; y < height; y++) {
    const start = y * width;
    for (let x = 0; x < width; x++) line[x] = centre * (source[start + x] as number);
    for (let k = 1; k <= radius; k++) {
      const weight = kernel[k] as number;
      const below = Math.min(height - 1, y + k) * width;
      const above = Math.max(0, y - k) * width;
      for (let x = 0; x < width; x++) {
        line[x] = (line[x] as number) + weight * ((source[below + x] as number) + sign * (source[above + x] as number));
      }
    }
    out.set(line, start);
  }
}

function holds(outer: Box, inner: Box): boolean {
  return (
    outer.left <= inner.left && outer.top <= inner.top && outer.right >= inner.right && outer.bottom >= inner.bottom
  );
}

function unit(value: number): number {
  return Math.min(1, Math.max(0, value));
}

function labCurve(t: number): number {
  return t > 0.008856451679035631 ? Math.cbrt(t) : t * 7.787037037037037 + 16 / 116;
}

type Lab = readonly [number, number, number];

function hunt(r: number, g: number, b: number): Lab {
  const [x = 0, y = 0, z = 0] = [0, 3, 6].map((i) =>
    labCurve((M[i] ?? 0) * r + (M[i + 1] ?? 0) * g + (M[i + 2] ?? 0) * b),
  );
  const l = 116 * y - 16;
  return [l, 0.01 * l * 500 * (x - y), 0.01 * l * 200 * (y - z)];
}

function hyab(a: Lab, b: Lab): number {
  return Math.abs(a[0] - b[0]) + Math.hypot(a[1] - b[1], a[2] - b[2]);
}

function inverse(m: readonly number[]): number[] {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0, i = 0] = m;
  const [A, B, C] = [e * i - f * h, f * g - d * i, d * h - e * g];
  const determinant = a * A + b * B + c * C;
  return [A, c * h - b * i, b * f - c * e, B, a * i - c * g, c * d - a * f, C, b * g - a * h, a * e - b * d].map(
    (value) => value / determinant,
  );
}

function halfKernel(radius: number, at: (x: number) => number): HalfKernel {
  return Float64Array.from({ length: radius + 1 }, (_, x) => at(x));
}

function sumOf(kernel: HalfKernel): number {
  return kernel.reduce((sum, value, k) => sum + (k === 0 ? value : 2 * value), 0);
}

function normalised(kernel: HalfKernel): HalfKernel {
  const sum = sumOf(kernel);
  return kernel.map((value) => value / sum);
}

/** A Gaussian of the paper's form; the tail below 1e-5 of the peak is left out unless a radius is given. */
function gaussianOf(b: number, radiusPx?: number): HalfKernel {
  const at = (x: number) => Math.exp((-(Math.PI ** 2) * (x / PIXELS_PER_DEGREE) ** 2) / b);
  let radius = radiusPx ?? 1;
  if (radiusPx === undefined) while (at(radius + 1) > 1e-5) radius++;
  return normalised(halfKernel(radius, at));
}

/** The shares of the two Gaussians of blue-yellow in their sum, over the same window. */
function blueShares(): [number, number] {
  const weight = (a: number, b: number) => {
    const line = halfKernel(10, (x) => Math.exp((-(Math.PI ** 2) * (x / PIXELS_PER_DEGREE) ** 2) / b));
    return a * Math.sqrt(Math.PI / b) * sumOf(line) ** 2;
  };
  const [wide, narrow] = [weight(34.1, 0.04), weight(13.5, 0.025)];
  return [wide / (wide + narrow), narrow / (wide + narrow)];
}

/** Scales a detector so that its positive and its negative weights each sum to one over the whole kernel. */
function featureKernel(at: (x: number) => number, mirror: 1 | -1): HalfKernel {
  const kernel = halfKernel(FEATURE_RADIUS, at);
  let [positive, negative] = [0, 0];
  for (let x = -FEATURE_RADIUS; x <= FEATURE_RADIUS; x++) {
    const value = (kernel[Math.abs(x)] ?? 0) * (x < 0 ? mirror : 1);
    if (value > 0) positive += value;
    else negative -= value;
  }
  return kernel.map((value) => (value > 0 ? value / positive : value / negative));
}
