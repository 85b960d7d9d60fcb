/** `KHR_materials_variants`, which three's GLTFLoader leaves to its users. */
import { Line, Material, Mesh, type Object3D, Points } from 'three';
import type { GLTF } from 'three/addons/loaders/GLTFLoader.js';
import type { Drawable } from './points.ts';

const EXTENSION = 'KHR_materials_variants';

/** The variants of one file, and how to wear them. */
export interface Variants {
  readonly names: readonly string[];
  select(name: string | null): Promise<void>;
  /** Every material met so far, worn or not: to be disposed with the model. */
  materials(): readonly Material[];
}

interface Mapping {
  readonly material: number;
  readonly variants: readonly number[];
}

/** Reads names and mappings. Materials are made when a variant is first selected. */
export async function variantsOf(gltf: GLTF): Promise<Variants> {
  const names = namesIn(gltf.parser.json);
  const originals = new Map<Drawable, Material | Material[]>();
  const met = new Set<Material>();
  if (names.length > 0) {
    gltf.scene.traverse((object) => {
      if (isDrawable(object) && mappingsOf(object).length > 0) originals.set(object, object.material);
    });
  }
  return {
    names,
    materials: () => [...met, ...[...originals.values()].flat()],
    async select(name) {
      const index = name === null ? -1 : names.indexOf(name);
      for (const [object, original] of originals) {
        const mapping = mappingsOf(object).find((candidate) => candidate.variants.includes(index));
        object.material = original;
        if (mapping === undefined) continue;
        const material: unknown = await gltf.parser.getDependency('material', mapping.material);
        if (!(material instanceof Material)) continue;
        object.material = material;
        // Makes the copy with vertex colours, flat shading or flipped tangents that this geometry needs.
        gltf.parser.assignFinalMaterial(object as Mesh);
        met.add(material);
        for (const worn of [object.material].flat()) met.add(worn);
      }
    },
  };
}

function isDrawable(object: Object3D): object is Drawable {
  return object instanceof Mesh || object instanceof Line || object instanceof Points;
}

/** GLTFLoader keeps a primitive's unknown extensions in `userData.gltfExtensions`. */
function mappingsOf(object: Object3D): readonly Mapping[] {
  const extensions: unknown = object.userData.gltfExtensions;
  const extension = memberOf(extensions, EXTENSION);
  const mappings = memberOf(extension, 'mappings');
  return Array.isArray(mappings) ? mappings.filter(isMapping) : [];
}

function isMapping(value: unknown): value is Mapping {
  return typeof memberOf(value, 'material') === 'number' && Array.isArray(memberOf(value, 'variants'));
}

function namesIn(json: unknown): string[] {
  const variants = memberOf(memberOf(memberOf(json, 'extensions'), EXTENSION), 'variants');
  if (!Array.isArray(variants)) return [];
  return variants.map((variant, index) => {
    const name = memberOf(variant, 'name');
    return typeof name === 'string' ? name : `variant ${index}`;
  });
}

function memberOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}
