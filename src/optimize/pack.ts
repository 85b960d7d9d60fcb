/** Puts a workpiece together again: accessors of one layout share a buffer view, each view compressed where that pays. */
import type { GLTF } from '@gltf-transform/core';
import { MeshoptEncoder } from 'meshoptimizer';
import { COMPONENT, componentTypeOf, type MeshoptView, type TypedArray } from '../asset/accessors.ts';
import { type Gltf, padTo4, writeGlb } from '../asset/glb.ts';
import { listRoles, type Role } from '../asset/roles.ts';
import { shortestFloat } from './shortest-float.ts';
import { dracoOf, type MeshoptFilter, type Stream, vertexStride, type Workpiece } from './workpiece.ts';

/** Must be awaited once before `pack` compresses. */
export const packReady: Promise<unknown> = MeshoptEncoder.ready;

type ViewKind = 'vertex' | 'triangles' | 'indices' | 'values';

/** Accessors that share a buffer view: equal stride, equal filter, equal part. */
interface Group {
  readonly kind: ViewKind;
  readonly byteStride: number;
  readonly filter: MeshoptFilter;
  readonly members: number[];
}

/** The finished file. Only views, buffers and storage fields of accessors and images differ from `piece.json`. */
export function pack(piece: Workpiece): Uint8Array<ArrayBuffer> {
  const json = structuredClone(piece.json);
  const out = new Packing(json, piece);
  const roles = listRoles(piece.json);
  for (const group of groupStreams(piece, roles)) out.addGroup(group);
  for (const [index, stream] of piece.streams) setBounds(json.accessors?.[index], stream, roles.get(index) ?? []);
  for (const [index, bytes] of [...piece.images].sort(([a], [b]) => a - b)) out.addImage(index, bytes);
  return out.finish();
}

function groupStreams(piece: Workpiece, roles: ReadonlyMap<number, readonly Role[]>): readonly Group[] {
  const groups = new Map<string, Group>();
  for (const [index, stream] of [...piece.streams].sort(([a], [b]) => a - b)) {
    const kind = viewKind(piece, roles.get(index) ?? [], stream);
    const filtered = piece.compression === 'none' ? undefined : stream.filtered;
    const byteStride = filtered?.byteStride ?? strideOf(kind, stream);
    const filter = filtered?.filter ?? 'NONE';
    const key = `${kind} ${byteStride} ${filter}`;
    const group = groups.get(key) ?? { kind, byteStride, filter, members: [] };
    group.members.push(index);
    groups.set(key, group);
  }
  return [...groups.values()];
}

/** glTF wants min and max for positions and key times (sections 3.6.2.5, 3.7.2.1, 3.11); custom attributes keep theirs. */
function setBounds(accessor: GLTF.IAccessor | undefined, { array, itemSize }: Stream, roles: readonly Role[]): void {
  if (accessor === undefined) return;
  const names = roles.map((role) => ('semantic' in role && role.kind !== 'instance' ? role.semantic : role.kind));
  const required = names.includes('POSITION') || names.includes('input');
  const kept = accessor.min !== undefined && (names.length === 0 || names.some((name) => name.startsWith('_')));
  delete accessor.min;
  delete accessor.max;
  if (!required && !kept) return;
  const min = new Array<number>(itemSize).fill(Number.POSITIVE_INFINITY);
  const max = new Array<number>(itemSize).fill(Number.NEGATIVE_INFINITY);
  for (let i = 0; i < array.length; i++) {
    const c = i % itemSize;
    const value = array[i] ?? 0;
    if (value < (min[c] ?? 0)) min[c] = value;
    if (value > (max[c] ?? 0)) max[c] = value;
  }
  accessor.min = min.map(shortestFloat);
  accessor.max = max.map(shortestFloat);
}

function strideOf(kind: ViewKind, stream: Stream): number {
  if (kind === 'vertex') return vertexStride(stream);
  const width = stream.itemSize * stream.array.BYTES_PER_ELEMENT;
  return kind === 'values' ? width : Math.max(width, 2);
}

function viewKind(piece: Workpiece, roles: readonly Role[], stream: Stream): ViewKind {
  if (roles.some((role) => role.kind === 'attribute' || role.kind === 'morph')) return 'vertex';
  const indices = roles.filter((role) => role.kind === 'indices');
  if (indices.length === 0) return 'values';
  const triangles = indices.every(
    (role) => (piece.json.meshes?.[role.mesh]?.primitives[role.primitive]?.mode ?? 4) === 4,
  );
  return triangles && stream.count % 3 === 0 ? 'triangles' : 'indices';
}

const MESHOPT_MODES = Object.freeze({
  vertex: 'ATTRIBUTES',
  values: 'ATTRIBUTES',
  triangles: 'TRIANGLES',
  indices: 'INDICES',
} as const);

/** JSON that a compressed view costs more than a plain one, in bytes: measured on our own output. */
const COMPRESSED_VIEW_JSON_BYTES = 150;

class Packing {
  readonly #json: Gltf;
  readonly #piece: Workpiece;
  readonly #views: (GLTF.IBufferView | undefined)[] = [];
  readonly #parts: Uint8Array[] = [];
  readonly #moved = new Map<number, number>();
  #byteLength = 0;
  #fallbackByteLength = 0;
  #cursor = 0;

  constructor(json: Gltf, piece: Workpiece) {
    this.#json = json;
    this.#piece = piece;
    // Pinned views first: they stay where they were, all others fill the places around them.
    for (const [index, bytes] of piece.keptViews) {
      if (piece.pins.has(index)) this.#views[index] = this.#keep(index, bytes);
    }
    for (const [index, bytes] of piece.keptViews) {
      this.#moved.set(index, piece.pins.has(index) ? index : this.#place(this.#keep(index, bytes)));
    }
  }

  #keep(index: number, bytes: Uint8Array): GLTF.IBufferView {
    const { byteStride, target } = this.#piece.json.bufferViews?.[index] ?? {};
    const view: GLTF.IBufferView = { buffer: 0, byteOffset: this.#append(bytes), byteLength: bytes.byteLength };
    if (byteStride !== undefined) view.byteStride = byteStride;
    if (target !== undefined) view.target = target;
    return view;
  }

  #append(bytes: Uint8Array): number {
    const offset = this.#byteLength;
    this.#parts.push(bytes);
    this.#byteLength = padTo4(offset + bytes.byteLength);
    const padding = this.#byteLength - offset - bytes.byteLength;
    if (padding > 0) this.#parts.push(new Uint8Array(padding));
    return offset;
  }

  #place(view: GLTF.IBufferView): number {
    while (this.#views[this.#cursor] !== undefined) this.#cursor++;
    this.#views[this.#cursor] = view;
    return this.#cursor;
  }

  addGroup(group: Group): void {
    const members = group.members.map((index) => ({ index, bytes: elementBytes(this.#streamOf(index), group) }));
    const raw = new Uint8Array(members.reduce((sum, { bytes }) => sum + bytes.byteLength, 0));
    const offsets = new Map<number, number>();
    let offset = 0;
    for (const { index, bytes } of members) {
      // Every member is a whole number of strides long, so each starts aligned to its component without padding.
      raw.set(bytes, offset);
      offsets.set(index, offset);
      offset += bytes.byteLength;
    }
    const view = this.#compress(group, raw) ?? this.#plain(group, raw);
    const viewIndex = this.#place(view);
    for (const [index, byteOffset] of offsets) this.#point(index, viewIndex, byteOffset, group);
  }

  #streamOf(index: number): Stream {
    const stream = this.#piece.streams.get(index);
    if (stream === undefined) throw new RangeError(`Accessor ${index} has no stream.`);
    return stream;
  }

  #plain(group: Group, raw: Uint8Array): GLTF.IBufferView {
    const view: GLTF.IBufferView = { buffer: 0, byteOffset: this.#append(raw), byteLength: raw.byteLength };
    if (group.kind === 'vertex') view.byteStride = group.byteStride;
    return view;
  }

  #compress(group: Group, raw: Uint8Array): GLTF.IBufferView | undefined {
    const { compression } = this.#piece;
    const { byteStride, filter, kind } = group;
    const isIndex = kind === 'triangles' || kind === 'indices';
    const fits = byteStride % 4 === 0 || isIndex;
    if (compression === 'none' || !fits || byteStride > 256 || raw.byteLength % byteStride !== 0) return undefined;
    const mode = MESHOPT_MODES[kind];
    const count = raw.byteLength / byteStride;
    const version = compression === 'KHR_meshopt_compression' && mode === 'ATTRIBUTES' ? 1 : 0;
    const bytes = MeshoptEncoder.encodeGltfBuffer(raw, count, byteStride, mode, version);
    if (filter === 'NONE' && bytes.byteLength + COMPRESSED_VIEW_JSON_BYTES >= raw.byteLength) return undefined;
    const fields: MeshoptView = {
      buffer: 0,
      byteOffset: this.#append(bytes),
      byteLength: bytes.byteLength,
      byteStride,
      count,
      mode,
    };
    const view: GLTF.IBufferView = { buffer: 1, byteOffset: this.#fallbackByteLength, byteLength: raw.byteLength };
    if (kind === 'vertex') view.byteStride = byteStride;
    view.extensions = { [compression]: filter === 'NONE' ? fields : { ...fields, filter } };
    this.#fallbackByteLength = padTo4(this.#fallbackByteLength + raw.byteLength);
    return view;
  }

  #point(index: number, bufferView: number, byteOffset: number, group: Group): void {
    const accessor = this.#json.accessors?.[index];
    if (accessor === undefined) throw new RangeError(`There is no accessor ${index}.`);
    const stream = this.#streamOf(index);
    accessor.bufferView = bufferView;
    if (byteOffset > 0) accessor.byteOffset = byteOffset;
    else delete accessor.byteOffset;
    delete accessor.sparse;
    accessor.componentType =
      group.kind === 'indices' || group.kind === 'triangles'
        ? indexComponent(stream.array)
        : componentTypeOf(stream.array);
    accessor.count = stream.count;
    if (stream.normalized) accessor.normalized = true;
    else delete accessor.normalized;
  }

  addImage(index: number, bytes: Uint8Array): void {
    const image = this.#json.images?.[index];
    if (image === undefined) throw new RangeError(`There is no image ${index}.`);
    image.bufferView = this.#place({ buffer: 0, byteOffset: this.#append(bytes), byteLength: bytes.byteLength });
  }

  finish(): Uint8Array<ArrayBuffer> {
    const json = this.#json;
    for (const primitive of (json.meshes ?? []).flatMap((mesh) => mesh.primitives)) {
      const draco = dracoOf(primitive);
      if (draco !== undefined) draco.bufferView = this.#moved.get(draco.bufferView) ?? draco.bufferView;
    }
    for (const [index, accessor] of (json.accessors ?? []).entries()) {
      if (accessor.bufferView !== undefined && !this.#piece.streams.has(index)) {
        accessor.bufferView = this.#moved.get(accessor.bufferView) ?? accessor.bufferView;
      }
    }
    for (let i = 0; i < this.#views.length; i++) {
      // A gap below a pinned index: a view that nothing uses.
      this.#views[i] ??= { buffer: 0, byteLength: this.#byteLength === 0 ? this.#append(new Uint8Array(4)) + 4 : 4 };
    }
    const views = this.#views.flatMap((view) => view ?? []);
    for (const view of views) if (view.byteOffset === 0) delete view.byteOffset;
    const buffer = json.buffers?.[0];
    delete json.bufferViews;
    delete json.buffers;
    if (views.length > 0) json.bufferViews = views;
    if (this.#byteLength > 0) json.buffers = [{ ...plainBuffer(buffer), byteLength: this.#byteLength }];
    this.#declareCompression();
    return writeGlb(json, concat(this.#parts, this.#byteLength));
  }

  #declareCompression(): void {
    const json = this.#json;
    const { compression } = this.#piece;
    for (const name of ['EXT_meshopt_compression', 'KHR_meshopt_compression']) undeclareExtension(json, name);
    if (this.#fallbackByteLength === 0 || compression === 'none') return;
    declareRequired(json, compression);
    json.buffers?.push({ byteLength: this.#fallbackByteLength, extensions: { [compression]: { fallback: true } } });
  }
}

/** Name and extras of the source's buffer stay; its uri and its meshopt mark do not. */
function plainBuffer(buffer: GLTF.IBuffer | undefined): Partial<GLTF.IBuffer> {
  const { name, extras } = buffer ?? {};
  return { ...(name === undefined ? {} : { name }), ...(extras === undefined ? {} : { extras }) };
}

/** Lists an extension as used and required. */
export function declareRequired(json: Gltf, name: string): void {
  json.extensionsUsed = [...new Set([...(json.extensionsUsed ?? []), name])];
  json.extensionsRequired = [...new Set([...(json.extensionsRequired ?? []), name])];
}

/** Lists an extension as used. */
export function declareUsed(json: Gltf, name: string): void {
  json.extensionsUsed = [...new Set([...(json.extensionsUsed ?? []), name])];
}

/** Takes an extension off both lists; empty lists go. */
export function undeclareExtension(json: Gltf, name: string): void {
  for (const list of ['extensionsUsed', 'extensionsRequired'] as const) {
    const rest = json[list]?.filter((entry) => entry !== name);
    if (rest === undefined || rest.length === 0) delete json[list];
    else json[list] = rest;
  }
}

/** Indices are written with 16 or 32 bits: the codec knows no 8-bit ones, and GPUs dislike them. */
function indexComponent(array: TypedArray): GLTF.AccessorComponentType {
  return array instanceof Uint32Array ? COMPONENT.UNSIGNED_INT : COMPONENT.UNSIGNED_SHORT;
}

/** The bytes of one member as they stand in its view: filtered, or padded to the stride. */
function elementBytes(stream: Stream, group: Group): Uint8Array {
  if (group.filter !== 'NONE' && stream.filtered !== undefined) return stream.filtered.bytes;
  const array =
    stream.array instanceof Uint8Array && (group.kind === 'triangles' || group.kind === 'indices')
      ? Uint16Array.from(stream.array)
      : stream.array;
  const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  const width = stream.itemSize * array.BYTES_PER_ELEMENT;
  if (group.byteStride <= width) return bytes;
  const padded = new Uint8Array(stream.count * group.byteStride);
  for (let i = 0; i < stream.count; i++) padded.set(bytes.subarray(i * width, (i + 1) * width), i * group.byteStride);
  return padded;
}

function concat(parts: readonly Uint8Array[], byteLength: number): Uint8Array {
  const out = new Uint8Array(byteLength);
  let offset = 0;
  for (const part of parts) {
    out.set(part, offset);
    offset += part.byteLength;
  }
  return out;
}
