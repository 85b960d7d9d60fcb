import { beforeAll, describe, expect, it } from 'vitest';
import { accessorsReady } from '../../src/asset/accessors.ts';
import { openDraco } from '../../src/asset/draco.ts';
import type { Gltf, SourceGlb } from '../../src/asset/glb.ts';
import { checkContract } from '../../src/compare/contract.ts';
import { packReady } from '../../src/optimize/pack.ts';
import { stepsOf } from '../../src/optimize/recipe.ts';
import { runRecipe } from '../../src/optimize/run-recipe.ts';
import { startOf } from '../../src/optimize/settings.ts';
import { allowedBy } from '../../src/optimize/target.ts';
import { houseScene } from '../house-scene.ts';
import { messagesOf, withJson } from '../make-glb.ts';

beforeAll(() => Promise.all([accessorsReady, packReady, openDraco()]));

/** What may carry extras, by the key that holds it, as object or as list of objects. */
const OWNERS = new Set(
  'accessors animations asset buffers bufferViews cameras channels images materials meshes nodes perspective pbrMetallicRoughness baseColorTexture primitives samplers scenes skins target textures'.split(
    ' ',
  ),
);

/** Puts extras on every object of glTF, each with its own number. */
function mark(json: Gltf): number {
  let count = 0;
  const put = (owner: object): void => {
    Object.assign(owner, { extras: { mark: ++count, was: Reflect.get(owner, 'extras') ?? null } });
  };
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [key, child] of Object.entries(value)) {
      if (key === 'extras' || key === 'extensions') continue;
      visit(child);
      if (!OWNERS.has(key)) continue;
      for (const one of Array.isArray(child) ? child : [child]) if (typeof one === 'object' && one !== null) put(one);
    }
  };
  visit(json);
  return count;
}

function marksOf(json: Gltf): number[] {
  return [...JSON.stringify(json).matchAll(/"mark":(\d+)/g)].map((match) => Number(match[1])).sort((a, b) => a - b);
}

describe('extras on every object', () => {
  it.each([
    { compression: 'none', draco: false },
    { compression: 'EXT_meshopt_compression', draco: false },
    { compression: 'EXT_meshopt_compression', draco: true },
  ] as const)('all survive (%o)', async (layout) => {
    let count = 0;
    const source: SourceGlb = withJson((await houseScene()).source(), (json) => {
      count = mark(json);
    });
    expect(count).toBeGreaterThan(40);
    const options = {
      rule: { preset: 'balanced', textureMaxSizePx: null } as const,
      allowed: allowedBy('three', ['meshopt']),
      cache: new Map(),
    };
    const steps = stepsOf(startOf('small'), { ...options, layout });
    const { glb } = await runRecipe(source, steps, 'cafe0123');
    const kept = new Set(marksOf(glb.json));
    expect(marksOf(source.json).filter((one) => !kept.has(one))).toEqual([]);
    expect(messagesOf(await checkContract(source, glb))).toBe('');
    expect(glb.bytes.byteLength).toBeLessThan(source.bytes.byteLength / 1.5);
  });
});
