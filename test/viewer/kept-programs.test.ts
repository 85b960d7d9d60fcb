/** Which cast-off materials keep their programs alive. */
import { MeshStandardMaterial, Texture, type WebGLRenderer } from 'three';
import { describe, expect, it } from 'vitest';
import { keepPrograms } from '../../viewer/kept-programs.ts';

/** Materials that were drawn with the named programs, and what three would hear of them. */
function wardrobe() {
  const drawnWith = new Map<unknown, object>();
  const disposed: string[] = [];
  const properties: Partial<WebGLRenderer['properties']> = { get: (made: unknown) => drawnWith.get(made) ?? {} };
  const kept = keepPrograms({ properties: properties as WebGLRenderer['properties'] });
  const wear = (name: string, ...programs: string[]) => {
    const material = new MeshStandardMaterial({ map: new Texture() });
    material.addEventListener('dispose', () => disposed.push(name));
    const uniforms = { map: { value: material.map as unknown }, opacity: { value: 1 as unknown } };
    if (programs.length > 0)
      drawnWith.set(material, { programs: new Map(programs.map((key) => [key, key])), uniforms });
    return { material, uniforms };
  };
  return { kept, disposed, wear };
}

describe('programs of cast-off materials', () => {
  it('stay with one material each, which holds no picture any more', () => {
    const { kept, disposed, wear } = wardrobe();
    const { material, uniforms } = wear('first', 'metal');
    kept.castOff(material);
    kept.castOff(wear('second', 'metal').material);
    kept.castOff(wear('never drawn').material);
    expect(disposed).toEqual(['second', 'never drawn']);
    expect(material.map).toBeNull();
    expect(uniforms).toEqual({ map: { value: null }, opacity: { value: 1 } });
  });

  it('stay when only one of two programs is new', () => {
    const { kept, disposed, wear } = wardrobe();
    kept.castOff(wear('metal', 'metal').material);
    kept.castOff(wear('glass', 'metal', 'glass').material);
    kept.castOff(wear('more glass', 'glass').material);
    expect(disposed).toEqual(['more glass']);
  });

  it('go beyond 64, the one used longest ago first, and all of them in the end', () => {
    const { kept, disposed, wear } = wardrobe();
    for (let each = 0; each < 64; each++) kept.castOff(wear(`m${each}`, `p${each}`).material);
    kept.castOff(wear('again', 'p0').material);
    kept.castOff(wear('new', 'p64').material);
    expect(disposed).toEqual(['again', 'm1']);
    kept.dispose();
    expect(disposed).toHaveLength(66);
  });
});
