/** The step that drops animation channels which say nothing. */
import type { GLTF } from '@gltf-transform/core';
import { cloneJson } from '../asset/clone.ts';
import type { Gltf } from '../asset/glb.ts';
import { isAtRest } from '../asset/rest-pose.ts';
import { leastOf, mostOf, plural } from '../units.ts';
import type { Step, StepResult } from './step.ts';
import { mayReindex, type Workpiece } from './workpiece.ts';

/**
 * Drops channels that hold their node at rest. Where the target's mixer puts nodes back at rest by itself, each clip counts
 * alone; elsewhere a channel goes only if no clip moves that node that way: its work would be to undo another clip.
 * Every clip keeps a channel, its start and its end.
 */
export function dropRestChannels(options: { readonly mixerRestores: boolean }): Step {
  return { name: 'rest-channels', run: (piece) => dropAll(piece, options.mixerRestores) };
}

function dropAll(piece: Workpiece, mixerRestores: boolean): StepResult {
  const animations = piece.json.animations ?? [];
  if (animations.length === 0) return { kind: 'skipped', why: 'there are no animations' };
  if (!mayReindex(piece)) return { kind: 'skipped', why: 'an extension that we do not know may refer to channels' };
  // A pointer may move a node from a clip that does not name it.
  if (piece.json.extensionsUsed?.includes('KHR_animation_pointer'))
    return { kind: 'skipped', why: 'KHR_animation_pointer may move the same nodes' };
  const resting = animations.map((animation) =>
    animation.channels.map((channel) => isAtRest(piece.json, animation, channel, (index) => piece.streams.get(index))),
  );
  const moved = mixerRestores ? new Set<string>() : listMoved(animations, resting);
  const json = cloneJson(piece.json);
  let dropped = 0;
  for (const [a, animation] of (json.animations ?? []).entries()) {
    const idle = animation.channels.filter((channel, c) => resting[a]?.[c] && !moved.has(keyOf(channel)));
    dropped += dropFrom(piece, animation, new Set(idle));
  }
  if (dropped === 0) return { kind: 'skipped', why: 'every channel moves something' };
  return {
    kind: 'changed',
    piece: { ...piece, json },
    why: `${plural(dropped, 'channel')} that hold their node at rest`,
  };
}

function keyOf({ target }: GLTF.IAnimationChannel): string {
  return `${target.node} ${target.path}`;
}

/** Targets that some clip moves. */
function listMoved(
  animations: Gltf['animations'] & object,
  resting: readonly (readonly boolean[])[],
): ReadonlySet<string> {
  return new Set(
    animations.flatMap((animation, a) => animation.channels.filter((_channel, c) => !resting[a]?.[c]).map(keyOf)),
  );
}

function dropFrom(piece: Workpiece, animation: GLTF.IAnimation, idle: ReadonlySet<GLTF.IAnimationChannel>): number {
  const span = (channel: GLTF.IAnimationChannel): readonly [number, number] => {
    const input = piece.streams.get(animation.samplers[channel.sampler]?.input ?? -1)?.array;
    return [input?.[0] ?? Number.NaN, input?.[input.length - 1] ?? Number.NaN];
  };
  const start = leastOf(animation.channels.map((channel) => span(channel)[0]));
  const end = mostOf(animation.channels.map((channel) => span(channel)[1]));
  const kept = animation.channels.filter((channel) => !idle.has(channel));
  const marks = (side: 0 | 1, time: number) => kept.some((channel) => span(channel)[side] === time);
  for (const [side, time] of [
    [0, start],
    [1, end],
  ] as const) {
    const mark = marks(side, time) ? undefined : animation.channels.find((channel) => span(channel)[side] === time);
    if (mark !== undefined) kept.push(mark);
  }
  const channels = animation.channels.filter((channel) => kept.includes(channel));
  const dropped = animation.channels.length - channels.length;
  if (dropped === 0 || channels.length === 0) return 0;
  keepSamplers(animation, channels);
  return dropped;
}

/** Samplers that no channel uses go as well. */
function keepSamplers(animation: GLTF.IAnimation, channels: GLTF.IAnimationChannel[]): void {
  const used = [...new Set(channels.map((channel) => channel.sampler))].sort((a, b) => a - b);
  const places = new Map(used.map((sampler, place) => [sampler, place]));
  animation.samplers = used.flatMap((sampler) => animation.samplers[sampler] ?? []);
  for (const channel of channels) channel.sampler = places.get(channel.sampler) ?? channel.sampler;
  animation.channels = channels;
}
