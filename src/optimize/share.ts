/** Steps that store nothing twice and nothing unused. */
import type { GLTF } from '@gltf-transform/core';
import { cloneJson } from '../asset/clone.ts';
import { digestOf, type Gltf } from '../asset/glb.ts';
import { listRoles, type Role } from '../asset/roles.ts';
import { formatBytes, plural } from '../units.ts';
import type { Step, StepResult } from './step.ts';
import { mayReindex, remapAccessors, type Stream, viewExtrasOf, type Workpiece } from './workpiece.ts';

const UNKNOWN = 'an extension that we do not know may refer to data by index';

/** Drops accessors that nothing refers to. Nodes, meshes, materials and the like stay, used or not: code may look for them by name. */
export function dropUnused(): Step {
  return { name: 'drop-unused', run: dropUnusedAccessors };
}

function dropUnusedAccessors(piece: Workpiece): StepResult {
  if (!mayReindex(piece)) return { kind: 'skipped', why: UNKNOWN };
  const roles = listRoles(piece.json);
  const accessors = piece.json.accessors ?? [];
  // Extras are kept, and so is what carries them.
  const used = [...accessors.keys()].filter((index) => roles.has(index) || hasExtras(piece.json, accessors[index]));
  const dropped = accessors.length - used.length;
  if (dropped === 0) return { kind: 'skipped', why: 'everything is in use' };
  const places = new Map(used.map((index, place) => [index, place]));
  return {
    kind: 'changed',
    piece: remapAccessors(piece, (index) => places.get(index)),
    why: `${plural(dropped, 'accessor')} that nothing refers to`,
  };
}

function hasExtras(json: Gltf, accessor: GLTF.IAccessor | undefined): boolean {
  return accessor?.extras !== undefined || viewExtrasOf(json, accessor) !== undefined;
}

/** Lets equal accessors be one, and equal images share their bytes. */
export function share(): Step {
  return { name: 'share', run: (piece) => shareAll(piece, partOf) };
}

/**
 * Lets what morph targets add to normals and to tangents be one where it is equal, which is to say zeros. Only when nothing
 * will be quantized any more, and nothing else: code that moves positions would move what they share.
 */
export function shareDeltas(): Step {
  return {
    name: 'share-deltas',
    run: (piece) => shareAll(piece, (role) => (isDelta(role) ? 'morph directions' : partOf(role))),
  };
}

function isDelta(role: Role): boolean {
  return role.kind === 'morph' && (role.semantic === 'NORMAL' || role.semantic === 'TANGENT');
}

/** A position that equals a normal is quantized differently: each stays for itself. */
function partOf(role: Role): string {
  return `${role.kind} ${'semantic' in role ? role.semantic : ''}`;
}

function shareAll(piece: Workpiece, partBy: (role: Role) => string): StepResult {
  if (!mayReindex(piece)) return { kind: 'skipped', why: UNKNOWN };
  const first = firstEqual(piece, partBy);
  const doubled = [...first].filter(([index, equal]) => index !== equal).length;
  const images = shareImages(piece);
  if (doubled === 0 && images.savedBytes === 0) return { kind: 'skipped', why: 'no two accessors or images are equal' };
  const kept = [...first].filter(([index, equal]) => index === equal).map(([index]) => index);
  const places = new Map(kept.map((index, place) => [index, place]));
  const next = remapAccessors(images.piece, (index) => places.get(first.get(index) ?? index));
  const why = [
    doubled > 0 ? plural(doubled, 'equal accessor') : '',
    images.savedBytes > 0 ? `${formatBytes(images.savedBytes)} of equal images` : '',
  ];
  return { kind: 'changed', piece: next, why: why.filter((part) => part !== '').join(', ') };
}

/** Accessor -> the first one with the same values, layout and part. */
function firstEqual(piece: Workpiece, partBy: (role: Role) => string): ReadonlyMap<number, number> {
  const roles = listRoles(piece.json);
  const byContent = new Map<string, number>();
  const first = new Map<number, number>();
  for (const [index, accessor] of (piece.json.accessors ?? []).entries()) {
    const stream = piece.streams.get(index);
    const kinds = [...new Set((roles.get(index) ?? []).map(partBy))].sort();
    const key =
      stream === undefined
        ? `own ${index}`
        : [kinds.join(), accessor.type, contentKey(stream), fieldsOf(piece, accessor)].join(' ');
    const equal = byContent.get(key) ?? index;
    byContent.set(key, equal);
    first.set(index, equal);
  }
  return first;
}

function contentKey(stream: Stream): string {
  const { array } = stream;
  const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  return `${array.constructor.name} ${stream.normalized} ${stream.filtered?.filter ?? ''} ${digestOf(bytes)}`;
}

/** Names and extras that would be lost by sharing keep an accessor apart. */
function fieldsOf({ json }: Workpiece, accessor: GLTF.IAccessor): string {
  return JSON.stringify([accessor.extras, accessor.extensions, viewExtrasOf(json, accessor)]);
}

/** Points textures of equal images to the first one. Images of another name or other extras stay; `pack` stores their bytes once. */
function shareImages(piece: Workpiece): { piece: Workpiece; savedBytes: number } {
  const json = cloneJson(piece.json);
  const byContent = new Map<string, number>();
  const replaced = new Map<number, number>();
  let savedBytes = 0;
  for (const [index, bytes] of [...piece.images].sort(([a], [b]) => a - b)) {
    const key = JSON.stringify([
      { ...json.images?.[index], bufferView: viewExtrasOf(json, json.images?.[index]) },
      digestOf(bytes),
    ]);
    const equal = byContent.get(key);
    if (equal === undefined) byContent.set(key, index);
    else {
      replaced.set(index, equal);
      savedBytes += bytes.byteLength;
    }
  }
  if (replaced.size === 0) return { piece, savedBytes: 0 };
  for (const texture of json.textures ?? []) moveSources(texture, replaced);
  const kept = (json.images ?? []).map((_, index) => index).filter((index) => !replaced.has(index));
  const places = new Map(kept.map((index, place) => [index, place]));
  for (const texture of json.textures ?? []) moveSources(texture, places);
  json.images = kept.flatMap((index) => json.images?.[index] ?? []);
  const images = new Map(
    [...piece.images].flatMap(([index, bytes]) =>
      places.has(index) ? [[places.get(index) ?? index, bytes] as const] : [],
    ),
  );
  return { piece: { ...piece, json, images }, savedBytes };
}

/** Gives every image reference of a texture its new index. */
function moveSources(texture: GLTF.ITexture, places: ReadonlyMap<number, number>): void {
  if (texture.source !== undefined) texture.source = places.get(texture.source) ?? texture.source;
  for (const extension of Object.values(texture.extensions ?? {})) {
    if (typeof extension !== 'object' || extension === null || !('source' in extension)) continue;
    const { source } = extension;
    if (typeof source === 'number') extension.source = places.get(source) ?? source;
  }
}
