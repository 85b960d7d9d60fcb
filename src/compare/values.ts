/** The numbers behind the contract: boxes, index ranges and the ends of animation tracks, read back from the output. */
import type { GLTF } from '@gltf-transform/core';
import { AccessorReader, COMPONENT, maxOf, type TypedArray, toFloats } from '../asset/accessors.ts';
import { decodeDraco } from '../asset/draco.ts';
import { digestOf, type SourceGlb } from '../asset/glb.ts';
import { type Finding, finding, pointer } from '../finding.ts';
import { dracoOf } from '../optimize/workpiece.ts';
import { matchChannels } from './channels.ts';

/** A box or a key may move by this share of its own size: four times what our coarsest recipe rounds. */
const TOLERANCE_RATIO = 1 / 1024;

/** Values of `after` that are broken or too far from `before`. Both must have the same meshes and animations. */
export function checkValues(before: SourceGlb, after: SourceGlb): readonly Finding[] {
  const was = new AccessorReader(before.json, before.bin);
  const is = new AccessorReader(after.json, after.bin);
  return [...checkMeshes(before, after, was, is), ...checkAnimations(before, after, was, is)];
}

function* checkMeshes(
  before: SourceGlb,
  after: SourceGlb,
  was: AccessorReader,
  is: AccessorReader,
): Generator<Finding> {
  for (const [m, mesh] of (after.json.meshes ?? []).entries()) {
    for (const [p, primitive] of mesh.primitives.entries()) {
      const source = before.json.meshes?.[m]?.primitives[p];
      const at = pointer('meshes', m, 'primitives', p);
      if (source === undefined || isSameBlock(was, source, is, primitive)) continue;
      yield* checkIndices(is, primitive, at);
      const [a, b] = [drawnOf(was, source), drawnOf(is, primitive)];
      if (a === undefined) continue;
      if (b === undefined) {
        yield finding('CONTRACT_BROKEN', at, 'Its positions are gone.');
        continue;
      }
      // All corners in one point: a box without size, so the one of all vertices is the measure.
      const used = boxOf(a);
      const size = sizeOf(used) > 0 ? sizeOf(used) : sizeOf(boxOf({ positions: a.positions }));
      yield* checkBox(used, boxOf(b), size, at);
    }
  }
}

/** Draco data that was passed on as it was needs no second look. */
function isSameBlock(
  was: AccessorReader,
  source: GLTF.IMeshPrimitive,
  is: AccessorReader,
  primitive: GLTF.IMeshPrimitive,
): boolean {
  const [a, b] = [dracoOf(source), dracoOf(primitive)];
  if (a === undefined || b === undefined) return false;
  return digestOf(was.view(a.bufferView)) === digestOf(is.view(b.bufferView));
}

/** What a primitive draws: positions, and the corners that name them. */
interface Drawn {
  readonly positions: Float32Array;
  readonly corners?: TypedArray | Uint32Array;
}

/** Undefined without positions, and for Draco data that cannot be decoded. */
function drawnOf(reader: AccessorReader, primitive: GLTF.IMeshPrimitive): Drawn | undefined {
  const { attributes, indices } = primitive;
  const draco = dracoOf(primitive);
  if (draco !== undefined) return drawnByDraco(reader.view(draco.bufferView), draco.attributes.POSITION);
  if (attributes.POSITION === undefined) return undefined;
  const positions = toFloats(reader.read(attributes.POSITION));
  return indices === undefined ? { positions } : { positions, corners: reader.read(indices).array };
}

function drawnByDraco(bytes: Uint8Array, id: number | undefined): Drawn | undefined {
  if (id === undefined) return undefined;
  const position = { semantic: 'POSITION', id, componentType: COMPONENT.FLOAT, itemSize: 3, normalized: false };
  try {
    const { attributes, indices } = decodeDraco(bytes, [position]);
    const data = attributes.get('POSITION');
    return data === undefined ? undefined : { positions: toFloats(data), corners: indices };
  } catch {
    return undefined;
  }
}

function* checkIndices(reader: AccessorReader, primitive: GLTF.IMeshPrimitive, at: string): Generator<Finding> {
  const first = Object.values(primitive.attributes)[0];
  if (primitive.indices === undefined || first === undefined || dracoOf(primitive) !== undefined) return;
  const { count } = reader.read(first);
  const highest = maxOf(reader.read(primitive.indices).array);
  if (highest >= count) yield finding('CONTRACT_BROKEN', at, `Index ${highest} of ${count} vertices.`);
}

type Box = readonly { readonly min: number; readonly max: number }[];

/** The box of the vertices that are drawn; unused ones may be dropped. */
function boxOf({ positions: values, corners }: Drawn): Box {
  const box = [0, 1, 2].map(() => ({ min: Number.POSITIVE_INFINITY, max: Number.NEGATIVE_INFINITY }));
  const count = corners?.length ?? values.length / 3;
  for (let i = 0; i < count; i++) {
    const vertex = corners === undefined ? i : (corners[i] ?? 0);
    for (const [axis, range] of box.entries()) {
      const value = values[vertex * 3 + axis] ?? Number.NaN;
      // These let NaN spoil the range, and so be found.
      range.min = Math.min(range.min, value);
      range.max = Math.max(range.max, value);
    }
  }
  return box;
}

function sizeOf(box: Box): number {
  return Math.max(...box.map(({ min, max }) => max - min).filter(Number.isFinite), 0);
}

function* checkBox(was: Box, is: Box, size: number, at: string): Generator<Finding> {
  const moved = was.map((range, axis) =>
    Math.max(Math.abs((is[axis]?.min ?? Number.NaN) - range.min), Math.abs((is[axis]?.max ?? Number.NaN) - range.max)),
  );
  // A source with NaN or without vertices has no box to compare.
  if (moved.some((distance, axis) => Number.isFinite(was[axis]?.min) && !(distance <= size * TOLERANCE_RATIO))) {
    yield finding(
      'CONTRACT_BROKEN',
      at,
      `The bounding box moved by ${Math.max(...moved).toPrecision(3)} of ${size.toPrecision(3)}.`,
    );
  }
}

function* checkAnimations(
  before: SourceGlb,
  after: SourceGlb,
  was: AccessorReader,
  is: AccessorReader,
): Generator<Finding> {
  for (const [a, animation] of (after.json.animations ?? []).entries()) {
    const source = before.json.animations?.[a];
    for (const [c, [sourceChannel, channel]] of matchChannels(before, after, a).pairs.entries()) {
      const from = source?.samplers[sourceChannel.sampler];
      const to = animation.samplers[channel.sampler];
      if (from === undefined || to === undefined) continue;
      const [x, y] = [toFloats(was.read(from.output)), toFloats(is.read(to.output))];
      const range = x.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
      for (const [name, at] of [
        ['first', 'start'],
        ['last', 'end'],
      ] as const) {
        const moved = edgeDistance(x, y, at, from.interpolation === 'CUBICSPLINE' ? 1 : edgeWidth(before, from));
        if (!(moved <= range * TOLERANCE_RATIO + 1e-6)) {
          yield finding(
            'CONTRACT_BROKEN',
            pointer('animations', a, 'channels', c),
            `The ${name} key moved by ${moved.toPrecision(3)}.`,
          );
        }
      }
    }
  }
}

/** Components of one key. */
function edgeWidth(source: SourceGlb, sampler: GLTF.IAnimationSampler): number {
  const [input, output] = [source.json.accessors?.[sampler.input], source.json.accessors?.[sampler.output]];
  const size = { SCALAR: 1, VEC2: 2, VEC3: 3, VEC4: 4 }[output?.type as string] ?? 1;
  return ((output?.count ?? 1) * size) / (input?.count ?? 1);
}

function edgeDistance(x: Float32Array, y: Float32Array, at: 'start' | 'end', width: number): number {
  let distance = 0;
  // Opposite quaternions are one rotation: the codec may turn the sign.
  let opposite = 0;
  for (let c = 0; c < width; c++) {
    const [i, j] = at === 'start' ? [c, c] : [x.length - width + c, y.length - width + c];
    distance = Math.max(distance, Math.abs((x[i] ?? 0) - (y[j] ?? 0)));
    opposite = Math.max(opposite, Math.abs((x[i] ?? 0) + (y[j] ?? 0)));
  }
  return width === 4 ? Math.min(distance, opposite) : distance;
}
