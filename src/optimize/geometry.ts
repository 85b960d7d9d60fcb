/** Geometry steps that lose nothing: equal vertices become one, triangles and vertices take an order that compresses and draws well. */
import type { GLTF } from '@gltf-transform/core';
import { MeshoptEncoder } from 'meshoptimizer/encoder';
import { arrayOf, componentTypeOf } from '../asset/accessors.ts';
import { cloneJson } from '../asset/clone.ts';
import { plural } from '../units.ts';
import { listMeshGroups, listPointGroups, type MeshGroup } from './mesh-groups.ts';
import { pathThrough } from './point-path.ts';
import type { Step, StepResult } from './step.ts';
import { mergeVertices, moveElements, UNUSED } from './vertices.ts';
import { addAccessor, type Stream, type Workpiece } from './workpiece.ts';

/** Merges vertices whose bits agree in every attribute and morph target, and indexes what had no index. [meshoptimizer: generateVertexRemap] */
export function weld(): Step {
  return { name: 'weld', run: weldAll };
}

function weldAll(piece: Workpiece): StepResult {
  const edit = startEdit(piece);
  let merged = 0;
  for (const group of edit.groups) {
    const { remap, uniqueCount } = mergeVertices(
      group.accessors.map((index) => storedBytes(edit.streams, index)),
      group.vertexCount,
    );
    const indexed = group.primitives.every((primitive) => primitive.indices !== undefined);
    if (indexed && uniqueCount === group.vertexCount) continue;
    // An index costs 2 or 4 bytes a corner: it pays only where vertices are shared.
    if (!indexed && uniqueCount > group.vertexCount * 0.9) continue;
    for (const [at, indices] of readIndices(edit, group))
      setIndices(
        edit,
        at,
        indices.map((old) => remap[old] ?? 0),
        uniqueCount,
      );
    moveVertices(edit, group, remap, uniqueCount);
    merged += group.vertexCount - uniqueCount;
  }
  if (merged === 0)
    return { kind: 'skipped', why: ['no two vertices are equal', ...reasons(edit.leftAlone)].join('; ') };
  return {
    kind: 'changed',
    piece: finishEdit(edit),
    why: [`${plural(merged, 'equal vertex').replace(/vertexs$/, 'vertices')} merged`, ...reasons(edit.leftAlone)].join(
      '; ',
    ),
  };
}

/** Orders triangles for the vertex cache and vertices by first use. Triangles that blend keep their order: it is visible. */
export function reorder(): Step {
  return { name: 'reorder', run: reorderAll };
}

function reorderAll(piece: Workpiece): StepResult {
  const edit = startEdit(piece);
  let done = 0;
  for (const group of edit.groups) {
    if (group.primitives.some((primitive) => primitive.indices === undefined)) continue;
    const parts = [...readIndices(edit, group)].map(([at, indices]) => ({
      at,
      indices: orderTriangles(indices, blends(piece, at)),
    }));
    const all = new Uint32Array(parts.reduce((sum, { indices }) => sum + indices.length, 0));
    let offset = 0;
    for (const { indices } of parts) {
      all.set(indices, offset);
      offset += indices.length;
    }
    if (all.length === 0) continue;
    // With `triangles` false only the vertices are numbered anew, by first use over all primitives of the group.
    const [remap, uniqueCount] = MeshoptEncoder.reorderMesh(all, false, true);
    const fullRemap = new Uint32Array(group.vertexCount).fill(UNUSED);
    fullRemap.set(remap.subarray(0, group.vertexCount));
    for (const { at, indices } of parts)
      setIndices(
        edit,
        at,
        indices.map((old) => fullRemap[old] ?? 0),
        uniqueCount,
      );
    moveVertices(edit, group, fullRemap, uniqueCount);
    done++;
  }
  if (done === 0)
    return { kind: 'skipped', why: ['there are no indexed triangles', ...reasons(edit.leftAlone)].join('; ') };
  return {
    kind: 'changed',
    piece: finishEdit(edit),
    why: [`${plural(done, 'mesh group')} in cache order`, ...reasons(edit.leftAlone)].join('; '),
  };
}

/** Sorts points by place: neighbours compress well, and nothing says which point comes first. [meshoptimizer: spatialSort] */
export function reorderPoints(): Step {
  return { name: 'reorder-points', run: sortPoints };
}

function sortPoints(piece: Workpiece): StepResult {
  const edit = startEdit(piece, (copy) => ({ groups: listPointGroups(copy), leftAlone: [] }));
  let done = 0;
  for (const group of edit.groups) {
    const [first] = group.primitives;
    const position = edit.streams.get(first?.attributes.POSITION ?? -1);
    if (position === undefined || !(position.array instanceof Float32Array)) continue;
    // What blends keeps its order: it is visible.
    if (group.primitives.some((primitive) => blends(piece, primitive))) continue;
    moveVertices(edit, group, placesOf(position.array), group.vertexCount);
    done++;
  }
  if (done === 0) return { kind: 'skipped', why: 'there are no points that may change places' };
  return { kind: 'changed', piece: finishEdit(edit), why: `${plural(done, 'point cloud')} sorted by place` };
}

/** Above this a curve that fills space is path enough: to look for the nearest takes a second for each 300,000. */
const MOST_POINTS_OF_PATH = 250_000;

/** Where each point goes. */
function placesOf(positions: Float32Array): Uint32Array {
  const places = MeshoptEncoder.reorderPoints(positions, 3);
  if (places.length > MOST_POINTS_OF_PATH) return places;
  const order = new Uint32Array(places.length);
  for (const [point, place] of places.entries()) order[place] = point;
  return pathThrough(positions, order);
}

/** Cache order for one primitive; the vertex numbers stay. */
function orderTriangles(indices: Uint32Array, keepOrder: boolean): Uint32Array {
  if (keepOrder || indices.length % 3 !== 0) return indices;
  const ordered = indices.slice();
  const [remap] = MeshoptEncoder.reorderMesh(ordered, true, true);
  const back = new Uint32Array(remap.length);
  for (const [old, now] of remap.entries()) if (now !== UNUSED) back[now] = old;
  return ordered.map((now) => back[now] ?? 0);
}

/** True when the primitive blends, in some variant at least: then the order of its triangles is visible. */
export function blends(piece: Pick<Workpiece, 'json'>, primitive: GLTF.IMeshPrimitive): boolean {
  const variants = primitive.extensions?.KHR_materials_variants as { mappings?: { material: number }[] } | undefined;
  const materials = [primitive.material, ...(variants?.mappings ?? []).map((mapping) => mapping.material)];
  return materials.some((index) => index !== undefined && piece.json.materials?.[index]?.alphaMode === 'BLEND');
}

/** A copy of the piece on which several groups are changed. */
interface Edit {
  readonly piece: Workpiece;
  readonly groups: readonly MeshGroup[];
  readonly leftAlone: ReturnType<typeof listMeshGroups>['leftAlone'];
  readonly streams: Map<number, Stream>;
}

function startEdit(
  piece: Workpiece,
  list: (copy: Workpiece) => Pick<Edit, 'groups' | 'leftAlone'> = listMeshGroups,
): Edit {
  const copy = { ...piece, json: cloneJson(piece.json), streams: new Map(piece.streams) };
  return { piece: copy, ...list(copy), streams: copy.streams };
}

function finishEdit(edit: Edit): Workpiece {
  return { ...edit.piece, streams: edit.streams };
}

/** The bits that will be stored: filtered ones where there is a filter. */
function storedBytes(streams: ReadonlyMap<number, Stream>, index: number): Uint8Array {
  const stream = streams.get(index);
  if (stream === undefined) throw new RangeError(`Accessor ${index} has no stream.`);
  if (stream.filtered !== undefined) return stream.filtered.bytes;
  return new Uint8Array(stream.array.buffer, stream.array.byteOffset, stream.array.byteLength);
}

/** Each primitive's corners; primitives that share an index accessor come once. */
function readIndices(edit: Edit, group: MeshGroup): ReadonlyMap<GLTF.IMeshPrimitive, Uint32Array> {
  const seen = new Set<number>();
  const found = new Map<GLTF.IMeshPrimitive, Uint32Array>();
  for (const primitive of group.primitives) {
    if (primitive.indices === undefined)
      found.set(
        primitive,
        Uint32Array.from({ length: group.vertexCount }, (_, i) => i),
      );
    else if (!seen.has(primitive.indices)) {
      seen.add(primitive.indices);
      found.set(primitive, Uint32Array.from(edit.streams.get(primitive.indices)?.array ?? []));
    }
  }
  return found;
}

function setIndices(edit: Edit, primitive: GLTF.IMeshPrimitive, indices: Uint32Array, vertexCount: number): void {
  // 65,535 is the primitive restart value of 16-bit indices (glTF 2.0, section 3.7.2.1).
  const array = vertexCount <= 65535 ? Uint16Array.from(indices) : Uint32Array.from(indices);
  const stream: Stream = { array, itemSize: 1, count: array.length, normalized: false };
  if (primitive.indices === undefined) primitive.indices = addAccessor(edit.piece.json, edit.streams, 'SCALAR', stream);
  else edit.streams.set(primitive.indices, stream);
}

function moveVertices(edit: Edit, group: MeshGroup, remap: Uint32Array, vertexCount: number): void {
  for (const index of group.accessors) {
    const stream = edit.streams.get(index);
    if (stream === undefined) continue;
    const array = moveElements(
      stream.array,
      stream.itemSize,
      remap,
      arrayOf(componentTypeOf(stream.array), vertexCount * stream.itemSize),
    );
    const moved: Stream = { ...stream, array, count: vertexCount };
    if (stream.filtered === undefined) edit.streams.set(index, moved);
    else {
      const { byteStride, bytes, filter } = stream.filtered;
      const movedBytes = moveElements(bytes, byteStride, remap, new Uint8Array(vertexCount * byteStride));
      edit.streams.set(index, { ...moved, filtered: { filter, byteStride, bytes: movedBytes } });
    }
  }
}

/** Why meshes were left alone: reason and count, not a line for each. */
function reasons(leftAlone: Edit['leftAlone']): readonly string[] {
  const counts = new Map<string, number>();
  for (const { why } of leftAlone) counts.set(why, (counts.get(why) ?? 0) + 1);
  return [...counts].map(([why, count]) => `${plural(count, 'mesh group')} left alone: ${why}`);
}
