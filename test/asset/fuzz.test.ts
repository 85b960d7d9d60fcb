import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { conform } from '../../src/asset/conform.ts';
import { readGlb, type SourceGlb, writeGlb } from '../../src/asset/glb.ts';
import { inspect } from '../../src/inspect.ts';
import { packReady } from '../../src/optimize/pack.ts';
import { stepsOf } from '../../src/optimize/recipe.ts';
import { runRecipe } from '../../src/optimize/run-recipe.ts';
import { startOf } from '../../src/optimize/settings.ts';
import { allowedBy } from '../../src/optimize/target.ts';
import { houseScene } from '../house-scene.ts';
import { opened } from '../make-glb.ts';

let plain: SourceGlb;
let packed: SourceGlb;
let steps: ReturnType<typeof stepsOf>;

beforeAll(async () => {
  await packReady;
  plain = (await houseScene()).source();
  const allowed = allowedBy('three', ['meshopt']);
  const options = { rule: { preset: 'balanced', textureMaxSizePx: null } as const, allowed, cache: new Map() };
  steps = stepsOf(startOf('small'), { ...options, layout: { compression: 'EXT_meshopt_compression', draco: false } });
  packed = opened((await runRecipe(plain, steps, 'cafe0123')).glb.bytes);
});

/** Every place in the JSON, as a list of keys. */
function placesOf(value: unknown, at: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [at];
  return [at, ...Object.entries(value).flatMap(([key, child]) => placesOf(child, [...at, key]))];
}

type Change = { readonly place: number; readonly value: unknown };

const strange = fc.oneof(
  fc.constantFrom(
    -1,
    0,
    1,
    2,
    7,
    255,
    4096,
    5121,
    5126,
    2 ** 31,
    2 ** 53,
    1e308,
    0.5,
    null,
    true,
    '',
    '/',
    '__proto__',
    [],
    {},
  ),
  fc.jsonValue({ maxDepth: 2 }),
);
const changes = fc.array(fc.record({ place: fc.nat({ max: 100_000 }), value: strange }), {
  minLength: 1,
  maxLength: 3,
});

/** The file with some of its places overwritten. */
function damaged({ json, bin }: SourceGlb, list: readonly Change[]): Uint8Array<ArrayBuffer> {
  const copy = structuredClone(json);
  const places = placesOf(copy).slice(1);
  for (const { place, value } of list) {
    const keys = [...(places[place % places.length] ?? [])];
    const last = keys.pop() ?? '';
    let owner: unknown = copy;
    for (const key of keys) owner = typeof owner === 'object' && owner !== null ? Reflect.get(owner, key) : undefined;
    if (typeof owner === 'object' && owner !== null) Reflect.set(owner, last, value);
  }
  return writeGlb(copy, bin);
}

describe('a file with arbitrary JSON in it', () => {
  it.each([
    ['as an artist made it', () => plain],
    ['as we packed it', () => packed],
  ])('gets findings or is opened, never an exception: %s', { timeout: 600_000 }, async (_sentence, source) => {
    let accepted = 0;
    await fc.assert(
      fc.asyncProperty(changes, async (list) => {
        const bytes = damaged(source(), list);
        const read = readGlb(bytes);
        if ('json' in read) expect(Array.isArray(conform(read))).toBe(true);
        const inspected = await inspect(bytes, new Map());
        if (inspected.kind === 'refused') expect(inspected.findings.length).toBeGreaterThan(0);
        else {
          accepted++;
          // What was let in must not surprise the steps either.
          await runRecipe(inspected.source, steps, 'cafe0123');
        }
      }),
      { seed: 7, numRuns: Number(process.env.PROPERTY_RUNS ?? 150) },
    );
    expect(accepted).toBeGreaterThan(10);
  });

  it('is never decoded beyond its bytes when its binary part is damaged', { timeout: 600_000 }, async () => {
    const flips = fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { minLength: 1, maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(flips, async (list) => {
        const bin = packed.bin.slice();
        for (const [place, value] of list) bin[place % bin.length] = value;
        const inspected = await inspect(writeGlb(packed.json, bin), new Map());
        if (inspected.kind === 'inspected') await runRecipe(inspected.source, steps, 'cafe0123');
      }),
      { seed: 8, numRuns: Number(process.env.PROPERTY_RUNS ?? 60) },
    );
  });
});
