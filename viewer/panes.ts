/** How the canvas is divided: which model is drawn where, by mode. */
import type { Rect } from './scene.ts';
import type { Mode } from './state.ts';

/** A side of the comparison. */
export type Side = 'before' | 'after';

/** One model's part of the canvas. */
export interface Pane {
  readonly side: Side;
  /** Where its whole picture lies. */
  readonly viewport: Rect;
  /** The part of it that is drawn. */
  readonly scissor: Rect;
}

/** What decides about the panes. */
export interface Arrangement {
  readonly mode: Mode;
  /** How much of the width shows the original, 0 to 1. */
  readonly split: number;
  /** The original is shown as long as this is held. */
  readonly isHolding: boolean;
  readonly has: { readonly before: boolean; readonly after: boolean };
  /** The canvas in CSS pixels. */
  readonly width: number;
  readonly height: number;
}

// Between two pictures side by side.
const GAP_PX = 2;

/** Divides the canvas. A side that is missing leaves everything to the other. */
export function panesOf(arrangement: Arrangement): readonly Pane[] {
  const { mode, split, isHolding, has, width, height } = arrangement;
  const whole = { x: 0, y: 0, width, height };
  const only = (side: Side): readonly Pane[] => [{ side, viewport: whole, scissor: whole }];
  if (!has.before && !has.after) return [];
  if (!has.after) return only('before');
  if (!has.before) return only('after');
  if (mode === 'side') {
    const [first, second] = halvesOf(width, height);
    return [
      { side: 'before', viewport: first, scissor: first },
      { side: 'after', viewport: second, scissor: second },
    ];
  }
  if (isHolding) return only('before');
  if (mode !== 'slider') return only('after');
  const middle = Math.round(width * split);
  const panes: Pane[] = [
    { side: 'before', viewport: whole, scissor: { ...whole, width: middle } },
    { side: 'after', viewport: whole, scissor: { x: middle, y: 0, width: width - middle, height } },
  ];
  return panes.filter(({ scissor }) => scissor.width > 0);
}

/** Whether side by side means one above the other: where that makes the smaller edge of each picture longer. */
export function isStacked(width: number, height: number): boolean {
  return Math.min(width, height / 2) > Math.min(width / 2, height) * 1.15;
}

function halvesOf(width: number, height: number): readonly [Rect, Rect] {
  if (isStacked(width, height)) {
    const half = Math.floor((height - GAP_PX) / 2);
    return [
      { x: 0, y: 0, width, height: half },
      { x: 0, y: height - half, width, height: half },
    ];
  }
  const half = Math.floor((width - GAP_PX) / 2);
  return [
    { x: 0, y: 0, width: half, height },
    { x: width - half, y: 0, width: half, height },
  ];
}
