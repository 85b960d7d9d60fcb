/** Animation channels that only ever say what the node says without them. */
import type { GLTF } from '@gltf-transform/core';
import { type AccessorData, toFloats } from './accessors.ts';
import type { Gltf } from './glb.ts';

/** Rest values by path (glTF 2.0, section 5.25). */
const DEFAULTS = Object.freeze({ translation: [0, 0, 0], rotation: [0, 0, 0, 1], scale: [1, 1, 1] } as const);

/** Exporters write transforms and keys with different rounding; a millionth is below what any float transform keeps apart. */
const TOLERANCE = 1e-6;

/** True when every key of a channel equals its node's own transform, so that the channel changes nothing. */
export function isAtRest(
  json: Gltf,
  animation: GLTF.IAnimation,
  channel: GLTF.IAnimationChannel,
  read: (accessor: number) => AccessorData | undefined,
): boolean {
  const { node, path } = channel.target;
  const owner = node === undefined ? undefined : json.nodes?.[node];
  const sampler = animation.samplers[channel.sampler];
  if (owner === undefined || sampler === undefined || !Object.hasOwn(DEFAULTS, path) || owner.matrix !== undefined)
    return false;
  // An extension may aim elsewhere, and a spline swings between its keys.
  if (hasExtras(channel) || hasExtras(channel.target) || hasExtras(sampler) || sampler.interpolation === 'CUBICSPLINE')
    return false;
  const key = path as keyof typeof DEFAULTS;
  const rest: readonly number[] = owner[key] ?? DEFAULTS[key];
  const output = read(sampler.output);
  return output !== undefined && holds(toFloats(output), rest, key === 'rotation');
}

function hasExtras(owner: { readonly extensions?: unknown; readonly extras?: unknown }): boolean {
  return owner.extensions !== undefined || owner.extras !== undefined;
}

/** Every element equals `rest`; of a rotation also its opposite, which is the same one. */
function holds(values: Float32Array, rest: readonly number[], isRotation: boolean): boolean {
  for (let i = 0; i < values.length; i += rest.length) {
    if (!equals(values, i, rest, 1) && !(isRotation && equals(values, i, rest, -1))) return false;
  }
  return values.length > 0;
}

function equals(values: Float32Array, at: number, rest: readonly number[], sign: 1 | -1): boolean {
  return rest.every(
    (value, c) => Math.abs((values[at + c] ?? Number.NaN) - sign * value) <= TOLERANCE * Math.max(1, Math.abs(value)),
  );
}
