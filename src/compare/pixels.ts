/**
 * How different two pictures look: FLIP (LDR), written from Andersson, Nilsson, Akenine-Möller, Oskarsson, Åström and
 * Fairchild, "FLIP: A Difference Evaluator for Alternating Images", PACMCGIT 3(2), 2020. A kernel without imports: it
 * runs in the page that draws, and in tests. picture-diff.ts pools its values.
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

/** Pixels per degree of a 0.7 m wide 4K screen seen from 0.7 m: the paper's default. */
const PIXELS_PER_DEGREE = 67;

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

const LAB_STEPS = 16384;
const LAB_TABLE = Float64Array.from({ length: LAB_STEPS + 2 }, (_, i) => labCurve(i / LAB_STEPS));

// No kernel reaches farther than this many pixels.
const RADIUS = 10;
// Rows turned into columns together: 64 bytes, a cache line.
const BAND = 16;

// Contrast sensitivity filters, exp(-pi^2 d^2 / b) with d in degrees, for luminance, red-green and blue-yellow.
const LUMINANCE = gaussianOf(0.0047);
const RED_GREEN = gaussianOf(0.0053);
// Blue-yellow is the sum of two Gaussians; each is separable, their weights are those of the whole.
const [BLUE_WIDE, BLUE_NARROW] = [gaussianOf(0.04, RADIUS), gaussianOf(0.025, RADIUS)];
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
  const { edge, point } = features(y, width, height);
  const light = blur(y, LUMINANCE, width, height);
  const red = blur(xy, RED_GREEN, width, height);
  const blue = blur(yz, BLUE_WIDE, width, height);
  const blueNarrow = blur(yz, BLUE_NARROW, width, height);
  const [i0 = 0, i1 = 0, i2 = 0, i3 = 0, i4 = 0, i5 = 0, i6 = 0, i7 = 0, i8 = 0] = I;
  for (let i = 0; i < count; i++) {
    const fy = light[i] as number;
    const fx = fy + (red[i] as number);
    const fz = fy - (BLUE_WIDE_SHARE * (blue[i] as number) + BLUE_NARROW_SHARE * (blueNarrow[i] as number));
    // Back through linear RGB, where colours that no screen shows are cut off.
    const r = unit(i0 * fx + i1 * fy + i2 * fz);
    const g = unit(i3 * fx + i4 * fy + i5 * fz);
    const b = unit(i6 * fx + i7 * fy + i8 * fz);
    const x = quickLabCurve(m0 * r + m1 * g + m2 * b);
    const l = quickLabCurve(m3 * r + m4 * g + m5 * b);
    const z = quickLabCurve(m6 * r + m7 * g + m8 * b);
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
    const feature = Math.sqrt(Math.SQRT1_2 * Math.max(edge, point));
    map[i] = feature >= 1 ? 1 : colour ** (1 - feature);
  }
  return map;
}

function features(y: Float32Array, width: number, height: number) {
  const smooth = convolve(y, SMOOTH, 1, width, height);
  const slope = convolve(y, SLOPE, -1, width, height);
  const curve = convolve(y, CURVE, 1, width, height);
  const edge = lengths(convolve(slope, SMOOTH, 1, height, width), convolve(smooth, SLOPE, -1, height, width));
  const point = lengths(convolve(curve, SMOOTH, 1, height, width), convolve(smooth, CURVE, 1, height, width));
  return { edge, point };
}

/** The lengths of vectors, written over their first components. */
function lengths(x: Float32Array, y: Float32Array): Float32Array {
  for (let i = 0; i < x.length; i++) x[i] = Math.sqrt((x[i] as number) ** 2 + (y[i] as number) ** 2);
  return x;
}

function blur(source: Float32Array, kernel: HalfKernel, width: number, height: number): Float32Array {
  return convolve(convolve(source, kernel, 1, width, height), kernel, 1, height, width);
}

/**
 * Convolves each row and writes it as a column: done twice, both directions are filtered and the picture is upright
 * again. `sign` is -1 for an antisymmetric kernel. Outside a row its end pixels repeat. Unrolled, because that takes
 * half the time of a loop over the taps.
 */
function convolve(source: Float32Array, kernel: HalfKernel, sign: 1 | -1, width: number, height: number): Float32Array {
  const out = new Float32Array(source.length);
  const line = new Float32Array(width + 2 * RADIUS);
  const band = new Float32Array(width * BAND);
  const [k0 = 0, k1 = 0, k2 = 0, k3 = 0, k4 = 0, k5 = 0, k6 = 0, k7 = 0, k8 = 0, k9 = 0, k10 = 0] = kernel;
  const long = kernel.length > 6;
  for (let y = 0; y < height; y++) {
    const start = y * width;
    line.fill(source[start] as number, 0, RADIUS);
    line.set(source.subarray(start, start + width), RADIUS);
    line.fill(source[start + width - 1] as number, RADIUS + width);
    const row = y % BAND;
    for (let x = 0, o = row; x < width; x++, o += BAND) {
      let sum =
        k0 * (line[x + 10] as number) +
        k1 * ((line[x + 11] as number) + sign * (line[x + 9] as number)) +
        k2 * ((line[x + 12] as number) + sign * (line[x + 8] as number)) +
        k3 * ((line[x + 13] as number) + sign * (line[x + 7] as number)) +
        k4 * ((line[x + 14] as number) + sign * (line[x + 6] as number)) +
        k5 * ((line[x + 15] as number) + sign * (line[x + 5] as number));
      if (long)
        sum +=
          k6 * ((line[x + 16] as number) + sign * (line[x + 4] as number)) +
          k7 * ((line[x + 17] as number) + sign * (line[x + 3] as number)) +
          k8 * ((line[x + 18] as number) + sign * (line[x + 2] as number)) +
          k9 * ((line[x + 19] as number) + sign * (line[x + 1] as number)) +
          k10 * ((line[x + 20] as number) + sign * (line[x + 0] as number));
      band[o] = sum;
    }
    if (row < BAND - 1 && y < height - 1) continue;
    for (let x = 0; x < width; x++) {
      const column = x * height + y - row;
      for (let r = 0; r <= row; r++) out[column + r] = band[x * BAND + r] as number;
    }
  }
  return out;
}

function unit(value: number): number {
  return Math.min(1, Math.max(0, value));
}

function labCurve(t: number): number {
  return t > 0.008856451679035631 ? Math.cbrt(t) : t * 7.787037037037037 + 16 / 116;
}

/** labCurve from a table, for t from 0 to 1: off by less than 1e-6, in a fifth of the time. */
function quickLabCurve(t: number): number {
  const place = t * LAB_STEPS;
  const index = place | 0;
  const low = LAB_TABLE[index] as number;
  return low + ((LAB_TABLE[index + 1] as number) - low) * (place - index);
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
    const line = halfKernel(RADIUS, (x) => Math.exp((-(Math.PI ** 2) * (x / PIXELS_PER_DEGREE) ** 2) / b));
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
