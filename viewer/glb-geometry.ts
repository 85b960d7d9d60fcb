/** How many of the stored bytes belong to which primitive. */
import type { GLTF } from '@gltf-transform/core';
import type { FileJson } from './glb-file.ts';

const ITEM_SIZE: Readonly<Record<string, number>> = {
  SCALAR: 1,
  VEC2: 2,
  VEC3: 3,
  VEC4: 4,
  MAT2: 4,
  MAT3: 9,
  MAT4: 16,
};

/**
 * Bytes by primitive. A buffer view's stored bytes (compressed ones where an extension says so) are divided among its
 * accessors by their plain length, and an accessor's among the primitives that share it.
 */
export function primitiveBytes(json: FileJson): ReadonlyMap<GLTF.IMeshPrimitive, number> {
  const users = new Map<number, GLTF.IMeshPrimitive[]>();
  const bytes = new Map<GLTF.IMeshPrimitive, number>();
  const add = (primitive: GLTF.IMeshPrimitive, byteLength: number) =>
    bytes.set(primitive, (bytes.get(primitive) ?? 0) + byteLength);
  for (const primitive of (json.meshes ?? []).flatMap((mesh) => mesh.primitives)) {
    const draco = numberIn(extensionIn(primitive, 'KHR_draco_mesh_compression'), 'bufferView');
    if (draco !== undefined) add(primitive, storedLength(json, draco));
    for (const accessor of accessorsOf(primitive)) users.set(accessor, [...(users.get(accessor) ?? []), primitive]);
  }
  const plain = new Map<number, number>();
  for (const accessor of json.accessors ?? []) {
    if (accessor.bufferView === undefined) continue;
    plain.set(accessor.bufferView, (plain.get(accessor.bufferView) ?? 0) + plainLength(accessor));
  }
  for (const [index, primitives] of users) {
    const accessor = json.accessors?.[index];
    if (accessor?.bufferView === undefined) continue;
    const share = plainLength(accessor) / Math.max(1, plain.get(accessor.bufferView) ?? 1);
    const own = (share * storedLength(json, accessor.bufferView)) / primitives.length;
    for (const primitive of primitives) add(primitive, own);
  }
  return bytes;
}

/** Triangles of a primitive, drawn once. */
export function trianglesOf(json: FileJson, primitive: GLTF.IMeshPrimitive): number {
  const corners = json.accessors?.[primitive.indices ?? Object.values(primitive.attributes)[0] ?? -1]?.count ?? 0;
  const mode = primitive.mode ?? 4;
  if (mode === 4) return Math.floor(corners / 3);
  return mode === 5 || mode === 6 ? Math.max(0, corners - 2) : 0;
}

function accessorsOf(primitive: GLTF.IMeshPrimitive): ReadonlySet<number> {
  const found = new Set<number>();
  for (const set of [primitive.attributes, ...(primitive.targets ?? [])]) {
    for (const index of Object.values(set)) found.add(index);
  }
  if (primitive.indices !== undefined) found.add(primitive.indices);
  return found;
}

function plainLength({ count, type, componentType }: GLTF.IAccessor): number {
  const componentBytes = componentType <= 5121 ? 1 : componentType <= 5123 ? 2 : 4;
  return count * (ITEM_SIZE[type] ?? 1) * componentBytes;
}

function storedLength(json: FileJson, index: number): number {
  const view = json.bufferViews?.[index];
  if (view === undefined) return 0;
  const compressed = extensionIn(view, 'EXT_meshopt_compression') ?? extensionIn(view, 'KHR_meshopt_compression');
  return numberIn(compressed, 'byteLength') ?? view.byteLength;
}

function extensionIn(owner: { readonly extensions?: Readonly<Record<string, unknown>> }, name: string): unknown {
  return owner.extensions?.[name];
}

function numberIn(value: unknown, key: string): number | undefined {
  const found: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
  return typeof found === 'number' ? found : undefined;
}
