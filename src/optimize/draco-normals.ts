/** Normals that Draco foretells from the triangles around them, where that is near enough: what is foretold costs next to nothing. */
import type { DracoGrid, DracoInput } from '../asset/draco.ts';
import { mergeVertices } from './vertices.ts';

/** Of so many vertices for each corner nearly all are of flat facets: three equal normals in a row cost less than three foretold ones. */
const FACETED_RATIO = 0.6;
/** As near as floats of two decoders are. */
const ON_PLACE = 1e-5;
/** What is merged when normals move is foretold anew. */
const PASSES = 2;
/** Beyond so many tolerances leaning saves nothing: one step of many is worth too little. */
const FARTHEST = 8;
/** Steps of the octahedron around a direction that may be near enough to it. */
const REACH = 2;

/** The parts of a primitive that normals depend on, as the encoder will see them. */
export interface Relief {
  readonly indices: Uint32Array;
  /** On a grid: `bits` is one. */
  readonly positions: DracoInput;
  /** On Draco's octahedron: `bits` is a number. */
  readonly normals: DracoInput;
}

/**
 * The normals, each as near to where the encoder expects it as `tolerance` (radians, from `source`) allows: in the direction of the
 * triangles around its vertex, weighed by their areas. Where the surface ends nothing moves. [google/draco mesh_prediction_scheme_geometric_normal_predictor_area.h]
 */
export function leanNormals(
  { indices, positions, normals }: Relief,
  source: Float32Array,
  tolerance: number,
): DracoInput {
  const { bits: grid } = positions;
  if (typeof normals.bits !== 'number' || grid === null || typeof grid === 'number') return normals;
  // They were rounded before, and may have leaned then: twice as far is too far.
  if (normals.data.array.every((value, i) => Math.abs(value - (source[i] ?? 0)) < ON_PLACE)) return normals;
  const center = 2 ** (normals.bits - 1) - 1;
  const lines = linesOf(positions.data.array, grid);
  const isOpen = onOpenEdges(indices, lines);
  let array = Float32Array.from(normals.data.array);
  for (let pass = 0; pass < PASSES; pass++) {
    const { remap, uniqueCount } = mergeVertices([bytesOf(lines), bytesOf(array)], array.length / 3);
    if (pass === 0 && uniqueCount > indices.length * FACETED_RATIO) return normals;
    const foretold = foretell(sumTriangles(indices, lines, remap, uniqueCount), center);
    array = moveNear(array, { foretold, remap, isOpen, source }, Math.cos(tolerance), center);
  }
  return { ...normals, data: { ...normals.data, array } };
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array | Int32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function linesOf(values: ArrayLike<number>, { origin, step }: DracoGrid): Int32Array {
  return Int32Array.from(values, (value, i) => Math.round((value - (origin[i % 3] ?? 0)) / step));
}

/** Vertices where the surface of a primitive ends: it may go on in another one, whose triangles foretell another normal. */
function onOpenEdges(indices: Uint32Array, lines: Int32Array): Uint8Array {
  const { remap: places } = mergeVertices([bytesOf(lines)], lines.length / 3);
  const edges = new Int32Array(indices.length * 2);
  for (let t = 0; t + 2 < indices.length; t += 3) {
    for (let side = 0; side < 3; side++) {
      const a = places[indices[t + side] ?? 0] ?? 0;
      const b = places[indices[t + ((side + 1) % 3)] ?? 0] ?? 0;
      edges[(t + side) * 2] = Math.min(a, b);
      edges[(t + side) * 2 + 1] = Math.max(a, b);
    }
  }
  const { remap, uniqueCount } = mergeVertices([bytesOf(edges)], indices.length);
  const uses = new Uint32Array(uniqueCount);
  for (const edge of remap) uses[edge] = (uses[edge] ?? 0) + 1;
  const isOpenPlace = new Uint8Array(lines.length / 3);
  for (const [side, edge] of remap.entries()) {
    if (uses[edge] !== 1) continue;
    isOpenPlace[edges[side * 2] ?? 0] = 1;
    isOpenPlace[edges[side * 2 + 1] ?? 0] = 1;
  }
  return Uint8Array.from(places, (place) => isOpenPlace[place] ?? 0);
}

/** Of each merged vertex the cross products of its triangles, in squares of the grid's step. */
function sumTriangles(indices: Uint32Array, lines: Int32Array, remap: Uint32Array, count: number): Float64Array {
  const sums = new Float64Array(count * 3);
  const at = (vertex: number, axis: number) => lines[vertex * 3 + axis] ?? 0;
  for (let t = 0; t + 2 < indices.length; t += 3) {
    const corners = [indices[t] ?? 0, indices[t + 1] ?? 0, indices[t + 2] ?? 0] as const;
    const [a, b, c] = corners;
    const [ux, uy, uz] = [at(b, 0) - at(a, 0), at(b, 1) - at(a, 1), at(b, 2) - at(a, 2)];
    const [vx, vy, vz] = [at(c, 0) - at(a, 0), at(c, 1) - at(a, 1), at(c, 2) - at(a, 2)];
    for (const corner of corners) {
      const to = (remap[corner] ?? 0) * 3;
      sums[to] = (sums[to] ?? 0) + uy * vz - uz * vy;
      sums[to + 1] = (sums[to + 1] ?? 0) + uz * vx - ux * vz;
      sums[to + 2] = (sums[to + 2] ?? 0) + ux * vy - uy * vx;
    }
  }
  return sums;
}

/** Sums as whole numbers whose sizes add up to `center`, rounded as the encoder does; zeros where there is no direction. */
function foretell(sums: Float64Array, center: number): Float64Array {
  const directions = new Float64Array(sums.length);
  for (let i = 0; i < sums.length; i += 3) {
    const [x, y, z] = [sums[i] ?? 0, sums[i + 1] ?? 0, sums[i + 2] ?? 0];
    const size = Math.abs(x) + Math.abs(y) + Math.abs(z);
    if (size === 0) continue;
    const [a, b] = [Math.trunc((x * center) / size), Math.trunc((y * center) / size)];
    directions.set([a, b, (center - Math.abs(a) - Math.abs(b)) * (z < 0 ? -1 : 1)], i);
  }
  return directions;
}

type Direction = readonly [x: number, y: number, z: number];

/** What normals lean towards, by merged vertex, and what holds them, by vertex. */
interface Pull {
  readonly foretold: Float64Array;
  readonly remap: Uint32Array;
  readonly isOpen: Uint8Array;
  readonly source: Float32Array;
}

function moveNear(
  normals: Float32Array<ArrayBuffer>,
  { foretold, remap, isOpen, source }: Pull,
  leastCosine: number,
  center: number,
): Float32Array<ArrayBuffer> {
  const moved = Float32Array.from(normals);
  const farCosine = Math.cos(FARTHEST * Math.acos(leastCosine));
  for (let v = 0; v < remap.length; v++) {
    if (isOpen[v] === 1) continue;
    const aim = directionAt(foretold, remap[v] ?? 0);
    const own = directionAt(source, v);
    const cosine = cosineOf(aim, own);
    // What is foretold may point to the other side for one bit more. Without a direction the cosine is no number.
    const facing: Direction = cosine < 0 ? [-aim[0], -aim[1], -aim[2]] : aim;
    const size = Math.abs(cosine);
    const place =
      size >= leastCosine ? facing : size >= farCosine ? nearest(own, facing, leastCosine, center) : undefined;
    if (place === undefined) continue;
    const length = lengthOf(place);
    moved[v * 3] = place[0] / length;
    moved[v * 3 + 1] = place[1] / length;
    moved[v * 3 + 2] = place[2] / length;
  }
  return moved;
}

function directionAt(values: ArrayLike<number>, index: number): Direction {
  return [values[index * 3] ?? 0, values[index * 3 + 1] ?? 0, values[index * 3 + 2] ?? 0];
}

function lengthOf([x, y, z]: Direction): number {
  return Math.sqrt(x * x + y * y + z * z);
}

function cosineOf(a: Direction, b: Direction): number {
  return (a[0] * b[0] + a[1] * b[1] + a[2] * b[2]) / (lengthOf(a) * lengthOf(b));
}

/** Of the places around `own` that are near enough to it, the one fewest steps from `aim`. */
function nearest(own: Direction, aim: Direction, leastCosine: number, center: number): Direction | undefined {
  const scale = center / (Math.abs(own[0]) + Math.abs(own[1]) + Math.abs(own[2]));
  const [a, b] = [Math.round(own[0] * scale), Math.round(own[1] * scale)];
  let least = Number.POSITIVE_INFINITY;
  let best: Direction | undefined;
  for (let x = a - REACH; x <= a + REACH; x++) {
    for (let y = b - REACH; y <= b + REACH; y++) {
      const rest = center - Math.abs(x) - Math.abs(y);
      if (rest < 0) continue;
      const place: Direction = [x, y, own[2] < 0 ? -rest : rest];
      const cosine = cosineOf(place, own);
      if (!(cosine >= leastCosine)) continue;
      // Of places as many steps away, the one nearest to what it was.
      const steps = Math.abs(x - aim[0]) + Math.abs(y - aim[1]) + Math.abs(place[2] - aim[2]) - cosine;
      if (steps < least) [least, best] = [steps, place];
    }
  }
  return best;
}
