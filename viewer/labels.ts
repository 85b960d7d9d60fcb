/** What lies over the canvas: pills that say which side is which, progress, errors, the scale of the heat. */
import type { AssetReport } from '../src/report/report.ts';
import { formatBytes } from '../src/units.ts';
import { heatGradient } from './difference.ts';
import { el } from './dom.ts';
import { isStacked } from './panes.ts';
import type { Store } from './state.ts';
import { savedText, scoreWord } from './words.ts';

/** The overlay. */
export interface Labels {
  readonly element: HTMLElement;
  /** Whose sizes the pills name, and which sides are on the stage. */
  showAsset(asset: AssetReport, has: { readonly before: boolean; readonly after: boolean }): void;
  showHeld(isHeld: boolean): void;
  showScore(score: number | null): void;
  /** A ratio from 0 to 1; null hides the bar. */
  showProgress(text: string, ratio: number | null): void;
  /** What went wrong, or what is missing; '' when nothing is. */
  showNote(text: string): void;
}

/** Makes the overlay of `frame`. */
export function createLabels(frame: HTMLElement, store: Store): Labels {
  const pill = (side: string) => el('p', { class: `pill pill-${side}`, hidden: true });
  const pills = { before: pill('before'), after: pill('after') };
  const difference = el('p', { class: 'pill pill-difference', hidden: true });
  const scale = el(
    'div',
    { class: 'heat-scale', hidden: true, 'aria-hidden': true },
    el('span', { class: 'heat-bar' }),
  );
  scale.append(el('span', {}, '0'), el('span', {}, '0.35'));
  const bar = scale.querySelector<HTMLElement>('.heat-bar');
  if (bar) bar.style.backgroundImage = heatGradient();
  const progressText = el('span', {}, '');
  const progressBar = el('progress', { max: 1, value: 0, 'aria-label': 'Loading' });
  const progress = el('div', { class: 'loading', hidden: true }, progressText, progressBar);
  const note = el('p', { class: 'note', role: 'status', hidden: true });
  const element = el('div', { class: 'labels' }, pills.before, pills.after, difference, scale, progress, note);
  let has = { before: false, after: false };
  let isHeld = false;

  function show(): void {
    const { mode } = store.get();
    const both = has.before && has.after;
    const isDifference = both && mode === 'difference' && !isHeld;
    const onlyBefore = both && isHeld && mode !== 'side';
    const onlyAfter = both && !isHeld && mode === 'flicker';
    pills.before.hidden = !has.before || isDifference || onlyAfter;
    pills.after.hidden = !has.after || isDifference || onlyBefore;
    difference.hidden = !isDifference;
    scale.hidden = !isDifference;
    const isAlone = !both || onlyAfter || onlyBefore;
    const stacked = isStacked(frame.clientWidth, frame.clientHeight);
    element.dataset.layout = isAlone ? 'alone' : mode === 'side' ? (stacked ? 'stacked' : 'side') : 'slider';
  }
  store.subscribe((now, was) => {
    if (now.mode !== was.mode) show();
    if (now.split === was.split && now.mode === was.mode) return;
    fade();
  });
  new ResizeObserver(show).observe(frame);

  /** A pill gives way when its side gets too narrow for it. */
  function fade(): void {
    const { mode, split } = store.get();
    const width = frame.clientWidth;
    const isSlider = mode === 'slider' && has.before && has.after;
    pills.before.classList.toggle('is-covered', isSlider && split * width < pills.before.offsetWidth + 24);
    pills.after.classList.toggle('is-covered', isSlider && (1 - split) * width < pills.after.offsetWidth + 24);
  }

  return {
    element,
    showAsset(asset, sides) {
      has = sides;
      pills.before.replaceChildren(
        el('b', {}, asset.after || sides.after ? 'Before' : 'As it is'),
        formatBytes(asset.before.byteLength),
      );
      pills.after.replaceChildren(el('b', {}, 'After'));
      const saved = savedText(asset);
      if (asset.after) {
        const change = saved.startsWith('±')
          ? null
          : el('b', { class: saved.startsWith('+') ? 'tone-warn' : 'tone-good' }, saved);
        pills.after.append(formatBytes(asset.after.byteLength));
        if (change) pills.after.append(change);
      }
      show();
      fade();
    },
    showHeld(held) {
      isHeld = held;
      show();
    },
    showScore(score) {
      const parts = [el('b', {}, 'Difference')];
      if (score !== null) {
        const { word, tone } = scoreWord(score);
        parts.push(el('b', { class: `tone-${tone}` }, word), el('span', {}, `D ${score.toFixed(2)} from here`));
      }
      difference.replaceChildren(...parts);
    },
    showProgress(text, ratio) {
      progress.hidden = ratio === null;
      progressText.textContent = text;
      progressBar.value = ratio ?? 0;
    },
    showNote(text) {
      note.hidden = text === '';
      note.textContent = text;
    },
  };
}
