/** Small sound files, damaged by chance: the same seed gives the same mutants on every machine. */
import { readFileSync } from 'node:fs';
import { openDraco } from '../../src/asset/draco.ts';
import { type Gltf, readContainer, type SourceGlb, writeGlb } from '../../src/asset/glb.ts';
import { packReady } from '../../src/optimize/pack.ts';
import { stepsOf } from '../../src/optimize/recipe.ts';
import { runRecipe } from '../../src/optimize/run-recipe.ts';
import { startOf } from '../../src/optimize/settings.ts';
import { allowedBy } from '../../src/optimize/target.ts';
import { houseScene, pinnedScene } from '../house-scene.ts';
import { random } from '../make-glb.ts';
import { sound } from './input.ts';

type Bytes = Uint8Array<ArrayBuffer>;
type Chance = () => number;

/** A damaged file, and what was done to which. */
export interface Mutant {
  readonly name: string;
  readonly bytes: Bytes;
}

/** The files that are damaged, the cheapest first: the later ones are taken less often. */
export async function openSeeds(): Promise<readonly (readonly [name: string, bytes: Bytes])[]> {
  await packReady;
  await openDraco();
  const house = await houseScene({ textureSize: 8 });
  const packed = async (source: SourceGlb, layout: Parameters<typeof stepsOf>[1]['layout']) => {
    const allowed = allowedBy('three', ['meshopt', 'draco']);
    const rule = { preset: 'balanced', textureMaxSizePx: null } as const;
    return (await runRecipe(source, stepsOf(startOf('small'), { rule, allowed, layout, cache: new Map() }), 'cafe0123'))
      .glb.bytes;
  };
  const fox = new Uint8Array(readFileSync(new URL('../assets/fox.glb', import.meta.url)));
  return [
    ['a triangle', sound().bytes()],
    ['a triangle in Draco', await packed(sound().source(), { compression: 'none', draco: true })],
    ['a house in meshopt', await packed(house.source(), { compression: 'EXT_meshopt_compression', draco: false })],
    ['a house', house.bytes()],
    ['a pinned house', (await pinnedScene()).bench.bytes()],
    ['the fox', fox],
  ];
}

/** Mutants without end. */
export function* mutantsOf(seeds: Awaited<ReturnType<typeof openSeeds>>, seed: number): Generator<Mutant, never> {
  const chance = random(seed);
  for (;;) {
    // The cheap ones more often: half, a quarter, and so on.
    let place = 0;
    while (place + 1 < seeds.length && chance() < 0.45) place++;
    const [from, bytes] = seeds[place] ?? ['nothing', new Uint8Array(0)];
    const [how, mutate] = pick(MUTATIONS, chance);
    let mutated: Bytes = bytes;
    for (let times = 1 + Math.floor(chance() * 3); times > 0; times--) mutated = mutate(mutated, chance);
    yield { name: `${from}, ${how}`, bytes: mutated };
  }
}

function pick<T>(list: readonly T[], chance: Chance): T {
  const picked = list[Math.floor(chance() * list.length)];
  if (picked === undefined) throw new Error('there is nothing to pick');
  return picked;
}

const below = (limit: number, chance: Chance) => Math.floor(chance() * limit);

/** Changes the JSON, and packs the file anew; a file that is no container stays. */
function inJson(bytes: Bytes, change: (json: Gltf) => void): Bytes {
  const container = readContainer(bytes);
  if (!('json' in container)) return bytes;
  try {
    const json = JSON.parse(new TextDecoder().decode(container.json)) as Gltf;
    change(json);
    return writeGlb(json, container.bin);
  } catch {
    return bytes;
  }
}

interface Place {
  readonly owner: object;
  readonly key: string;
}

function placesOf(value: unknown): Place[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) => [{ owner: value, key }, ...placesOf(child)]);
}

const STRANGE: readonly unknown[] = [
  -1,
  0,
  1,
  2,
  3,
  7,
  255,
  256,
  4096,
  5120,
  5121,
  5123,
  5125,
  5126,
  2 ** 31,
  2 ** 32,
  2 ** 53,
  1e308,
  -0,
  0.5,
  null,
  true,
  '',
  '/',
  '__proto__',
  'SCALAR',
  'MAT4',
  [],
  {},
  [0],
  [[]],
];

function changeValue(json: Gltf, chance: Chance): void {
  const { owner, key } = pick(placesOf(json), chance);
  const value: unknown = Reflect.get(owner, key);
  if (typeof value === 'number' && chance() < 0.5)
    Reflect.set(owner, key, value + pick([-1, 1, -2, 4, 1000, value], chance));
  else if (chance() < 0.2) Reflect.deleteProperty(owner, key);
  else Reflect.set(owner, key, pick(STRANGE, chance));
}

function moveValue(json: Gltf, chance: Chance): void {
  const places = placesOf(json);
  const [from, to] = [pick(places, chance), pick(places, chance)];
  Reflect.set(to.owner, to.key, structuredClone(Reflect.get(from.owner, from.key)));
}

const flip = (from: (bytes: Bytes) => number) => (bytes: Bytes, chance: Chance) => {
  const out = bytes.slice();
  const start = from(bytes);
  if (start >= out.byteLength) return out;
  for (let times = 1 + below(8, chance); times > 0; times--) {
    const at = start + below(out.byteLength - start, chance);
    out[at] =
      chance() < 0.5
        ? (out[at] ?? 0) ^ (1 << below(8, chance))
        : pick([0, 1, 0x7f, 0x80, 0xff, below(256, chance)], chance);
  }
  return out;
};

const endOfJson = (bytes: Bytes) =>
  bytes.byteLength < 20 ? bytes.byteLength : 20 + new DataView(bytes.buffer).getUint32(12, true);

const MUTATIONS: readonly (readonly [string, (bytes: Bytes, chance: Chance) => Bytes])[] = [
  ['a value changed', (bytes, chance) => inJson(bytes, (json) => changeValue(json, chance))],
  ['a value changed', (bytes, chance) => inJson(bytes, (json) => changeValue(json, chance))],
  ['a value moved', (bytes, chance) => inJson(bytes, (json) => moveValue(json, chance))],
  ['bits of the data flipped', flip((bytes) => Math.min(endOfJson(bytes) + 8, bytes.byteLength))],
  ['bits of the data flipped', flip((bytes) => Math.min(endOfJson(bytes) + 8, bytes.byteLength))],
  ['bits flipped anywhere', flip(() => 0)],
  ['cut off', (bytes, chance) => bytes.slice(0, below(bytes.byteLength, chance))],
  [
    'a piece repeated',
    (bytes, chance) => {
      const [from, length] = [below(bytes.byteLength, chance), below(64, chance)];
      const piece = bytes.slice(from, from + length);
      const at = below(bytes.byteLength, chance);
      return Uint8Array.from([...bytes.subarray(0, at), ...piece, ...bytes.subarray(at)]);
    },
  ],
];
