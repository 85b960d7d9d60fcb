/** Every key of every track: times bit for bit, values within what our coarsest recipe rounds. */
import type { GLTF } from '@gltf-transform/core';
import { type Finding, finding, pointer } from '../finding.ts';
import { matchChannels } from './channels.ts';
import { type Floats, sameBits } from './floats.ts';

/** Of the largest value of a track; our coarsest recipe rounds to 2 ** -17. */
const VALUE_RATIO = 2 ** -14;
/** Of a rotation's component; fourteen bits for three of them, and the fourth is computed. */
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
  if (!sameTimes) return 'The times of its keys changed.';
  if (y.length !== width * newTimes.length) return 'Its keys have another width.';
  if (isRotation && from.interpolation !== 'CUBICSPLINE') {
    const bound = new Float64Array(width).fill(rangeOf(x) * ROTATION_RATIO + 1e-6);
    return compareKeys(x, y, width, isShort, bound, true);
  }
  const bound = boundsOf(x, width, from.interpolation === 'CUBICSPLINE', isRotation ? ROTATION_RATIO : VALUE_RATIO);
  return compareKeys(x, y, width, isShort, bound, false);
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
