/** One operation on a workpiece: a value in, a value out, with the reason. */
import type { Workpiece } from './workpiece.ts';

/** What a step gives back; `why` is a plain sentence for the report. */
export type StepResult =
  | { readonly kind: 'changed'; readonly piece: Workpiece; readonly why: string }
  | { readonly kind: 'skipped'; readonly why: string };

/** What one step did, for the report. */
export interface StepOutcome {
  name: string;
  outcome: 'applied' | 'skipped' | 'reverted';
  why: string;
  /** Of the whole file, packed. */
  byteLengthAfter: number;
}

/** A named operation. `keep: 'always'` keeps its result even when it saves nothing by itself. */
export interface Step {
  readonly name: string;
  readonly keep?: 'always';
  readonly run: (piece: Workpiece) => StepResult | Promise<StepResult>;
}

/** Several operations as one step, kept or reverted together. The first is the point of it: without it there is nothing to do. */
export function inTurn(name: string, steps: readonly Step[]): Step {
  return { name, run: (piece) => runAll(piece, steps, 'first') };
}

/** Several operations as one step, each worth doing without the others. */
export function anyOf(name: string, steps: readonly Step[]): Step {
  return { name, run: (piece) => runAll(piece, steps, 'any') };
}

async function runAll(piece: Workpiece, steps: readonly Step[], needs: 'first' | 'any'): Promise<StepResult> {
  let current = piece;
  const done: string[] = [];
  const skipped: string[] = [];
  for (const step of steps) {
    const result = await step.run(current);
    if (result.kind === 'changed') {
      current = result.piece;
      done.push(result.why);
    } else {
      if (needs === 'first' && done.length === 0) return result;
      skipped.push(result.why);
    }
  }
  return done.length === 0
    ? { kind: 'skipped', why: skipped.join('; ') }
    : { kind: 'changed', piece: current, why: done.join('; ') };
}
