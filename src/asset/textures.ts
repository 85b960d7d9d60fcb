/** Texture slots: which image plays which part, and so what may be lossy in it. */
import type { GLTF } from '@gltf-transform/core';
import { extensionOf, isRecord, listExtensions } from './extensions.ts';
import type { Gltf } from './glb.ts';
import { listPins } from './pins.ts';

/**
 * `color` is looked at, `normal` is a direction, `data` is numbers by channel; `pixels` must keep the value of each of its
 * pixels, however they are stored, and `exact` every bit of its file.
 */
export type SlotKind = 'color' | 'normal' | 'data' | 'pixels' | 'exact';

/** One use of an image. `channels` are the ones that the slot reads; `alpha` says that alpha is looked at. */
export interface ImageUse {
  readonly slot: string;
  readonly kind: SlotKind;
  readonly channels: 'R' | 'G' | 'A' | 'GB' | 'RGB' | 'RGBA';
  readonly material: number;
  readonly texture: number;
  /** Alpha is looked through (BLEND) or cut at `cutoff` (MASK). */
  readonly coverage?: boolean;
  readonly cutoff?: number;
}

type Slot = readonly [kind: SlotKind, channels: ImageUse['channels']];

/** Every slot of core glTF and of the ratified material extensions. [KhronosGroup/glTF specification 2.0 and extensions/2.0/Khronos] */
const SLOTS: Readonly<Record<string, Slot>> = Object.freeze({
  baseColorTexture: ['color', 'RGB'],
  emissiveTexture: ['color', 'RGB'],
  normalTexture: ['normal', 'RGB'],
  metallicRoughnessTexture: ['data', 'GB'],
  occlusionTexture: ['data', 'R'],
  clearcoatTexture: ['data', 'R'],
  clearcoatRoughnessTexture: ['data', 'G'],
  clearcoatNormalTexture: ['normal', 'RGB'],
  sheenColorTexture: ['color', 'RGB'],
  sheenRoughnessTexture: ['data', 'A'],
  specularTexture: ['data', 'A'],
  specularColorTexture: ['color', 'RGB'],
  transmissionTexture: ['data', 'R'],
  thicknessTexture: ['data', 'G'],
  iridescenceTexture: ['data', 'R'],
  iridescenceThicknessTexture: ['data', 'G'],
  anisotropyTexture: ['data', 'RGB'],
  diffuseTexture: ['color', 'RGB'],
  specularGlossinessTexture: ['color', 'RGBA'],
  diffuseTransmissionTexture: ['data', 'A'],
  diffuseTransmissionColorTexture: ['color', 'RGB'],
});

/** The texture extensions that name an image, best first. */
export const TEXTURE_SOURCES = Object.freeze(['KHR_texture_basisu', 'EXT_texture_avif', 'EXT_texture_webp'] as const);

/** All images that a texture names: its own and those of its extensions. */
export function imagesOf(texture: GLTF.ITexture): readonly number[] {
  const sources = TEXTURE_SOURCES.map((name) => extensionOf(texture, name)?.source);
  return [texture.source, ...sources].filter((source): source is number => typeof source === 'number');
}

/** Image index -> its uses. An image without any is not in the map: nobody knows what it is for. */
export function listImageUses(json: Gltf): ReadonlyMap<number, readonly ImageUse[]> {
  const uses = new Map<number, ImageUse[]>();
  const add = (use: ImageUse): void => {
    const texture = json.textures?.[use.texture];
    for (const image of texture === undefined ? [] : imagesOf(texture)) {
      const list = uses.get(image) ?? [];
      list.push(use);
      uses.set(image, list);
    }
  };
  for (const [material, definition] of (json.materials ?? []).entries()) {
    for (const { slot, info } of textureInfosOf(definition)) {
      const [kind, channels] = SLOTS[slot] ?? ['exact', 'RGBA'];
      const { alphaMode = 'OPAQUE', alphaCutoff = 0.5 } = definition;
      const isBase = slot === 'baseColorTexture' || slot === 'diffuseTexture';
      const coverage = isBase && alphaMode !== 'OPAQUE';
      add({
        slot,
        kind,
        channels: coverage ? 'RGBA' : isBase ? 'RGB' : channels,
        material,
        texture: info.index,
        ...(coverage ? { coverage } : {}),
        ...(coverage && alphaMode === 'MASK' ? { cutoff: alphaCutoff } : {}),
      });
    }
  }
  for (const texture of listReadTextures(json)) add({ ...EXTENSION, kind: 'exact', texture });
  const pinned = listPinnedImages(json);
  for (const [image, kind] of pinned)
    uses.set(image, [...(uses.get(image) ?? []), { ...EXTENSION, kind, texture: -1 }]);
  return uses;
}

/** A reference to a texture, with its place in the material. */
export interface TextureInfo {
  readonly index: number;
  readonly texCoord?: number;
  readonly extensions?: Record<string, unknown>;
}

/** All texture infos of a material: `{ slot, info }`, core and extensions. */
export function textureInfosOf(
  material: GLTF.IMaterial,
): readonly { readonly slot: string; readonly info: TextureInfo }[] {
  const found: { slot: string; info: TextureInfo }[] = [];
  const visit = (owner: object | undefined): void => {
    for (const [slot, info] of Object.entries(owner ?? {})) {
      if (slot.endsWith('Texture') && isTextureInfo(info)) found.push({ slot, info });
    }
  };
  visit(material);
  visit(material.pbrMetallicRoughness);
  for (const extension of Object.values(material.extensions ?? {})) if (isRecord(extension)) visit(extension);
  return found;
}

/** A primitive's materials, over all variants. */
function materialsOf(
  { materials }: Pick<Gltf, 'materials'>,
  primitive: GLTF.IMeshPrimitive,
): readonly GLTF.IMaterial[] {
  const mappings = extensionOf(primitive, 'KHR_materials_variants')?.mappings;
  const variants = (Array.isArray(mappings) ? mappings : []).map((mapping: unknown) =>
    isRecord(mapping) ? mapping.material : undefined,
  );
  return [primitive.material, ...variants].flatMap((index) =>
    typeof index === 'number' ? (materials?.[index] ?? []) : [],
  );
}

/** Their textures. */
export function infosOf(
  json: Pick<Gltf, 'materials'>,
  primitive: GLTF.IMeshPrimitive,
): ReturnType<typeof textureInfosOf> {
  return materialsOf(json, primitive).flatMap(textureInfosOf);
}

/** True where a material needs to know how its surface lies: for relief, or for reflections that have a direction, even without a texture. */
export function readsTangents(json: Pick<Gltf, 'materials'>, primitive: GLTF.IMeshPrimitive): boolean {
  return materialsOf(json, primitive).some(
    (material) =>
      extensionOf(material, 'KHR_materials_anisotropy') !== undefined ||
      textureInfosOf(material).some(({ slot }) => /normal|anisotropy/i.test(slot)),
  );
}

function isTextureInfo(value: unknown): value is TextureInfo {
  return isRecord(value) && typeof value.index === 'number';
}

/** These understood extensions name their textures by `index`, and read numbers out of them. */
const READS_TEXELS = new Set(['EXT_mesh_features', 'EXT_structural_metadata']);

/** Textures that these extensions read numbers out of. */
function listReadTextures(json: Gltf): ReadonlySet<number> {
  const found = new Set<number>();
  const visit = (value: unknown, key: string): void => {
    if (typeof value === 'number' && key === 'index') found.add(value);
    else if (Array.isArray(value)) for (const item of value) visit(item, key);
    else if (isRecord(value)) for (const [childKey, child] of Object.entries(value)) visit(child, childKey);
  };
  for (const extension of listExtensions(json)) if (READS_TEXELS.has(extension.name)) visit(extension.value, '');
  return found;
}

/** A use that no slot says anything about. */
const EXTENSION = Object.freeze({ slot: 'extension', channels: 'RGBA', material: -1 } as const);

/**
 * Images that an extension which we do not know may mean, by their own number, that of a texture or that of their buffer view.
 * It sees their pixels; or their bytes, where it may go to those by itself or no texture tells a loader how to read the image.
 */
function listPinnedImages(json: Gltf): ReadonlyMap<number, 'pixels' | 'exact'> {
  const pins = listPins(json);
  const found = new Map<number, 'pixels' | 'exact'>();
  if (pins.all.size === 0) return found;
  const ownersOf = new Map<number, number[]>();
  for (const [texture, value] of (json.textures ?? []).entries())
    for (const image of imagesOf(value)) {
      const list = ownersOf.get(image);
      if (list === undefined) ownersOf.set(image, [texture]);
      else list.push(texture);
    }
  for (const [index, { bufferView }] of (json.images ?? []).entries()) {
    const owners = ownersOf.get(index) ?? [];
    const numbers = [index, ...owners, ...(bufferView === undefined ? [] : [bufferView])];
    if (!numbers.some((number) => pins.all.has(number))) continue;
    const isExact = owners.length === 0 || numbers.some((number) => pins.bytes.has(number));
    found.set(index, isExact ? 'exact' : 'pixels');
  }
  return found;
}
