import { beforeAll, describe, expect, it } from 'vitest';
import { AccessorReader, accessorsReady } from '../../src/asset/accessors.ts';
import { openDraco } from '../../src/asset/draco.ts';
import type { SourceGlb } from '../../src/asset/glb.ts';
import { checkContract } from '../../src/compare/contract.ts';
import { packReady } from '../../src/optimize/pack.ts';
import { type Layout, stepsOf } from '../../src/optimize/recipe.ts';
import { runRecipe } from '../../src/optimize/run-recipe.ts';
import { startOf } from '../../src/optimize/settings.ts';
import { allowedBy } from '../../src/optimize/target.ts';
import { houseScene, pinnedScene } from '../house-scene.ts';
import { messagesOf, startGlb } from '../make-glb.ts';
import { tryStep } from './bench.ts';

beforeAll(() => Promise.all([accessorsReady, packReady, openDraco()]));

const LAYOUTS: readonly Layout[] = [
  { compression: 'none', draco: false },
  { compression: 'EXT_meshopt_compression', draco: false },
  { compression: 'KHR_meshopt_compression', draco: true },
];

async function optimize(source: SourceGlb, layout: Layout): Promise<SourceGlb> {
  const options = {
    rule: { preset: 'balanced', textureMaxSizePx: null } as const,
    allowed: allowedBy('three', ['meshopt']),
    cache: new Map(),
  };
  return (await runRecipe(source, stepsOf(startOf('small'), { ...options, layout }), 'cafe0123')).glb;
}

describe('an extension that nobody knows', () => {
  it.each(LAYOUTS)('finds its buffer view and its accessor where it left them (%o)', async (layout) => {
    const { bench, view, accessor, secret } = await pinnedScene();
    const glb = await optimize(bench.source(), layout);
    const reader = new AccessorReader(glb.json, glb.bin);
    expect([...reader.view(view)]).toEqual([...secret]);
    expect([...reader.read(accessor).array]).toEqual([3.25, -1, 7]);
    expect(glb.json.extensions?.ACME_secret).toEqual({ blob: view, curve: `#/accessors/${accessor}` });
  });

  it('stays on its buffer view, and the view in its place', async () => {
    const bench = await houseScene();
    const views = bench.json.bufferViews ?? [];
    Object.assign(views[6] ?? {}, { extensions: { ACME_view: { secret: true } } });
    bench.json.extensionsUsed = [...(bench.json.extensionsUsed ?? []), 'ACME_view'];
    const source = bench.source();
    const glb = await optimize(source, { compression: 'EXT_meshopt_compression', draco: false });
    expect(glb.json.bufferViews?.[6]?.extensions).toEqual({ ACME_view: { secret: true } });
    expect(messagesOf(await checkContract(source, glb))).toBe('');
  });

  it('does not make the file store anything twice', async () => {
    const bench = await houseScene();
    const count = bench.json.bufferViews?.length ?? 0;
    bench.json.extensionsUsed = [...(bench.json.extensionsUsed ?? []), 'ACME_all'];
    bench.json.extensions = {
      ...bench.json.extensions,
      ACME_all: { numbers: Array.from({ length: count }, (_, i) => i) },
    };
    const source = bench.source();
    const glb = await optimize(source, { compression: 'none', draco: false });
    expect(glb.bin.byteLength).toBeLessThanOrEqual(source.bin.byteLength);
  });
});

describe('sparse accessors', () => {
  it.each([
    ['over zeros', new Float32Array(9)],
    ['over values', Float32Array.of(1, 1, 1, 2, 2, 2, 3, 3, 3)],
  ])('%s are read as what they say', async (_sentence, base) => {
    const bench = startGlb();
    const POSITION = bench.accessor('VEC3', base, { vertex: true, bounds: true, sparse: new Map([[1, [7, 8, 9]]]) });
    bench.json.meshes = [{ primitives: [{ attributes: { POSITION } }] }];
    const { glb } = await tryStep(bench.source(), []);
    const expected = [...base];
    expected.splice(3, 3, 7, 8, 9);
    expect([...new AccessorReader(glb.json, glb.bin).read(0).array]).toEqual(expected);
  });
});

describe('padded matrices', () => {
  it('of bytes keep their columns', async () => {
    const bench = startGlb();
    // Two 2 × 2 matrices: each column of two bytes is padded to four.
    const bufferView = bench.view(Uint8Array.of(1, 2, 0, 0, 3, 4, 0, 0, 5, 6, 0, 0, 7, 8, 0, 0));
    bench.json.accessors = [{ bufferView, componentType: 5121, type: 'MAT2', count: 2 }];
    bench.json.extensionsUsed = ['ACME_x'];
    bench.json.extensions = { ACME_x: { matrices: 0 } };
    const source = bench.source();
    expect([...new AccessorReader(source.json, source.bin).read(0).array]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    const { glb } = await tryStep(source, []);
    expect([...new AccessorReader(glb.json, glb.bin).read(0).array]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });
});
