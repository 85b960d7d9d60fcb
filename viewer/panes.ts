/** How the canvas is divided: which model is drawn where, by mode. */
import type { Rect } from './scene.ts';
import type { Mode, PairName } from './state.ts';

/** The files of one asset: at the merge base (where the change is to an existing asset), as it came, and optimized. */
export const SIDES = ['base', 'before', 'after'] as const;
/** One file of an asset. */
export type Side = (typeof SIDES)[number];
/** Which of them are there. */
export type Presence = Readonly<Record<Side, boolean>>;

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
  /** Which two are compared. */
  readonly pair: PairName;
  /** How much of the width shows the first of them, 0 to 1. */
  readonly split: number;
  /** The first is shown as long as this is held. */
  readonly isHolding: boolean;
  readonly has: Presence;
  /** The canvas in CSS pixels. */
  readonly width: number;
  readonly height: number;
}

// Between two pictures side by side.
const GAP_PX = 2;

/** Divides the canvas. A side that is missing leaves everything to the other. */
export function panesOf(arrangement: Arrangement): readonly Pane[] {
  const { mode, pair, split, isHolding, has, width, height } = arrangement;
  const whole = { x: 0, y: 0, width, height };
  const only = (side: Side): readonly Pane[] => [{ side, viewport: whole, scissor: whole }];
  const present = SIDES.filter((side) => has[side]);
  const [alone] = present;
  if (alone === undefined) return [];
  if (present.length === 1) return only(alone);
  if (mode === 'side') {
    const rects = partsOf(width, height, present.length);
    return present.flatMap((side, index) => {
      const rect = rects[index];
      return rect ? [{ side, viewport: rect, scissor: rect }] : [];
    });
  }
  const { left, right } = comparedSides(pair, has);
  if (isHolding) return only(left);
  if (mode !== 'slider') return only(right);
  const middle = Math.round(width * split);
  const panes: Pane[] = [
    { side: left, viewport: whole, scissor: { ...whole, width: middle } },
    { side: right, viewport: whole, scissor: { x: middle, y: 0, width: width - middle, height } },
  ];
  return panes.filter(({ scissor }) => scissor.width > 0);
}

/** The two that are compared: those of the pair's name, or what there is. */
export function comparedSides(pair: PairName, has: Presence): { readonly left: Side; readonly right: Side } {
  const [left, right] = PAIR_SIDES[pair];
  if (has[left] && has[right]) return { left, right };
  const present = SIDES.filter((side) => has[side]);
  return { left: present.at(-2) ?? present[0] ?? 'before', right: present.at(-1) ?? 'after' };
}

const PAIR_SIDES: Readonly<Record<PairName, readonly [Side, Side]>> = Object.freeze({
  optimized: ['before', 'after'],
  changed: ['base', 'before'],
  both: ['base', 'after'],
});

/** Whether side by side means one above the other: where that makes the smaller edge of each picture longer. */
export function isStacked(width: number, height: number, count = 2): boolean {
  return Math.min(width, height / count) > Math.min(width / count, height) * 1.15;
}

/** Equal parts with gaps between them, from edge to edge. */
function partsOf(width: number, height: number, count: number): readonly Rect[] {
  const stacked = isStacked(width, height, count);
  const whole = stacked ? height : width;
  const part = Math.floor((whole - GAP_PX * (count - 1)) / count);
  return Array.from({ length: count }, (_, index) => {
    const at = index === count - 1 ? whole - part : index * (part + GAP_PX);
    return stacked ? { x: 0, y: at, width, height: part } : { x: at, y: 0, width: part, height };
  });
}
