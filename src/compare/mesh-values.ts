/** What is drawn, primitive by primitive: indices in range, boxes in place, values at their vertices. */
import type { GLTF } from '@gltf-transform/core';
import { maxOf } from '../asset/accessors.ts';
import { type Finding, finding, pointer } from '../finding.ts';
import { blends } from '../optimize/geometry.ts';
import type { PaletteCells } from '../optimize/palette-cells.ts';
import { dracoOf } from '../optimize/workpiece.ts';
import { leastOf, mostOf } from '../units.ts';
import { type DracoCache, type Drawn, drawnOf } from './drawn.ts';
import { compareFaces, type FaceOptions } from './faces.ts';
import type { Floats } from './floats.ts';
import { inMiddles } from './middles.ts';
import { areNear, type Column, countUses, type Frame, frameOf, momentsOf, placesOf } from './moments.ts';

/** A position may move by this share of its primitive's size, or by a quarter of it of its mesh's: more than our coarsest recipe rounds. */
const POSITION_RATIO = 1 / 1024;
const MESH_SHARE = 1 / 4;

/** Primitives of `after` that do not draw what they drew. */
export function* checkMeshes(was: Floats, is: Floats, cells: PaletteCells): Generator<Finding> {
  const cache: DracoCache = new Map();
  // Many a file draws one geometry in several materials.
  const known = new Map<string, string | undefined>();
  for (const [m, mesh] of (is.glb.json.meshes ?? []).entries()) {
    const origins = was.glb.json.meshes?.[m]?.primitives ?? [];
    const sources = origins.map((source) => drawnOf(was, source, cache));
    const meshSize = sizeOfAll(sources);
    for (const [p, primitive] of mesh.primitives.entries()) {
      const origin = origins[p];
      if (origin === undefined) continue;
      const order = { mode: origin.mode ?? 4, keepsOrder: blends(was.glb, origin) };
      const key = [dataOf(origin), dataOf(primitive), order.mode, order.keepsOrder, meshSize].join();
      if (!known.has(key)) {
        const output = drawnOf(is, primitive, cache);
        const source = inMiddles(sources[p], origin, output, cells);
        known.set(key, checkIndices(is, primitive) ?? comparePrimitives(source, output, meshSize, order));
      }
      const wrong = known.get(key);
      if (wrong !== undefined) yield finding('CONTRACT_BROKEN', pointer('meshes', m, 'primitives', p), wrong);
    }
  }
}

/** All that a primitive is drawn from. */
function dataOf(primitive: GLTF.IMeshPrimitive): string {
  return JSON.stringify([primitive.attributes, primitive.targets, primitive.indices, dracoOf(primitive)]);
}

function checkIndices(file: Floats, primitive: GLTF.IMeshPrimitive): string | undefined {
  const first = Object.values(primitive.attributes)[0];
  if (primitive.indices === undefined || first === undefined || dracoOf(primitive) !== undefined) return undefined;
  const count = file.glb.json.accessors?.[first]?.count ?? 0;
  const highest = maxOf(file.reader.read(primitive.indices).array);
  return highest >= count ? `Index ${highest} of ${count} vertices.` : undefined;
}

function comparePrimitives(
  was: Drawn | undefined,
  is: Drawn | undefined,
  meshSize: number,
  order: Pick<FaceOptions, 'mode' | 'keepsOrder'>,
): string | undefined {
  if (was === undefined) return undefined;
  if (is === undefined) return 'It cannot be decoded any more.';
  for (const name of was.columns.keys())
    if (!is.columns.has(name)) return name === 'POSITION' ? 'Its positions are gone.' : `${name} is gone.`;
  const a = spaceOf(was);
  const b = spaceOf(is, a.frames);
  // All corners in one point: a box without size, so the one of all vertices is the measure.
  const used = sizeOf(a.frames);
  const own = used > 0 ? used : sizeOf(framesOf(was.columns.get('POSITION'), a.uses.slice().fill(1)));
  // The primitives of a mesh share one grid, so that they meet where they met.
  const size = Math.max(own, meshSize * MESH_SHARE);
  const moved = boxDistance(a.frames, b.frames);
  if (!(moved <= size * POSITION_RATIO))
    return `The bounding box moved by ${moved.toPrecision(3)} of ${size.toPrecision(3)}.`;
  for (const [name, column] of was.columns) {
    const other = is.columns.get(name);
    if (other === undefined) continue;
    if (other.itemSize !== column.itemSize) return `${name} has another width.`;
    if (!isSameColumn(name, [column, a], [other, b], size)) return `${name} is not what it was over all corners.`;
  }
  const errorAt = (name: string, c: number): number => {
    const column = was.columns.get(name);
    return column === undefined ? 0 : errorOf(name, frameOf(column, c, a.uses), size);
  };
  return checkJoints(was, a, is, b, size) ?? compareFaces(was, a.uses, is, b.uses, { ...order, errorOf: errorAt });
}

/** The longest edge of the box around all primitives of a mesh. */
function sizeOfAll(drawn: readonly (Drawn | undefined)[]): number {
  const boxes = drawn.flatMap((one) => {
    const position = one?.columns.get('POSITION');
    return position === undefined ? [] : [framesOf(position, countUses(one?.corners, position.values.length / 3))];
  });
  const axis = (a: number): number => {
    const edges = boxes.flatMap((frames) => (frames[a] === undefined ? [] : [frames[a]]));
    return mostOf(edges.map((f) => f.middle + f.reach)) - leastOf(edges.map((f) => f.middle - f.reach));
  };
  return boxes.length === 0 ? 0 : Math.max(axis(0), axis(1), axis(2));
}

/** The vertices in use, their box, and where they lie around the middle of the source's. */
interface Space {
  readonly uses: Uint32Array;
  readonly frames: readonly Frame[];
  readonly places: Float64Array;
}

function spaceOf({ columns, corners }: Drawn, around?: readonly Frame[]): Space {
  const position = columns.get('POSITION');
  const [first] = columns.values();
  const column = position ?? first;
  const uses = countUses(corners, column === undefined ? 0 : column.values.length / column.itemSize);
  const frames = framesOf(position, uses);
  const places =
    position === undefined ? new Float64Array(uses.length * 3) : placesOf(position, around ?? frames, uses.length);
  return { uses, frames, places };
}

function framesOf(position: Column | undefined, uses: Uint32Array): readonly Frame[] {
  return [0, 1, 2].map((axis) => (position === undefined ? { middle: 0, reach: 0 } : frameOf(position, axis, uses)));
}

function sizeOf(frames: readonly Frame[]): number {
  return Math.max(...frames.map(({ reach }) => reach * 2));
}

function boxDistance(was: readonly Frame[], is: readonly Frame[]): number {
  const edges = ({ middle, reach }: Frame) => [middle - reach, middle + reach];
  const [a, b] = [was.flatMap(edges), is.flatMap(edges)];
  return Math.max(...a.map((edge, i) => Math.abs(edge - (b[i] ?? 0))));
}

type Placed = readonly [column: Column, space: Space];

function isSameColumn(name: string, [column, a]: Placed, [other, b]: Placed, size: number): boolean {
  for (let c = 0; c < column.itemSize; c++) {
    const frame = frameOf(column, c, a.uses);
    const was = momentsOf(column, c, a.uses, frame, a.places);
    const is = momentsOf(other, c, b.uses, frame, b.places);
    if (!areNear(was, is, frame, errorOf(name, frame, size), a.frames, size * POSITION_RATIO)) return false;
  }
  return true;
}

/** How far one value may move: a few times what our coarsest recipe rounds, and nothing for what no recipe touches. */
function errorOf(name: string, { middle, reach }: Frame, size: number): number {
  const label = name.replace(/_\d+$/, '');
  const isMorph = /^\d+ /.test(label);
  switch (isMorph ? label.replace(/^\d+ /, 'MORPH ') : label) {
    case 'POSITION':
    case 'MORPH POSITION':
      return size * POSITION_RATIO;
    case 'NORMAL':
    case 'TANGENT':
      return 1 / 32;
    case 'MORPH NORMAL':
    case 'MORPH TANGENT':
      return 1 / 64;
    case 'TEXCOORD':
      return 2 ** -10 + (Math.abs(middle) + reach) * 2 ** -20;
    case 'COLOR':
      return Math.max(1, reach * 2) / 1024;
    case 'WEIGHTS':
      return 1 / 64;
    default:
      return 0;
  }
}

/** Each joint goes with its own weight: both may stay what they were, and still be exchanged. */
function checkJoints(was: Drawn, a: Space, is: Drawn, b: Space, size: number): string | undefined {
  for (const [name, joints] of was.columns) {
    if (!name.startsWith('JOINTS_')) continue;
    const weightName = name.replace('JOINTS', 'WEIGHTS');
    const parts = [was.columns.get(weightName), is.columns.get(name), is.columns.get(weightName)] as const;
    const [weights, newJoints, newWeights] = parts;
    if (weights === undefined || newJoints === undefined || newWeights === undefined) continue;
    const [before, after] = [product(joints, weights), product(newJoints, newWeights)];
    const frame = frameOf(before, 0, a.uses);
    // Four weights move by a sixty-fourth each at most, whatever their joint.
    const error = frameOf(joints, 0, a.uses).reach * 2 * (4 / 64) + (Math.abs(frame.middle) + frame.reach) / 64;
    const [x, y] = [momentsOf(before, 0, a.uses, frame, a.places), momentsOf(after, 0, b.uses, frame, b.places)];
    if (!areNear(x, y, frame, error, a.frames, size * POSITION_RATIO))
      return `${name} and ${weightName} do not go together as they did.`;
  }
  return undefined;
}

function product(a: Column, b: Column): Column {
  const values = new Float32Array(a.values.length / a.itemSize);
  for (let v = 0; v < values.length; v++) {
    let sum = 0;
    for (let c = 0; c < a.itemSize; c++)
      sum += (a.values[v * a.itemSize + c] ?? 0) * (b.values[v * a.itemSize + c] ?? 0);
    values[v] = sum;
  }
  return { values, itemSize: 1 };
}
