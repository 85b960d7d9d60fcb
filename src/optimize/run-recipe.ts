/** Runs steps over a source: each result is measured at once, and what does not help is not kept. */
import { readGlb, type SourceGlb, writeGlb } from '../asset/glb.ts';
import { formatBytes } from '../units.ts';
import { writeMarker } from './marker.ts';
import { pack } from './pack.ts';
import type { Step, StepOutcome } from './step.ts';
import { takeApart, type Workpiece } from './workpiece.ts';

/** A finished candidate, opened again from its own bytes. */
export interface OptimizedGlb {
  readonly glb: SourceGlb;
  readonly outcomes: readonly StepOutcome[];
}

/** Takes the source apart, runs the steps in order, and packs the result with our mark. */
export async function runRecipe(source: SourceGlb, steps: readonly Step[], recipe: string): Promise<OptimizedGlb> {
  let piece = takeApart(source);
  let byteLength = pack(piece).byteLength;
  const outcomes: StepOutcome[] = [];
  for (const step of steps) {
    const result = await step.run(piece);
    if (result.kind === 'skipped') {
      outcomes.push({ name: step.name, outcome: 'skipped', why: result.why, byteLengthAfter: byteLength });
      continue;
    }
    const packed = pack(result.piece).byteLength;
    if (packed >= byteLength && step.keep !== 'always') {
      const why = `${result.why}: ${formatBytes(packed)} instead of ${formatBytes(byteLength)}`;
      outcomes.push({ name: step.name, outcome: 'reverted', why, byteLengthAfter: byteLength });
      continue;
    }
    piece = result.piece;
    byteLength = packed;
    outcomes.push({ name: step.name, outcome: 'applied', why: result.why, byteLengthAfter: byteLength });
  }
  return { glb: markAndOpen(piece, recipe), outcomes };
}

function markAndOpen(piece: Workpiece, recipe: string): SourceGlb {
  const packed = open(pack(piece));
  const marked = writeMarker(packed.json, packed.bin, recipe);
  return marked === undefined ? packed : open(writeGlb(marked, packed.bin));
}

/** What will be committed is read back from the very bytes. */
function open(bytes: Uint8Array<ArrayBuffer>): SourceGlb {
  const opened = readGlb(bytes);
  if ('json' in opened) return opened;
  throw new Error(`We packed a file that we cannot read: ${opened[0]?.message ?? 'no reason given'}`);
}
