import { beforeAll, describe, expect, it } from 'vitest';
import { AccessorReader, accessorsReady } from '../../src/asset/accessors.ts';
import { checkContract } from '../../src/compare/contract.ts';
import { packReady } from '../../src/optimize/pack.ts';
import { dropUnused, share, shareDeltas } from '../../src/optimize/share.ts';
import { pinnedScene } from '../house-scene.ts';
import { messagesOf, startGlb } from '../make-glb.ts';
import { tryStep } from './bench.ts';

beforeAll(() => Promise.all([accessorsReady, packReady]));

const VERTEX = { vertex: true, bounds: true } as const;
const TRIANGLE = Float32Array.of(0, 0, 0, 1, 0, 0, 0, 1, 0);

describe('share', () => {
  it('lets equal accessors be one, unless their extras tell them apart', async () => {
    const bench = startGlb();
    const twins = [bench.accessor('VEC3', TRIANGLE, VERTEX), bench.accessor('VEC3', TRIANGLE, VERTEX)];
    const marked = bench.accessor('VEC3', TRIANGLE, { ...VERTEX, extras: { id: 1 } });
    bench.json.meshes = [...twins, marked].map((POSITION) => ({ primitives: [{ attributes: { POSITION } }] }));
    const { glb } = await tryStep(bench.source(), [share()]);
    expect(glb.json.meshes?.map((mesh) => mesh.primitives[0]?.attributes.POSITION)).toEqual([0, 0, 1]);
    expect(glb.json.accessors?.[1]?.extras).toEqual({ id: 1 });
  });

  it('does not take key times for vertices, though their numbers agree', async () => {
    const bench = startGlb();
    const numbers = Float32Array.of(0, 1, 2);
    const heat = bench.accessor('SCALAR', numbers, VERTEX);
    const [input, output] = [bench.accessor('SCALAR', numbers, { bounds: true }), bench.accessor('SCALAR', numbers)];
    bench.json.meshes = [
      { primitives: [{ attributes: { POSITION: bench.accessor('VEC3', TRIANGLE, VERTEX), _HEAT: heat } }] },
    ];
    bench.json.nodes = [{ mesh: 0 }];
    bench.json.animations = [
      { samplers: [{ input, output }], channels: [{ sampler: 0, target: { node: 0, path: 'weights' } }] },
    ];
    expect((await tryStep(bench.source(), [share()])).glb.json.accessors).toHaveLength(4);
  });

  it('lets what a morph target adds to normals and to tangents be one, and positions stay for themselves', async () => {
    const bench = startGlb();
    const [POSITION, NORMAL] = [bench.accessor('VEC3', TRIANGLE, VERTEX), bench.accessor('VEC3', TRIANGLE, VERTEX)];
    const zeros = new Float32Array(9);
    const deltas = [1, 2, 3].map(() => bench.accessor('VEC3', zeros, VERTEX));
    const target = { POSITION: deltas[0] ?? 0, NORMAL: deltas[1] ?? 0, TANGENT: deltas[2] ?? 0 };
    bench.json.meshes = [{ primitives: [{ attributes: { POSITION, NORMAL }, targets: [target] }] }];
    const { glb } = await tryStep(bench.source(), [shareDeltas()]);
    const [primitive] = glb.json.meshes?.[0]?.primitives ?? [];
    expect(primitive?.targets?.[0]).toEqual({ POSITION: 2, NORMAL: 3, TANGENT: 3 });
    expect(primitive?.attributes).toEqual({ POSITION: 0, NORMAL: 1 });
  });

  it('stores equal images once and keeps both names', async () => {
    const bench = startGlb();
    const bytes = Uint8Array.from({ length: 400 }, (_, i) => i % 251);
    const sources = ['wood', 'bark'].map((name) => bench.image(bytes, 'image/png', { name }));
    bench.json.textures = sources.map((source) => ({ source }));
    const source = bench.source();
    const { glb } = await tryStep(source, [share()]);
    expect(glb.json.images?.map(({ name }) => name)).toEqual(['wood', 'bark']);
    expect(glb.bin.byteLength).toBe(400);
    expect(messagesOf(await checkContract(source, glb))).toBe('');
  });

  it('lets equal images of no name be one, and textures follow', async () => {
    const bench = startGlb();
    const bytes = Uint8Array.of(1, 2, 3, 4);
    const [a, b, c] = [bytes, Uint8Array.of(9), bytes].map((one) => bench.image(one, 'image/png'));
    bench.json.textures = [{ source: c ?? 0 }, { source: b ?? 0 }, { extensions: { EXT_texture_webp: { source: a } } }];
    const { glb } = await tryStep(bench.source(), [share()]);
    expect(glb.json.images).toHaveLength(2);
    expect(glb.json.textures).toEqual([
      { source: 0 },
      { source: 1 },
      { extensions: { EXT_texture_webp: { source: 0 } } },
    ]);
  });
});

describe('dropUnused', () => {
  it('drops what nothing refers to and moves every reference', async () => {
    const bench = startGlb();
    bench.accessor('SCALAR', Float32Array.of(1, 2, 3));
    const POSITION = bench.accessor('VEC3', TRIANGLE, VERTEX);
    bench.json.meshes = [{ primitives: [{ attributes: { POSITION } }] }];
    const { glb } = await tryStep(bench.source(), [dropUnused()]);
    expect(glb.json.accessors).toHaveLength(1);
    expect([...new AccessorReader(glb.json, glb.bin).read(0).array]).toEqual([...TRIANGLE]);
  });

  it.each([
    ['dropUnused', dropUnused],
    ['share', share],
  ])('%s moves no index under an extension that nobody knows', async (_name, step) => {
    const { bench } = await pinnedScene();
    expect(await tryStep(bench.source(), [step()])).toMatchObject({
      kind: 'skipped',
      why: expect.stringContaining('do not know'),
    });
  });
});
