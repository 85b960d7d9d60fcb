/** Every key of every track, played at its time: values within what our coarsest recipe rounds, no new time. */
import type { GLTF } from '@gltf-transform/core';
import { mixRows, rowDistance } from '../asset/tracks.ts';
import { type Finding, finding, pointer } from '../finding.ts';
import { matchChannels } from './channels.ts';
import { type Floats, sameBits } from './floats.ts';

/** Of the largest value of a track; our coarsest recipe rounds to 2 ** -15. */
const VALUE_RATIO = 2 ** -14;
/** Of a rotation's component; recipes take more bits where theirs, and the keys that they dropped, would need more than this. */
const ROTATION_RATIO = 2 ** -10;
/** Of the largest value of a spline, its tangents left out. */
const CUBIC_RATIO = 2 ** -10;

/** Tracks of `after` that are not what they were. */
export function* checkAnimations(was: Floats, is: Floats): Generator<Finding> {
  const known = new Map<string, string | undefined>();
  for (const [a, animation] of (is.glb.json.animations ?? []).entries()) {
    const source = was.glb.json.animations?.[a];
    for (const [c, [sourceChannel, channel]] of matchChannels(was.glb, is.glb, a, was.reader).pairs.entries()) {
      const from = source?.samplers[sourceChannel.sampler];
      const to = animation.samplers[channel.sampler];
      if (from === undefined || to === undefined) continue;
      const { path } = channel.target;
      const key = [from.input, from.output, to.input, to.output, from.interpolation, path].join();
      if (!known.has(key)) known.set(key, compareTracks(was, from, is, to, path === 'rotation'));
      const wrong = known.get(key);
      if (wrong !== undefined) yield finding('CONTRACT_BROKEN', pointer('animations', a, 'channels', c), wrong);
    }
  }
}

function compareTracks(
  was: Floats,
  from: GLTF.IAnimationSampler,
  is: Floats,
  to: GLTF.IAnimationSampler,
  isRotation: boolean,
): string | undefined {
  const [times, newTimes] = [was.of(from.input), is.of(to.input)];
  const [x, y] = [was.of(from.output), is.of(to.output)];
  if (times.length === 0) return newTimes.length === 0 ? undefined : 'There are keys that the source does not have.';
  const width = x.length / times.length;
  const isShort = newTimes.length === 1 && times.length > 1 && from.interpolation !== 'CUBICSPLINE';
  const sameTimes = isShort ? Object.is(times[0], newTimes[0]) : sameBits(times, newTimes);
  const kept = sameTimes || from.interpolation === 'CUBICSPLINE' ? undefined : placesIn(times, newTimes);
  if (!sameTimes && kept === undefined) return 'The times of its keys changed.';
  if (y.length !== width * newTimes.length) return 'Its keys have another width.';
  if (kept !== undefined) {
    const bound = rangeOf(x) * (isRotation ? ROTATION_RATIO : VALUE_RATIO) + 1e-6;
    return playTracks(times, x, kept, y, { isStep: from.interpolation === 'STEP', isRotation, bound });
  }
  if (isRotation && from.interpolation !== 'CUBICSPLINE') {
    const bound = new Float64Array(width).fill(rangeOf(x) * ROTATION_RATIO + 1e-6);
    return compareKeys(x, y, width, isShort, bound, true);
  }
  const bound = boundsOf(x, width, from.interpolation === 'CUBICSPLINE', isRotation ? ROTATION_RATIO : VALUE_RATIO);
  return compareKeys(x, y, width, isShort, bound, false);
}

/** Where each of `some` is among `all`; undefined unless all are there in their order, with the first and the last. */
function placesIn(all: Float32Array, some: Float32Array): readonly number[] | undefined {
  const places: number[] = [];
  for (let k = 0; k < all.length; k++) if (Object.is(all[k], some[places.length])) places.push(k);
  const isWhole = places.length === some.length && places[0] === 0 && places.at(-1) === all.length - 1;
  return isWhole && places.every((k, i) => i === 0 || (all[k] ?? 0) > (all[k - 1] ?? 0)) ? places : undefined;
}

interface Playing {
  readonly isStep: boolean;
  readonly isRotation: boolean;
  readonly bound: number;
}

/** Keys that are gone may be said by their neighbours: the track is played at every time that had a key, and between. */
function playTracks(
  times: Float32Array,
  x: Float32Array,
  kept: readonly number[],
  y: Float32Array,
  { isStep, isRotation, bound }: Playing,
): string | undefined {
  const width = x.length / times.length;
  const [was, is] = [new Float64Array(width), new Float64Array(width)];
  const timeAt = (k: number) => times[k] ?? 0;
  let next = 1;
  for (let k = 0; k < times.length; k++) {
    while (next < kept.length - 1 && (kept[next] ?? 0) <= k) next++;
    const [start, end] = [timeAt(kept[next - 1] ?? 0), timeAt(kept[next] ?? 0)];
    for (const place of isStep || k === times.length - 1 ? [0] : [0, 0.5]) {
      const time = timeAt(k) + place * (timeAt(k + 1) - timeAt(k));
      const u = isStep && time < end ? 0 : (time - start) / (end - start);
      // Loaders turn on the arc or on the chord.
      for (const mix of isRotation ? (['slerp', 'nlerp'] as const) : (['numbers'] as const)) {
        mixRows(x, [k, Math.min(k + 1, times.length - 1)], place, mix, was);
        mixRows(y, [next - 1, next], u, mix, is);
        if (!(rowDistance(was, is, isRotation) <= bound)) return `Key ${k + 1} of ${times.length} changed.`;
      }
    }
  }
  return undefined;
}

/** How far each component of a key may move. */
function boundsOf(x: Float32Array, width: number, isCubic: boolean, ratio: number): Float64Array {
  const bounds = new Float64Array(width).fill(rangeOf(x) * ratio + 1e-6);
  if (!isCubic) return bounds;
  // Tangents may be large, and share one grid with their values: what is coarse for these has to be found.
  const third = width / 3;
  const values = x.filter((_value, i) => Math.floor((i % width) / third) === 1);
  return bounds.fill(Math.min(rangeOf(values) * CUBIC_RATIO + 1e-6, bounds[0] ?? 0), third, third * 2);
}

function rangeOf(values: Float32Array): number {
  let range = 0;
  for (const value of values) {
    const size = Math.abs(value);
    if (size > range && size < Number.POSITIVE_INFINITY) range = size;
  }
  return range;
}

/** Each key of `x` against its key in `y`, or against the only one. Opposite quaternions are one rotation. */
function compareKeys(
  x: Float32Array,
  y: Float32Array,
  width: number,
  isShort: boolean,
  bounds: Float64Array,
  eitherSign: boolean,
): string | undefined {
  for (let i = 0; i < x.length; i += width) {
    const j = isShort ? 0 : i;
    if (isNear(x, i, y, j, width, bounds, 1) || (eitherSign && isNear(x, i, y, j, width, bounds, -1))) continue;
    return `Key ${i / width + 1} of ${x.length / width} changed.`;
  }
  return undefined;
}

function isNear(
  x: Float32Array,
  i: number,
  y: Float32Array,
  j: number,
  width: number,
  bounds: Float64Array,
  sign: 1 | -1,
): boolean {
  for (let c = 0; c < width; c++) {
    const a = x[i + c] ?? 0;
    const b = y[j + c] ?? 0;
    // NaN and infinities have no neighbourhood: they stay what they were.
    if (!(Math.abs(a - sign * b) <= (bounds[c] ?? 0)) && !Object.is(a, b)) return false;
  }
  return true;
}
