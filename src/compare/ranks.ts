/**
 * Which value became which, without knowing who moved. Every rounding keeps the order of values, so the nth smallest of one
 * file is the nth smallest of the other, however vertices merged and changed places. Linear: sorted by digits.
 */
import type { Column } from './moments.ts';

/** The vertices in use, and how many corners name each vertex. */
export interface Usage {
  readonly vertices: Uint32Array;
  readonly uses: Uint32Array;
}

/** Two columns side by side. Values that became one share a class; classes count from 0 in order of value. */
export interface RankMatch {
  /** Class by vertex of the source. */
  readonly was: Uint32Array;
  /** Class by vertex of the output. */
  readonly is: Uint32Array;
  /** Source vertices whose value, or the float beside it, became several ones: the least and the greatest class of those. */
  readonly torn: ReadonlyMap<number, readonly [least: number, greatest: number]>;
  /** How far the value that moved furthest moved, in its own unit; infinite where NaN or an infinity did. */
  readonly farthest: number;
}

/** The vertices that some corner names. */
export function usageOf(uses: Uint32Array): Usage {
  let count = 0;
  const vertices = new Uint32Array(uses.length);
  for (let v = 0; v < uses.length; v++) if (uses[v] !== 0) vertices[count++] = v;
  return { vertices: vertices.subarray(0, count), uses };
}

/** Matches component `c` of two columns over as many corners each. */
export function matchRanks(was: Column, a: Usage, is: Column, b: Usage, c: number): RankMatch {
  const [before, after] = [sortedBy(was, c, a.vertices), sortedBy(is, c, b.vertices)];
  const wasClass = new Uint32Array(a.uses.length);
  const isClass = new Uint32Array(b.uses.length);
  const torn = new Map<number, readonly [number, number]>();
  let farthest = 0;
  let rank = 0;
  // The output's class at this rank: which it is, where it ends in `after`, and the rank behind its last corner.
  let [current, next, end] = [-1, 0, 0];
  const advance = (): void => {
    const key = after.keys[next];
    current++;
    for (; next < after.keys.length && after.keys[next] === key; next++) {
      const vertex = after.order[next] ?? 0;
      isClass[vertex] = current;
      end += b.uses[vertex] ?? 0;
    }
  };
  const valueHere = (): number => is.values[(after.order[next - 1] ?? 0) * is.itemSize + c] ?? 0;
  for (let i = 0; i < before.keys.length; ) {
    const key = before.keys[i];
    const value = was.values[(before.order[i] ?? 0) * was.itemSize + c] ?? 0;
    const start = i;
    let corners = 0;
    for (; i < before.keys.length && before.keys[i] === key; i++) corners += a.uses[before.order[i] ?? 0] ?? 0;
    // A lost corner shifts the ranks behind it: the class in the middle is what most corners became.
    const middle = rank + (corners >> 1);
    while (end <= rank && next < after.keys.length) advance();
    farthest = Math.max(farthest, distance(value, valueHere()));
    const least = current;
    while (end <= middle && next < after.keys.length) advance();
    for (let k = start; k < i; k++) wasClass[before.order[k] ?? 0] = current;
    rank += corners;
    while (end < rank && next < after.keys.length) advance();
    farthest = Math.max(farthest, distance(value, valueHere()));
    if (current > least) markTorn(torn, before, start, [least, current]);
  }
  return { was: wasClass, is: isClass, torn, farthest };
}

/** So many floats around a torn value may go either way, too: the arithmetic that tore it tells no two of them apart. */
const NEAR_KEYS = 4;

function markTorn(
  torn: Map<number, readonly [number, number]>,
  { order, keys }: Sorted,
  start: number,
  classes: readonly [number, number],
): void {
  const key = keys[start] ?? 0;
  let first = start;
  while (first > 0 && key - (keys[first - 1] ?? 0) <= NEAR_KEYS) first--;
  for (let i = first; i < keys.length && (keys[i] ?? 0) - key <= NEAR_KEYS; i++) {
    const vertex = order[i] ?? 0;
    const [least, greatest] = torn.get(vertex) ?? classes;
    torn.set(vertex, [Math.min(least, classes[0]), Math.max(greatest, classes[1])]);
  }
}

function distance(a: number, b: number): number {
  if (Object.is(a, b)) return 0;
  const apart = Math.abs(a - b);
  return Number.isNaN(apart) ? Number.POSITIVE_INFINITY : apart;
}

interface Sorted {
  /** Vertices, smallest value first. */
  readonly order: Uint32Array;
  /** Whole numbers in the order of the floats that they stand for. */
  readonly keys: Uint32Array;
}

const DIGIT_BITS = 11;
/** Below this many, counting all digits takes longer than putting each in its place. */
const FEW = 128;

function sortedBy({ values, itemSize }: Column, c: number, vertices: Uint32Array): Sorted {
  let order = vertices.slice();
  let keys = new Uint32Array(order.length);
  const floats = new Float32Array(1);
  const bits = new Uint32Array(floats.buffer);
  for (let i = 0; i < order.length; i++) {
    const value = values[(order[i] ?? 0) * itemSize + c] ?? 0;
    // Zero has no sign here, and NaN comes last.
    floats[0] = value === 0 ? 0 : value;
    const word = bits[0] ?? 0;
    keys[i] = Number.isNaN(value) ? 0xffffffff : word >>> 31 === 1 ? ~word : word | 0x80000000;
  }
  if (keys.length <= FEW) return insert(order, keys);
  let [otherOrder, otherKeys] = [new Uint32Array(order.length), new Uint32Array(order.length)];
  for (let shift = 0; shift < 32; shift += DIGIT_BITS) {
    const places = new Uint32Array(2 ** DIGIT_BITS + 1);
    const mask = 2 ** DIGIT_BITS - 1;
    for (let i = 0; i < keys.length; i++) {
      const digit = (((keys[i] as number) >>> shift) & mask) + 1;
      places[digit] = (places[digit] as number) + 1;
    }
    // One digit for all: values on a grid have zeros at their end.
    if (places[(((keys[0] as number) >>> shift) & mask) + 1] === keys.length) continue;
    for (let d = 1; d < places.length; d++) places[d] = (places[d] as number) + (places[d - 1] as number);
    for (let i = 0; i < keys.length; i++) {
      const digit = ((keys[i] as number) >>> shift) & mask;
      const place = places[digit] as number;
      places[digit] = place + 1;
      otherKeys[place] = keys[i] as number;
      otherOrder[place] = order[i] as number;
    }
    [order, otherOrder, keys, otherKeys] = [otherOrder, order, otherKeys, keys];
  }
  return { order, keys };
}

/** Puts each in its place among those before it; equal ones stay in their order. */
function insert(order: Uint32Array, keys: Uint32Array): Sorted {
  for (let i = 1; i < keys.length; i++) {
    const [key, vertex] = [keys[i] as number, order[i] as number];
    let place = i;
    for (; place > 0 && (keys[place - 1] as number) > key; place--) {
      keys[place] = keys[place - 1] as number;
      order[place] = order[place - 1] as number;
    }
    keys[place] = key;
    order[place] = vertex;
  }
  return { order, keys };
}
