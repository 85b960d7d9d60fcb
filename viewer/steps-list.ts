/** What got smaller by which step: a bar for what is left, and what the step took away. */
import type { AssetReport } from '../src/report/report.ts';
import { formatBytes } from '../src/units.ts';
import { el } from './dom.ts';

/** One step with what it saved, in bytes. */
export interface StepSaving {
  readonly name: string;
  readonly outcome: 'applied' | 'skipped' | 'reverted';
  readonly why: string;
  readonly savedBytes: number;
  readonly byteLengthAfter: number;
}

/** The steps in order, each with what it saved over the one before. */
export function stepSavings({ steps, before }: AssetReport): readonly StepSaving[] {
  let byteLength = before.byteLength;
  return steps.map((step) => {
    const savedBytes = step.outcome === 'applied' ? byteLength - step.byteLengthAfter : 0;
    if (step.outcome === 'applied') byteLength = step.byteLengthAfter;
    return { ...step, savedBytes, byteLengthAfter: byteLength };
  });
}

/** The list; null when there were no steps. */
export function stepsList(asset: AssetReport): HTMLElement | null {
  const steps = stepSavings(asset);
  if (steps.length === 0) return null;
  const list = el('ol', { class: 'steps' });
  const start = Math.max(asset.before.byteLength, 1);
  for (const { name, outcome, why, savedBytes, byteLengthAfter } of steps) {
    const bar = el('span', { class: 'bar', 'aria-hidden': true });
    const kept = el('span', { class: 'bar-kept' });
    const taken = el('span', { class: 'bar-taken' });
    kept.style.width = `${(100 * byteLengthAfter) / start}%`;
    taken.style.width = `${(100 * Math.max(0, savedBytes)) / start}%`;
    bar.append(kept, taken);
    const saved =
      outcome !== 'applied'
        ? outcome
        : savedBytes === 0
          ? '±0 B'
          : `${savedBytes > 0 ? '−' : '+'}${formatBytes(Math.abs(savedBytes))}`;
    list.append(
      el(
        'li',
        { class: `step step-${outcome}` },
        el('span', { class: 'step-name' }, name),
        el('span', { class: savedBytes > 0 ? 'step-saved tone-good' : 'step-saved' }, saved),
        bar,
        why === '' ? null : el('span', { class: 'step-why' }, why),
      ),
    );
  }
  return list;
}
