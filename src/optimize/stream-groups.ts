/** Which accessors share a buffer view, and how their bytes stand in it. */
import type { GLTF } from '@gltf-transform/core';
import { COMPONENT, maxOf, type TypedArray } from '../asset/accessors.ts';
import type { Role } from '../asset/roles.ts';
import { shortestFloat } from './shortest-float.ts';
import { type MeshoptFilter, type Stream, vertexStride, viewExtrasOf, type Workpiece } from './workpiece.ts';

/** The part that the members of a view play. */
export type ViewKind = 'vertex' | 'triangles' | 'indices' | 'values';

/** Accessors that share a buffer view: equal stride, equal filter, equal part. */
export interface Group {
  readonly kind: ViewKind;
  readonly byteStride: number;
  readonly filter: MeshoptFilter;
  /** The source's view, where that has extras: they stay with its members. */
  readonly marked: number | undefined;
  readonly members: number[];
}

/** Groups all streams, in the order of their accessors. */
export function groupStreams(piece: Workpiece, roles: ReadonlyMap<number, readonly Role[]>): readonly Group[] {
  const groups = new Map<string, Group>();
  for (const [index, stream] of [...piece.streams].sort(([a], [b]) => a - b)) {
    const kind = viewKind(piece, roles.get(index) ?? [], stream);
    const filtered = piece.compression === 'none' ? undefined : stream.filtered;
    const byteStride = filtered?.byteStride ?? strideOf(kind, stream, piece.compression === 'none');
    const filter = filtered?.filter ?? 'NONE';
    const accessor = piece.json.accessors?.[index];
    const marked = viewExtrasOf(piece.json, accessor) === undefined ? undefined : accessor?.bufferView;
    const key = `${kind} ${byteStride} ${filter} ${marked ?? ''}`;
    const group = groups.get(key) ?? { kind, byteStride, filter, marked, members: [] };
    group.members.push(index);
    groups.set(key, group);
  }
  return [...groups.values()];
}

function strideOf(kind: ViewKind, stream: Stream, isPlain: boolean): number {
  if (kind === 'vertex') return vertexStride(stream);
  const width = stream.itemSize * stream.array.BYTES_PER_ELEMENT;
  if (kind === 'values') return width;
  // The codec knows no 8-bit indices.
  if (isPlain && areBelow(stream, 255)) return 1;
  return width <= 2 || areBelow(stream, 65_535) ? 2 : 4;
}

/** The highest value of a type would restart the primitive. (glTF 2.0, section 3.7.2.1) */
function areBelow({ array }: Stream, highest: number): boolean {
  const max = maxima.get(array) ?? maxOf(array);
  maxima.set(array, max);
  return max < highest;
}

// Values are never changed in place, and every step packs them again.
const maxima = new WeakMap<TypedArray, number>();
const bounds = new WeakMap<Stream, Bounds>();

interface Bounds {
  readonly min: readonly number[];
  readonly max: readonly number[];
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

/** glTF wants min and max for positions and key times (sections 3.6.2.5, 3.7.2.1, 3.11); custom attributes keep theirs. */
export function setBounds(accessor: GLTF.IAccessor | undefined, stream: Stream, roles: readonly Role[]): void {
  if (accessor === undefined) return;
  const names = roles.map((role) => ('semantic' in role && role.kind !== 'instance' ? role.semantic : role.kind));
  const required = names.includes('POSITION') || names.includes('input');
  const kept = accessor.min !== undefined && (names.length === 0 || names.some((name) => name.startsWith('_')));
  delete accessor.min;
  delete accessor.max;
  if (!required && !kept) return;
  const { min, max } = bounds.get(stream) ?? boundsOf(stream);
  bounds.set(stream, { min, max });
  accessor.min = [...min];
  accessor.max = [...max];
}

function boundsOf({ array, itemSize }: Stream): Bounds {
  const min = new Array<number>(itemSize).fill(Number.POSITIVE_INFINITY);
  const max = new Array<number>(itemSize).fill(Number.NEGATIVE_INFINITY);
  for (let i = 0; i < array.length; i++) {
    const c = i % itemSize;
    const value = array[i] ?? 0;
    if (value < (min[c] ?? 0)) min[c] = value;
    if (value > (max[c] ?? 0)) max[c] = value;
  }
  return { min: min.map(shortestFloat), max: max.map(shortestFloat) };
}

/** The component type of the indices of a group. Where GPUs want no 8-bit ones, WebGL and loaders widen them. */
export function indexComponent({ byteStride }: Group): GLTF.AccessorComponentType {
  if (byteStride === 1) return COMPONENT.UNSIGNED_BYTE;
  return byteStride === 2 ? COMPONENT.UNSIGNED_SHORT : COMPONENT.UNSIGNED_INT;
}

/** The bytes of one member as they stand in its view: filtered, or padded to the stride. */
export function elementBytes(stream: Stream, group: Group): Uint8Array {
  if (group.filter !== 'NONE' && stream.filtered !== undefined) return stream.filtered.bytes;
  const isIndex = group.kind === 'triangles' || group.kind === 'indices';
  const array =
    isIndex && group.byteStride !== stream.array.BYTES_PER_ELEMENT
      ? (group.byteStride === 1 ? Uint8Array : Uint16Array).from(stream.array)
      : stream.array;
  const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  const width = stream.itemSize * array.BYTES_PER_ELEMENT;
  if (group.byteStride <= width) return bytes;
  const padded = new Uint8Array(stream.count * group.byteStride);
  for (let i = 0; i < stream.count; i++) padded.set(bytes.subarray(i * width, (i + 1) * width), i * group.byteStride);
  return padded;
}
