import fc from 'fast-check';
import { Vector3 } from 'three';
import { describe, expect, it } from 'vitest';
import { CARD_INSETS, fitCamera, PLAIN_INSETS, VIEWS, viewsFor } from '../../viewer/camera.ts';

const coordinate = fc.float({ min: -1000, max: 1000, noNaN: true });
const points = fc.array(fc.tuple(coordinate, coordinate, coordinate), { minLength: 2, maxLength: 40 });

/** Where the points land on the picture: -1 to 1, left to right and bottom to top. */
function project(values: readonly number[], camera: ReturnType<typeof fitCamera>['camera']) {
  const landed = [];
  for (let i = 0; i < values.length; i += 3) landed.push(new Vector3().fromArray(values, i).project(camera));
  return landed;
}

describe('fitCamera', () => {
  it('keeps every point inside the insets, and some point at an edge, from all four sides', () => {
    fc.assert(
      fc.property(
        points,
        fc.constantFrom(...VIEWS),
        fc.constantFrom(CARD_INSETS, PLAIN_INSETS),
        fc.constantFrom(0.5, 1, 1.8),
        (cloud, view, insets, aspect) => {
          const values = cloud.flat();
          const spread = Math.max(
            ...[0, 1, 2].map(
              (axis) => Math.max(...cloud.map((p) => p[axis] ?? 0)) - Math.min(...cloud.map((p) => p[axis] ?? 0)),
            ),
          );
          fc.pre(spread > 1);
          const { camera } = fitCamera(Float32Array.from(values), view, aspect, insets);
          const landed = project(values, camera);
          const [right, top, bottom] = [1 - 2 * insets.side, 1 - 2 * insets.top, 1 - 2 * insets.bottom];
          for (const { x, y, z } of landed) {
            expect(Math.abs(x)).toBeLessThan(right + 1e-3);
            expect(y).toBeLessThan(top + 1e-3);
            expect(y).toBeGreaterThan(-bottom - 1e-3);
            expect(Math.abs(z)).toBeLessThan(1);
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  it('fills the frame: a sphere of points touches both sides or top and bottom', () => {
    const sphere = Array.from({ length: 900 }, (_, i) => {
      const y = 1 - (2 * (i + 0.5)) / 900;
      const angle = i * 2.399963;
      return [Math.cos(angle) * Math.sqrt(1 - y * y), y, Math.sin(angle) * Math.sqrt(1 - y * y)];
    }).flat();
    const { camera } = fitCamera(Float32Array.from(sphere), VIEWS[0], 1, PLAIN_INSETS);
    const landed = project(sphere, camera);
    expect(Math.max(...landed.map(({ x }) => x))).toBeCloseTo(0.88, 1);
    expect(Math.max(...landed.map(({ y }) => y))).toBeCloseTo(0.88, 1);
  });

  it('shows a single point, and does not fall over nothing', () => {
    const { camera } = fitCamera(Float32Array.of(3, 4, 5), VIEWS[0], 1);
    const [landed] = project([3, 4, 5], camera);
    expect(Math.abs(landed?.x ?? 9)).toBeLessThan(1e-3);
    for (const nothing of [new Float32Array(), Float32Array.of(Number.NaN, 0, 0)]) {
      const fitted = fitCamera(nothing, VIEWS[0], 1);
      expect(fitted.target.toArray()).toEqual([0, 0, 0]);
      const numbers = [...fitted.camera.position.toArray(), ...fitted.camera.projectionMatrix.elements];
      expect(numbers.filter((number) => !Number.isFinite(number))).toEqual([]);
    }
  });
});

describe('viewsFor', () => {
  it.each([
    ['a thing is seen from the usual heights', [0, 0, 0, 1, 1, 1], [15, 15, 25, -12]],
    ['a wide, flat scene is seen from higher up, and as ever from below', [0, 0, 0, 10, 1, 10], [33, 33, 43, -12]],
    ['a thin upright board is a thing', [0, 0, 0, 10, 10, 0.01], [15, 15, 25, -12]],
  ] as const)('%s', (_sentence, corners, elevations) => {
    expect(viewsFor(Float32Array.from(corners)).map((view) => view.elevation)).toEqual(elevations);
  });
});
