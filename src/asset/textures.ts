/** Texture slots: which image plays which part, and so what may be lossy in it. */
import type { GLTF } from '@gltf-transform/core';
import { extensionOf, isRecord, listExtensions, UNDERSTOOD } from './extensions.ts';
import type { Gltf } from './glb.ts';

/** `color` is looked at, `normal` is a direction, `data` is numbers by channel, `exact` must keep every bit. */
export type SlotKind = 'color' | 'normal' | 'data' | 'exact';

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
  const exact = { slot: 'extension', kind: 'exact', channels: 'RGBA', material: -1 } as const;
  for (const texture of listExactTextures(json)) add({ ...exact, texture });
  for (const image of listPins(json)) uses.set(image, [...(uses.get(image) ?? []), { ...exact, texture: -1 }]);
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

/** The textures of a primitive's materials, over all variants. */
export function infosOf(
  { materials }: Pick<Gltf, 'materials'>,
  primitive: GLTF.IMeshPrimitive,
): ReturnType<typeof textureInfosOf> {
  const mappings = extensionOf(primitive, 'KHR_materials_variants')?.mappings;
  const variants = (Array.isArray(mappings) ? mappings : []).map((mapping: unknown) =>
    isRecord(mapping) ? mapping.material : undefined,
  );
  return [primitive.material, ...variants].flatMap((index) =>
    typeof index === 'number' ? textureInfosOf(materials?.[index] ?? {}) : [],
  );
}

function isTextureInfo(value: unknown): value is TextureInfo {
  return isRecord(value) && typeof value.index === 'number';
}

/** These understood extensions name their textures by `index`, and read numbers out of them. */
const READS_TEXELS = new Set(['EXT_mesh_features', 'EXT_structural_metadata']);

/** Every whole number in an extension that we do not know: any of them may be an index. Also those inside strings, such as JSON pointers. */
export function listPins(json: Gltf): ReadonlySet<number> {
  const pins = new Set<number>();
  const visit = (value: unknown): void => {
    if (typeof value === 'number' && Number.isInteger(value) && value >= 0) pins.add(value);
    else if (typeof value === 'string') for (const digits of value.match(/\d{1,9}/g) ?? []) pins.add(Number(digits));
    else if (typeof value === 'object' && value !== null) for (const child of Object.values(value)) visit(child);
  };
  for (const extension of listExtensions(json)) if (!UNDERSTOOD.has(extension.name)) visit(extension.value);
  return pins;
}

/** Textures whose bits count: the extensions above read them, or an unknown one may mean them. */
function listExactTextures(json: Gltf): ReadonlySet<number> {
  const found = new Set(listPins(json));
  const visit = (value: unknown, key: string): void => {
    if (typeof value === 'number' && key === 'index') found.add(value);
    else if (Array.isArray(value)) for (const item of value) visit(item, key);
    else if (isRecord(value)) for (const [childKey, child] of Object.entries(value)) visit(child, childKey);
  };
  for (const extension of listExtensions(json)) if (READS_TEXELS.has(extension.name)) visit(extension.value, '');
  return found;
}
