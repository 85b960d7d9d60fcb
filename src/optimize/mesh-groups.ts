/** Primitives that share their vertices form a group: its vertices can be merged and reordered together, or not at all. */
import type { GLTF } from '@gltf-transform/core';
import { extensionOf, isRecord, UNDERSTOOD } from '../asset/extensions.ts';
import { listRoles } from '../asset/roles.ts';
import { dracoOf, isFree, type Workpiece } from './workpiece.ts';

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

/** Groups of primitives of one mode (triangles, if not said otherwise) whose vertices may change order, and why others may not. */
export function listMeshGroups(
  piece: Workpiece,
  mode: GLTF.MeshPrimitiveMode = 4,
): {
  readonly groups: readonly MeshGroup[];
  readonly leftAlone: readonly LeftAlone[];
} {
  const byKey = new Map<string, { accessors: number[]; primitives: GLTF.IMeshPrimitive[]; name: string }>();
  for (const [m, mesh] of (piece.json.meshes ?? []).entries()) {
    for (const primitive of mesh.primitives) {
      const accessors = [
        ...new Set([primitive.attributes, ...(primitive.targets ?? [])].flatMap((set) => Object.values(set))),
      ].sort((a, b) => a - b);
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
    const otherMode = primitives.some((primitive) => (primitive.mode ?? 4) !== mode);
    const why = otherMode
      ? (MODE_REASONS[mode] ?? 'it has another mode')
      : foreign
        ? 'its vertex data also serves something else'
        : whyNot(piece, accessors, primitives, owners);
    const vertexCount = piece.streams.get(accessors[0] ?? -1)?.count ?? 0;
    if (why === undefined) groups.push({ accessors, primitives, vertexCount });
    else leftAlone.push({ mesh: name, why });
  }
  return { groups, leftAlone };
}

const MODE_REASONS: Readonly<Record<number, string>> = Object.freeze({
  0: 'it is not points',
  4: 'it has points, lines or strips',
});

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
