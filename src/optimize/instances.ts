/** The step that stores the transforms of instances within their bounds. Their order is their number, and stays. */
import { toFloats } from '../asset/accessors.ts';
import { listRoles, type Role } from '../asset/roles.ts';
import { plural } from '../units.ts';
import { extentOf } from './edges.ts';
import { toFixedExponent, toQuaternions } from './encodings.ts';
import type { Precision } from './precision.ts';
import type { Step, StepResult } from './step.ts';
import { isFree, type Stream, type Workpiece, withStreams } from './workpiece.ts';

/** Rotations as shorts and, under compression, places and scales with the bits that their bounds ask for. (EXT_mesh_gpu_instancing allows all of it.) */
export function quantizeInstances(precision: Precision): Step {
  return { name: 'quantize-instances', run: (piece) => quantizeAll(piece, precision) };
}

function quantizeAll(piece: Workpiece, precision: Precision): StepResult {
  if (precision.positionBits === null) return { kind: 'skipped', why: 'the recipe keeps every bit' };
  const changed = new Map<number, Stream>();
  for (const [index, roles] of listRoles(piece.json)) {
    const stream = piece.streams.get(index);
    const name = soleName(roles);
    if (stream === undefined || name === undefined || !isFree(piece, index)) continue;
    if (stream.filtered !== undefined || !(stream.array instanceof Float32Array)) continue;
    const next = quantizeOne(stream, name, piece.compression !== 'none', precision, precision.positionBits);
    if (next !== undefined) changed.set(index, next);
  }
  if (changed.size === 0) return { kind: 'skipped', why: 'there are no instances that can be stored in fewer bits' };
  const why = `${plural(changed.size, 'accessor')} of instances within their bounds`;
  return { kind: 'changed', piece: withStreams(piece, changed), why };
}

/** Undefined when the accessor is not an instance attribute alone. */
function soleName(roles: readonly Role[]): string | undefined {
  const names = new Set(roles.map((role) => (role.kind === 'instance' ? role.semantic : undefined)));
  return names.size === 1 ? [...names][0] : undefined;
}

/** Of the extent of all places, at least: one instance is small beside it. */
const PLACE_BITS = 14;

function quantizeOne(
  stream: Stream,
  name: string,
  compressed: boolean,
  { instanceBits, rotationBits }: Precision,
  positionBits: number,
): Stream | undefined {
  const values = toFloats(stream);
  if (name === 'ROTATION') return toQuaternions(values, compressed ? instanceBits : rotationBits);
  if (!compressed || stream.itemSize !== 3) return undefined;
  if (name === 'TRANSLATION') {
    const { min, max } = extentOf(values);
    const extent = Math.max(...max.map((value, axis) => value - (min[axis] ?? value)));
    return toFixedExponent(values, 3, extent / 2 ** Math.max(positionBits, PLACE_BITS));
  }
  if (name !== 'SCALE') return undefined;
  // A small instance beside a large one is as near to somebody's eye: the smallest scale sets the step.
  const least = values.reduce((low, value) => (value === 0 ? low : Math.min(low, Math.abs(value))), Infinity);
  return toFixedExponent(values, 3, least / 2 ** (instanceBits - 2));
}
