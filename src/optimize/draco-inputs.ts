/** What goes into a Draco block: values on their grids, so that what will be equal is equal before the connectivity is coded. */
import { toFloats } from '../asset/accessors.ts';
import type { DracoGrid, DracoInput } from '../asset/draco.ts';
import { areUnit, toWeights } from './encodings.ts';
import type { PositionGrid } from './grids.ts';
import type { Precision } from './precision.ts';
import type { Stream } from './workpiece.ts';

/** Draco's own limit for a grid. */
const MOST_BITS = 30;
/** Linear colours in eight bits would band in the dark. */
const COLOR_STEP = 2 ** -12;

/** The steps of the grids of one primitive. */
export interface InputGrids {
  readonly precision: Precision;
  readonly position: PositionGrid;
  readonly texcoord: (set: number) => number;
  readonly tangent: number;
  /** Weights in several sets have a sum only together. */
  readonly isOnlyWeights: boolean;
}

/** One attribute, rounded; undefined where Draco would change what it is. */
export function inputOf(semantic: string, stream: Stream, grids: InputGrids): DracoInput | undefined {
  const label = semantic.replace(/_\d+$/, '');
  const { array } = stream;
  if (label === 'JOINTS' && array.every((joint) => joint < 256))
    return { semantic, data: { ...stream, array: Uint8Array.from(array) }, bits: null };
  if (!(array instanceof Float32Array)) return { semantic, data: stream, bits: null };
  const { precision } = grids;
  switch (label) {
    case 'POSITION':
      return (
        onGrid(semantic, stream, grids.position.step, grids.position.origin) ??
        inBits(semantic, stream, precision.positionBits === null ? null : Math.ceil(precision.positionBits))
      );
    case 'NORMAL':
      // Draco knows directions only: a normal of no length would get one.
      return areUnit(array, 3, 3) ? direction(semantic, stream, precision.normalBits) : undefined;
    case 'TANGENT':
      return onEvenGrid(semantic, stream, grids.tangent);
    case 'TEXCOORD': {
      const set = Number(semantic.split('_')[1]);
      const step = grids.texcoord(set);
      return onLattice(semantic, stream, step) ?? onEvenGrid(semantic, stream, step) ?? inBits(semantic, stream, null);
    }
    case 'WEIGHTS': {
      const weights = grids.isOnlyWeights ? toWeights(array, stream.itemSize, precision.weightBits) : undefined;
      return { semantic, data: weights ?? stream, bits: null };
    }
    case 'COLOR':
      return onEvenGrid(semantic, stream, COLOR_STEP) ?? inBits(semantic, stream, null);
    default:
      return { semantic, data: stream, bits: null };
  }
}

function inBits(semantic: string, data: Stream, bits: number | null): DracoInput {
  return { semantic, data, bits };
}

/** Multiples of a power of two, not above `step`: neighbours on grids of their own meet where both have lines. */
function onEvenGrid(semantic: string, stream: Stream, step: number): DracoInput | undefined {
  const exponent = Math.floor(Math.log2(step));
  return Number.isFinite(exponent) && Math.abs(exponent) < 100 ? onGrid(semantic, stream, 2 ** exponent) : undefined;
}

/** Of more values than these no lines of their own are looked for. */
const FEW_VALUES = 256;
/** Coordinates may run over thousands of repeats. */
const MOST_LINES = 4096;
/** Values are on a line when they are this near to it, in steps: what is left is how somebody wrote a decimal fraction. */
const ON_LINE = 1 / 32;

/** Few values on lines of their own, as far apart as they can be: they stay where they are, in fewer bits than a grid of `step` takes. */
function onLattice(semantic: string, stream: Stream, step: number): DracoInput | undefined {
  const { itemSize } = stream;
  const source = toFloats(stream);
  const low = new Array<number>(itemSize).fill(Number.POSITIVE_INFINITY);
  for (const [i, value] of source.entries()) low[i % itemSize] = Math.min(low[i % itemSize] ?? value, value);
  const above = new Set<number>();
  for (const [i, value] of source.entries()) {
    above.add(value - (low[i % itemSize] ?? 0));
    if (above.size > FEW_VALUES) return undefined;
  }
  const extent = Math.max(...above);
  const values = [...above];
  const isOn = (width: number) =>
    values.every((value) => Math.abs(value - Math.round(value / width) * width) <= step * ON_LINE);
  const most = Math.min(extent / step / 2, MOST_LINES);
  for (let count = 1; count < most; count++)
    if (isOn(extent / count)) return onGrid(semantic, stream, extent / count, low);
  return undefined;
}

/** Values on lines `step` apart, counted from `origin`; undefined where floats, or Draco's options, cannot hold them. */
function onGrid(
  semantic: string,
  stream: Stream,
  step: number,
  origin: readonly number[] = [],
): DracoInput | undefined {
  const { itemSize, count } = stream;
  const source = toFloats(stream);
  if (!(step > 2 ** -100 && step < 2 ** 100)) return undefined;
  const lines = new Int32Array(source.length);
  const low = new Array<number>(itemSize).fill(Number.POSITIVE_INFINITY);
  for (let i = 0; i < source.length; i++) {
    const c = i % itemSize;
    const line = Math.round(((source[i] ?? 0) - (origin[c] ?? 0)) / step);
    // Beyond 23 bits floats have no such line.
    if (!(Math.abs(line) < 2 ** 23) || !(Math.abs(source[i] ?? 0) < step * 2 ** 23)) return undefined;
    lines[i] = line;
    low[c] = Math.min(low[c] ?? line, line);
  }
  // Lines that no value is on need not be there: the corners of a box are two apart.
  let divisor = 0;
  let high = 0;
  for (let i = 0; i < lines.length; i++) {
    const above = (lines[i] ?? 0) - (low[i % itemSize] ?? 0);
    high = Math.max(high, above);
    divisor = greatestDivisor(above, divisor);
  }
  const width = step * Math.max(divisor, 1);
  const start = low.map((line, c) => Math.fround((origin[c] ?? 0) + line * step));
  const bits = Math.max(1, Math.ceil(Math.log2(high / Math.max(divisor, 1) + 1)));
  if (!(bits <= MOST_BITS)) return undefined;
  const array = new Float32Array(source.length);
  for (let i = 0; i < lines.length; i++) {
    const c = i % itemSize;
    array[i] = (start[c] ?? 0) + ((lines[i] ?? 0) - (low[c] ?? 0)) * step;
  }
  const grid: DracoGrid = { bits, step: width, origin: start };
  if (![...start, width * (2 ** bits - 1)].every((value) => Math.abs(value - asOption(value)) <= step / 8))
    return undefined;
  return { semantic, data: { array, itemSize, count, normalized: false }, bits: grid };
}

/** Draco keeps the numbers of a grid as text of six decimals: those of a mesh of some millimetres come back as others. [google/draco src/draco/core/options.cc] */
function asOption(value: number): number {
  return Number(value.toFixed(6));
}

function greatestDivisor(a: number, b: number): number {
  let [x, y] = [a, b];
  while (x !== 0) [x, y] = [y % x, x];
  return y;
}

/** Normals on Draco's own octahedron of `bits` bits, so that near ones become equal. [google/draco normal_compression_utils.h] */
function direction(semantic: string, stream: Stream, bits: number): DracoInput {
  const source = toFloats(stream);
  const array = new Float32Array(source.length);
  const center = (2 ** bits - 2) / 2;
  for (let i = 0; i < source.length; i += 3) {
    const [x, y, z] = [source[i] ?? 0, source[i + 1] ?? 0, source[i + 2] ?? 0];
    const scale = center / (Math.abs(x) + Math.abs(y) + Math.abs(z));
    const a = Math.floor(x * scale + 0.5);
    const rest = center - Math.abs(a);
    const b = Math.max(-rest, Math.min(rest, Math.floor(y * scale + 0.5)));
    const c = (rest - Math.abs(b)) * (z < 0 ? -1 : 1);
    const length = Math.hypot(a, b, c);
    array[i] = a / length;
    array[i + 1] = b / length;
    array[i + 2] = c / length;
  }
  return { semantic, data: { array, itemSize: 3, count: stream.count, normalized: false }, bits };
}

/**
 * The same corners without a triangle that has two at one place: the coder of connectivity drops those. Where rounding has
 * made them, positions get their own values back, which only the coder sees; where the source has them, copies one bit apart.
 */
export function spread(
  indices: Uint32Array,
  inputs: readonly DracoInput[],
  source: Float32Array,
): { readonly indices: Uint32Array; readonly inputs: readonly DracoInput[] } {
  const place = inputs.findIndex(({ semantic }) => semantic === 'POSITION');
  const position = inputs[place];
  // Whole numbers were not rounded, and as floats they could not be read back into their accessor.
  if (!(position?.data.array instanceof Float32Array)) return { indices, inputs };
  const rounded = Float32Array.from(position.data.array);
  restoreTwins(indices, rounded, source);
  const { corners, origins } = copyTwins(indices, rounded);
  const extra = origins.length;
  const grown = inputs.map((input, i) => {
    const { itemSize, count } = input.data;
    const array = i === place ? rounded : input.data.array;
    if (extra === 0) return { ...input, data: { ...input.data, array } };
    const longer = new (array.constructor as Float32ArrayConstructor)(array.length + extra * itemSize);
    longer.set(array);
    for (const [e, { vertex }] of origins.entries())
      longer.set(array.subarray(vertex * itemSize, (vertex + 1) * itemSize), (count + e) * itemSize);
    return { ...input, data: { ...input.data, array: longer, count: count + extra } };
  });
  const positions = grown[place]?.data;
  // The last bit of x tells copies apart, until the grid makes them one place again.
  for (const [e, { bitsApart }] of origins.entries()) {
    const at = (source.length / 3 + e) * 3;
    if (positions !== undefined) positions.array[at] = nudge(positions.array[at] ?? 0, bitsApart);
  }
  return { indices: corners, inputs: grown };
}

function restoreTwins(indices: Uint32Array, rounded: Float32Array, source: Float32Array): void {
  const marked = new Set<string>();
  const keyOf = (vertex: number) => source.subarray(vertex * 3, vertex * 3 + 3).join();
  for (let t = 0; t < indices.length; t += 3) {
    for (const [m, n] of SIDES) {
      const [a, b] = [indices[t + m] ?? 0, indices[t + n] ?? 0];
      if (!isSamePlace(rounded, a, b) || isSamePlace(source, a, b)) continue;
      marked.add(keyOf(a));
      marked.add(keyOf(b));
    }
  }
  if (marked.size === 0) return;
  for (let v = 0; v < source.length / 3; v++)
    if (marked.has(keyOf(v))) rounded.set(source.subarray(v * 3, v * 3 + 3), v * 3);
}

const SIDES = Object.freeze([
  [0, 1],
  [0, 2],
  [1, 2],
] as const);

interface Copies {
  readonly corners: Uint32Array;
  readonly origins: readonly { readonly vertex: number; readonly bitsApart: number }[];
}

/** A new vertex for every corner that still has a twin before it in its triangle. */
function copyTwins(indices: Uint32Array, positions: Float32Array): Copies {
  const corners = indices.slice();
  const origins: { vertex: number; bitsApart: number }[] = [];
  for (let t = 0; t < indices.length; t += 3) {
    const [a, b, c] = [indices[t] ?? 0, indices[t + 1] ?? 0, indices[t + 2] ?? 0];
    const copy = (corner: number, vertex: number): void => {
      corners[t + corner] = positions.length / 3 + origins.length;
      origins.push({ vertex, bitsApart: corner });
    };
    if (isSamePlace(positions, a, b)) copy(1, b);
    if (isSamePlace(positions, a, c) || isSamePlace(positions, b, c)) copy(2, c);
  }
  return { corners, origins };
}

function isSamePlace(positions: Float32Array, a: number, b: number): boolean {
  return (
    positions[a * 3] === positions[b * 3] &&
    positions[a * 3 + 1] === positions[b * 3 + 1] &&
    positions[a * 3 + 2] === positions[b * 3 + 2]
  );
}

/** A float so many steps further from zero; from zero, the smallest ones that hardware does not flush. */
function nudge(value: number, steps: number): number {
  if (value === 0) return steps * 2 ** -100;
  const float = Float32Array.of(value);
  const bits = new Int32Array(float.buffer);
  bits[0] = (bits[0] ?? 0) + steps;
  return float[0] ?? value;
}
