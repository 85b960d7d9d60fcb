/** Runs steps over a source: each result is measured at once, and what does not help is not kept. */
import { readGlb, type SourceGlb, writeGlb } from '../asset/glb.ts';
import { formatBytes } from '../units.ts';
import { stripMarks, writeMarker } from './marker.ts';
import { type PackedViews, pack } from './pack.ts';
import type { Step, StepOutcome } from './step.ts';
import { takeApart, type Workpiece } from './workpiece.ts';

/** A finished candidate, opened again from its own bytes. */
export interface OptimizedGlb {
  readonly glb: SourceGlb;
  readonly outcomes: readonly StepOutcome[];
}

/** A recipe under way: the workpiece as it is now, packed, and what each step did. Several may go on from one. */
export interface UnderWay {
  readonly piece: Workpiece;
  readonly packed: Uint8Array<ArrayBuffer>;
  readonly outcomes: readonly StepOutcome[];
  /** What was compressed on the way: most views are the same again after the next step. */
  readonly views: PackedViews;
}

/** Takes the source apart, runs the steps in order, and packs the result with our mark. */
export async function runRecipe(source: SourceGlb, steps: readonly Step[], recipe: string): Promise<OptimizedGlb> {
  return finish(await goOn(begin(source), steps), recipe);
}

/** Takes the source apart. */
export function begin(source: SourceGlb): UnderWay {
  const piece = takeApart(source);
  const views: PackedViews = new Map();
  return { piece, packed: pack(piece, views), outcomes: [], views };
}

/** Runs these steps in order. */
export async function goOn(from: UnderWay, steps: readonly Step[]): Promise<UnderWay> {
  const { views } = from;
  let { piece, packed } = from;
  const outcomes = [...from.outcomes];
  for (const { name, keep, run } of steps) {
    const result = await run(piece);
    const { byteLength } = packed;
    if (result.kind === 'skipped') {
      outcomes.push({ name, outcome: 'skipped', why: result.why, byteLengthAfter: byteLength });
      continue;
    }
    const next = pack(result.piece, views);
    if (next.byteLength >= byteLength && keep !== 'always') {
      const why = `${result.why}: ${formatBytes(next.byteLength)} instead of ${formatBytes(byteLength)}`;
      outcomes.push({ name, outcome: 'reverted', why, byteLengthAfter: byteLength });
      continue;
    }
    piece = result.piece;
    packed = next;
    outcomes.push({ name, outcome: 'applied', why: result.why, byteLengthAfter: packed.byteLength });
  }
  return { piece, packed, outcomes, views };
}

/** Marks the result as ours. */
export function finish({ packed, outcomes }: UnderWay, recipe: string): OptimizedGlb {
  const glb = open(packed);
  const marked = writeMarker(glb.json, glb.bin, recipe);
  return { glb: marked === undefined ? glb : open(writeGlb(marked, glb.bin)), outcomes };
}

/** The result without a mark, also without one that the source had: for small files that a second run leaves as they are. */
export function finishUnmarked({ packed, outcomes }: UnderWay): OptimizedGlb {
  const glb = open(packed);
  const json = stripMarks(glb.json);
  return { glb: json === glb.json ? glb : open(writeGlb(json, glb.bin)), outcomes };
}

/** What will be committed is read back from the very bytes. */
function open(bytes: Uint8Array<ArrayBuffer>): SourceGlb {
  const opened = readGlb(bytes);
  if ('json' in opened) return opened;
  throw new Error(`We packed a file that we cannot read: ${opened[0]?.message ?? 'no reason given'}`);
}
