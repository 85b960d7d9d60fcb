/** Animations for generated documents: every path, interpolation and storage of keys. */
import type { GLTF } from '@gltf-transform/core';
import fc from 'fast-check';
import type { Bench } from '../make-glb.ts';

/** The choices behind one track. */
export const clip = fc.record({
  path: fc.constantFrom('translation', 'rotation', 'scale'),
  interpolation: fc.constantFrom('LINEAR', 'STEP', 'CUBICSPLINE'),
  keys: fc.integer({ min: 2, max: 12 }),
  start: fc.constantFrom(0, 0, 0.5),
  constant: fc.boolean(),
  stored: fc.constantFrom('float', 'short'),
});
type Clip = typeof clip extends fc.Arbitrary<infer T> ? T : never;

/** An array of floats by index. */
export function floats(length: number, value: (i: number) => number): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length }, (_, i) => value(i));
}

/** Adds one animation for each list of tracks. */
export function addClips(bench: Bench, clips: readonly (readonly Clip[])[], next: () => number): void {
  if (clips.length === 0) return;
  const targets = [0, 1, 2];
  bench.json.animations = clips.map((tracks, a) => ({
    name: `clip ${a}`,
    channels: tracks.map(({ path }, t) => ({ sampler: t, target: { node: targets[t] ?? 0, path } })),
    samplers: tracks.map(({ path, interpolation, keys, start, constant, stored }) => {
      const input = bench.accessor(
        'SCALAR',
        floats(keys, (k) => start + k / 4),
        { bounds: true },
      );
      const size = path === 'rotation' ? 4 : 3;
      const still = keyOf(path, next);
      const parts = interpolation === 'CUBICSPLINE' ? 3 : 1;
      const rows = Array.from({ length: keys * parts }, (_, r) => {
        if (parts === 3 && r % 3 !== 1)
          return constant ? new Array<number>(size).fill(0) : floats(size, () => next() - 0.5);
        return constant ? still : keyOf(path, next);
      });
      const values = Float32Array.from(rows.flatMap((row) => [...row]));
      const isShort = stored === 'short' && path === 'rotation' && parts === 1;
      const array = isShort ? Int16Array.from(values, (value) => Math.round(value * 32767)) : values;
      const output = bench.accessor(size === 4 ? 'VEC4' : 'VEC3', array, { normalized: isShort });
      return { input, output, interpolation };
    }),
  })) as GLTF.IAnimation[];
}

function keyOf(path: string, next: () => number): readonly number[] {
  if (path !== 'rotation') return [next() * 10, next() + 0.1, next() * 10];
  const angle = (next() - 0.5) * 3;
  const axis = [next() - 0.5, next() - 0.5, next() + 0.01];
  const length = Math.hypot(...axis);
  return [...axis.map((c) => (c / length) * Math.sin(angle)), Math.cos(angle)];
}
