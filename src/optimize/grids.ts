/** How fine the grids of positions and texture coordinates must be: by what a screen, the shape itself and a texture can show. */
import type { GLTF } from '@gltf-transform/core';
import { toFloats } from '../asset/accessors.ts';
import { extensionOf } from '../asset/extensions.ts';
import { imageSize } from '../asset/image-size.ts';
import { imagesOf, infosOf, readsTangents, type TextureInfo } from '../asset/textures.ts';
import { leastOf } from '../units.ts';
import { extentOf, shortEdgeOf } from './edges.ts';
import type { Precision } from './precision.ts';
import type { Workpiece } from './workpiece.ts';

/** Steps by place; a value moves by half a step at most. */
export interface Grids {
  /** Of all positions of a mesh, so that its primitives meet where they met. */
  readonly position: (mesh: number) => PositionGrid;
  /** Of the texture coordinates `TEXCOORD_<set>` of a primitive. */
  readonly texcoord: (mesh: number, primitive: number, set: number) => number;
  /** Of the tangents of a primitive: they only turn the relief of a normal map around the normal. */
  readonly tangent: (mesh: number, primitive: number) => number;
}

/** The widest step that a mesh allows, 0 when it has no size, and the low corner of its box. */
export interface PositionGrid {
  readonly step: number;
  readonly origin: readonly number[];
}

/** Of each primitive, or of a quarter of its mesh: what the contract lets it move by is three tenths of a step more. */
const STEPS_PER_PART = 640;
const SHARE_OF_MESH = 1 / 4;
/** Short edges keep their directions within about a sixteenth. */
const STEPS_PER_EDGE = 16;
/** Half a texel: a quarter of one at most, which filtering hides. */
const STEPS_PER_TEXEL = 2;

/** The grids of a piece within the bounds of `precision`. */
export async function gridsOf(piece: Workpiece, precision: Precision): Promise<Grids> {
  const known = new Map<number, PositionGrid>();
  const sizes = await listSizes(piece);
  const position = (mesh: number): PositionGrid => {
    const grid = known.get(mesh) ?? positionGrid(piece, mesh, precision);
    known.set(mesh, grid);
    return grid;
  };
  const texcoord = (mesh: number, primitive: number, set: number): number => {
    const definition = piece.json.meshes?.[mesh]?.primitives[primitive];
    return definition === undefined ? 0 : texcoordStep(piece, definition, set, precision, sizes);
  };
  const tangent = (mesh: number, primitive: number): number => {
    const definition = piece.json.meshes?.[mesh]?.primitives[primitive];
    const isUsed = definition !== undefined && readsTangents(piece.json, definition);
    // Six bits show where there is a normal map; four are for code that brings one.
    return isUsed
      ? Math.min(2 ** (2 - precision.normalBits), 2 ** -5)
      : Math.min(2 ** (4 - precision.normalBits), 2 ** -4);
  };
  return { position, texcoord, tangent };
}

/** Between what a screen can show of the whole mesh and the finest grid, as fine as its short edges need. */
function positionGrid(piece: Workpiece, mesh: number, precision: Precision): PositionGrid {
  const { positionBits, screenBits, bareBits } = precision;
  const none: PositionGrid = { step: 0, origin: [0, 0, 0] };
  if (positionBits === null) return none;
  let min = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  let max = min.map((value) => -value);
  const [edges, sizes]: [number[], number[]] = [[], []];
  const primitives = piece.json.meshes?.[mesh]?.primitives ?? [];
  for (const primitive of primitives) {
    const stream = piece.streams.get(primitive.attributes.POSITION ?? -1);
    if (stream === undefined) continue;
    const positions = toFloats(stream);
    const box = extentOf(positions);
    min = min.map((value, axis) => Math.min(value, box.min[axis] ?? value));
    max = max.map((value, axis) => Math.max(value, box.max[axis] ?? value));
    sizes.push(Math.max(...box.max.map((value, axis) => value - (box.min[axis] ?? value))));
    const indices = primitive.indices === undefined ? undefined : piece.streams.get(primitive.indices)?.array;
    const edge = shortEdgeOf(positions, indices, primitive.mode ?? 4);
    if (edge > 0) edges.push(edge);
  }
  const extent = Math.max(...max.map((value, axis) => value - (min[axis] ?? value)));
  if (!(extent > 0)) return none;
  // Whole numbers of lines: both ends of the longest edge are on one.
  const isBare = primitives.every(({ mode = 4 }) => mode < 4);
  const part = Math.max(leastOf(sizes), extent * SHARE_OF_MESH);
  const lines = Math.max(
    Math.round(2 ** (isBare ? bareBits : screenBits)),
    Math.ceil((extent / part) * STEPS_PER_PART),
  );
  const screen = extent / lines;
  const step = Math.max(extent / Math.round(2 ** positionBits), Math.min(screen, leastOf(edges) / STEPS_PER_EDGE));
  return { step, origin: min };
}

function texcoordStep(
  piece: Workpiece,
  primitive: GLTF.IMeshPrimitive,
  set: number,
  { texcoordBits, texelBits }: Precision,
  sizes: ReadonlyMap<number, number>,
): number {
  const texels = infosOf(piece.json, primitive)
    .filter(({ info }) => setOf(info) === set)
    .map(({ info }) => (sizes.get(info.index) ?? Number.POSITIVE_INFINITY) * scaleOf(info));
  const finest = 2 ** -texcoordBits;
  // What no texture uses may get one by code: half a texel of one of a thousand, however small those are that are here.
  return texels.length === 0
    ? Math.max(finest, 2 ** -(texelBits + 2))
    : Math.max(finest, Math.min(2 ** -texelBits, 1 / (Math.max(...texels) * STEPS_PER_TEXEL)));
}

function transformOf(info: TextureInfo): Record<string, unknown> | undefined {
  return extensionOf(info, 'KHR_texture_transform');
}

function setOf(info: TextureInfo): number {
  const own = transformOf(info)?.texCoord;
  return typeof own === 'number' ? own : (info.texCoord ?? 0);
}

/** How often a texture repeats within one unit of its coordinates. */
function scaleOf(info: TextureInfo): number {
  const scale = transformOf(info)?.scale;
  const numbers = Array.isArray(scale) ? scale.filter((value): value is number => typeof value === 'number') : [];
  return Math.max(1, ...numbers.map(Math.abs));
}

/** Texture -> the longer edge of its largest image in pixels; those of unknown size are missing. */
async function listSizes(piece: Workpiece): Promise<ReadonlyMap<number, number>> {
  const edges = new Map<number, number>();
  for (const [index, bytes] of piece.images) {
    const size = await imageSize(bytes);
    if (size !== undefined) edges.set(index, Math.max(size.width, size.height));
  }
  const sizes = new Map<number, number>();
  for (const [index, texture] of (piece.json.textures ?? []).entries()) {
    const all = imagesOf(texture).map((image) => edges.get(image) ?? Number.POSITIVE_INFINITY);
    if (all.length > 0) sizes.set(index, Math.max(...all));
  }
  return sizes;
}
