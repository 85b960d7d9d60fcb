/** The step that drops keys which their neighbours say already. Tracks that share their times keep sharing them. */
import type { GLTF } from '@gltf-transform/core';
import { toFloats } from '../asset/accessors.ts';
import { listRoles, type Role } from '../asset/roles.ts';
import { mixRows, rowDistance } from '../asset/tracks.ts';
import { plural } from '../units.ts';
import type { Precision } from './precision.ts';
import type { Step, StepResult } from './step.ts';
import { isFree, type Stream, type Workpiece, withStreams } from './workpiece.ts';

/** The longest run of keys that two may stand for: checking it takes its square. */
const LONGEST_RUN = 128;

const PATHS: ReadonlySet<string> = new Set(['translation', 'rotation', 'scale', 'weights']);

/**
 * Drops keys from all tracks of one time accessor at once, where every one of them stays within the bounds of `precision`:
 * an accessor of its own for each track costs more than its keys. The first and the last key of each stay.
 */
export function dropIdleKeys(precision: Precision): Step {
  return { name: 'idle-keys', run: (piece) => dropAll(piece, precision) };
}

function dropAll(piece: Workpiece, precision: Precision): StepResult {
  if ((piece.json.animations ?? []).length === 0) return { kind: 'skipped', why: 'there are no animations' };
  if (precision.positionBits === null) return { kind: 'skipped', why: 'the recipe keeps every bit' };
  const roles = listRoles(piece.json);
  const { outputsByInput, shared } = pairsOf(piece.json);
  const changed = new Map<number, Stream>();
  let [dropped, all] = [0, 0];
  for (const [input, indices] of outputsByInput) {
    const times = piece.streams.get(input);
    const outputs = [...indices].some((index) => shared.has(index))
      ? undefined
      : outputsOf(piece, input, indices, roles);
    if (times === undefined || outputs === undefined) continue;
    const kept = keepKeys(toFloats(times), outputs, precision);
    all += times.count;
    if (kept.length === times.count) continue;
    dropped += times.count - kept.length;
    changed.set(input, pick(times, times.count, kept));
    for (const { index, stream } of outputs) changed.set(index, pick(stream, times.count, kept));
  }
  if (dropped === 0) return { kind: 'skipped', why: 'no key is what its neighbours say, in all tracks of its times' };
  return {
    kind: 'changed',
    piece: withStreams(piece, changed),
    why: `${dropped} of ${plural(all, 'key time')} dropped`,
  };
}

/** The outputs of each time accessor, and those that more than one of them plays. Linear: a file may hold many thousands. */
function pairsOf(json: GLTF.IGLTF): {
  readonly outputsByInput: ReadonlyMap<number, ReadonlySet<number>>;
  readonly shared: ReadonlySet<number>;
} {
  const outputsByInput = new Map<number, Set<number>>();
  const inputOf = new Map<number, number>();
  const shared = new Set<number>();
  for (const { input, output } of (json.animations ?? []).flatMap((animation) => animation.samplers)) {
    const outputs = outputsByInput.get(input) ?? new Set();
    outputsByInput.set(input, outputs.add(output));
    if ((inputOf.get(output) ?? input) !== input) shared.add(output);
    inputOf.set(output, input);
  }
  return { outputsByInput, shared };
}

/** One output accessor, played in one way. */
interface Track {
  readonly index: number;
  readonly stream: Stream;
  readonly isStep: boolean;
  readonly isRotation: boolean;
}

/** All tracks of one time accessor; undefined when one of them must keep its keys. */
function outputsOf(
  piece: Workpiece,
  input: number,
  indices: ReadonlySet<number>,
  roles: ReadonlyMap<number, readonly Role[]>,
): readonly Track[] | undefined {
  const isInput = (roles.get(input) ?? []).every(({ kind }) => kind === 'input');
  if (!isInput || !isFree(piece, input)) return undefined;
  const tracks: Track[] = [];
  const keyCount = piece.streams.get(input)?.count ?? 0;
  for (const index of indices) {
    const stream = piece.streams.get(index);
    const uses = (roles.get(index) ?? []).flatMap((role) => (role.kind === 'output' ? [role] : []));
    const [use] = uses;
    // A spline has tangents for just these keys, and a pointer may turn what it likes.
    if (stream === undefined || stream.filtered !== undefined || use === undefined || !isFree(piece, index))
      return undefined;
    if (uses.length !== roles.get(index)?.length || !PATHS.has(use.path) || use.interpolation === 'CUBICSPLINE')
      return undefined;
    if (uses.some(({ path, interpolation }) => path !== use.path || interpolation !== use.interpolation))
      return undefined;
    // Broken, and so not ours to shorten.
    if (keyCount === 0 || stream.count % keyCount !== 0) return undefined;
    tracks.push({ index, stream, isStep: use.interpolation === 'STEP', isRotation: use.path === 'rotation' });
  }
  return tracks;
}

/** The keys that must stay, ascending. */
function keepKeys(times: Float32Array, tracks: readonly Track[], precision: Precision): readonly number[] {
  const all = [...times.keys()];
  if (times.length < 3 || !all.every((k) => k === 0 || (times[k] ?? 0) > (times[k - 1] ?? 0))) return all;
  const players = tracks.map((track) => playerOf(track, times, precision));
  const kept = [0];
  let anchor = 0;
  for (let end = 2; end < times.length; end++) {
    if (end - anchor <= LONGEST_RUN && players.every((stays) => stays(anchor, end))) continue;
    anchor = end - 1;
    kept.push(anchor);
  }
  kept.push(times.length - 1);
  return kept;
}

/** Tells whether a track stays what it is when all keys between two go. */
type Player = (anchor: number, end: number) => boolean;

function playerOf({ stream, isStep, isRotation }: Track, times: Float32Array, precision: Precision): Player {
  const values = toFloats(stream);
  const width = values.length / times.length;
  const [was, is] = [new Float64Array(width), new Float64Array(width)];
  if (isStep)
    return (anchor, end) => {
      for (let i = (anchor + 1) * width; i < end * width; i++)
        if (!Object.is(values[i], values[anchor * width + (i % width)])) return false;
      return true;
    };
  const range = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  // Half of what rounding takes, so that both together stay within the contract.
  const bound = isRotation ? 1 / 2 ** precision.rotationBits : range / 2 ** (precision.translationBits + 1);
  // Some loaders turn on the arc, some on the chord: both must be near. Numbers are furthest apart at their keys,
  // rotations nearly so: a look between the keys makes sure.
  const mixes = isRotation ? (['slerp', 'nlerp'] as const) : (['numbers'] as const);
  const places = isRotation ? [0, 0.5] : [0];
  return (anchor, end) => {
    const [start, span] = [times[anchor] ?? 0, (times[end] ?? 0) - (times[anchor] ?? 0)];
    for (let k = end - 1; k >= anchor; k--) {
      for (const place of places) {
        const time = (times[k] ?? 0) + place * ((times[k + 1] ?? 0) - (times[k] ?? 0));
        for (const mix of mixes) {
          mixRows(values, [k, k + 1], place, mix, was);
          mixRows(values, [anchor, end], (time - start) / span, mix, is);
          if (!(rowDistance(was, is, isRotation) <= bound)) return false;
        }
      }
    }
    return true;
  };
}

/** Some keys of a stream that has `keyCount` of them. */
function pick(stream: Stream, keyCount: number, kept: readonly number[]): Stream {
  const width = stream.array.length / keyCount;
  const array = stream.array.slice(0, kept.length * width);
  for (const [place, k] of kept.entries()) array.set(stream.array.subarray(k * width, (k + 1) * width), place * width);
  return { ...stream, array, count: array.length / stream.itemSize };
}
