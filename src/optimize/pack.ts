/** Puts a workpiece together again: accessors of one layout share a buffer view, each view compressed where that pays. */
import type { GLTF } from '@gltf-transform/core';
import { MeshoptEncoder } from 'meshoptimizer/encoder';
import { componentTypeOf, type MeshoptView } from '../asset/accessors.ts';
import { cloneJson } from '../asset/clone.ts';
import { metadataViewsOf } from '../asset/extensions.ts';
import { digestOf, type Gltf, padTo4, writeGlb } from '../asset/glb.ts';
import { listRoles } from '../asset/roles.ts';
import { declareRequired, undeclareExtension } from './extension-lists.ts';
import { elementBytes, type Group, groupStreams, indexComponent, setBounds } from './stream-groups.ts';
import { type EncodedView, encodeView } from './view-codec.ts';
import {
  type Compression,
  dracoOf,
  foreignExtensions,
  type Stream,
  viewExtrasOf,
  type Workpiece,
} from './workpiece.ts';

/** Must be awaited once before `pack` compresses. */
export const packReady: Promise<unknown> = MeshoptEncoder.ready;

/** Compressed views by what was compressed, and how. */
export type PackedViews = Map<string, EncodedView>;

/** The finished file. Only views, buffers and storage fields of accessors and images differ from `piece.json`. */
export function pack(piece: Workpiece, known: PackedViews = new Map()): Uint8Array<ArrayBuffer> {
  const json = cloneJson(piece.json);
  const out = new Packing(json, piece, known);
  const roles = listRoles(piece.json);
  // The views that most accessors name get the shortest numbers.
  const groups = [...groupStreams(piece, roles)].sort((a, b) => b.members.length - a.members.length);
  for (const group of groups) out.addGroup(group);
  out.addKept();
  for (const [index, stream] of piece.streams) setBounds(json.accessors?.[index], stream, roles.get(index) ?? []);
  for (const [index, bytes] of [...piece.images].sort(([a], [b]) => a - b)) out.addImage(index, bytes);
  return out.finish();
}

/** JSON that a compressed view costs more than a plain one, in bytes: measured on our own output. */
const COMPRESSED_VIEW_JSON_BYTES = 150;

class Packing {
  readonly #json: Gltf;
  readonly #piece: Workpiece;
  readonly #known: PackedViews;
  readonly #views: (GLTF.IBufferView | undefined)[] = [];
  readonly #parts: Uint8Array[] = [];
  readonly #moved = new Map<number, number>();
  readonly #marked = new Set<number>();
  /** Digest of an image -> its view. */
  readonly #imageViews = new Map<string, number>();
  #byteLength = 0;
  #fallbackByteLength = 0;
  #cursor = 0;

  constructor(json: Gltf, piece: Workpiece, known: PackedViews) {
    this.#json = json;
    this.#piece = piece;
    this.#known = known;
    // Pinned views first: they stay where they were, all others fill the places around them.
    const pinned = [...piece.keptViews, ...imagesByView(piece)].filter(([index]) => piece.pins.has(index));
    for (const [index, bytes] of pinned.sort(([a], [b]) => a - b)) this.#views[index] = this.#keep(index, bytes);
  }

  /** Views of the source without a pin, each content once: Draco blocks of equal meshes are equal. */
  addKept(): void {
    const known = new Map<string, number>();
    for (const [index, bytes] of this.#piece.keptViews) {
      if (this.#piece.pins.has(index)) this.#moved.set(index, index);
      else {
        const { byteStride, target, extras, extensions } = this.#piece.json.bufferViews?.[index] ?? {};
        const key = JSON.stringify([digestOf(bytes), byteStride, target, extras, extensions]);
        const place = known.get(key) ?? this.#place(this.#keep(index, bytes));
        known.set(key, place);
        this.#moved.set(index, place);
      }
    }
  }

  #keep(index: number, bytes: Uint8Array): GLTF.IBufferView {
    const source = this.#piece.json.bufferViews?.[index];
    const { byteStride, target, extras } = source ?? {};
    const extensions = source === undefined ? undefined : foreignExtensions(source);
    const view: GLTF.IBufferView = { buffer: 0, byteOffset: this.#append(bytes), byteLength: bytes.byteLength };
    // A view that only carries extras is shorter than its old stride.
    if (byteStride !== undefined && byteStride <= bytes.byteLength) view.byteStride = byteStride;
    if (target !== undefined) view.target = target;
    if (extras !== undefined) view.extras = extras;
    if (extensions !== undefined) view.extensions = extensions;
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
    this.#mark(view, group.marked);
    const viewIndex = this.#place(view);
    for (const [index, byteOffset] of offsets) this.#point(index, viewIndex, byteOffset, group);
  }

  /** Gives a view the extras of the source's view whose content it took over; the first one that took some. */
  #mark(view: GLTF.IBufferView, source: number | undefined): void {
    const extras = source === undefined ? undefined : this.#piece.json.bufferViews?.[source]?.extras;
    if (source === undefined || extras === undefined || this.#marked.has(source)) return;
    this.#marked.add(source);
    view.extras = extras;
  }

  #streamOf(index: number): Stream {
    const stream = this.#piece.streams.get(index);
    if (stream === undefined) throw new RangeError(`Accessor ${index} has no stream.`);
    return stream;
  }

  #plain(group: Group, raw: Uint8Array): GLTF.IBufferView {
    const view: GLTF.IBufferView = { buffer: 0, byteOffset: this.#append(raw), byteLength: raw.byteLength };
    if (needsStride(group, this.#piece)) view.byteStride = group.byteStride;
    return view;
  }

  #compress(group: Group, raw: Uint8Array): GLTF.IBufferView | undefined {
    const { compression } = this.#piece;
    const { byteStride, filter, kind } = group;
    const isIndex = kind === 'triangles' || kind === 'indices';
    const fits = byteStride % 4 === 0 || isIndex;
    if (compression === 'none' || !fits || byteStride > 256 || raw.byteLength % byteStride !== 0) return undefined;
    const { bytes, row } = this.#encode(raw, group, compression);
    if (filter === 'NONE' && bytes.byteLength + COMPRESSED_VIEW_JSON_BYTES >= raw.byteLength) return undefined;
    const byteOffset = this.#append(bytes);
    const fields: MeshoptView = {
      buffer: 0,
      ...(byteOffset > 0 ? { byteOffset } : {}),
      byteLength: bytes.byteLength,
      ...row,
    };
    const view: GLTF.IBufferView = { buffer: 1, byteOffset: this.#fallbackByteLength, byteLength: raw.byteLength };
    if (needsStride(group, this.#piece)) view.byteStride = byteStride;
    view.extensions = { [compression]: filter === 'NONE' ? fields : { ...fields, filter } };
    this.#fallbackByteLength = padTo4(this.#fallbackByteLength + raw.byteLength);
    return view;
  }

  #encode(raw: Uint8Array, group: Pick<Group, 'kind' | 'byteStride'>, compression: Compression): EncodedView {
    const key = `${group.kind} ${group.byteStride} ${compression} ${digestOf(raw)}`;
    const known = this.#known.get(key) ?? encodeView(raw, group, compression);
    this.#known.set(key, known);
    return known;
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
      group.kind === 'indices' || group.kind === 'triangles' ? indexComponent(group) : componentTypeOf(stream.array);
    accessor.count = stream.count;
    if (stream.normalized) accessor.normalized = true;
    else delete accessor.normalized;
  }

  addImage(index: number, bytes: Uint8Array): void {
    const image = this.#json.images?.[index];
    if (image === undefined) throw new RangeError(`There is no image ${index}.`);
    // In its place already.
    if (image.bufferView !== undefined && this.#piece.pins.has(image.bufferView)) return;
    // Images of different names may hold the same bytes: they share a view.
    const key = `${digestOf(bytes)} ${JSON.stringify(viewExtrasOf(this.#piece.json, image))}`;
    const place = this.#imageViews.get(key) ?? this.#placeImage(bytes, image.bufferView);
    this.#imageViews.set(key, place);
    image.bufferView = place;
  }

  #placeImage(bytes: Uint8Array, source: number | undefined): number {
    const view: GLTF.IBufferView = { buffer: 0, byteOffset: this.#append(bytes), byteLength: bytes.byteLength };
    this.#mark(view, source);
    return this.#place(view);
  }

  finish(): Uint8Array<ArrayBuffer> {
    const json = this.#json;
    for (const primitive of (json.meshes ?? []).flatMap((mesh) => mesh.primitives)) {
      const draco = dracoOf(primitive);
      if (draco !== undefined) draco.bufferView = this.#moved.get(draco.bufferView) ?? draco.bufferView;
    }
    for (const { owner, key, view } of metadataViewsOf(json)) owner[key] = this.#moved.get(view) ?? view;
    const follow = (owner: { bufferView?: number }): void => {
      if (owner.bufferView !== undefined) owner.bufferView = this.#moved.get(owner.bufferView) ?? owner.bufferView;
    };
    for (const [index, accessor] of (json.accessors ?? []).entries()) {
      if (this.#piece.streams.has(index)) continue;
      for (const owner of [accessor, accessor.sparse?.indices, accessor.sparse?.values])
        if (owner !== undefined) follow(owner);
    }
    for (const [index, image] of (json.images ?? []).entries()) if (!this.#piece.images.has(index)) follow(image);
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

/** The embedded images, each by the buffer view that it came in. */
function imagesByView({ json, images }: Workpiece): readonly (readonly [number, Uint8Array])[] {
  return [...images].flatMap(([index, bytes]) => {
    const view = json.images?.[index]?.bufferView;
    return view === undefined ? [] : [[view, bytes] as const];
  });
}

/** One accessor without gaps says it all; several must hear the stride. (glTF 2.0, section 3.6.2.4) */
function needsStride({ kind, byteStride, members }: Group, piece: Workpiece): boolean {
  const stream = members.length === 1 ? piece.streams.get(members[0] ?? -1) : undefined;
  return kind === 'vertex' && byteStride !== (stream?.itemSize ?? 0) * (stream?.array.BYTES_PER_ELEMENT ?? 0);
}

/** Name and extras of the source's buffer stay; its uri and its meshopt mark do not. */
function plainBuffer(buffer: GLTF.IBuffer | undefined): Partial<GLTF.IBuffer> {
  const { name, extras } = buffer ?? {};
  return { ...(name === undefined ? {} : { name }), ...(extras === undefined ? {} : { extras }) };
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
