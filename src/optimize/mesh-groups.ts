/** Primitives that share their vertices form a group: its vertices can be merged and reordered together, or not at all. */
import type { GLTF } from '@gltf-transform/core';
import { extensionOf, isRecord, UNDERSTOOD } from '../asset/extensions.ts';
import { listRoles } from '../asset/roles.ts';
import { dracoOf, isFree, type Stream, type Workpiece } from './workpiece.ts';

/** Primitives with the very same attribute accessors. */
export interface MeshGroup {
  /** Attribute and morph target accessors, ascending. */
  readonly accessors: readonly number[];
  readonly primitives: readonly GLTF.IMeshPrimitive[];
  readonly vertexCount: number;
}

/** A group that must stay as it is, with the reason. */
export interface LeftAlone {
  readonly mesh: string;
  readonly why: string;
}

/** Groups of triangles whose vertices may change order, and why other primitives may not. */
export function listMeshGroups(piece: Workpiece): {
  readonly groups: readonly MeshGroup[];
  readonly leftAlone: readonly LeftAlone[];
} {
  const byKey = new Map<string, { accessors: readonly number[]; primitives: GLTF.IMeshPrimitive[]; name: string }>();
  for (const [m, mesh] of (piece.json.meshes ?? []).entries()) {
    for (const primitive of mesh.primitives) {
      const accessors = accessorsOf(primitive);
      const key = accessors.join();
      const group = byKey.get(key) ?? { accessors, primitives: [], name: mesh.name ?? `mesh ${m}` };
      group.primitives.push(primitive);
      byKey.set(key, group);
    }
  }
  const owners = countOwners([...byKey.values()]);
  const roles = listRoles(piece.json);
  const groups: MeshGroup[] = [];
  const leftAlone: LeftAlone[] = [];
  for (const { accessors, primitives, name } of byKey.values()) {
    const foreign = accessors.some((index) =>
      (roles.get(index) ?? []).some((role) => role.kind !== 'attribute' && role.kind !== 'morph'),
    );
    const why = primitives.some((primitive) => (primitive.mode ?? 4) !== 4)
      ? 'it has points, lines or strips'
      : foreign
        ? 'its vertex data also serves something else'
        : whyNot(piece, accessors, primitives, owners);
    const vertexCount = piece.streams.get(accessors[0] ?? -1)?.count ?? 0;
    if (why === undefined) groups.push({ accessors, primitives, vertexCount });
    else leftAlone.push({ mesh: name, why });
  }
  return { groups, leftAlone };
}

/** Attribute and morph target accessors, each once, ascending. */
function accessorsOf({ attributes, targets }: GLTF.IMeshPrimitive): readonly number[] {
  return [...new Set([attributes, ...(targets ?? [])].flatMap((set) => Object.values(set)))].sort((a, b) => a - b);
}

/**
 * Point clouds whose points may change order. Those that share attributes move together; what is the same at every
 * point, as one colour for all, stays, whatever else uses it.
 */
export function listPointGroups(piece: Workpiece): readonly MeshGroup[] {
  const primitives = (piece.json.meshes ?? []).flatMap((mesh) => mesh.primitives);
  if (primitives.every(({ mode }) => mode !== 0)) return [];
  const uniform = new Set([...piece.streams].flatMap(([index, stream]) => (isUniform(stream) ? [index] : [])));
  const varying = primitives.map((primitive) => accessorsOf(primitive).filter((index) => !uniform.has(index)));
  const links = new Map<number, number>();
  const rootOf = (index: number): number => {
    let root = index;
    while ((links.get(root) ?? root) !== root) root = links.get(root) ?? root;
    links.set(index, root);
    return root;
  };
  for (const [first, ...others] of varying)
    for (const other of others) if (first !== undefined) links.set(rootOf(other), rootOf(first));
  const groups = new Map<number, { accessors: Set<number>; primitives: GLTF.IMeshPrimitive[] }>();
  for (const [p, primitive] of primitives.entries()) {
    const [first] = varying[p] ?? [];
    if (first === undefined) continue;
    const group = groups.get(rootOf(first)) ?? { accessors: new Set(), primitives: [] };
    groups.set(rootOf(first), group);
    group.primitives.push(primitive);
    for (const index of varying[p] ?? []) group.accessors.add(index);
  }
  const roles = listRoles(piece.json);
  return [...groups.values()].flatMap((group) => {
    const accessors = [...group.accessors].sort((a, b) => a - b);
    const vertexCount = piece.streams.get(accessors[0] ?? -1)?.count ?? 0;
    const arePoints = group.primitives.every(({ mode, indices }) => mode === 0 && indices === undefined);
    const isForeign = accessors.some((index) =>
      roles.get(index)?.some(({ kind }) => kind !== 'attribute' && kind !== 'morph'),
    );
    if (!arePoints || isForeign || whyNot(piece, accessors, group.primitives, new Map()) !== undefined) return [];
    return [{ accessors, primitives: group.primitives, vertexCount }];
  });
}

/** True when every element is the same. */
function isUniform({ array, itemSize }: Stream): boolean {
  return array.every((value, i) => Object.is(value, array[i % itemSize]));
}

type Owners = ReadonlyMap<number, number>;

/** Accessor -> number of groups that use it, as attribute or as indices. */
function countOwners(
  groups: readonly { accessors: readonly number[]; primitives: readonly GLTF.IMeshPrimitive[] }[],
): Owners {
  const owners = new Map<number, number>();
  for (const { accessors, primitives } of groups) {
    for (const index of new Set([...accessors, ...primitives.flatMap((primitive) => primitive.indices ?? [])])) {
      owners.set(index, (owners.get(index) ?? 0) + 1);
    }
  }
  return owners;
}

function whyNot(
  piece: Workpiece,
  accessors: readonly number[],
  primitives: readonly GLTF.IMeshPrimitive[],
  owners: Owners,
): string | undefined {
  const streams = accessors.map((index) => piece.streams.get(index));
  const count = streams[0]?.count;
  if (primitives.some((primitive) => dracoOf(primitive) !== undefined)) return 'it is Draco-compressed already';
  if (count === undefined || streams.some((stream) => stream === undefined || stream.count !== count))
    return 'its attributes have no data';
  if (primitives.some(readsVertexOrder)) return 'an extension numbers its vertices';
  if ([...accessors, ...primitives.flatMap((p) => p.indices ?? [])].some((index) => !isFree(piece, index)))
    return 'an unknown extension may refer to its data';
  if (accessors.some((index) => (owners.get(index) ?? 0) > 1)) return 'it shares vertex data with another mesh';
  if (primitives.some((primitive) => primitive.indices !== undefined && (owners.get(primitive.indices) ?? 0) > 1))
    return 'it shares indices with another mesh';
  return undefined;
}

/** Extensions on a primitive may count vertices: EXT_mesh_features does without attribute and texture, unknown ones could. */
function readsVertexOrder(primitive: GLTF.IMeshPrimitive): boolean {
  const features = extensionOf(primitive, 'EXT_mesh_features')?.featureIds;
  const implicit =
    Array.isArray(features) && !features.every((id) => isRecord(id) && ('attribute' in id || 'texture' in id));
  return implicit || Object.keys(primitive.extensions ?? {}).some((name) => !UNDERSTOOD.has(name));
}
