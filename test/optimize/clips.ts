/** Samples animations of a document, straight from the formulas of glTF 2.0, appendix C. */
import type { AnimationChannel, Document } from '@gltf-transform/core';
import { expect } from 'vitest';
import { type Bounds, elements } from './alike.ts';

const SAMPLES = 200;

interface Track {
  readonly times: readonly number[];
  readonly values: readonly number[][];
  readonly interpolation: string;
  readonly isRotation: boolean;
}

function trackOf(channel: AnimationChannel): Track {
  const sampler = channel.getSampler();
  return {
    times: elements(sampler?.getInput() ?? null).flat(),
    values: elements(sampler?.getOutput() ?? null),
    interpolation: sampler?.getInterpolation() ?? 'LINEAR',
    isRotation: channel.getTargetPath() === 'rotation',
  };
}

function sample(track: Track, t: number): number[] {
  const value = mix(track, t);
  // Loaders normalize rotations.
  return track.isRotation ? unit(value) : value;
}

function mix({ times, values, interpolation, isRotation }: Track, t: number): number[] {
  const isCubic = interpolation === 'CUBICSPLINE';
  const at = (k: number, part: number) => values[isCubic ? k * 3 + part : k] ?? [];
  const last = times.length - 1;
  if (t <= (times[0] ?? 0)) return at(0, 1);
  if (t >= (times[last] ?? 0)) return at(last, 1);
  const k = times.findIndex((time) => time > t) - 1;
  const span = (times[k + 1] ?? 0) - (times[k] ?? 0);
  const u = (t - (times[k] ?? 0)) / span;
  const [a, b] = [at(k, 1), at(k + 1, 1)];
  if (interpolation === 'STEP') return a;
  if (isCubic) {
    const mixed = a.map((value, c) => {
      const [out, into] = [at(k, 2)[c] ?? 0, at(k + 1, 0)[c] ?? 0];
      const [u2, u3] = [u * u, u * u * u];
      return (
        (2 * u3 - 3 * u2 + 1) * value +
        span * (u3 - 2 * u2 + u) * out +
        (3 * u2 - 2 * u3) * (b[c] ?? 0) +
        span * (u3 - u2) * into
      );
    });
    return isRotation ? unit(mixed) : mixed;
  }
  if (!isRotation) return a.map((value, c) => value + u * ((b[c] ?? 0) - value));
  const dot = a.reduce((sum, value, c) => sum + value * (b[c] ?? 0), 0);
  const angle = Math.acos(Math.min(1, Math.abs(dot)));
  if (angle < 1e-6) return a;
  const [from, to] = [Math.sin(angle * (1 - u)), Math.sign(dot || 1) * Math.sin(angle * u)];
  return unit(a.map((value, c) => value * from + (b[c] ?? 0) * to));
}

function unit(q: readonly number[]): number[] {
  const length = Math.hypot(...q);
  return q.map((value) => value / length);
}

function distanceOf(a: readonly number[], b: readonly number[], isRotation: boolean): number {
  const straight = Math.hypot(...a.map((value, c) => value - (b[c] ?? Number.NaN)));
  const opposite = Math.hypot(...a.map((value, c) => value + (b[c] ?? Number.NaN)));
  return isRotation ? Math.min(straight, opposite) : straight;
}

/** Expects every clip as long as it was, and every channel where it was at 200 times. */
export function expectSameClips(before: Document, after: Document, bounds: Bounds): void {
  const clips = after.getRoot().listAnimations();
  for (const [a, clip] of before.getRoot().listAnimations().entries()) {
    const [was, is] = [clip.listChannels().map(trackOf), (clips[a]?.listChannels() ?? []).map(trackOf)];
    const [start, end] = spanOf(was);
    expect(spanOf(is), clip.getName()).toEqual([start, end]);
    for (const [c, track] of was.entries()) {
      const other = is[c];
      if (other === undefined) throw new Error(`${clip.getName()}: channel ${c} is gone`);
      const largest = Math.max(...track.values.flat().map(Math.abs));
      // A spline adds the errors of its tangents to those of its values.
      const factor = track.interpolation === 'CUBICSPLINE' ? 4 : 2;
      const limit = track.isRotation && factor === 2 ? bounds.rotation : factor * largest * bounds.trackRatio;
      const worst = Math.max(
        ...Array.from({ length: SAMPLES }, (_, i) => {
          const t = start + ((end - start) * i) / (SAMPLES - 1);
          // Not at the very jump of a step, where a rounding decides.
          return distanceOf(sample(track, t + 1e-7), sample(other, t + 1e-7), track.isRotation);
        }),
      );
      expect(worst, `${clip.getName()}: channel ${c}`).toBeLessThanOrEqual(limit + 1e-6);
    }
  }
}

function spanOf(tracks: readonly Track[]): [number, number] {
  const times = tracks.flatMap((track) => track.times);
  return [Math.min(...times), Math.max(...times)];
}
