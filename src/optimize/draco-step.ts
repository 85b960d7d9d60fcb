/** Steps around Draco: opening what a source compressed, and compressing static triangles where the target reads it. */
import type { GLTF } from '@gltf-transform/core';
import { type AccessorData, COMPONENT, componentTypeOf, ITEM_SIZE, toFloats } from '../asset/accessors.ts';
import {
  type DracoBlock,
  type DracoDecoded,
  type DracoInput,
  type DracoOutput,
  decodeDraco,
  encodeDraco,
} from '../asset/draco.ts';
import type { Gltf } from '../asset/glb.ts';
import { plural } from '../units.ts';
import { areUnit, toWeights } from './encodings.ts';
import { declareRequired, undeclareExtension } from './extension-lists.ts';
import { blends } from './geometry.ts';
import { listMeshGroups } from './mesh-groups.ts';
import type { Precision } from './precision.ts';
import type { Step, StepResult } from './step.ts';
import { setBounds } from './stream-groups.ts';
import { type DracoPrimitive, dracoOf, isFree, type Stream, viewExtrasOf, type Workpiece } from './workpiece.ts';

const DRACO = 'KHR_draco_mesh_compression';

/** Decodes the source's own Draco primitives, so that the steps behind can do better; those that share accessors stay. */
export function openDracoPrimitives(): Step {
  return { name: 'open-draco', run: openAll };
}

function openAll(piece: Workpiece): StepResult {
  const json = structuredClone(piece.json);
  const streams = new Map(piece.streams);
  const keptViews = new Map(piece.keptViews);
  const primitives = (json.meshes ?? []).flatMap((mesh) => mesh.primitives);
  const owners = countOwners(primitives);
  let opened = 0;
  for (const primitive of primitives) {
    const draco = dracoOf(primitive);
    const bytes = draco === undefined ? undefined : piece.keptViews.get(draco.bufferView);
    const accessors = draco === undefined ? [] : accessorsOf(primitive, draco);
    const free = accessors.every((index) => owners.get(index) === 1 && isFree(piece, index));
    if (draco === undefined || bytes === undefined || !free || primitive.indices === undefined) continue;
    const decoded = tryDecode(bytes, outputsOf(json, primitive, draco));
    if (decoded === undefined) continue;
    for (const [semantic, data] of decoded.attributes) streams.set(primitive.attributes[semantic] ?? -1, data);
    const { indices } = decoded;
    streams.set(primitive.indices, { array: indices, itemSize: 1, count: indices.length, normalized: false });
    forgetDraco(primitive);
    opened++;
  }
  if (opened === 0) return { kind: 'skipped', why: 'nothing in it is Draco-compressed' };
  const stillUsed = new Set(primitives.flatMap((primitive) => dracoOf(primitive)?.bufferView ?? []));
  for (const { bufferView } of (piece.json.meshes ?? []).flatMap((mesh) =>
    mesh.primitives.flatMap((p) => dracoOf(p) ?? []),
  ))
    if (!stillUsed.has(bufferView) && !piece.pins.has(bufferView)) keptViews.delete(bufferView);
  if (primitives.every((primitive) => dracoOf(primitive) === undefined)) undeclareExtension(json, DRACO);
  return {
    kind: 'changed',
    piece: { ...piece, json, streams, keptViews },
    why: `${plural(opened, 'Draco primitive')} opened`,
  };
}

/** What cannot be decoded stays as it is: loaders will say what they think of it. */
function tryDecode(bytes: Uint8Array, outputs: readonly DracoOutput[]): DracoDecoded | undefined {
  try {
    return decodeDraco(bytes, outputs);
  } catch {
    return undefined;
  }
}

function countOwners(primitives: readonly GLTF.IMeshPrimitive[]): ReadonlyMap<number, number> {
  const owners = new Map<number, number>();
  for (const primitive of primitives) {
    const sets = [primitive.attributes, ...(primitive.targets ?? [])];
    for (const index of [
      ...sets.flatMap((set) => Object.values(set)),
      ...(primitive.indices === undefined ? [] : [primitive.indices]),
    ]) {
      owners.set(index, (owners.get(index) ?? 0) + 1);
    }
  }
  return owners;
}

function accessorsOf(primitive: GLTF.IMeshPrimitive, draco: DracoPrimitive): readonly number[] {
  const attributes = Object.keys(draco.attributes).map((semantic) => primitive.attributes[semantic] ?? -1);
  return primitive.indices === undefined ? attributes : [...attributes, primitive.indices];
}

function outputsOf(json: Gltf, primitive: GLTF.IMeshPrimitive, draco: DracoPrimitive): readonly DracoOutput[] {
  return Object.entries(draco.attributes).flatMap(([semantic, id]) => {
    const accessor = json.accessors?.[primitive.attributes[semantic] ?? -1];
    if (accessor === undefined) return [];
    const { componentType, normalized = false } = accessor;
    return [{ semantic, id, componentType, itemSize: ITEM_SIZE[accessor.type], normalized }];
  });
}

function forgetDraco(primitive: GLTF.IMeshPrimitive): void {
  const { [DRACO]: _draco, ...rest } = primitive.extensions ?? {};
  if (Object.keys(rest).length > 0) primitive.extensions = rest;
  else delete primitive.extensions;
}

/** Compresses triangle primitives that share nothing and have no morph targets. */
export function draco(precision: Precision): Step {
  return { name: 'draco', run: (piece) => compressAll(piece, precision) };
}

function compressAll(piece: Workpiece, precision: Precision): StepResult {
  if (precision.positionBits === null) return { kind: 'skipped', why: 'the recipe keeps every bit' };
  const json = structuredClone(piece.json);
  const edit: Edit = { json, streams: new Map(piece.streams), keptViews: new Map(piece.keptViews) };
  const { groups, leftAlone } = listMeshGroups({ ...piece, json });
  let done = 0;
  for (const { primitives } of groups) {
    const [primitive] = primitives;
    if (primitive === undefined || primitives.length > 1 || (primitive.targets ?? []).length > 0) continue;
    if (compressPrimitive(edit, primitive, precision)) done++;
  }
  if (done === 0) return { kind: 'skipped', why: 'no triangles stand for themselves' };
  declareRequired(json, DRACO);
  const left = leftAlone.length === 0 ? '' : `; ${plural(leftAlone.length, 'mesh group')} left alone`;
  return { kind: 'changed', piece: { ...piece, ...edit }, why: `${plural(done, 'primitive')} by Draco${left}` };
}

interface Edit {
  readonly json: Gltf;
  readonly streams: Map<number, Stream>;
  readonly keptViews: Map<number, Uint8Array<ArrayBuffer>>;
}

function compressPrimitive(edit: Edit, primitive: GLTF.IMeshPrimitive, precision: Precision): boolean {
  const inputs: DracoInput[] = [];
  // The block has one view for all: extras of the views before it would be lost.
  const stored = [
    ...Object.values(primitive.attributes),
    ...(primitive.indices === undefined ? [] : [primitive.indices]),
  ];
  if (stored.some((index) => viewExtrasOf(edit.json, edit.json.accessors?.[index]) !== undefined)) return false;
  for (const [semantic, accessor] of Object.entries(primitive.attributes)) {
    const stream = edit.streams.get(accessor);
    if (stream === undefined) return false;
    // Draco knows directions only: a normal of no length would get one.
    if (semantic === 'NORMAL' && !areUnit(toFloats(stream), 3, 3)) return false;
    inputs.push(inputOf(semantic, stream, precision, !('WEIGHTS_1' in primitive.attributes)));
  }
  const vertexCount = inputs[0]?.data.count ?? 0;
  const given = primitive.indices === undefined ? undefined : edit.streams.get(primitive.indices)?.array;
  const indices =
    given === undefined ? Uint32Array.from({ length: vertexCount }, (_, i) => i) : Uint32Array.from(given);
  if (indices.length === 0 || indices.length % 3 !== 0) return false;
  const block = encodeWhole(indices, inputs, blends(edit, primitive));
  if (block === undefined) return false;
  store(edit, primitive, inputs, block);
  return true;
}

/** Edgebreaker orders triangles anew and drops degenerate ones; where that may not be, they are coded in sequence. */
function encodeWhole(indices: Uint32Array, inputs: readonly DracoInput[], keepOrder: boolean): DracoBlock | undefined {
  const small = keepOrder ? undefined : encodeDraco(indices, inputs, 'edgebreaker');
  if (small?.cornerCount === indices.length) return small;
  const whole = encodeDraco(indices, inputs, 'sequential');
  return whole?.cornerCount === indices.length ? whole : undefined;
}

function inputOf(semantic: string, stream: Stream, precision: Precision, isOnlySet: boolean): DracoInput {
  const label = semantic.replace(/_\d+$/, '');
  const { array } = stream;
  if (label === 'JOINTS' && array.every((joint) => joint < 256)) {
    return { semantic, data: { ...stream, array: Uint8Array.from(array) }, bits: null };
  }
  if (!(array instanceof Float32Array)) return { semantic, data: stream, bits: null };
  // Weights in several sets have a sum only together.
  if (label === 'WEIGHTS' && isOnlySet)
    return { semantic, data: toWeights(toFloats(stream), stream.itemSize, precision.weightBits) ?? stream, bits: null };
  return { semantic, data: stream, bits: bitsOf(label, array, precision) };
}

/** Draco counts its bits over the range of the values. Custom attributes keep every bit. */
function bitsOf(label: string, values: Float32Array, precision: Precision): number | null {
  switch (label) {
    case 'POSITION':
      return precision.positionBits;
    case 'NORMAL':
      return precision.normalBits;
    case 'TANGENT':
      return precision.normalBits + 1;
    case 'TEXCOORD':
      return Math.min(
        24,
        Math.max(4, Math.ceil(Math.log2(Math.max(rangeOf(values), 2 ** -8)) + precision.texcoordBits)),
      );
    case 'COLOR':
      return 12;
    default:
      return null;
  }
}

function rangeOf(values: Float32Array): number {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return max - min;
}

/** Moves the data into the block; what the accessors say comes from the decoder, not from hope. */
function store(edit: Edit, primitive: GLTF.IMeshPrimitive, inputs: readonly DracoInput[], block: DracoBlock): void {
  const outputs = inputs.map(({ semantic, data }) => ({
    semantic,
    id: block.ids[semantic] ?? -1,
    componentType: componentTypeOf(data.array),
    itemSize: data.itemSize,
    normalized: data.normalized,
  }));
  const decoded = decodeDraco(block.bytes, outputs);
  for (const [semantic, data] of decoded.attributes)
    describe(edit, primitive.attributes[semantic] ?? -1, data, semantic);
  const corners: GLTF.IAccessor = { componentType: COMPONENT.UNSIGNED_INT, type: 'SCALAR', count: block.cornerCount };
  edit.json.accessors ??= [];
  if (primitive.indices === undefined) primitive.indices = edit.json.accessors.push(corners) - 1;
  const accessor = edit.json.accessors[primitive.indices];
  if (accessor !== undefined) {
    accessor.count = block.cornerCount;
    // 65,535 is the primitive restart value of 16-bit indices (glTF 2.0, section 3.7.2.1).
    accessor.componentType = block.vertexCount <= 65535 ? COMPONENT.UNSIGNED_SHORT : COMPONENT.UNSIGNED_INT;
    delete accessor.min;
    delete accessor.max;
    forgetStorage(accessor);
  }
  edit.streams.delete(primitive.indices);
  // New blocks have no view yet: negative numbers stand for them until the file is packed.
  const bufferView = -1 - [...edit.keptViews.keys()].filter((key) => key < 0).length;
  edit.keptViews.set(bufferView, block.bytes);
  primitive.extensions = { ...primitive.extensions, [DRACO]: { bufferView, attributes: block.ids } };
}

function describe(edit: Edit, index: number, data: AccessorData, semantic: string): void {
  const accessor = edit.json.accessors?.[index];
  if (accessor === undefined) return;
  accessor.count = data.count;
  accessor.componentType = componentTypeOf(data.array);
  if (data.normalized) accessor.normalized = true;
  else delete accessor.normalized;
  setBounds(accessor, data, [{ kind: 'attribute', semantic, mesh: 0, primitive: 0 }]);
  forgetStorage(accessor);
  edit.streams.delete(index);
}

function forgetStorage(accessor: GLTF.IAccessor): void {
  delete accessor.bufferView;
  delete accessor.byteOffset;
  delete accessor.sparse;
}
