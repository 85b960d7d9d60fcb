import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { type DracoInput, decodeDraco, encodeDraco, openDraco } from '../../src/asset/draco.ts';
import { type InputGrids, inputOf, spread } from '../../src/optimize/draco-inputs.ts';
import { FINE } from '../../src/optimize/precision.ts';

beforeAll(openDraco);

function floats(values: readonly number[], itemSize: number) {
  return { array: Float32Array.from(values), itemSize, count: values.length / itemSize, normalized: false };
}

function gridsOf(step: number): InputGrids {
  const position = { step, origin: [0, 0, 0] };
  return { precision: FINE, position, texcoord: () => 2 ** -11, tangent: 2 ** -6, isOnlyWeights: true };
}

function given(input: DracoInput | undefined): DracoInput {
  if (input === undefined) throw new Error('it was refused');
  return input;
}

/** What a loader reads out of a block. */
function decoded(indices: Uint32Array, inputs: readonly DracoInput[]) {
  const block = encodeDraco(indices, inputs, 'edgebreaker');
  if (block === undefined) throw new Error('it was not encoded');
  const outputs = inputs.map(({ semantic, data }) => ({
    semantic,
    id: block.ids[semantic] ?? -1,
    componentType: 5126,
    itemSize: data.itemSize,
    normalized: false,
  }));
  return { block, ...decodeDraco(block.bytes, outputs) };
}

describe('inputOf', () => {
  const coordinate = fc.double({ min: -50, max: 50, noNaN: true });

  it('moves positions of a mesh of a millimetre by half a step at most, although Draco keeps six decimals of a grid', () => {
    const values = [0.1428571, 0, 0.2857143, 1.5714286, 0.7142857, 0, 0.4285714, 1.5714286, 0.8571429].map(
      (v) => v / 1000,
    );
    const step = 1.5714286 / 1000 / 4096;
    const input = given(inputOf('POSITION', floats(values, 3), gridsOf(step)));
    const apart = spread(Uint32Array.of(0, 1, 2), [input], Float32Array.from(values));
    const { attributes, indices } = decoded(apart.indices, apart.inputs);
    const back = attributes.get('POSITION')?.array ?? new Float32Array();
    const placeOf = (vertex: number) => [...back.slice(vertex * 3, vertex * 3 + 3)];
    const places = [...indices].map(placeOf);
    for (const vertex of [0, 1, 2]) {
      const wanted = values.slice(vertex * 3, vertex * 3 + 3);
      const distances = places.map((place) => Math.max(...place.map((v, c) => Math.abs(v - (wanted[c] ?? 9)))));
      expect(Math.min(...distances) / step).toBeLessThanOrEqual(0.51);
    }
  });

  it('keeps a few texture coordinates on lines of their own, in as few bits as these take', () => {
    // Sixteenths of a colour map in u, and 1/160 in v, as somebody's tool wrote them.
    const uvs = Array.from({ length: 60 }, (_, v) => [(v % 8) / 16, Math.fround(((v * 7) % 31) / 160)]).flat();
    const input = given(inputOf('TEXCOORD_0', floats(uvs, 2), gridsOf(1)));
    expect(input.bits).toMatchObject({ bits: 7, origin: [0, 0] });
    for (const [i, value] of uvs.entries()) expect(input.data.array[i]).toBeCloseTo(value, 6);
    // One more that lies between the lines: all of them are on the grid of the texture.
    const between = given(inputOf('TEXCOORD_0', floats([...uvs, 0.1234567, 0.0543219], 2), gridsOf(1)));
    expect(between.bits).toMatchObject({ step: 2 ** -11 });
    // Nobody counts to a billion.
    expect(given(inputOf('TEXCOORD_0', floats([0, 0, 4_000_000.3, 1.7, 2.9, 3.1], 2), gridsOf(1))).bits).toBeNull();
    const endless = floats([0, 0, Number.POSITIVE_INFINITY, 1], 2);
    expect(given(inputOf('TEXCOORD_0', endless, gridsOf(1))).bits).toBeNull();
  });

  it('rounds positions to what the decoder gives back, and by half a step at most', () => {
    fc.assert(
      fc.property(
        fc.array(coordinate, { minLength: 9, maxLength: 9 }),
        fc.constantFrom(0.37, 0.01, 2 ** -8),
        (values, step) => {
          const input = given(inputOf('POSITION', floats(values, 3), gridsOf(step)));
          const apart = spread(Uint32Array.of(0, 1, 2), [input], Float32Array.from(values));
          const { attributes, indices } = decoded(apart.indices, apart.inputs);
          const back = attributes.get('POSITION')?.array ?? new Float32Array();
          expect(indices.length).toBe(3);
          const corner = (v: number) => [0, 1, 2].map((c) => Math.round((back[v * 3 + c] ?? 0) * 1000)).join();
          const rounded = (v: number) =>
            [0, 1, 2].map((c) => Math.round((input.data.array[v * 3 + c] ?? 0) * 1000)).join();
          expect([...indices].map(corner).sort()).toEqual([0, 1, 2].map(rounded).sort());
          for (const [i, value] of values.entries())
            expect(Math.abs((input.data.array[i] ?? 0) - value)).toBeLessThanOrEqual(step / 2 + 1e-5);
        },
      ),
      { seed: 5 },
    );
  });

  it('leaves out grid lines that nothing is on', () => {
    const { bits } = given(inputOf('POSITION', floats([0, 0, 0, 1, 0, 0, 0, 1, 1], 3), gridsOf(1 / 4096)));
    expect(bits).toEqual({ bits: 1, step: 1, origin: [0, 0, 0] });
  });

  it('rounds normals to directions that Draco keeps', () => {
    fc.assert(
      fc.property(fc.tuple(coordinate, coordinate, coordinate), (vector) => {
        const length = Math.hypot(...vector);
        fc.pre(length > 0.1);
        const normal = vector.map((value) => value / length);
        const normals = given(inputOf('NORMAL', floats([...normal, ...normal, ...normal], 3), gridsOf(0.01)));
        const positions = given(inputOf('POSITION', floats([0, 0, 0, 1, 0, 0, 0, 1, 0], 3), gridsOf(0.01)));
        const back = decoded(Uint32Array.of(0, 1, 2), [positions, normals]).attributes.get('NORMAL')?.array ?? [];
        const dot = normal.reduce((sum, value, c) => sum + value * (back[c] ?? 0), 0);
        // Eight bits of an octahedron: cells of about half a degree.
        expect(Math.acos(Math.min(1, dot))).toBeLessThan(0.03);
        for (const c of [0, 1, 2]) expect(back[c]).toBeCloseTo(normals.data.array[c] ?? 0, 5);
      }),
      { seed: 6 },
    );
  });

  it('refuses normals of no length', () => {
    expect(inputOf('NORMAL', floats([0, 0, 0], 3), gridsOf(0.01))).toBeUndefined();
  });
});

describe('spread', () => {
  it.each<[string, readonly number[], readonly number[]]>([
    ['that names a vertex twice', [0, 0, 1], [0, 0, 0, 1, 0, 0, 0, 1, 0]],
    ['in one point', [0, 0, 0], [0, 0, 0, 1, 0, 0, 0, 1, 0]],
    ['with two vertices at one place', [0, 1, 2], [0, 0, 0, 0, 0, 0, 0, 1, 0]],
    ['that rounding makes flat', [0, 1, 2], [0, 0, 0, 0.001, 0, 0, 0, 1, 0]],
    ['that rounding makes a point', [0, 1, 2], [5, 5, 5, 5.001, 5, 5, 5, 5.002, 5]],
  ])('keeps a triangle %s beside a sound one', (_what, triangle, places) => {
    const positions = [...places, 0, 0, 7, 7, 0, 7, 0, 7, 7];
    const indices = Uint32Array.of(...triangle, 3, 4, 5);
    const input = given(inputOf('POSITION', floats(positions, 3), gridsOf(0.1)));
    const apart = spread(indices, [input], Float32Array.from(positions));
    const { block, indices: corners, attributes } = decoded(apart.indices, apart.inputs);
    expect(block.cornerCount).toBe(6);
    const back = attributes.get('POSITION')?.array ?? [];
    const seen = [...corners].map((v) => [0, 1, 2].map((c) => (back[v * 3 + c] ?? 0).toFixed(1)).join());
    const meant = [...indices].map((v) => [0, 1, 2].map((c) => (positions[v * 3 + c] ?? 0).toFixed(1)).join());
    expect(seen.sort()).toEqual(meant.sort());
  });

  it('changes nothing where no triangle needs it', () => {
    const positions = [0, 0, 0, 1, 0, 0, 0, 1, 0];
    const input = given(inputOf('POSITION', floats(positions, 3), gridsOf(0.1)));
    const apart = spread(Uint32Array.of(0, 1, 2), [input], Float32Array.from(positions));
    expect([...apart.indices]).toEqual([0, 1, 2]);
    expect([...(apart.inputs[0]?.data.array ?? [])]).toEqual([...input.data.array]);
  });
});
