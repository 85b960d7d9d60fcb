import { beforeAll, describe, expect, it } from 'vitest';
import { type DracoInput, decodeDraco, encodeDraco, openDraco } from '../../src/asset/draco.ts';
import { inputOf } from '../../src/optimize/draco-inputs.ts';
import { leanNormals } from '../../src/optimize/draco-normals.ts';
import { FINE } from '../../src/optimize/precision.ts';
import { random } from '../make-glb.ts';

beforeAll(openDraco);

const TOLERANCE = 0.02;

interface Surface {
  readonly indices: Uint32Array;
  readonly positions: DracoInput;
  readonly normals: DracoInput;
  /** Unit vectors as they came. */
  readonly source: Float32Array<ArrayBuffer>;
}

/** Hills on a square of `side` vertices a side, with the normals of the formula; or every triangle with a normal of its own. */
function hills(side: number, faceted = false): Surface {
  const next = random(3);
  const height = (x: number, y: number) => 3 * Math.sin(x / 7) * Math.cos(y / 5);
  const slope = (x: number, y: number) => {
    const [dx, dy] = [(3 / 7) * Math.cos(x / 7) * Math.cos(y / 5), (-3 / 5) * Math.sin(x / 7) * Math.sin(y / 5)];
    const noise = () => 0.004 * (next() - 0.5);
    const vector = [-dx + noise(), -dy + noise(), 1];
    return vector.map((value) => value / Math.hypot(...vector));
  };
  const corners: (readonly [number, number])[] = [];
  for (let y = 0; y + 1 < side; y++)
    for (let x = 0; x + 1 < side; x++)
      for (const [u, v] of [
        [0, 0],
        [1, 0],
        [0, 1],
        [1, 0],
        [1, 1],
        [0, 1],
      ] as const)
        corners.push([x + u, y + v]);
  const vertices = faceted
    ? corners
    : Array.from({ length: side * side }, (_, i) => [i % side, Math.floor(i / side)] as const);
  const indices = Uint32Array.from(corners, ([x, y], i) => (faceted ? i : y * side + x));
  const places = Float32Array.from(vertices.flatMap(([x, y]) => [x, y, height(x, y)]));
  const source = Float32Array.from(
    vertices.flatMap(([x, y], i) => {
      const [fx, fy] = faceted ? (corners[i - (i % 3)] ?? [x, y]) : [x, y];
      return slope(fx, fy);
    }),
  );
  const grids = {
    precision: FINE,
    position: { step: side / 2 ** 12, origin: [0, 0, -3] },
    texcoord: () => 2 ** -11,
    tangent: 2 ** -6,
    isOnlyWeights: true,
  };
  const input = (semantic: string, array: Float32Array<ArrayBuffer>): DracoInput => {
    const made = inputOf(semantic, { array, itemSize: 3, count: array.length / 3, normalized: false }, grids);
    if (made === undefined) throw new Error(`${semantic} is no input`);
    return made;
  };
  return { indices, positions: input('POSITION', places), normals: input('NORMAL', source), source };
}

function encoded({ indices, positions }: Surface, normals: DracoInput): Uint8Array {
  const block = encodeDraco(indices, [positions, normals], 'edgebreaker', [0]);
  if (block === undefined) throw new Error('the encoder gave up');
  return block.bytes;
}

const key = (values: ArrayLike<number>, v: number) => [0, 1, 2].map((c) => (values[v * 3 + c] ?? 0).toFixed(3)).join();

describe('leanNormals', () => {
  it('makes the block of a smooth surface smaller, and moves no normal further than it may', () => {
    const surface = hills(40);
    const leaning = leanNormals(surface, surface.source, TOLERANCE);
    const [plain, lean] = [encoded(surface, surface.normals), encoded(surface, leaning)];
    expect(lean.byteLength).toBeLessThan(plain.byteLength * 0.9);
    // As the decoder gives them back, found again by their places.
    const outputs = ['POSITION', 'NORMAL'].map((semantic, id) => ({
      semantic,
      id,
      componentType: 5126,
      itemSize: 3,
      normalized: false,
    }));
    const { attributes } = decodeDraco(lean, outputs);
    const [places, normals] = [attributes.get('POSITION')?.array ?? [], attributes.get('NORMAL')?.array ?? []];
    const given = surface.positions.data.array;
    const at = new Map(Array.from({ length: given.length / 3 }, (_, v) => [key(given, v), v]));
    let farthest = 0;
    for (let v = 0; v < places.length / 3; v++) {
      const from = at.get(key(places, v)) ?? Number.NaN;
      const dot = [0, 1, 2].reduce(
        (sum, c) => sum + (normals[v * 3 + c] ?? 0) * (surface.source[from * 3 + c] ?? Number.NaN),
        0,
      );
      farthest = Math.max(farthest, Math.acos(Math.min(1, dot)));
    }
    expect(places).toHaveLength(given.length);
    expect(farthest).toBeLessThanOrEqual(TOLERANCE + 1e-4);
    // It does use what it may.
    expect(farthest).toBeGreaterThan(TOLERANCE / 2);
  });

  it('leaves normals alone where the surface ends: it may go on in another primitive', () => {
    const surface = hills(40);
    const { array } = leanNormals(surface, surface.source, TOLERANCE).data;
    const [border, inside] = [
      [0, 39, 40, 1599],
      [41, 500, 800, 1558],
    ];
    const isKept = (v: number) => [0, 1, 2].every((c) => array[v * 3 + c] === surface.normals.data.array[v * 3 + c]);
    expect(border.map(isKept)).toEqual([true, true, true, true]);
    expect(inside.map(isKept)).toContain(false);
  });

  it('does not lean a second time', () => {
    const surface = hills(12);
    const once = leanNormals(surface, surface.source, TOLERANCE);
    const again = { ...surface, normals: once };
    expect(leanNormals(again, Float32Array.from(once.data.array), TOLERANCE)).toBe(once);
  });

  it('leaves facets alone, which cost less as they are', () => {
    const surface = hills(12, true);
    expect(leanNormals(surface, surface.source, TOLERANCE)).toBe(surface.normals);
  });

  it('moves nothing that is far from where the triangles point', () => {
    const surface = hills(12);
    const sideways = surface.source.map((_value, i) => (i % 3 === 0 ? 1 : 0));
    const normals = inputOf(
      'NORMAL',
      { array: sideways, itemSize: 3, count: sideways.length / 3, normalized: false },
      { precision: FINE, position: { step: 1, origin: [] }, texcoord: () => 1, tangent: 1, isOnlyWeights: true },
    );
    if (normals === undefined) throw new Error('no input');
    const leaning = leanNormals({ ...surface, normals }, sideways, TOLERANCE);
    expect([...leaning.data.array]).toEqual([...normals.data.array]);
  });

  it('knows no direction of triangles without area', () => {
    const surface = hills(6);
    const flat: DracoInput = {
      ...surface.positions,
      data: { ...surface.positions.data, array: new Float32Array(108) },
    };
    const leaning = leanNormals({ ...surface, positions: flat }, surface.source, TOLERANCE);
    expect([...leaning.data.array]).toEqual([...surface.normals.data.array]);
  });
});
