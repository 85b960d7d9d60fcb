/** FLIP as the paper states it, with no thought of time: whole two-dimensional filters, double precision, one loop each. */
import type { Picture } from '../../src/compare/pixels.ts';

type Triple = [number, number, number];

const PPD = 67;
const RADIUS = Math.ceil(3 * Math.sqrt(0.04 / (2 * Math.PI ** 2)) * PPD);

const toXyz = [
  [10135552 / 24577794, 8788810 / 24577794, 4435075 / 24577794],
  [2613072 / 12288897, 8788810 / 12288897, 887015 / 12288897],
  [1425312 / 73733382, 8788810 / 73733382, 70074185 / 73733382],
];
// The inverse as printed in the paper's reference code.
const toRgb = [
  [3.241003275, -1.537398934, -0.498615861],
  [-0.969224334, 1.875930071, 0.041554224],
  [0.055639423, -0.204011202, 1.057148933],
];
const white: Triple = [0.950428545, 1, 1.088900371];

const times = (m: number[][], v: Triple): Triple =>
  [0, 1, 2].map((i) => [0, 1, 2].reduce((s, j) => s + (m[i]?.[j] ?? 0) * (v[j] ?? 0), 0)) as Triple;
const overWhite = (v: Triple): Triple => [v[0] / white[0], v[1] / white[1], v[2] / white[2]];
const linear = (byte: number) => (byte / 255 <= 0.04045 ? byte / 255 / 12.92 : ((byte / 255 + 0.055) / 1.055) ** 2.4);
const labF = (t: number) => (t > (6 / 29) ** 3 ? Math.cbrt(t) : t / (3 * (6 / 29) ** 2) + 4 / 29);

function ycxcz(rgb: Triple): Triple {
  const [x, y, z] = overWhite(times(toXyz, rgb));
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

function huntLab(rgb: Triple): Triple {
  const [x, y, z] = overWhite(times(toXyz, rgb));
  const l = 116 * labF(y) - 16;
  return [l, 0.01 * l * 500 * (labF(x) - labF(y)), 0.01 * l * 200 * (labF(y) - labF(z))];
}

const hyab = (a: Triple, b: Triple) => Math.abs(a[0] - b[0]) + Math.hypot(a[1] - b[1], a[2] - b[2]);

/** A square filter, row by row. */
function filterOf(radius: number, at: (x: number, y: number) => number): number[][] {
  const span = Array.from({ length: 2 * radius + 1 }, (_, i) => i - radius);
  return span.map((y) => span.map((x) => at(x, y)));
}

function sumToOne(filter: number[][]): number[][] {
  const sum = filter.flat().reduce((s, value) => s + value, 0);
  return filter.map((row) => row.map((value) => value / sum));
}

function partsToOne(filter: number[][]): number[][] {
  const sum = (sign: number) => filter.flat().reduce((s, value) => s + Math.max(0, value * sign), 0);
  const [positive, negative] = [sum(1), sum(-1)];
  return filter.map((row) => row.map((value) => value / (value > 0 ? positive : negative)));
}

function contrast(a1: number, b1: number, a2: number, b2: number): number[][] {
  const part = (a: number, b: number, d2: number) => a * Math.sqrt(Math.PI / b) * Math.exp((-(Math.PI ** 2) * d2) / b);
  return sumToOne(
    filterOf(RADIUS, (x, y) => {
      const d2 = (x * x + y * y) / PPD ** 2;
      return part(a1, b1, d2) + part(a2, b2, d2);
    }),
  );
}

function filtered(values: number[], width: number, height: number, filter: number[][]): number[] {
  const radius = (filter.length - 1) / 2;
  return values.map((_, i) => {
    const [px, py] = [i % width, Math.floor(i / width)];
    let sum = 0;
    for (const [dy, row] of filter.entries()) {
      for (const [dx, weight] of row.entries()) {
        const x = Math.min(width - 1, Math.max(0, px + dx - radius));
        const y = Math.min(height - 1, Math.max(0, py + dy - radius));
        sum += weight * (values[y * width + x] ?? 0);
      }
    }
    return sum;
  });
}

function analyse({ width, height, rgba }: Picture) {
  const pixels = Array.from(
    { length: width * height },
    (_, i): Triple => [linear(rgba[i * 4] ?? 0), linear(rgba[i * 4 + 1] ?? 0), linear(rgba[i * 4 + 2] ?? 0)],
  );
  const opponent = pixels.map(ycxcz);
  const filters = [contrast(1, 0.0047, 0, 1e-5), contrast(1, 0.0053, 0, 1e-5), contrast(34.1, 0.04, 13.5, 0.025)];
  const channels = filters.map((filter, c) =>
    filtered(
      opponent.map((v) => v[c] ?? 0),
      width,
      height,
      filter,
    ),
  );
  const lab = pixels.map((_, i) => {
    const [cy = 0, cx = 0, cz = 0] = channels.map((channel) => channel[i] ?? 0);
    const y = (cy + 16) / 116;
    const xyz: Triple = [(y + cx / 500) * white[0], y * white[1], (y - cz / 200) * white[2]];
    const [r, g, b] = times(toRgb, xyz).map((value) => Math.min(1, Math.max(0, value))) as Triple;
    return huntLab([r, g, b]);
  });
  const grey = opponent.map(([y]) => (y + 16) / 116);
  const sd = 0.5 * 0.082 * PPD;
  const radius = Math.ceil(3 * sd);
  const gaussian = (x: number, y: number) => Math.exp(-(x * x + y * y) / (2 * sd * sd));
  const detect = (at: (x: number, y: number) => number) =>
    filtered(grey, width, height, partsToOne(filterOf(radius, at)));
  const [ex, ey] = [detect((x, y) => -x * gaussian(x, y)), detect((x, y) => -y * gaussian(x, y))];
  const [px, py] = [
    detect((x, y) => ((x / sd) ** 2 - 1) * gaussian(x, y)),
    detect((x, y) => ((y / sd) ** 2 - 1) * gaussian(x, y)),
  ];
  return { lab, edge: ex.map((v, i) => Math.hypot(v, ey[i] ?? 0)), point: px.map((v, i) => Math.hypot(v, py[i] ?? 0)) };
}

/** The FLIP value of every pixel. */
export function slowFlipMap(first: Picture, second: Picture): number[] {
  const [a, b] = [analyse(first), analyse(second)];
  const largest = hyab(huntLab([0, 1, 0]), huntLab([0, 0, 1])) ** 0.7;
  return a.lab.map((lab, i) => {
    const d = hyab(lab, b.lab[i] ?? [0, 0, 0]) ** 0.7;
    const bend = 0.4 * largest;
    const colour = d < bend ? (0.95 / bend) * d : 0.95 + ((d - bend) / (largest - bend)) * 0.05;
    const edge = Math.abs((a.edge[i] ?? 0) - (b.edge[i] ?? 0));
    const point = Math.abs((a.point[i] ?? 0) - (b.point[i] ?? 0));
    return colour ** (1 - (Math.max(edge, point) / Math.SQRT2) ** 0.5);
  });
}
