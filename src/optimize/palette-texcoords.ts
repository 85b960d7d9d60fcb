/** The step that moves texture coordinates to the middle of their cell, where a palette shows one colour in all of it. */
import { toFloats } from '../asset/accessors.ts';
import { plural } from '../units.ts';
import { listPaletteCells, middleOf } from './palette-cells.ts';
import type { Step, StepResult } from './step.ts';
import { isFree, type Stream, type Workpiece, withStreams } from './workpiece.ts';

/**
 * Coordinates that pick a colour then are equal where the colour is: triangles share vertices, and what is left is next to nothing.
 */
export function paletteTexcoords(): Step {
  // Kept even when it saves nothing yet: the steps behind it store what has become equal.
  return { name: 'palette-texcoords', keep: 'always', run: moveAll };
}

async function moveAll(piece: Workpiece): Promise<StepResult> {
  const { json, streams, images } = piece;
  const cells = await listPaletteCells({
    json,
    floatsOf: (accessor) => {
      const stream = streams.get(accessor);
      return stream === undefined || !isFree(piece, accessor) ? undefined : toFloats(stream);
    },
    cornersOf: (accessor) => streams.get(accessor)?.array,
    imageOf: (image) => images.get(image),
  });
  const changed = new Map<number, Stream>();
  for (const [accessor, [count = 0]] of cells) {
    const stream = streams.get(accessor);
    const moved = stream === undefined ? undefined : toMiddles(stream, count);
    if (moved !== undefined) changed.set(accessor, moved);
  }
  if (changed.size === 0) return { kind: 'skipped', why: 'no coordinates that only pick a colour of a palette' };
  return {
    kind: 'changed',
    piece: withStreams(piece, changed),
    why: `${plural(changed.size, 'accessor')} to the middles of cells of one colour`,
  };
}

/** Undefined where each cell has one coordinate already. */
function toMiddles(stream: Stream, count: number): Stream | undefined {
  const source = toFloats(stream);
  const array = source.map((value) => middleOf(value, count));
  if (countPairs(array) === countPairs(source)) return undefined;
  return { array, itemSize: stream.itemSize, count: stream.count, normalized: false };
}

function countPairs(values: Float32Array): number {
  const pairs = new Set<string>();
  for (let i = 0; i < values.length; i += 2) pairs.add(`${values[i]} ${values[i + 1]}`);
  return pairs.size;
}
