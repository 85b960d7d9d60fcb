/**
 * The extensions that we understand: we know every index in them, so accessors and buffer views may be laid out anew.
 * A file with any other extension is `pinned`: nothing in it changes its index (docs/optimizer.md).
 */
import { pointer } from '../finding.ts';
import type { Gltf } from './glb.ts';

/** Extensions without indices of accessors or buffer views, or with indices that we follow ourselves. */
export const UNDERSTOOD: ReadonlySet<string> = new Set([
  'EXT_mesh_gpu_instancing',
  'EXT_meshopt_compression',
  'EXT_texture_avif',
  'EXT_texture_webp',
  'KHR_animation_pointer',
  'KHR_draco_mesh_compression',
  'KHR_lights_punctual',
  'KHR_materials_anisotropy',
  'KHR_materials_clearcoat',
  'KHR_materials_diffuse_transmission',
  'KHR_materials_dispersion',
  'KHR_materials_emissive_strength',
  'KHR_materials_ior',
  'KHR_materials_iridescence',
  'KHR_materials_pbrSpecularGlossiness',
  'KHR_materials_sheen',
  'KHR_materials_specular',
  'KHR_materials_transmission',
  'KHR_materials_unlit',
  'KHR_materials_variants',
  'KHR_materials_volume',
  'KHR_mesh_quantization',
  'KHR_meshopt_compression',
  'KHR_node_hoverability',
  'KHR_node_selectability',
  'KHR_node_visibility',
  'KHR_texture_basisu',
  'KHR_texture_transform',
  'KHR_xmp_json_ld',
  // Texture indices and attribute names; implicit ids follow the order of vertices, which `mesh-groups.ts` then keeps.
  'EXT_mesh_features',
  'EXT_instance_features',
  // Its buffer views are kept and followed: see `metadataViewsOf`.
  'EXT_structural_metadata',
]);

/** Where each extension object stands: name and JSON pointer. Extras are not searched. */
export function listExtensions(
  json: Gltf,
): readonly { readonly name: string; readonly pointer: string; readonly value: unknown }[] {
  const found: { name: string; pointer: string; value: unknown }[] = [];
  // Large files have a million values and few extensions: a pointer is only put together where one stands.
  const trail: (string | number)[] = [];
  const enter = (step: string | number, value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    trail.push(step);
    visit(value);
    trail.pop();
  };
  const visit = (value: object): void => {
    if (Array.isArray(value)) {
      for (const [index, item] of value.entries()) enter(index, item);
      return;
    }
    for (const [key, child] of Object.entries(value)) {
      if (key === 'extras') continue;
      if (key !== 'extensions' || !isRecord(child)) enter(key, child);
      else {
        trail.push(key);
        for (const [name, extension] of Object.entries(child)) {
          found.push({ name, pointer: pointer(...trail, name), value: extension });
          enter(name, extension);
        }
        trail.pop();
      }
    }
  };
  visit(json);
  return found;
}

/** Names of the extensions in the file that we do not understand, sorted; used ones and merely listed ones. */
export function listUnknownExtensions(json: Gltf): readonly string[] {
  const names = new Set([...(json.extensionsUsed ?? []), ...listExtensions(json).map((extension) => extension.name)]);
  return [...names].filter((name) => !UNDERSTOOD.has(name)).sort();
}

/** The places where EXT_structural_metadata names a buffer view: each property of its property tables, up to three times. */
export function metadataViewsOf(
  json: Gltf,
): readonly { readonly owner: Record<string, unknown>; readonly key: string; readonly view: number }[] {
  const tables = extensionOf(json, 'EXT_structural_metadata')?.propertyTables;
  const properties = (Array.isArray(tables) ? tables : []).flatMap((table: unknown) =>
    isRecord(table) && isRecord(table.properties) ? Object.values(table.properties).filter(isRecord) : [],
  );
  return properties.flatMap((owner) =>
    ['values', 'arrayOffsets', 'stringOffsets'].flatMap((key) => {
      const view = owner[key];
      return typeof view === 'number' ? [{ owner, key, view }] : [];
    }),
  );
}

/** True for plain JSON objects. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A field of an extension on a glTF object, or undefined. */
export function extensionOf(
  owner: { readonly extensions?: Record<string, unknown> } | undefined,
  name: string,
): Record<string, unknown> | undefined {
  const value = owner?.extensions?.[name];
  return isRecord(value) ? value : undefined;
}
