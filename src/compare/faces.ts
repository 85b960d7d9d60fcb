/** What joins which vertices: every triangle is still there, with its corners in their turn; everything else in its order. */
import type { TypedArray } from '../asset/accessors.ts';
import type { Drawn } from './drawn.ts';
import { matchRanks, type RankMatch, usageOf } from './ranks.ts';

/** How the corners of a primitive belong together. */
export interface FaceOptions {
  /** Primitive mode (glTF 2.0, section 5.24). */
  readonly mode: number;
  /** True where the order of triangles is visible. */
  readonly keepsOrder: boolean;
  /** How far one value of an attribute may move. */
  readonly errorOf: (name: string, component: number) => number;
}

const POINTS = 0;
const TRIANGLES = 4;

/** What is wrong with the corners of an output, or undefined. A rounding that keeps its bounds is never refused. */
export function compareFaces(
  was: Drawn,
  wasUses: Uint32Array,
  is: Drawn,
  isUses: Uint32Array,
  { mode, keepsOrder, errorOf }: FaceOptions,
): string | undefined {
  const cornerCount = was.corners?.length ?? wasUses.length;
  if ((is.corners?.length ?? isUses.length) !== cornerCount) return 'It has another number of corners.';
  const [a, b] = [usageOf(wasUses), usageOf(isUses)];
  const matches: RankMatch[] = [];
  for (const [name, column] of was.columns) {
    const other = is.columns.get(name);
    if (other === undefined || (name !== 'POSITION' && !name.startsWith('TEXCOORD_'))) continue;
    for (let c = 0; c < column.itemSize; c++) {
      const match = matchRanks(column, a, other, b, c);
      const bound = errorOf(name, c);
      if (!(match.farthest <= bound))
        return `${name} moved by ${match.farthest.toPrecision(3)} of ${bound.toPrecision(3)}.`;
      matches.push(match);
    }
  }
  const isList = mode === TRIANGLES && cornerCount % 3 === 0;
  const size = isList ? 3 : 1;
  const x = marksOf({ corners: was.corners, count: cornerCount / size, size }, matches, 'was', wasUses.length);
  const y = marksOf({ corners: is.corners, count: cornerCount / size, size }, matches, 'is', isUses.length);
  const isOrdered = keepsOrder || (mode !== POINTS && !isList);
  const lost = isOrdered ? countMoved(x, y, matches) : countLost(x, y, matches);
  if (lost === 0) return undefined;
  const what = isList ? 'triangles' : mode === POINTS ? 'points' : 'corners';
  const how = isOrdered
    ? 'are not where they were in their order'
    : 'are turned over, gone or joined to other vertices';
  return `${lost} of ${cornerCount / size} ${what} ${how}.`;
}

/** Corners, taken one by one or three by three. */
interface Shapes {
  readonly corners: TypedArray | Uint32Array | undefined;
  readonly count: number;
  readonly size: 1 | 3;
}

/** Two independent marks for each shape: equal in both files where the shape is the same. */
interface Marks {
  readonly shapes: Shapes;
  readonly marks: readonly [Uint32Array, Uint32Array];
}

const SEEDS = [0, 0x9e3779b9] as const;

function marksOf(shapes: Shapes, matches: readonly RankMatch[], side: 'was' | 'is', vertexCount: number): Marks {
  const [first, second] = SEEDS.map((seed) => {
    const vertices = new Uint32Array(vertexCount).fill(seed);
    for (const { [side]: classes } of matches)
      for (let v = 0; v < vertexCount; v++) vertices[v] = mix(vertices[v] as number, classes[v] as number);
    return markShapes(shapes, vertices);
  });
  return { shapes, marks: [first ?? new Uint32Array(), second ?? new Uint32Array()] };
}

/** The same for each corner that may come first, another one for the opposite turn. */
function markShapes({ corners, count, size }: Shapes, vertices: Uint32Array): Uint32Array {
  const at = (corner: number): number => vertices[corners === undefined ? corner : (corners[corner] as number)] ?? 0;
  const out = new Uint32Array(count);
  if (size === 1) for (let s = 0; s < count; s++) out[s] = at(s);
  else
    for (let s = 0; s < count; s++) {
      const [a, b, c] = [at(s * 3), at(s * 3 + 1), at(s * 3 + 2)];
      out[s] = mix(mix(a, b) + mix(b, c) + mix(c, a), size);
    }
  return out;
}

/** MurmurHash3's mixing of one more word. */
function mix(hash: number, word: number): number {
  let k = Math.imul(word + 1, 0xcc9e2d51);
  k = Math.imul((k << 15) | (k >>> 17), 0x1b873593);
  let h = hash ^ k;
  h = Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  return (h ^ (h >>> 13)) >>> 0;
}

/** How many shapes are another one at their place. */
function countMoved(x: Marks, y: Marks, matches: readonly RankMatch[]): number {
  let moved = 0;
  for (let i = 0; i < x.shapes.count; i++) {
    const isSame = x.marks.every((marks, h) => marks[i] === y.marks[h]?.[i]);
    if (!isSame && !isSameShape(x.shapes, i, y.shapes, i, matches)) moved++;
  }
  return moved;
}

/** A coder that rounds in other arithmetic tears a few values apart: 55 of 97,295 triangles of a hotel room in Draco. */
const MOST_TORN = 2000;

/** How many shapes of the source are not among those of the output; each stands for one. */
function countLost(x: Marks, y: Marks, matches: readonly RankMatch[]): number {
  // Sums do not mind the order: equal ones are all there is in nearly every file.
  if (x.marks.every((marks, h) => sumOf(marks) === sumOf(y.marks[h] ?? marks))) return 0;
  const torn = listTorn(x.shapes, matches);
  const isLoose = new Set(torn.length > MOST_TORN ? [] : torn);
  const counts = new Map<number, number>();
  for (let i = 0; i < x.shapes.count; i++)
    if (!isLoose.has(i)) counts.set(keyOf(x, i), (counts.get(keyOf(x, i)) ?? 0) + 1);
  let lost = x.shapes.count - isLoose.size;
  const left = new Set<number>();
  for (let j = 0; j < y.shapes.count; j++) {
    const count = counts.get(keyOf(y, j)) ?? 0;
    counts.set(keyOf(y, j), Math.max(0, count - 1));
    if (count === 0) left.add(j);
    else lost--;
  }
  // More than the loose ones can stand for: their partners change nothing.
  if (lost > 0 && left.size > isLoose.size) return lost;
  for (const i of isLoose) {
    const partner = findIn(left, (j) => isSameShape(x.shapes, i, y.shapes, j, matches));
    if (partner === undefined) lost++;
    else left.delete(partner);
  }
  return lost;
}

/** Both marks, as far as a number holds them. */
function keyOf({ marks: [first, second] }: Marks, i: number): number {
  return (first[i] ?? 0) * 2 ** 21 + ((second[i] ?? 0) >>> 11);
}

/** Shapes with a torn corner, those with the fewest first: they have the least choice. */
function listTorn(shapes: Shapes, matches: readonly RankMatch[]): readonly number[] {
  const tearing = matches.filter(({ torn }) => torn.size > 0);
  const byCount: number[][] = [];
  for (let i = 0; tearing.length > 0 && i < shapes.count; i++) {
    let count = 0;
    for (let c = 0; c < shapes.size; c++)
      for (const { torn } of tearing) if (torn.has(vertexAt(shapes, i * shapes.size + c))) count++;
    if (count === 0) continue;
    byCount[count] ??= [];
    byCount[count]?.push(i);
  }
  return byCount.flat();
}

function vertexAt({ corners }: Shapes, corner: number): number {
  return corners === undefined ? corner : (corners[corner] ?? 0);
}

function sumOf(marks: Uint32Array): number {
  let sum = 0;
  for (let i = 0; i < marks.length; i++) sum = (sum + mix(marks[i] as number, 7)) | 0;
  return sum;
}

function isSameShape(x: Shapes, i: number, y: Shapes, j: number, matches: readonly RankMatch[]): boolean {
  const fits = (turn: number): boolean => {
    for (let c = 0; c < x.size; c++) {
      const [v, w] = [vertexAt(x, i * x.size + c), vertexAt(y, j * y.size + ((c + turn) % y.size))];
      for (const { was, is, torn } of matches) {
        const [least = was[v] ?? 0, greatest = least] = torn.get(v) ?? [];
        const found = is[w] ?? 0;
        if (found < least || found > greatest) return false;
      }
    }
    return true;
  };
  return x.size === 1 ? fits(0) : [0, 1, 2].some(fits);
}

// Iterators' own `find` is younger than the oldest Node that we run on.
function findIn(values: Iterable<number>, fits: (value: number) => boolean): number | undefined {
  for (const value of values) if (fits(value)) return value;
  return undefined;
}
