/** One operation on a workpiece: a value in, a value out, with the reason. */
import type { Workpiece } from './workpiece.ts';

/** What a step gives back; `why` is a plain sentence for the report. */
export type StepResult =
  | { readonly kind: 'changed'; readonly piece: Workpiece; readonly why: string }
  | { readonly kind: 'skipped'; readonly why: string };

/** A named operation. `keep: 'always'` keeps its result even when it saves nothing by itself. */
export interface Step {
  readonly name: string;
  readonly keep?: 'always';
  readonly run: (piece: Workpiece) => StepResult | Promise<StepResult>;
}
