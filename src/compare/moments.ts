/**
 * Sums over all corners that are drawn: they stay what they were while vertices merge and change places. Mean, square and
 * the products with the position tell lost values, exchanged values, and values that went to other vertices.
 */

/** One attribute as floats, `itemSize` numbers a vertex. */
export interface Column {
  readonly values: Float32Array;
  readonly itemSize: number;
}

/** How many corners name each vertex. */
export function countUses(corners: ArrayLike<number> | undefined, vertexCount: number): Uint32Array {
  const uses = new Uint32Array(vertexCount);
  if (corners === undefined) return uses.fill(1);
  for (let i = 0; i < corners.length; i++) {
    const vertex = corners[i] ?? 0;
    if (vertex < vertexCount) uses[vertex] = (uses[vertex] ?? 0) + 1;
  }
  return uses;
}

/** Where a component lies: its middle, and how far it reaches from there. */
export interface Frame {
  readonly middle: number;
  readonly reach: number;
}

/** The frame of component `c` over the vertices in use. */
export function frameOf({ values, itemSize }: Column, c: number, uses: Uint32Array): Frame {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (let v = 0, i = c; v < uses.length; v++, i += itemSize) {
    if (uses[v] === 0) continue;
    const value = values[i] ?? 0;
    if (value < min && value > Number.NEGATIVE_INFINITY) min = value;
    if (value > max && value < Number.POSITIVE_INFINITY) max = value;
  }
  return min <= max ? { middle: (min + max) / 2, reach: (max - min) / 2 } : { middle: 0, reach: 0 };
}

/** Number of finite values, then means: of the value, of its square, and of its product with x, y and z of the position. */
export type Moments = readonly [finite: number, mean: number, square: number, x: number, y: number, z: number];

/** The moments of component `c`, around the middle of `frame`; `place` holds the position around its own middle. */
export function momentsOf(column: Column, c: number, uses: Uint32Array, frame: Frame, place: Float64Array): Moments {
  const { values, itemSize } = column;
  const { middle } = frame;
  let [finite, sum, square, x, y, z] = [0, 0, 0, 0, 0, 0];
  for (let v = 0, i = c; v < uses.length; v++, i += itemSize) {
    const times = uses[v] ?? 0;
    if (times === 0) continue;
    const value = (values[i] ?? 0) - middle;
    if (!(Math.abs(value) < Number.POSITIVE_INFINITY)) continue;
    const weighted = value * times;
    finite += times;
    sum += weighted;
    square += weighted * value;
    x += weighted * (place[v * 3] ?? 0);
    y += weighted * (place[v * 3 + 1] ?? 0);
    z += weighted * (place[v * 3 + 2] ?? 0);
  }
  const count = finite === 0 ? 1 : finite;
  return [finite, sum / count, square / count, x / count, y / count, z / count];
}

/** Positions around the middles of `frames`; what is not finite lies in the middle. */
export function placesOf({ values, itemSize }: Column, frames: readonly Frame[], vertexCount: number): Float64Array {
  const places = new Float64Array(vertexCount * 3);
  for (let c = 0; c < Math.min(3, itemSize); c++) {
    const middle = frames[c]?.middle ?? 0;
    for (let v = 0; v < vertexCount; v++) {
      const value = (values[v * itemSize + c] ?? 0) - middle;
      places[v * 3 + c] = Math.abs(value) < Number.POSITIVE_INFINITY ? value : 0;
    }
  }
  return places;
}

/** Sums of doubles in another order differ by so much of what they sum. */
const NOISE = 1e-9;

/**
 * True when values that each moved by at most `error`, on positions that each moved by at most `placeError`, can have
 * these moments. Nothing that keeps the bounds is ever refused.
 */
export function areNear(
  was: Moments,
  is: Moments,
  frame: Frame,
  error: number,
  places: readonly Frame[],
  placeError: number,
): boolean {
  const { middle, reach } = frame;
  const noise = (Math.abs(middle) + reach) * NOISE;
  const far = (index: 1 | 2 | 3 | 4 | 5, bound: number) => !(Math.abs(was[index] - is[index]) <= bound);
  if (was[0] !== is[0] || far(1, error + noise)) return false;
  if (far(2, error * (2 * reach + error) + noise * (reach + noise))) return false;
  return ([0, 1, 2] as const).every((axis) => {
    const size = places[axis]?.reach ?? 0;
    const bound = error * size + placeError * reach + error * placeError;
    return !far((axis + 3) as 3 | 4 | 5, bound + noise * (size + placeError));
  });
}
