/** A file taken apart: JSON, accessor values and image bytes, changed step by step and packed at the end. Values are never changed in place. */
import type { GLTF } from '@gltf-transform/core';
import {
  type AccessorData,
  AccessorReader,
  componentByteLength,
  componentTypeOf,
  elementByteLength,
  ITEM_SIZE,
  MESHOPT_EXTENSIONS,
} from '../asset/accessors.ts';
import { cloneJson } from '../asset/clone.ts';
import { listUnknownExtensions, metadataViewsOf } from '../asset/extensions.ts';
import { type Gltf, padTo4, type SourceGlb } from '../asset/glb.ts';
import { listPins } from '../asset/pins.ts';
import { instanceAttributesOf } from '../asset/roles.ts';

/** The filters of the meshopt codec that we write. */
export type MeshoptFilter = 'NONE' | 'OCTAHEDRAL' | 'QUATERNION' | 'EXPONENTIAL';

/** An accessor's values; with a filter also the bytes that the filter turns back into exactly these values. */
export interface Stream extends AccessorData {
  readonly filtered?: {
    readonly filter: MeshoptFilter;
    readonly byteStride: number;
    readonly bytes: Uint8Array<ArrayBuffer>;
  };
}

/** The spelling of the meshopt extension to write, or none. */
export type Compression = 'none' | 'EXT_meshopt_compression' | 'KHR_meshopt_compression';

/** One file on the bench. */
export interface Workpiece {
  /** Accessors that have a stream take everything about their storage from it; `bufferView` in here is the source's. */
  readonly json: Gltf;
  /** By accessor index. Accessors without one are stored as they were (Draco leaves them without a view). */
  readonly streams: ReadonlyMap<number, Stream>;
  /** Embedded images by image index; also those whose buffer view is pinned, if nothing else is in it: it keeps its index. */
  readonly images: ReadonlyMap<number, Uint8Array<ArrayBuffer>>;
  /** Buffer views of the source that are written back byte for byte, by their index in `json.bufferViews`. */
  readonly keptViews: ReadonlyMap<number, Uint8Array<ArrayBuffer>>;
  /** Every whole number that an extension we do not understand holds: an index with such a number keeps its meaning (see `pins.ts`). */
  readonly pins: ReadonlySet<number>;
  readonly compression: Compression;
  /** An extension that we do not understand is in the file; no step adds or removes one. */
  readonly hasUnknown: boolean;
}

/** Takes a conforming file apart. `accessorsReady` must have been awaited. */
export function takeApart(source: SourceGlb): Workpiece {
  const json = cloneJson(source.json);
  const reader = new AccessorReader(source.json, source.bin);
  const marked = [...(json.bufferViews ?? []).entries()].filter(([, view]) => foreignExtensions(view) !== undefined);
  const pins = new Set([...listPins(source.json).all, ...marked.map(([index]) => index)]);
  const streams = new Map<number, Stream>();
  // What lies in these views stays in them: to store it a second time would only cost.
  const held = new Set([...pins, ...listMarkedViews(json)]);
  const kept = new Set([...listDracoViews(json), ...metadataViewsOf(json).map(({ view }) => view), ...held]);
  for (const [index, accessor] of (json.accessors ?? []).entries()) {
    const views = viewsOf(accessor);
    if (views.length === 0) continue;
    // Matrices of small components have padded columns: nobody writes them, so they stay as they are.
    const isPadded =
      elementByteLength(accessor) !== ITEM_SIZE[accessor.type] * componentByteLength(accessor.componentType);
    if (isPadded || views.some((view) => held.has(view))) for (const view of views) kept.add(view);
    else streams.set(index, reader.read(index));
  }
  const images = new Map<number, Uint8Array<ArrayBuffer>>();
  const shared = listSharedViews(json);
  for (const [index, { bufferView }] of (json.images ?? []).entries()) {
    if (bufferView === undefined) continue;
    // A pin may mean the image: what it finds there may be stored in another way, but only if all of the view is that image.
    if (held.has(bufferView)) {
      const { extensions } = json.bufferViews?.[bufferView] ?? {};
      if (shared.has(bufferView) || extensions !== undefined) continue;
      kept.delete(bufferView);
    }
    images.set(index, reader.view(bufferView));
  }
  const keptViews = new Map<number, Uint8Array<ArrayBuffer>>();
  for (const index of (json.bufferViews ?? []).keys()) if (kept.has(index)) keptViews.set(index, reader.view(index));
  const hasUnknown = listUnknownExtensions(source.json).length > 0;
  return { json, streams, images, keptViews, pins, compression: 'none', hasUnknown };
}

/** The buffer views that an accessor reads. */
function viewsOf({ bufferView, sparse }: GLTF.IAccessor): readonly number[] {
  const views = [bufferView, sparse?.indices.bufferView, sparse?.values.bufferView];
  return views.filter((view): view is number => view !== undefined);
}

/** Views that more than one accessor, image or the like is in. */
function listSharedViews(json: Gltf): ReadonlySet<number> {
  const users = [
    ...(json.accessors ?? []).flatMap(viewsOf),
    ...(json.images ?? []).flatMap(({ bufferView }) => bufferView ?? []),
    ...listDracoViews(json),
    ...metadataViewsOf(json).map(({ view }) => view),
  ];
  const seen = new Set<number>();
  return new Set(users.filter((view) => seen.has(view) || !seen.add(view)));
}

/** Views whose extras have nowhere else to go: what lies in them is sparse, or nothing that we store anew. */
function listMarkedViews(json: Gltf): readonly number[] {
  const owners = [...(json.accessors ?? []).filter(({ sparse }) => sparse === undefined), ...(json.images ?? [])];
  const carried = new Set(owners.map(({ bufferView }) => bufferView));
  return [...(json.bufferViews ?? []).entries()]
    .filter(([index, { extras }]) => extras !== undefined && !carried.has(index))
    .map(([index]) => index);
}

/** The extras of the buffer view that an accessor or image came in: they go where its bytes go. */
export function viewExtrasOf(json: Gltf, owner: { readonly bufferView?: number } | undefined): unknown {
  return json.bufferViews?.[owner?.bufferView ?? -1]?.extras;
}

/** A buffer view's extensions but for its compression; undefined without any. */
export function foreignExtensions(view: GLTF.IBufferView): Record<string, unknown> | undefined {
  const names: readonly string[] = MESHOPT_EXTENSIONS;
  const rest = Object.entries(view.extensions ?? {}).filter(([name]) => !names.includes(name));
  return rest.length === 0 ? undefined : Object.fromEntries(rest);
}

/** The Draco fields of a primitive. */
export interface DracoPrimitive {
  bufferView: number;
  attributes: Record<string, number>;
}

/** The Draco fields of a primitive, or undefined. */
export function dracoOf(primitive: GLTF.IMeshPrimitive): DracoPrimitive | undefined {
  const value = primitive.extensions?.KHR_draco_mesh_compression;
  return value === undefined ? undefined : (value as DracoPrimitive);
}

function listDracoViews(json: Gltf): readonly number[] {
  return (json.meshes ?? []).flatMap((mesh) =>
    mesh.primitives.flatMap((primitive) => dracoOf(primitive)?.bufferView ?? []),
  );
}

/** False while an extension we do not understand is in the file: then accessors keep their indices. */
export function mayReindex(piece: Workpiece): boolean {
  return !piece.hasUnknown;
}

/** True when an accessor's values may change: nothing we do not understand could mean it. */
export function isFree(piece: Workpiece, accessor: number): boolean {
  return !piece.pins.has(accessor);
}

/** Replaces streams; the accessors' own fields follow at packing. */
export function withStreams(piece: Workpiece, changed: ReadonlyMap<number, Stream>): Workpiece {
  return changed.size === 0 ? piece : { ...piece, streams: new Map([...piece.streams, ...changed]) };
}

/** Gives every accessor a new index; those mapped to undefined are dropped. Every reference that glTF knows follows. */
export function remapAccessors(piece: Workpiece, map: (index: number) => number | undefined): Workpiece {
  const json = cloneJson(piece.json);
  const moved = (index: number): number => {
    const to = map(index);
    if (to === undefined) throw new RangeError(`Accessor ${index} is in use and cannot be dropped.`);
    return to;
  };
  const movedAll = (record: Record<string, number>): Record<string, number> =>
    Object.fromEntries(Object.entries(record).map(([name, index]) => [name, moved(index)]));
  for (const primitive of (json.meshes ?? []).flatMap((mesh) => mesh.primitives)) {
    primitive.attributes = movedAll(primitive.attributes);
    if (primitive.targets !== undefined) primitive.targets = primitive.targets.map(movedAll);
    if (primitive.indices !== undefined) primitive.indices = moved(primitive.indices);
  }
  for (const sampler of (json.animations ?? []).flatMap((animation) => animation.samplers)) {
    sampler.input = moved(sampler.input);
    sampler.output = moved(sampler.output);
  }
  for (const skin of json.skins ?? []) {
    if (skin.inverseBindMatrices !== undefined) skin.inverseBindMatrices = moved(skin.inverseBindMatrices);
  }
  for (const node of json.nodes ?? []) {
    const instancing = node.extensions?.EXT_mesh_gpu_instancing;
    if (instancing !== undefined)
      Object.assign(instancing as object, { attributes: movedAll(instanceAttributesOf(node)) });
  }
  const accessors: GLTF.IAccessor[] = [];
  const streams = new Map<number, Stream>();
  for (const [index, accessor] of (json.accessors ?? []).entries()) {
    const to = map(index);
    if (to === undefined || accessors[to] !== undefined) continue;
    accessors[to] = accessor;
    const stream = piece.streams.get(index);
    if (stream !== undefined) streams.set(to, stream);
  }
  if (accessors.length > 0) json.accessors = accessors;
  else delete json.accessors;
  return { ...piece, json, streams };
}

/** Adds an accessor and its values; returns its index. `json` must already be the caller's own copy. */
export function addAccessor(json: Gltf, streams: Map<number, Stream>, type: GLTF.AccessorType, stream: Stream): number {
  json.accessors = json.accessors ?? [];
  const index = json.accessors.push({ componentType: componentTypeOf(stream.array), type, count: stream.count }) - 1;
  streams.set(index, stream);
  return index;
}

/** Bytes of one element as a vertex attribute: padded to 4. */
export function vertexStride(stream: AccessorData): number {
  return padTo4(stream.itemSize * stream.array.BYTES_PER_ELEMENT);
}
