/** Runs one step on a file and reads the packed result back. */
import type { SourceGlb } from '../../src/asset/glb.ts';
import { pack } from '../../src/optimize/pack.ts';
import type { Step } from '../../src/optimize/step.ts';
import { type Compression, takeApart } from '../../src/optimize/workpiece.ts';
import { opened } from '../make-glb.ts';

/** What a step said, and the file after it; the same file when it skipped. */
export interface Tried {
  readonly kind: 'changed' | 'skipped';
  readonly why: string;
  readonly glb: SourceGlb;
}

/** Applies steps one after the other. `accessorsReady` and `packReady` must have been awaited. */
export async function tryStep(
  source: SourceGlb,
  steps: readonly Step[],
  compression: Compression = 'none',
): Promise<Tried> {
  let piece = { ...takeApart(source), compression };
  let kind: Tried['kind'] = 'skipped';
  const reasons: string[] = [];
  for (const step of steps) {
    const result = await step.run(piece);
    reasons.push(result.why);
    if (result.kind === 'skipped') continue;
    kind = 'changed';
    piece = { ...result.piece, compression };
  }
  return { kind, why: reasons.join(' / '), glb: opened(pack(piece)) };
}
