/** One triangle of a real model is turned over, joined otherwise or lost, and the file then written anew: each must be seen. */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { AccessorReader, accessorsReady, toFloats } from '../../src/asset/accessors.ts';
import { openDraco } from '../../src/asset/draco.ts';
import type { SourceGlb } from '../../src/asset/glb.ts';
import { checkContract } from '../../src/compare/contract.ts';
import { checkValues } from '../../src/compare/values.ts';
import { packReady } from '../../src/optimize/pack.ts';
import { type Layout, stepsOf } from '../../src/optimize/recipe.ts';
import { runRecipe } from '../../src/optimize/run-recipe.ts';
import { startOf } from '../../src/optimize/settings.ts';
import { allowedBy } from '../../src/optimize/target.ts';
import { gridCorners } from '../house-scene.ts';
import { messagesOf, opened, startGlb, withJson } from '../make-glb.ts';

beforeAll(() => Promise.all([accessorsReady, packReady, openDraco()]));

const FILES = [
  'fox.glb',
  'kaykit-knight.glb',
  'kenney-building-external-texture.glb',
  'materials-variants-shoe.glb',
] as const;

/** Without clips: they take time, and say nothing of triangles. */
function read(name: (typeof FILES)[number]): SourceGlb {
  const whole = opened(readFileSync(new URL(`../assets/${name}`, import.meta.url)));
  return withJson(whole, (json) => delete json.animations);
}

const LAYOUTS = {
  'as it is': undefined,
  Draco: { compression: 'KHR_meshopt_compression', draco: true },
  meshopt: { compression: 'KHR_meshopt_compression', draco: false },
  quantized: { compression: 'none', draco: false },
} as const satisfies Record<string, Layout | undefined>;
const WAYS = Object.keys(LAYOUTS) as (keyof typeof LAYOUTS)[];

/** The file through all steps but those of images. */
async function written(source: SourceGlb, way: keyof typeof LAYOUTS): Promise<SourceGlb> {
  const layout = LAYOUTS[way];
  if (layout === undefined) return source;
  const options = { rule: { preset: 'balanced', textureMaxSizePx: null }, allowed: allowedBy('three', []) } as const;
  const steps = stepsOf(startOf('balanced'), { ...options, layout, cache: new Map() });
  return (
    await runRecipe(
      source,
      steps.filter(({ name }) => name !== 'textures'),
      'cafe0123',
    )
  ).glb;
}

/** Corners of three a triangle, changed in place; `t` is where the chosen triangle begins, `u` where another does. */
type Damage = (corners: Uint32Array, t: number, u: number) => void;

function swap(corners: Uint32Array, i: number, j: number): void {
  [corners[i], corners[j]] = [corners[j] ?? 0, corners[i] ?? 0];
}

const DAMAGES: Readonly<Record<string, Damage>> = {
  'turned over': (corners, t) => swap(corners, t + 1, t + 2),
  'with a corner of another one': (corners, t, u) => swap(corners, t, u),
  'joined to another vertex': (corners, t, u) => corners.copyWithin(t, u, u + 1),
  'gone, and another one twice': (corners, t, u) => corners.copyWithin(t, u, u + 3),
  'gone, but for a point': (corners, t) => corners.fill(corners[t] ?? 0, t, t + 3),
};

/** The file with one triangle of its largest primitive damaged: the smallest that no grid makes flat. */
function damaged(source: SourceGlb, damage: Damage): SourceGlb {
  const reader = new AccessorReader(source.json, source.bin);
  const primitives = (source.json.meshes ?? []).flatMap((mesh, m) =>
    mesh.primitives.map(({ attributes, indices }, p) => {
      const positions = toFloats(reader.read(attributes.POSITION ?? -1));
      const given = indices === undefined ? undefined : reader.read(indices).array;
      return {
        m,
        p,
        positions,
        corners: Uint32Array.from(given ?? positions.subarray(0, positions.length / 3).keys()),
      };
    }),
  );
  const largest = primitives.reduce((most, one) => (one.corners.length > most.corners.length ? one : most));
  const { m, p, positions, corners } = largest;
  const [t, u] = smallestOf(positions, corners);
  damage(corners, t, u);
  const bin = new Uint8Array(((source.bin.byteLength + 3) & ~3) + corners.byteLength);
  bin.set(source.bin);
  bin.set(new Uint8Array(corners.buffer), bin.byteLength - corners.byteLength);
  const view = { buffer: 0, byteOffset: bin.byteLength - corners.byteLength, byteLength: corners.byteLength };
  const made = withJson(source, (json) => {
    const bufferView = (json.bufferViews?.push(view) ?? 0) - 1;
    const accessor = { bufferView, componentType: 5125, type: 'SCALAR', count: corners.length } as const;
    const primitive = json.meshes?.[m]?.primitives[p];
    if (primitive !== undefined) primitive.indices = (json.accessors?.push(accessor) ?? 0) - 1;
    if (json.buffers?.[0] !== undefined) json.buffers[0].byteLength = bin.byteLength;
  });
  return { ...made, bin };
}

/** Where the triangle with the shortest edge begins, of those that stay triangles, and where one far from it does. */
function smallestOf(positions: Float32Array, corners: Uint32Array): readonly [number, number] {
  const at = (corner: number) => [0, 1, 2].map((c) => positions[(corners[corner] ?? 0) * 3 + c] ?? 0);
  const distance = (i: number, j: number) => Math.hypot(...at(i).map((value, c) => value - (at(j)[c] ?? 0)));
  const axes = [0, 1, 2].map((c) => positions.filter((_value, i) => i % 3 === c).sort());
  const size = Math.max(...axes.map((axis) => (axis.at(-1) ?? 0) - (axis[0] ?? 0)));
  let [best, shortest, far, furthest] = [-1, Number.POSITIVE_INFINITY, -1, 0];
  for (let t = 0; t < corners.length; t += 3) {
    const edge = Math.min(distance(t, t + 1), distance(t + 1, t + 2), distance(t, t + 2));
    if (edge > size / 1024 && edge < shortest) [best, shortest] = [t, edge];
  }
  for (let t = 0; t < corners.length; t += 3) {
    if (distance(t, best) > furthest) [far, furthest] = [t, distance(t, best)];
  }
  return [best, far];
}

describe('checkContract', () => {
  const cases = FILES.flatMap((name) => WAYS.map((way) => [name, way] as const));

  it.each(cases)('passes %s, %s', async (name, way) => {
    const source = read(name);
    expect(messagesOf(await checkContract(source, await written(source, way)))).toBe('');
  });

  // The knight has as many triangles as any, and takes ten times as long.
  const damagedCases = cases.filter(([name, way]) => name !== 'kaykit-knight.glb' || way === 'Draco');
  it.each(damagedCases)('sees one small triangle of %s, %s, damaged', { timeout: 60_000 }, async (name, way) => {
    const source = read(name);
    for (const [what, damage] of Object.entries(DAMAGES)) {
      const after = await written(damaged(source, damage), way);
      const found = checkValues(source, after);
      expect(
        found.map(({ code }) => code),
        what,
      ).toEqual(['CONTRACT_BROKEN']);
      // All corners are where they were: nothing else can tell.
      if (what === 'turned over' || what === 'with a corner of another one')
        expect(found[0]?.message, what).toMatch(/^[12] of \d+ triangles are turned over, gone or joined/);
    }
  });
});

/** A grid of eight by eight squares, two triangles each, its corners as the test has them. */
function grid(
  corners: (given: number[]) => readonly number[],
  mode: 0 | 1 | 4 | 5 = 4,
  alphaMode?: 'BLEND',
): SourceGlb {
  const bench = startGlb();
  const { positions } = gridCorners(8);
  const indices = Uint16Array.from(corners([...Array(positions.length / 3).keys()]));
  const attributes = { POSITION: bench.accessor('VEC3', positions, { vertex: true, bounds: true }) };
  bench.json.materials = [alphaMode === undefined ? {} : { alphaMode }];
  bench.json.meshes = [{ primitives: [{ attributes, mode, material: 0, indices: bench.accessor('SCALAR', indices) }] }];
  return bench.source();
}

const same = (given: number[]) => given;
const lastFirst = (given: number[]) => [...given.slice(3), ...given.slice(0, 3)];
const nextFirst = (given: number[]) => given.map((_one, i) => given[i - (i % 3) + ((i + 1) % 3)] ?? 0);
const backwards = (given: number[]) => [...given].reverse();

describe('checkValues', () => {
  it.each<[string, SourceGlb, SourceGlb, string]>([
    ['passes triangles in another order', grid(same), grid(lastFirst), ''],
    ['passes triangles that begin at another corner', grid(same), grid(nextFirst), ''],
    ['sees all triangles turned over', grid(same), grid(backwards), '128 of 128 triangles are turned over'],
    ['passes points in another order', grid(same, 0), grid(backwards, 0), ''],
    ['sees lines that join other points', grid(same, 1), grid(lastFirst, 1), 'in their order'],
    ['sees a strip in another order', grid(same, 5), grid(nextFirst, 5), 'in their order'],
    [
      'sees triangles that blend in another order',
      grid(same, 4, 'BLEND'),
      grid(lastFirst, 4, 'BLEND'),
      'in their order',
    ],
    ['passes triangles that blend from another corner on', grid(same, 4, 'BLEND'), grid(nextFirst, 4, 'BLEND'), ''],
  ])('%s', (_sentence, before, after, message) => {
    const told = messagesOf(checkValues(before, after));
    expect(message === '' ? told : told.includes(message)).toBe(message === '' ? '' : true);
  });
});

/** One geometry in three meshes; in the output the last one may have corners of its own. */
function threeMeshes(corners: (given: number[]) => readonly number[]): SourceGlb {
  const bench = startGlb();
  const { positions } = gridCorners(8);
  const given = [...Array(positions.length / 3).keys()];
  const attributes = { POSITION: bench.accessor('VEC3', positions, { vertex: true, bounds: true }) };
  const [first, last] = [given, corners(given)].map((list) => bench.accessor('SCALAR', Uint16Array.from(list)));
  const meshOf = (indices: number | undefined) => ({ primitives: [{ attributes, indices: indices ?? -1 }] });
  bench.json.meshes = [meshOf(first), meshOf(first), meshOf(corners === same ? first : last)];
  return bench.source();
}

it('compares one geometry once, and still sees which mesh draws another one', () => {
  const found = checkValues(threeMeshes(same), threeMeshes(backwards));
  expect(found.map(({ pointer }) => pointer)).toEqual(['/meshes/2/primitives/0']);
});
