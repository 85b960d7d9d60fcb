/** Opens what a source compressed by Draco, and puts back the blocks that ours would not beat. */
import type { GLTF } from '@gltf-transform/core';
import { ITEM_SIZE } from '../asset/accessors.ts';
import { cloneJson } from '../asset/clone.ts';
import { type DracoDecoded, type DracoOutput, decodeDracoOnce } from '../asset/draco.ts';
import type { Gltf } from '../asset/glb.ts';
import { undeclareExtension } from './extension-lists.ts';
import { type DracoPrimitive, dracoOf, isFree, type Stream, type Workpiece } from './workpiece.ts';

const DRACO = 'KHR_draco_mesh_compression';

/** A block of the source, and what its accessors said. */
export interface Original {
  readonly fields: DracoPrimitive;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly accessors: ReadonlyMap<number, GLTF.IAccessor>;
}

/** A piece on which blocks are opened and closed: the caller's own copies. */
export interface DracoEdit {
  readonly json: Gltf;
  readonly streams: Map<number, Stream>;
  readonly keptViews: Map<number, Uint8Array<ArrayBuffer>>;
}

/** Decodes all blocks whose accessors serve nothing else; primitive -> its block. */
export function openBlocks(piece: Workpiece, edit: DracoEdit): ReadonlyMap<GLTF.IMeshPrimitive, Original> {
  const primitives = (edit.json.meshes ?? []).flatMap((mesh) => mesh.primitives);
  const owners = listOwners(primitives);
  const originals = new Map<GLTF.IMeshPrimitive, Original>();
  for (const primitive of primitives) {
    const fields = dracoOf(primitive);
    const bytes = fields === undefined ? undefined : piece.keptViews.get(fields.bufferView);
    const accessors = fields === undefined ? [] : accessorsOf(primitive, fields);
    const free = accessors.every((index) => owners.get(index)?.size === 1 && isFree(piece, index));
    if (fields === undefined || bytes === undefined || !free || primitive.indices === undefined) continue;
    const decoded = tryDecode(bytes, outputsOf(edit.json, primitive, fields));
    if (decoded === undefined) continue;
    const said = accessors.flatMap((index) => {
      const accessor = edit.json.accessors?.[index];
      return accessor === undefined ? [] : [[index, cloneJson(accessor)] as const];
    });
    originals.set(primitive, { fields, bytes, accessors: new Map(said) });
    for (const [semantic, data] of decoded.attributes) edit.streams.set(primitive.attributes[semantic] ?? -1, data);
    const { indices } = decoded;
    edit.streams.set(primitive.indices, { array: indices, itemSize: 1, count: indices.length, normalized: false });
    forgetDraco(primitive);
  }
  return originals;
}

/** The piece with its blocks opened, for those who only look. */
export function opened(piece: Workpiece): Workpiece {
  const edit = {
    json: cloneJson(piece.json),
    streams: new Map(piece.streams),
    keptViews: new Map(piece.keptViews),
  };
  return openBlocks(piece, edit).size === 0 ? piece : { ...piece, ...edit };
}

/** Puts a block back as it was. */
export function closeBlock(edit: DracoEdit, primitive: GLTF.IMeshPrimitive, original: Original): void {
  for (const [index, accessor] of original.accessors) {
    edit.streams.delete(index);
    if (edit.json.accessors !== undefined) edit.json.accessors[index] = accessor;
  }
  primitive.extensions = { ...primitive.extensions, [DRACO]: original.fields };
}

/** Drops the views of blocks that nothing uses any more. */
export function dropOpened(piece: Workpiece, edit: DracoEdit): void {
  const primitives = (edit.json.meshes ?? []).flatMap((mesh) => mesh.primitives);
  const used = new Set(primitives.flatMap((primitive) => dracoOf(primitive)?.bufferView ?? []));
  for (const { bufferView } of (piece.json.meshes ?? []).flatMap((mesh) =>
    mesh.primitives.flatMap((p) => dracoOf(p) ?? []),
  ))
    if (!used.has(bufferView) && !piece.pins.has(bufferView)) edit.keptViews.delete(bufferView);
  if (used.size === 0) undeclareExtension(edit.json, DRACO);
}

/** What cannot be decoded stays as it is: loaders will say what they think of it. */
function tryDecode(bytes: Uint8Array<ArrayBuffer>, outputs: readonly DracoOutput[]): DracoDecoded | undefined {
  try {
    return decodeDracoOnce(bytes, outputs);
  } catch {
    return undefined;
  }
}

/** Accessor -> the blocks that it stands for; `plain` for a use without one. */
function listOwners(primitives: readonly GLTF.IMeshPrimitive[]): ReadonlyMap<number, ReadonlySet<string>> {
  const owners = new Map<number, Set<string>>();
  for (const primitive of primitives) {
    const fields = dracoOf(primitive);
    const block = fields === undefined ? 'plain' : JSON.stringify([fields, primitive.attributes, primitive.indices]);
    const inside = new Set(fields === undefined ? [] : accessorsOf(primitive, fields));
    const sets = [primitive.attributes, ...(primitive.targets ?? [])];
    for (const index of [...sets.flatMap((set) => Object.values(set)), primitive.indices ?? -1]) {
      const list = owners.get(index) ?? new Set<string>();
      owners.set(index, list.add(inside.has(index) ? block : 'plain'));
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
