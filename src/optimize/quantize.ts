/** Steps that store vertex data in fewer bits, each within its own bound. */
import type { GLTF } from '@gltf-transform/core';
import { toFloats } from '../asset/accessors.ts';
import { cloneJson } from '../asset/clone.ts';
import { listRoles, type Role } from '../asset/roles.ts';
import { leastOf, plural } from '../units.ts';
import { toFixedExponent, toOctahedral, toSigned, toUnsigned, toWeights } from './encodings.ts';
import { declareRequired } from './extension-lists.ts';
import { type Grids, gridsOf } from './grids.ts';
import type { Precision } from './precision.ts';
import type { Step, StepResult } from './step.ts';
import { dracoOf, isFree, type Stream, type Workpiece, withStreams } from './workpiece.ts';

/** What the target allows beside core glTF. */
export interface QuantizeOptions {
  readonly precision: Precision;
  /** KHR_mesh_quantization: normals and tangents as bytes. */
  readonly meshQuantization: boolean;
}

/** Attributes that are worth a step of their own where all together cost more than they save, as in files of few vertices. */
const DIRECTIONS: ReadonlySet<string> = new Set(['NORMAL', 'TANGENT']);

/** Stores vertex attributes within the bounds of `precision`; no node changes, so no name and no transform does. */
export function quantize(options: QuantizeOptions): Step {
  return { name: 'quantize', run: (piece) => quantizeAll(piece, options) };
}

/** The same for normals and tangents alone. */
export function quantizeDirections(options: QuantizeOptions): Step {
  return { name: 'quantize-directions', run: (piece) => quantizeAll(piece, options, DIRECTIONS) };
}

async function quantizeAll(
  piece: Workpiece,
  options: QuantizeOptions,
  labels?: ReadonlySet<string>,
): Promise<StepResult> {
  const grids = await gridsOf(piece, options.precision);
  const changed = new Map<number, Stream>();
  const counts = new Map<string, number>();
  for (const [index, roles] of listRoles(piece.json)) {
    const stream = piece.streams.get(index);
    const semantic = soleSemantic(roles);
    if (stream === undefined || semantic === undefined || !isFree(piece, index)) continue;
    if (labels !== undefined && !labels.has(labelOf(semantic))) continue;
    if (primitivesOf(piece, roles).some((primitive) => isBound(primitive, semantic))) continue;
    const next = quantizeOne(piece, { stream, semantic, roles }, options, grids);
    if (next === undefined) continue;
    changed.set(index, next);
    const label = labelOf(semantic);
    counts.set(label, (counts.get(label) ?? 0) + 1);
  }
  if (changed.size === 0)
    return { kind: 'skipped', why: 'every attribute already has as few bits as the bounds allow' };
  const next = withStreams(piece, changed);
  const json = needsMeshQuantization(next, changed) ? cloneJson(next.json) : next.json;
  if (json !== next.json) declareRequired(json, 'KHR_mesh_quantization');
  const list = [...counts].map(([label, count]) => `${count} × ${label}`).join(', ');
  return {
    kind: 'changed',
    piece: { ...next, json },
    why: `${plural(changed.size, 'accessor')} within their bounds: ${list}`,
  };
}

interface Semantic {
  readonly name: string;
  readonly morph: boolean;
  /** The same values are also directions. */
  readonly directions?: boolean;
}

function labelOf({ name }: Semantic): string {
  return name.replace(/_\d+$/, '');
}

/** The one attribute that an accessor is, without its number; of positions that are normals as well, the position. Undefined when it plays other parts. */
function soleSemantic(roles: readonly Role[]): Semantic | undefined {
  const found = new Map<string, Semantic>();
  for (const role of roles) {
    if (role.kind !== 'attribute' && role.kind !== 'morph') return undefined;
    const morph = role.kind === 'morph';
    found.set(`${role.kind} ${role.semantic.replace(/_\d+$/, '')}`, { name: role.semantic, morph });
  }
  const [first] = found.values();
  if (found.size === 1) return first;
  // The sphere around the origin: as floats on one grid it serves as both.
  const both = found.size === 2 && found.has('attribute NORMAL') ? found.get('attribute POSITION') : undefined;
  return both === undefined ? undefined : { ...both, directions: true };
}

function primitivesOf(piece: Workpiece, roles: readonly Role[]): readonly GLTF.IMeshPrimitive[] {
  return roles.flatMap((role) =>
    'primitive' in role ? (piece.json.meshes?.[role.mesh]?.primitives[role.primitive] ?? []) : [],
  );
}

/**
 * True when something else depends on the accessor's form: loaders read Draco data into the accessor's component type,
 * and weights in several sets have a sum only together.
 */
function isBound(primitive: GLTF.IMeshPrimitive, { name }: Semantic): boolean {
  return dracoOf(primitive) !== undefined || (name.startsWith('WEIGHTS') && 'WEIGHTS_1' in primitive.attributes);
}

interface Attribute {
  readonly stream: Stream;
  readonly semantic: Semantic;
  readonly roles: readonly Role[];
}

function quantizeOne(
  piece: Workpiece,
  { stream, semantic, roles }: Attribute,
  options: QuantizeOptions,
  grids: Grids,
): Stream | undefined {
  const { precision } = options;
  const label = labelOf(semantic);
  if (label === 'JOINTS') return narrowJoints(stream);
  if (stream.filtered !== undefined || !(stream.array instanceof Float32Array)) return undefined;
  const values = toFloats(stream);
  const compressed = piece.compression !== 'none';
  if (label === 'COLOR' && !semantic.morph) return quantizeColor(stream, precision);
  if (precision.positionBits === null) return undefined;
  const fixed = (step: number) => (compressed ? toFixedExponent(values, stream.itemSize, step) : undefined);
  if (semantic.morph) {
    if (compressed) {
      if (label === 'POSITION') return fixed(positionStep(roles, grids));
      return DIRECTIONS.has(label) ? fixed(2 ** -precision.normalBits) : undefined;
    }
    if (!options.meshQuantization) return undefined;
    if (label === 'POSITION') return toShorts(values, positionStep(roles, grids), true);
    return DIRECTIONS.has(label) ? toDeltas(values) : undefined;
  }
  switch (label) {
    case 'POSITION': {
      // Directions on a quarter of their step: their length shows too.
      const most = semantic.directions === true ? 2 ** -precision.normalBits / 4 : Number.POSITIVE_INFINITY;
      const step = Math.min(positionStep(roles, grids), most);
      if (compressed) return fixed(step);
      return options.meshQuantization ? toShorts(values, step, semantic.directions) : undefined;
    }
    case 'NORMAL':
    case 'TANGENT':
      return options.meshQuantization ? quantizeDirection(stream, values, compressed, precision.normalBits) : undefined;
    case 'TEXCOORD':
      return (
        fixed(texcoordStep(roles, grids)) ??
        toUnsigned(values, stream.itemSize, 16) ??
        // Half of their steps is finer than any grid of ours.
        (compressed || !options.meshQuantization ? undefined : toSigned(values, stream.itemSize, 16))
      );
    case 'WEIGHTS':
      return toWeights(values, stream.itemSize, precision.weightBits);
    default:
      return undefined;
  }
}

/**
 * Positions between -1 and 1 as normalized shorts, where their grid is fine enough: no node has to scale them back.
 * Directions, and what morph targets add, know no unsigned form. (KHR_mesh_quantization)
 */
function toShorts(values: Float32Array<ArrayBuffer>, step: number, isSigned = false): Stream | undefined {
  if (1 / 32767 <= step) return toSigned(values, 3, 16);
  return 1 / 65535 <= step && !isSigned ? toUnsigned(values, 3, 16) : undefined;
}

/** What is added to directions, as bytes where they hold the very values, such as zeros; as shorts otherwise. */
function toDeltas(values: Float32Array<ArrayBuffer>): Stream | undefined {
  const bytes = toSigned(values, 3, 8);
  return bytes?.array.every((value, i) => value / 127 === values[i]) ? bytes : toSigned(values, 3, 16);
}

function quantizeDirection(
  stream: Stream,
  values: Float32Array<ArrayBuffer>,
  compressed: boolean,
  bits: number,
): Stream | undefined {
  if (compressed)
    return stream.itemSize === 3 || stream.itemSize === 4 ? toOctahedral(values, stream.itemSize, bits) : undefined;
  return toSigned(values, stream.itemSize, bits <= 8 ? 8 : 16);
}

/** Bytes where they hold the very colours, shorts otherwise: eight linear bits would band in the dark. */
function quantizeColor(stream: Stream, precision: Precision): Stream | undefined {
  const values = toFloats(stream);
  const bytes = toUnsigned(values, stream.itemSize, 8);
  if (bytes !== undefined && values.every((value, i) => Math.abs(value - (bytes.array[i] ?? 0) / 255) < 1e-6))
    return bytes;
  return precision.positionBits === null ? undefined : toUnsigned(values, stream.itemSize, 16);
}

function narrowJoints(stream: Stream): Stream | undefined {
  if (stream.array instanceof Uint8Array || stream.array.some((joint) => joint > 255)) return undefined;
  return { ...stream, array: Uint8Array.from(stream.array) };
}

/** The grid of positions and of what moves them: that of the smallest mesh that they serve; none when one of them is not known. */
function positionStep(roles: readonly Role[], grids: Grids): number {
  return leastOf(roles.flatMap((role) => ('mesh' in role ? grids.position(role.mesh).step : [])));
}

function texcoordStep(roles: readonly Role[], grids: Grids): number {
  return leastOf(
    roles.flatMap((role) =>
      role.kind === 'attribute' ? grids.texcoord(role.mesh, role.primitive, Number(role.semantic.split('_')[1])) : [],
    ),
  );
}

/** Core glTF wants floats for positions, normals and tangents, and no signs for texture coordinates. (KHR_mesh_quantization, "Extending mesh attributes") */
function needsMeshQuantization(piece: Workpiece, changed: ReadonlyMap<number, Stream>): boolean {
  const sets = (piece.json.meshes ?? []).flatMap((mesh) =>
    mesh.primitives.flatMap((p) => [p.attributes, ...(p.targets ?? [])]),
  );
  return sets.some((set: GLTF.IMeshPrimitive['attributes']) =>
    Object.entries(set).some(([name, accessor]) => {
      const array = changed.get(accessor)?.array;
      if (name.startsWith('TEXCOORD')) return array instanceof Int16Array;
      return /^(POSITION|NORMAL|TANGENT)$/.test(name) && array !== undefined && !(array instanceof Float32Array);
    }),
  );
}
