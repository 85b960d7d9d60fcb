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

/** Several operations as one step: measured together, kept or reverted together. */
export function inTurn(name: string, steps: readonly Step[]): Step {
  return {
    name,
    run: async (piece) => {
      let current = piece;
      const reasons: string[] = [];
      for (const step of steps) {
        const result = await step.run(current);
        if (result.kind === 'skipped') {
          // The first operation is the point of it; the others only clear up behind it.
          if (current === piece) return result;
          continue;
        }
        current = result.piece;
        reasons.push(result.why);
      }
      return { kind: 'changed', piece: current, why: reasons.join('; ') };
    },
  };
}
