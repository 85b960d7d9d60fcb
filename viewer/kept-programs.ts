/**
 * Compiled programs outlive the models that used them. three deletes a program with the last material that wears it, and
 * software rendering compiles the next one for some 50 to 100 ms: so for each program one cast-off material is kept.
 */
import { type Material, Texture, type WebGLRenderer } from 'three';

/** More than these are not kept: a file of the corpus has 17, most have one or two. */
const PROGRAM_LIMIT = 64;

/** Takes materials that no model wears any more. */
export interface KeptPrograms {
  /** In place of `material.dispose()`. */
  castOff(material: Material): void;
  dispose(): void;
}

/** Keeps the programs of one renderer. */
export function keepPrograms(renderer: Pick<WebGLRenderer, 'properties'>): KeptPrograms {
  // The program used longest ago comes first.
  const keepers = new Map<unknown, Material>();

  function release(material: Material): void {
    for (const [program, keeper] of keepers) if (keeper === material) keepers.delete(program);
    material.dispose();
  }

  return {
    castOff(material) {
      const properties = propertiesOf(renderer, material);
      const programs = [...properties.programs];
      const isNew = programs.some((program) => !keepers.has(program));
      for (const program of programs) {
        const keeper = keepers.get(program) ?? material;
        keepers.delete(program);
        keepers.set(program, keeper);
      }
      if (!isNew) return material.dispose();
      undress(material);
      for (const uniform of properties.uniforms) if (uniform.value instanceof Texture) uniform.value = null;
      for (const oldest of keepers.values()) {
        if (keepers.size <= PROGRAM_LIMIT) break;
        release(oldest);
      }
    },
    dispose() {
      for (const material of new Set(keepers.values())) material.dispose();
      keepers.clear();
    },
  };
}

/** A kept material holds no pictures. */
function undress(material: Material): void {
  for (const [key, value] of Object.entries(material)) if (value instanceof Texture) Reflect.set(material, key, null);
}

/** What three notes of a material: its programs, and the values that they were given. Both are empty before it was drawn. */
function propertiesOf(renderer: Pick<WebGLRenderer, 'properties'>, material: Material) {
  const { programs, uniforms } = renderer.properties.get(material) as {
    readonly programs?: ReadonlyMap<string, unknown>;
    readonly uniforms?: Readonly<Record<string, { value: unknown }>>;
  };
  return { programs: programs?.values() ?? [], uniforms: Object.values(uniforms ?? {}) };
}
