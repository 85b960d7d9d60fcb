/** Which animation channel of an output was which of its source. A channel that held its node at rest may be gone. */
import type { GLTF } from '@gltf-transform/core';
import { AccessorReader } from '../asset/accessors.ts';
import type { SourceGlb } from '../asset/glb.ts';
import { isAtRest } from '../asset/rest-pose.ts';

/** Channels of one animation, matched in order. */
export interface MatchedChannels {
  readonly pairs: readonly (readonly [before: GLTF.IAnimationChannel, after: GLTF.IAnimationChannel])[];
  /** Places in the source of channels that moved something and are gone. */
  readonly lost: readonly number[];
  /** Places in the output of channels that the source does not have. */
  readonly added: readonly number[];
}

/** Matches the channels of animation `a`. */
export function matchChannels(
  before: SourceGlb,
  after: SourceGlb,
  a: number,
  reader = new AccessorReader(before.json, before.bin),
): MatchedChannels {
  const [source, output] = [before.json.animations?.[a], after.json.animations?.[a]];
  const pairs: [GLTF.IAnimationChannel, GLTF.IAnimationChannel][] = [];
  const lost: number[] = [];
  let next = 0;
  for (const [c, channel] of (source?.channels ?? []).entries()) {
    const candidate = output?.channels[next];
    if (source === undefined) continue;
    if (candidate !== undefined && output !== undefined && keyOf(source, channel) === keyOf(output, candidate)) {
      pairs.push([channel, candidate]);
      next++;
    } else if (!isAtRest(before.json, source, channel, (index) => reader.read(index))) lost.push(c);
  }
  const added = (output?.channels ?? []).map((_channel, c) => c).filter((c) => c >= next);
  return { pairs, lost, added };
}

/** All that code can tell of a channel. */
function keyOf(animation: GLTF.IAnimation, channel: GLTF.IAnimationChannel): string {
  const { sampler, target, ...rest } = channel;
  return JSON.stringify([
    target.node,
    target.path,
    target,
    rest,
    animation.samplers[sampler]?.interpolation ?? 'LINEAR',
  ]);
}
