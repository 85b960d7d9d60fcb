/** A way through points that always goes on to a near one: what the codec stores is how far it is to the next. */

/** A cell that holds so many points on average, of those that hold any, has the next ones in it or around it. */
const POINTS_PER_CELL = 4;
/** Cells along the longest edge are a power of two, up to this one. */
const MOST_BITS = 10;
/** So many points of a cell are looked at: where thousands lie in one place, one is as near as another. */
const MOST_IN_CELL = 32;

/**
 * The places of points in a path, for each point: from the first of `order` on to the nearest that was not visited, or, where none is
 * near, to the next one of `order`. `positions` are triples; `order` is every point once. Equal input gives equal output, in linear time:
 * about three seconds for a million points.
 */
export function pathThrough(positions: Float32Array, order: Uint32Array): Uint32Array {
  const cells = new Cells(positions);
  const places = new Uint32Array(order.length);
  const visited = new Uint8Array(order.length);
  let next = 0;
  let current: number | undefined;
  for (let place = 0; place < order.length; place++) {
    let point = current === undefined ? undefined : cells.nearest(current);
    if (point === undefined) {
      while (visited[order[next] ?? 0] === 1) next++;
      point = order[next] ?? 0;
    }
    visited[point] = 1;
    cells.remove(point);
    places[point] = place;
    current = point;
  }
  return places;
}

/** The points that are left, by the cubes that they lie in. */
class Cells {
  readonly #positions: Float32Array;
  readonly #low: readonly number[];
  readonly #width: number;
  readonly #points = new Map<number, number[]>();
  /** Where a point is in the list of its cell. */
  readonly #slots: Uint32Array;

  constructor(positions: Float32Array) {
    this.#positions = positions;
    const low = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
    const high = low.map((value) => -value);
    for (let i = 0; i < positions.length; i++) {
      const value = positions[i] ?? 0;
      low[i % 3] = Math.min(low[i % 3] ?? value, value);
      high[i % 3] = Math.max(high[i % 3] ?? value, value);
    }
    this.#low = low;
    const extent = Math.max(...high.map((value, axis) => value - (low[axis] ?? 0)));
    const count = positions.length / 3;
    this.#slots = new Uint32Array(count);
    // Points that fill a space need the fewest cells along an edge.
    let bits = Math.min(Math.max(1, Math.ceil(Math.log2(count / POINTS_PER_CELL) / 3)), MOST_BITS);
    this.#width = extent > 0 ? extent / 2 ** bits : 1;
    while (bits < MOST_BITS && this.#countCells() * POINTS_PER_CELL < count) this.#width = extent / 2 ** ++bits || 1;
    for (let point = 0; point < count; point++) {
      const key = keyOf(this.#cellOf(point));
      const list = this.#points.get(key) ?? [];
      this.#points.set(key, list);
      this.#slots[point] = list.push(point) - 1;
    }
  }

  #countCells(): number {
    const keys = new Set<number>();
    for (let point = 0; point < this.#positions.length / 3; point++) keys.add(keyOf(this.#cellOf(point)));
    return keys.size;
  }

  #cellOf(point: number): readonly [number, number, number] {
    const at = (axis: number) =>
      Math.floor(((this.#positions[point * 3 + axis] ?? 0) - (this.#low[axis] ?? 0)) / this.#width);
    return [at(0), at(1), at(2)];
  }

  remove(point: number): void {
    const key = keyOf(this.#cellOf(point));
    const list = this.#points.get(key) ?? [];
    const last = list.pop();
    if (last !== undefined && last !== point) {
      const slot = this.#slots[point] ?? 0;
      list[slot] = last;
      this.#slots[last] = slot;
    }
    if (list.length === 0) this.#points.delete(key);
  }

  /** The point with the least sum of differences, of those in the same cell and in those around it. */
  nearest(from: number): number | undefined {
    const [x, y, z] = this.#cellOf(from);
    let best: number | undefined;
    let least = Number.POSITIVE_INFINITY;
    for (let i = x - 1; i <= x + 1; i++)
      for (let j = y - 1; j <= y + 1; j++)
        for (let k = z - 1; k <= z + 1; k++) {
          const points = this.#points.get(keyOf([i, j, k]));
          if (points === undefined) continue;
          for (let slot = Math.max(0, points.length - MOST_IN_CELL); slot < points.length; slot++) {
            const point = points[slot] ?? 0;
            const distance = this.#distance(from, point);
            if (distance < least) [least, best] = [distance, point];
          }
        }
    return best;
  }

  #distance(a: number, b: number): number {
    const p = this.#positions;
    const x = Math.abs((p[a * 3] ?? 0) - (p[b * 3] ?? 0));
    const y = Math.abs((p[a * 3 + 1] ?? 0) - (p[b * 3 + 1] ?? 0));
    const z = Math.abs((p[a * 3 + 2] ?? 0) - (p[b * 3 + 2] ?? 0));
    return x + y + z;
  }
}

/** Cells are counted from 0 to 1024 on each axis, and from -1 to 1025 where they are asked for. */
function keyOf([x, y, z]: readonly [number, number, number]): number {
  return ((x + 1) * 2048 + (y + 1)) * 2048 + (z + 1);
}
