import type { GLTF } from '@gltf-transform/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { AccessorReader, accessorsReady } from '../../src/asset/accessors.ts';
import type { SourceGlb } from '../../src/asset/glb.ts';
import { reorder, reorderPoints, weld } from '../../src/optimize/geometry.ts';
import { packReady } from '../../src/optimize/pack.ts';
import { gridCorners } from '../house-scene.ts';
import { type Bench, startGlb } from '../make-glb.ts';
import { tryStep } from './bench.ts';

beforeAll(() => Promise.all([accessorsReady, packReady]));

const VERTEX = { vertex: true, bounds: true } as const;

function withMesh(bench: Bench, ...primitives: GLTF.IMeshPrimitive[]): SourceGlb {
  Object.assign(bench.json, { meshes: [{ name: 'quad', primitives }], nodes: [{ mesh: 0 }], scenes: [{ nodes: [0] }] });
  return bench.source();
}

/** Two triangles that share an edge, as six corners. */
const QUAD = [0, 0, 0, 1, 0, 0, 1, 1, 0, 0, 0, 0, 1, 1, 0, 0, 1, 0];

function primitiveOf({ json }: SourceGlb, place = 0): GLTF.IMeshPrimitive {
  const primitive = json.meshes?.[0]?.primitives[place];
  if (primitive === undefined) throw new Error('there is no primitive');
  return primitive;
}

function read({ json, bin }: SourceGlb, accessor: number | undefined): number[] {
  return [...new AccessorReader(json, bin).read(accessor ?? -1).array];
}

describe('weld', () => {
  it('makes four vertices and an index of six corners', async () => {
    const bench = startGlb();
    const { glb, why } = await tryStep(
      withMesh(bench, { attributes: { POSITION: bench.accessor('VEC3', Float32Array.from(QUAD), VERTEX) } }),
      [weld()],
    );
    const primitive = primitiveOf(glb);
    expect(read(glb, primitive.indices)).toEqual([0, 1, 2, 0, 2, 3]);
    expect(read(glb, primitive.attributes.POSITION)).toEqual([0, 0, 0, 1, 0, 0, 1, 1, 0, 0, 1, 0]);
    expect(why).toBe('2 equal vertices merged');
  });

  it.each([
    ['bytes where no codec wants more', 255, 'none', 5121],
    ['shorts from the 256th vertex on: 255 would restart a primitive', 256, 'none', 5123],
    ['shorts for the codec, which knows no bytes', 255, 'KHR_meshopt_compression', 5123],
  ] as const)('writes indices as %s', async (_what, vertexCount, compression, componentType) => {
    const bench = startGlb();
    const all = Float32Array.from({ length: vertexCount * 3 }, (_, i) => i);
    const indices = Uint32Array.from({ length: 768 }, (_, i) => i % vertexCount);
    const source = withMesh(bench, {
      attributes: { POSITION: bench.accessor('VEC3', all, VERTEX) },
      indices: bench.accessor('SCALAR', indices),
    });
    const { glb } = await tryStep(source, [weld()], compression);
    const accessor = primitiveOf(glb).indices ?? -1;
    expect(glb.json.accessors?.[accessor]?.componentType).toBe(componentType);
    expect(read(glb, accessor)).toEqual([...indices]);
  });

  it('keeps vertices apart that only a morph target tells apart', async () => {
    const bench = startGlb();
    const POSITION = bench.accessor('VEC3', Float32Array.from(QUAD), VERTEX);
    const moved = new Float32Array(18);
    moved[9] = 5; // the fourth corner is a twin of the first until it morphs
    const morph = bench.accessor('VEC3', moved, VERTEX);
    const { glb } = await tryStep(withMesh(bench, { attributes: { POSITION }, targets: [{ POSITION: morph }] }), [
      weld(),
    ]);
    const primitive = primitiveOf(glb);
    expect(read(glb, primitive.indices)).toEqual([0, 1, 2, 3, 2, 4]);
    expect(read(glb, primitive.targets?.[0]?.POSITION)).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0]);
  });

  it('merges over all primitives that share their vertices', async () => {
    const bench = startGlb();
    const POSITION = bench.accessor('VEC3', Float32Array.from(QUAD), VERTEX);
    const [a, b] = [Uint16Array.of(0, 1, 2), Uint16Array.of(3, 4, 5)].map((list) => bench.accessor('SCALAR', list));
    const { glb } = await tryStep(
      withMesh(bench, { attributes: { POSITION }, indices: a ?? 0 }, { attributes: { POSITION }, indices: b ?? 0 }),
      [weld()],
    );
    expect([0, 1].map((place) => read(glb, primitiveOf(glb, place).indices))).toEqual([
      [0, 1, 2],
      [0, 2, 3],
    ]);
  });

  it.each([0, 1, 2, 3, 5, 6] as const)('leaves mode %i alone, and says so', async (mode) => {
    const bench = startGlb();
    const source = withMesh(bench, {
      mode,
      attributes: { POSITION: bench.accessor('VEC3', Float32Array.from(QUAD), VERTEX) },
    });
    expect(await tryStep(source, [weld()])).toMatchObject({
      kind: 'skipped',
      why: expect.stringContaining('points, lines or strips'),
    });
  });

  it('does not touch vertices that another mesh uses in another combination', async () => {
    const bench = startGlb();
    const POSITION = bench.accessor('VEC3', Float32Array.from(QUAD), VERTEX);
    const NORMAL = bench.accessor('VEC3', new Float32Array(18).fill(1), { vertex: true });
    const source = withMesh(bench, { attributes: { POSITION } }, { attributes: { POSITION, NORMAL } });
    expect(await tryStep(source, [weld()])).toMatchObject({
      kind: 'skipped',
      why: expect.stringContaining('shares vertex data'),
    });
  });
});

describe('reorder', () => {
  function grid(material: GLTF.IMaterial, variant?: GLTF.IMaterial): SourceGlb {
    const bench = startGlb();
    const { positions } = gridCorners(6);
    const count = positions.length / 3;
    // Triangles from both ends in turn: no order that a vertex cache would like.
    const triangles = Array.from({ length: count / 3 }, (_, t) => (t % 2 === 0 ? t / 2 : count / 3 - (t + 1) / 2));
    const indices = bench.accessor('SCALAR', Uint16Array.from(triangles.flatMap((t) => [t * 3, t * 3 + 1, t * 3 + 2])));
    const primitive: GLTF.IMeshPrimitive = {
      attributes: { POSITION: bench.accessor('VEC3', positions, VERTEX) },
      indices,
      material: 0,
    };
    if (variant !== undefined)
      primitive.extensions = { KHR_materials_variants: { mappings: [{ material: 1, variants: [0] }] } };
    bench.json.materials = variant === undefined ? [material] : [material, variant];
    return withMesh(bench, primitive);
  }
  /** Each triangle by the sum of its corners' coordinates, in the order they are drawn. */
  function drawn(glb: SourceGlb): string[] {
    const { attributes, indices } = primitiveOf(glb);
    const positions = read(glb, attributes.POSITION);
    const corners = read(glb, indices).map((v) =>
      positions
        .slice(v * 3, v * 3 + 3)
        .map((c) => c.toFixed(4))
        .join(),
    );
    return Array.from({ length: corners.length / 3 }, (_, t) =>
      corners
        .slice(t * 3, t * 3 + 3)
        .sort()
        .join(' '),
    );
  }

  it('draws the very same triangles in an order of its own', async () => {
    const source = grid({});
    const { glb, kind } = await tryStep(source, [weld(), reorder()]);
    expect(kind).toBe('changed');
    expect(drawn(glb)).not.toEqual(drawn(source));
    expect(drawn(glb).sort()).toEqual(drawn(source).sort());
  });

  it.each([
    ['that blend', { alphaMode: 'BLEND' } as GLTF.IMaterial, undefined],
    ['that blend in a variant', {} as GLTF.IMaterial, { alphaMode: 'BLEND' } as GLTF.IMaterial],
  ])('keeps the order of triangles %s', async (_which, material, variant) => {
    const source = grid(material, variant);
    const { glb } = await tryStep(source, [weld(), reorder()]);
    expect(drawn(glb)).toEqual(drawn(source));
  });
});

describe('reorder-points', () => {
  const COUNT = 64;
  /** Places on a diagonal, far from their neighbours in the list: no order that compresses. */
  const places = Float32Array.from({ length: COUNT * 3 }, (_, i) => (Math.floor(i / 3) * 37) % COUNT);
  const numbers = Float32Array.from({ length: COUNT }, (_, i) => i);
  const one = new Uint8Array(COUNT * 4).fill(200);

  function cloud(
    varying: boolean,
    other: (used: { POSITION: number; COLOR_0: number }, bench: Bench) => GLTF.IMeshPrimitive,
  ): SourceGlb {
    const bench = startGlb();
    const colors = varying ? one.map((_, i) => (i * 7) % 251) : one;
    const COLOR_0 = bench.accessor('VEC4', colors, { vertex: true, normalized: true });
    const POSITION = bench.accessor('VEC3', places, VERTEX);
    const _NUMBER = bench.accessor('SCALAR', numbers, { vertex: true });
    const points = { mode: 0, attributes: { POSITION, COLOR_0, _NUMBER } } as const;
    return withMesh(bench, points, other({ POSITION, COLOR_0 }, bench));
  }
  const pairsOf = (glb: SourceGlb): string[] => {
    const { attributes } = primitiveOf(glb);
    const at = read(glb, attributes.POSITION);
    return read(glb, attributes._NUMBER).map((number, v) => `${number} at ${at.slice(v * 3, v * 3 + 3).join()}`);
  };
  const lineOf = (glb: SourceGlb) => read(glb, primitiveOf(glb, 1).attributes.POSITION);

  it('moves the points of all that share their places, each with its own values', async () => {
    const source = cloud(true, ({ POSITION }) => ({ mode: 0, attributes: { POSITION } }));
    const { glb, kind } = await tryStep(source, [reorderPoints()]);
    expect(kind).toBe('changed');
    expect(primitiveOf(glb).attributes.POSITION).toBe(primitiveOf(glb, 1).attributes.POSITION);
    expect(pairsOf(glb)).not.toEqual(pairsOf(source));
    expect(pairsOf(glb).sort()).toEqual(pairsOf(source).sort());
  });

  const line = ({ COLOR_0 }: { COLOR_0: number }, bench: Bench): GLTF.IMeshPrimitive => ({
    mode: 3,
    attributes: { POSITION: bench.accessor('VEC3', places.slice(), VERTEX), COLOR_0 },
  });

  it('sorts points that share one colour for all with a line, which keeps its order', async () => {
    const source = cloud(false, line);
    const { glb, kind } = await tryStep(source, [reorderPoints()]);
    expect(kind).toBe('changed');
    expect(pairsOf(glb).sort()).toEqual(pairsOf(source).sort());
    expect(pairsOf(glb)).not.toEqual(pairsOf(source));
    expect(lineOf(glb)).toEqual(lineOf(source));
  });

  it('leaves points alone whose colours a line has as well', async () => {
    expect(await tryStep(cloud(true, line), [reorderPoints()])).toMatchObject({ kind: 'skipped' });
  });
});
