import { MeshoptEncoder } from 'meshoptimizer/encoder';
import { beforeAll, describe, expect, it } from 'vitest';
import { pathThrough } from '../../src/optimize/point-path.ts';
import { random } from '../make-glb.ts';

beforeAll(() => MeshoptEncoder.ready);

/** Points on a sphere, in no order. */
function sphere(count: number): Float32Array {
  const next = random(5);
  return Float32Array.from(
    Array.from({ length: count }, () => {
      const vector = [next() - 0.5, next() - 0.5, next() - 0.5];
      return vector.map((value) => value / Math.hypot(...vector));
    }).flat(),
  );
}

const anyOrder = (count: number) => Uint32Array.from({ length: count }, (_, i) => i);

/** How far it is from each point to the next, all components together, on average. */
function stepOf(positions: Float32Array, places: Uint32Array): number {
  const order = new Uint32Array(places.length);
  for (const [point, place] of places.entries()) order[place] = point;
  const at = (place: number, axis: number) => positions[(order[place] ?? 0) * 3 + axis] ?? 0;
  const steps = Array.from({ length: places.length - 1 }, (_, place) =>
    [0, 1, 2].reduce((sum, axis) => sum + Math.abs(at(place + 1, axis) - at(place, axis)), 0),
  );
  return steps.reduce((sum, step) => sum + step, 0) / steps.length;
}

describe('pathThrough', () => {
  it.each<[string, Float32Array]>([
    ['a sphere', sphere(5000)],
    ['one place', new Float32Array(3 * 3000).fill(2)],
    ['a line', Float32Array.from({ length: 900 }, (_, i) => (i % 3 === 1 ? ((i * 7) % 300) / 9 : 0))],
    ['two points', Float32Array.of(0, 0, 0, 5, 5, 5)],
    ['one point', Float32Array.of(1, 2, 3)],
    ['a place that is no number', Float32Array.of(0, 0, 0, Number.NaN, 1, 1, 0.1, 0, 0)],
    ['an endless one', Float32Array.of(0, 0, 0, Number.POSITIVE_INFINITY, 1, 1, 0.1, 0, 0)],
  ])('visits every point of %s once', (_what, positions) => {
    const count = positions.length / 3;
    const places = pathThrough(positions, anyOrder(count));
    expect([...places].sort((a, b) => a - b)).toEqual([...anyOrder(count)]);
    expect(pathThrough(positions, anyOrder(count))).toEqual(places);
  });

  it('goes in shorter steps than a curve that fills space', () => {
    const positions = sphere(5000);
    const along = MeshoptEncoder.reorderPoints(positions, 3);
    const order = new Uint32Array(along.length);
    for (const [point, place] of along.entries()) order[place] = point;
    expect(stepOf(positions, pathThrough(positions, order))).toBeLessThan(0.7 * stepOf(positions, along));
  });
});
