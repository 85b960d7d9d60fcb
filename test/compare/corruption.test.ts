/** Damage to single values: each alone must throw a result away. */
import { beforeAll, describe, expect, it } from 'vitest';
import { AccessorReader, accessorsReady, type TypedArray } from '../../src/asset/accessors.ts';
import { openDraco } from '../../src/asset/draco.ts';
import type { Gltf, SourceGlb } from '../../src/asset/glb.ts';
import { checkContract } from '../../src/compare/contract.ts';
import { draco } from '../../src/optimize/draco-step.ts';
import { packReady } from '../../src/optimize/pack.ts';
import { FINE } from '../../src/optimize/precision.ts';
import { gridCorners, houseScene } from '../house-scene.ts';
import { clouds, messagesOf, picture, startGlb } from '../make-glb.ts';
import { tryStep } from '../optimize/bench.ts';

let scene: SourceGlb;

beforeAll(async () => {
  await Promise.all([accessorsReady, packReady, openDraco()]);
  scene = (await houseScene()).source();
});

type Values = Float32Array | TypedArray;

/** The file with one accessor of its own, unstrided view written over. */
function damaged(source: SourceGlb, accessor: number | undefined, damage: (values: Values) => void): SourceGlb {
  const bin = source.bin.slice();
  const { bufferView } = source.json.accessors?.[accessor ?? -1] ?? {};
  const view = source.json.bufferViews?.[bufferView ?? -1];
  if (accessor === undefined || view === undefined) throw new Error('there is nothing to damage');
  const { array } = new AccessorReader(source.json, source.bin).read(accessor);
  const values = array.slice();
  damage(values);
  bin.set(new Uint8Array(values.buffer), view.byteOffset);
  return { ...source, bin };
}

const attribute = (json: Gltf, name: string) => json.meshes?.[0]?.primitives[0]?.attributes[name];
const sampler = (json: Gltf, index: number) => json.animations?.[0]?.samplers[index];
const zero = (values: Values) => values.fill(0);

describe('checkContract', () => {
  it.each<[string, (json: Gltf) => number | undefined, (values: Values) => void]>([
    ['all joints', (json) => attribute(json, 'JOINTS_0'), zero],
    ['joints exchanged', (json) => attribute(json, 'JOINTS_0'), (values) => values.set([1, 0, 0, 0])],
    ['all weights', (json) => attribute(json, 'WEIGHTS_0'), zero],
    ['all texture coordinates', (json) => attribute(json, 'TEXCOORD_0'), zero],
    [
      'texture coordinates of other vertices',
      (json) => attribute(json, 'TEXCOORD_0'),
      (values) => {
        const pairs = Array.from({ length: values.length / 2 }, (_, v) => [values[v * 2] ?? 0, values[v * 2 + 1] ?? 0]);
        values.set(pairs.reverse().flat());
      },
    ],
    ['all normals', (json) => attribute(json, 'NORMAL'), zero],
    [
      'normals turned inside out',
      (json) => attribute(json, 'NORMAL'),
      (values) => {
        for (const [i, value] of values.entries()) values[i] = -value;
      },
    ],
    [
      'all vertices, in two corners of the very box',
      (json) => attribute(json, 'POSITION'),
      (values) => {
        const axis = [0, 1, 2].map((c) => [...values].filter((_value, i) => i % 3 === c));
        const corners = [axis.map((all) => Math.min(...all)), axis.map((all) => Math.max(...all))];
        for (let i = 0; i < values.length; i++) values[i] = corners[Math.floor(i / 3) % 2]?.[i % 3] ?? 0;
      },
    ],
    ['a morph target', (json) => json.meshes?.[0]?.primitives[0]?.targets?.[0]?.POSITION, zero],
    ['inverse bind matrices', (json) => json.skins?.[0]?.inverseBindMatrices, zero],
    ['middle keys', (json) => sampler(json, 0)?.output, (values) => values.fill(0, 4, values.length - 4)],
    ['a middle time', (json) => sampler(json, 0)?.input, (values) => values.fill(0.75, 1, 2)],
  ])('sees damage to %s', async (_what, accessorOf, damage) => {
    const after = damaged(scene, accessorOf(scene.json), damage);
    expect((await checkContract(scene, after)).map(({ code }) => code)).toContain('CONTRACT_BROKEN');
  });

  it.each([
    ['one pixel', 1, 1, true],
    ['a larger picture', 64, 64, true],
    ['another shape', 32, 16, true],
    ['half the size', 16, 16, false],
  ] as const)('looks at the size of images: %s', async (_what, width, height, isBroken) => {
    const after = await withImage(await picture([width, height], 'png', clouds));
    expect((await checkContract(scene, after)).length > 0).toBe(isBroken);
  });

  it('sees an image that cannot be read any more', async () => {
    expect(messagesOf(await checkContract(scene, await withImage(Uint8Array.of(1, 2, 3, 4))))).toContain('read');
  });

  it('sees broken Draco values, and passes faithful ones', async () => {
    const grid = (shift: number): SourceGlb => {
      const bench = startGlb();
      const { positions, uvs } = gridCorners(8);
      const attributes = {
        POSITION: bench.accessor('VEC3', positions, { vertex: true, bounds: true }),
        TEXCOORD_0: bench.accessor(
          'VEC2',
          uvs.map((value) => value + shift),
          { vertex: true },
        ),
      };
      bench.json.meshes = [{ primitives: [{ attributes }] }];
      return bench.source();
    };
    const packed = async (shift: number) => (await tryStep(grid(shift), [draco(FINE)])).glb;
    expect(messagesOf(await checkContract(grid(0), await packed(0)))).toBe('');
    expect(messagesOf(await checkContract(grid(0), await packed(0.01)))).toContain('TEXCOORD_0');
  });

  it.each([0, 1, 3, 4])('has nothing to say of mode %i without indices, of NaN and of nothing at all', async (mode) => {
    const bench = startGlb();
    const strange = Float32Array.of(Number.NaN, 0, 1, Number.POSITIVE_INFINITY, 2, 3, 4, 5, 6);
    const primitives = [strange, new Float32Array(9), Float32Array.of(1, 1e6, 3, 1, 1e6, 3, 2, 1e6, 3)].map(
      (array) => ({
        mode: mode as 0 | 1 | 3 | 4,
        attributes: { POSITION: bench.accessor('VEC3', array, { vertex: true }) },
      }),
    );
    bench.json.meshes = [{ primitives: [...primitives, { attributes: {} }] }];
    expect(messagesOf(await checkContract(bench.source(), bench.source()))).toBe('');
  });
});

/** The scene with another picture behind its one image. */
async function withImage(bytes: Uint8Array): Promise<SourceGlb> {
  const json = structuredClone(scene.json);
  const bin = new Uint8Array(scene.bin.byteLength + bytes.byteLength);
  bin.set(scene.bin);
  bin.set(bytes, scene.bin.byteLength);
  const view = { buffer: 0, byteOffset: scene.bin.byteLength, byteLength: bytes.byteLength };
  const [image] = json.images ?? [];
  if (image !== undefined) image.bufferView = (json.bufferViews?.push(view) ?? 0) - 1;
  return { ...scene, json, bin };
}
