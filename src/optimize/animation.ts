/** Animation steps. Every clip keeps its channels, its targets and its length. */
import type { GLTF } from '@gltf-transform/core';
import { ITEM_SIZE, toFloats } from '../asset/accessors.ts';
import { cloneJson } from '../asset/clone.ts';
import { listRoles, timedSamplers } from '../asset/roles.ts';
import { rowDistance } from '../asset/tracks.ts';
import { leastOf, mostOf, plural } from '../units.ts';
import { toFixedExponent, toQuaternions } from './encodings.ts';
import type { Precision } from './precision.ts';
import type { Step, StepResult } from './step.ts';
import { addAccessor, isFree, mayReindex, type Stream, type Workpiece, withStreams } from './workpiece.ts';

/** Tracks that never change keep one key, as long as another track still marks the start and the end of the clip. */
export function constantTracks(): Step {
  return { name: 'constant-tracks', run: shortenConstants };
}

function shortenConstants(piece: Workpiece): StepResult {
  if ((piece.json.animations ?? []).length === 0) return { kind: 'skipped', why: 'there are no animations' };
  if (!mayReindex(piece))
    return { kind: 'skipped', why: 'an extension that we do not know may refer to data by index' };
  const json = cloneJson(piece.json);
  const streams = new Map(piece.streams);
  const work: Work = { json, streams, inputs: new Map() };
  let shortened = 0;
  for (const animation of json.animations ?? []) shortened += shortenClip(work, animation);
  if (shortened === 0) return { kind: 'skipped', why: 'every track changes' };
  return {
    kind: 'changed',
    piece: { ...piece, json, streams },
    why: `${plural(shortened, 'constant track')} to one key`,
  };
}

interface Work {
  readonly json: GLTF.IGLTF;
  readonly streams: Map<number, Stream>;
  /** Time in seconds -> accessor with just this key. */
  readonly inputs: Map<number, number>;
}

function shortenClip(work: Work, animation: GLTF.IAnimation): number {
  // Loaders take a clip's length from its channels: what no channel uses marks nothing, and is left alone.
  const timed = timedSamplers(animation);
  const spans = animation.samplers.map((sampler, s) =>
    timed.has(s) ? spanOf(work.streams.get(sampler.input)) : undefined,
  );
  const start = leastOf(spans.flatMap((span) => span?.[0] ?? []));
  const end = mostOf(spans.flatMap((span) => span?.[1] ?? []));
  const constant = animation.samplers.map((sampler, s) => spans[s] !== undefined && isConstant(work, sampler));
  const marks = (time: 0 | 1, at: number) => spans.some((span, s) => !constant[s] && span?.[time] === at);
  // One constant track stays long when no other track spans the clip.
  if (!marks(0, start) || !marks(1, end)) {
    const keeper = constant.findIndex((is, s) => is && spans[s]?.[0] === start && spans[s]?.[1] === end);
    if (keeper < 0) return 0;
    constant[keeper] = false;
  }
  let shortened = 0;
  for (const [s, sampler] of animation.samplers.entries()) {
    const output = work.streams.get(sampler.output);
    const input = work.streams.get(sampler.input);
    const time = spans[s]?.[0];
    if (!constant[s] || output === undefined || input === undefined || time === undefined || input.count === 1)
      continue;
    const width = output.array.length / input.count;
    const type = work.json.accessors?.[sampler.output]?.type ?? 'SCALAR';
    const one: Stream = {
      array: output.array.slice(0, width),
      itemSize: ITEM_SIZE[type],
      count: width / ITEM_SIZE[type],
      normalized: output.normalized,
    };
    sampler.output = addAccessor(work.json, work.streams, type, one);
    sampler.input = inputAt(work, time);
    shortened++;
  }
  return shortened;
}

function spanOf(input: Stream | undefined): readonly [number, number] | undefined {
  const first = input?.array[0];
  const last = input?.array[input.array.length - 1];
  return first === undefined || last === undefined ? undefined : [first, last];
}

/** Constant: each key holds the value of the first. A cubic spline never is: it must have two keys (section 5.9). */
function isConstant(work: Work, sampler: GLTF.IAnimationSampler): boolean {
  const output = work.streams.get(sampler.output);
  const input = work.streams.get(sampler.input);
  if (output === undefined || input === undefined || input.count < 2) return false;
  if (sampler.interpolation === 'CUBICSPLINE') return false;
  const { array } = output;
  const width = array.length / input.count;
  for (let i = width; i < array.length; i++) if (array[i] !== array[i % width]) return false;
  return true;
}

function inputAt(work: Work, time: number): number {
  const known = work.inputs.get(time);
  if (known !== undefined) return known;
  const index = addAccessor(work.json, work.streams, 'SCALAR', {
    array: Float32Array.of(time),
    itemSize: 1,
    count: 1,
    normalized: false,
  });
  work.inputs.set(time, index);
  return index;
}

/** Stores key values within the bounds of `precision`. Times keep every bit. */
export function quantizeAnimation(precision: Precision): Step {
  return { name: 'quantize-animation', run: (piece) => quantizeOutputs(piece, precision) };
}

function quantizeOutputs(piece: Workpiece, precision: Precision): StepResult {
  if ((piece.json.animations ?? []).length === 0) return { kind: 'skipped', why: 'there are no animations' };
  if (precision.positionBits === null) return { kind: 'skipped', why: 'the recipe keeps every bit' };
  const changed = new Map<number, Stream>();
  const keyCounts = keyCountsOf(piece);
  for (const [index, roles] of listRoles(piece.json)) {
    const stream = piece.streams.get(index);
    if (
      stream === undefined ||
      stream.filtered !== undefined ||
      !(stream.array instanceof Float32Array) ||
      !isFree(piece, index)
    )
      continue;
    const paths = new Set(roles.map((role) => (role.kind === 'output' ? role.path : role.kind)));
    const cubic = roles.some((role) => role.kind === 'output' && role.interpolation === 'CUBICSPLINE');
    const path = paths.size === 1 ? [...paths][0] : undefined;
    const keyCount = keyCounts.get(index) ?? 0;
    const next = quantizeTrack({ stream, path, cubic, keyCount }, piece.compression !== 'none', precision);
    if (next !== undefined) changed.set(index, inRows(next, keyCount));
  }
  if (changed.size === 0) return { kind: 'skipped', why: 'no track can be stored in fewer bits' };
  return {
    kind: 'changed',
    piece: withStreams(piece, changed),
    why: `${plural(changed.size, 'track')} within their bounds`,
  };
}

/** Output accessor -> the keys that it has values for, where all its samplers agree. */
function keyCountsOf({ json, streams }: Workpiece): ReadonlyMap<number, number> {
  const counts = new Map<number, number>();
  for (const { input, output } of (json.animations ?? []).flatMap((animation) => animation.samplers)) {
    const count = streams.get(input)?.count ?? 0;
    counts.set(output, (counts.get(output) ?? count) === count ? count : 0);
  }
  return counts;
}

/** Rows as long as the codec takes, in bytes. */
const LONGEST_ROW = 256;

/** All values of a key as one row of the codec, so that each is told from its own one before: morph weights are scalars in turn. */
function inRows(stream: Stream, keyCount: number): Stream {
  const { filtered } = stream;
  const byteStride = (filtered?.bytes.byteLength ?? 0) / keyCount;
  if (filtered?.filter !== 'EXPONENTIAL' || !Number.isInteger(byteStride) || byteStride > LONGEST_ROW) return stream;
  return { ...stream, filtered: { ...filtered, byteStride } };
}

/** What the contract lets a rotation, or a value between tangents, move by: of the largest of its track. */
const CONTRACT_RATIO = 2 ** -10;

interface Track {
  readonly stream: Stream;
  readonly path: string | undefined;
  readonly cubic: boolean;
  readonly keyCount: number;
}

function quantizeTrack(
  { stream, path, cubic, keyCount }: Track,
  compressed: boolean,
  precision: Precision,
): Stream | undefined {
  const values = toFloats(stream);
  // Tangents of a spline are no unit vectors; without the codec only rotations have a smaller form in core glTF.
  if (path === 'rotation' && !cubic) return toRotations(values, precision);
  if (!compressed || (path !== 'translation' && path !== 'scale' && path !== 'rotation' && path !== 'weights'))
    return undefined;
  const range = rangeOf(values);
  const bits = cubic || path === 'translation' ? precision.translationBits : precision.factorBits;
  const step = (range > 0 ? range : 1) / 2 ** bits;
  if (!cubic) return toFixedExponent(values, stream.itemSize, step);
  // Of each key its tangents come first and last; they may be far larger than what they lead to, which sets the contract.
  const width = values.length / Math.max(keyCount, 1) / 3;
  const own = rangeOf(values.filter((_value, i) => Math.floor(i / width) % 3 === 1));
  return toFixedExponent(values, stream.itemSize, own > 0 ? Math.min(step, own * CONTRACT_RATIO) : step);
}

/** In more bits where keys that were dropped took some of what the contract allows, and rounding would take more than the rest. */
function toRotations(values: Float32Array<ArrayBuffer>, { rotationBits }: Precision): Stream | undefined {
  const most = rangeOf(values) * CONTRACT_RATIO - 2 ** -rotationBits;
  for (let bits = rotationBits; bits < 16; bits++) {
    const rounded = toQuaternions(values, bits);
    if (rounded === undefined || areNear(values, toFloats(rounded), most)) return rounded;
  }
  return toQuaternions(values, 16);
}

function areNear(was: Float32Array, is: Float32Array, most: number): boolean {
  for (let i = 0; i < was.length; i += 4) {
    const [a, b] = [was, is].map((rows) => Float64Array.from(rows.subarray(i, i + 4)));
    if (a === undefined || b === undefined || !(rowDistance(a, b, true) <= most)) return false;
  }
  return true;
}

function rangeOf(values: Float32Array): number {
  return values.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
}
