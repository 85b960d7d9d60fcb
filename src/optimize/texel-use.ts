/** What reads each image: triangles with their UVs, through transforms and wrap modes. */
import type { GLTF } from '@gltf-transform/core';
import { toFloats } from '../asset/accessors.ts';
import { extensionOf, isRecord, listExtensions, listUnknownExtensions } from '../asset/extensions.ts';
import type { Gltf } from '../asset/glb.ts';
import { imagesOf, type TextureInfo, textureInfosOf } from '../asset/textures.ts';
import { type TexelReader, WRAP } from './texel-draw.ts';
import type { Workpiece } from './workpiece.ts';

/**
 * Image index -> what reads it. An image of which not every reader is known is not in the map: all of it counts.
 * Images with the same readers, as those of one material as a rule, have one and the same list.
 */
export function listTexelReaders(piece: Workpiece): ReadonlyMap<number, readonly TexelReader[]> {
  const { json } = piece;
  // An extension that we do not know may read texels anywhere, and an animated transform moves over all of them.
  if (listUnknownExtensions(json).length > 0 || movesTextures(json)) return new Map();
  const primitives = primitivesByMaterial(json);
  const byWay = new Map<string, readonly TexelReader[] | undefined>();
  const waysOf = new Map<number, Set<string>>();
  for (const [material, definition] of (json.materials ?? []).entries()) {
    for (const { info } of textureInfosOf(definition)) {
      const texture = json.textures?.[info.index];
      if (texture === undefined) continue;
      const wrap = wrapOf(json, texture);
      const { texCoord, extensions } = info;
      const way = JSON.stringify([material, texCoord ?? 0, extensions?.KHR_texture_transform, wrap]);
      if (!byWay.has(way)) byWay.set(way, readersOf(piece, primitives.get(material) ?? [], info, wrap));
      for (const image of imagesOf(texture)) waysOf.set(image, (waysOf.get(image) ?? new Set()).add(way));
    }
  }
  const lists = new Map<string, readonly TexelReader[] | undefined>();
  const readers = new Map<number, readonly TexelReader[]>();
  for (const [image, ways] of waysOf) {
    const key = JSON.stringify([...ways]);
    if (!lists.has(key)) lists.set(key, joined([...ways].map((way) => byWay.get(way))));
    const list = lists.get(key);
    if (list !== undefined) readers.set(image, list);
  }
  return readers;
}

function joined(lists: readonly (readonly TexelReader[] | undefined)[]): readonly TexelReader[] | undefined {
  const known = lists.filter((list) => list !== undefined);
  return known.length < lists.length ? undefined : known.flat();
}

/** True when an animation moves the transform of a texture. */
export function movesTextures(json: Gltf): boolean {
  return listExtensions(json).some(
    ({ name, value }) => name === 'KHR_animation_pointer' && JSON.stringify(value).includes('KHR_texture_transform'),
  );
}

/** Material index -> the primitives that wear it, by themselves or in a variant. */
function primitivesByMaterial(json: Gltf): ReadonlyMap<number, readonly GLTF.IMeshPrimitive[]> {
  const found = new Map<number, GLTF.IMeshPrimitive[]>();
  for (const primitive of (json.meshes ?? []).flatMap((mesh) => mesh.primitives)) {
    const mappings = extensionOf(primitive, 'KHR_materials_variants')?.mappings;
    const variants = (Array.isArray(mappings) ? mappings : []).map((mapping: unknown) =>
      isRecord(mapping) ? mapping.material : undefined,
    );
    for (const material of new Set([primitive.material, ...variants])) {
      if (typeof material !== 'number') continue;
      found.set(material, [...(found.get(material) ?? []), primitive]);
    }
  }
  return found;
}

function wrapOf(json: Gltf, texture: GLTF.ITexture): readonly [number, number] {
  const sampler = json.samplers?.[texture.sampler ?? -1];
  return [sampler?.wrapS ?? WRAP.repeat, sampler?.wrapT ?? WRAP.repeat];
}

/** Undefined when something about a reader is not known. A material that nobody wears may be put on anything by code. */
function readersOf(
  piece: Workpiece,
  primitives: readonly GLTF.IMeshPrimitive[],
  info: TextureInfo,
  wrap: readonly [number, number],
): readonly TexelReader[] | undefined {
  const transform = extensionOf(info, 'KHR_texture_transform');
  // Loaders do not agree about the order of rotation and scale.
  if (primitives.length === 0 || (transform?.rotation ?? 0) !== 0) return undefined;
  const plain = { set: info.texCoord ?? 0, offset: [0, 0], scale: [1, 1] } as const;
  const moved = {
    set: numberOr(transform?.texCoord, plain.set),
    offset: pairOr(transform?.offset, [0, 0]),
    scale: pairOr(transform?.scale, [1, 1]),
  };
  // A loader that does not know the extension reads without it.
  const ways = transform === undefined ? [plain] : [plain, moved];
  const readers: TexelReader[] = [];
  for (const primitive of primitives) {
    for (const { set, offset, scale } of ways) {
      const reader = readTriangles(piece, primitive, set);
      if (reader === undefined) return undefined;
      readers.push({ ...reader, offset, scale, wrap });
    }
  }
  return readers;
}

function readTriangles(
  { streams }: Workpiece,
  { mode = 4, attributes, targets = [], indices }: GLTF.IMeshPrimitive,
  set: number,
): Pick<TexelReader, 'uvs' | 'corners'> | undefined {
  const semantic = `TEXCOORD_${set}`;
  const uv = streams.get(attributes[semantic] ?? -1);
  const order = indices === undefined ? undefined : streams.get(indices);
  const isKnown = indices === undefined || order !== undefined;
  if (mode !== 4 || uv === undefined || !isKnown || targets.some((target) => semantic in target)) return undefined;
  return { uvs: toFloats(uv), corners: order?.array ?? Uint32Array.from({ length: uv.count }, (_, i) => i) };
}

function numberOr(value: unknown, fallback: number): number {
  return typeof value === 'number' ? value : fallback;
}

function pairOr(value: unknown, fallback: readonly [number, number]): readonly [number, number] {
  return Array.isArray(value) ? [numberOr(value[0], fallback[0]), numberOr(value[1], fallback[1])] : fallback;
}
