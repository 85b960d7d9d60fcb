/** What lies over the canvas: pills that say which side is which, progress, errors, the scale of the heat. */
import type { AssetReport } from '../src/report/report.ts';
import { formatBytes } from '../src/units.ts';
import { heatGradient } from './difference.ts';
import { el } from './dom.ts';
import { comparedSides, type Presence, panesOf, SIDES, type Side } from './panes.ts';
import type { Store } from './state.ts';
import { savedText, scoreWord, sideName } from './words.ts';

/** The overlay. */
export interface Labels {
  readonly element: HTMLElement;
  /** Whose sizes the pills name, and which sides are on the stage. */
  showAsset(asset: AssetReport, has: Presence, baseByteLength: number | null): void;
  showHeld(isHeld: boolean): void;
  showScore(score: number | null): void;
  /** A ratio from 0 to 1; null hides the bar. */
  showProgress(text: string, ratio: number | null): void;
  /** What went wrong, or what is missing; '' when nothing is. */
  showNote(text: string): void;
}

// From the edges of its pane to a pill.
const INSET_PX = 16;

/** Makes the overlay of `frame`. */
export function createLabels(frame: HTMLElement, store: Store): Labels {
  const pill = (side: string) => el('p', { class: `pill pill-${side}`, hidden: true });
  const pills: Readonly<Record<Side, HTMLElement>> = {
    base: pill('base'),
    before: pill('before'),
    after: pill('after'),
  };
  const difference = el('p', { class: 'pill pill-difference', hidden: true });
  const scale = el(
    'div',
    { class: 'heat-scale', hidden: true, 'aria-hidden': true },
    el('span', { class: 'heat-bar' }),
  );
  scale.append(el('span', {}, '0'), el('span', {}, '0.35'));
  const bar = scale.querySelector<HTMLElement>('.heat-bar');
  if (bar) bar.style.backgroundImage = heatGradient();
  const progressText = el('span', { role: 'status' }, '');
  const progressBar = el('progress', { max: 1, value: 0, 'aria-label': 'Loading' });
  const progress = el('div', { class: 'loading', hidden: true }, progressText, progressBar);
  const note = el('p', { class: 'note', role: 'status', hidden: true });
  const element = el('div', { class: 'labels' }, ...Object.values(pills), difference, scale, progress, note);
  let has: Presence = { base: false, before: false, after: false };
  let isHeld = false;

  function show(): void {
    const { mode, pair } = store.get();
    const { left, right } = comparedSides(pair, has);
    const isDifference = left !== right && mode === 'difference' && !isHeld;
    difference.hidden = !isDifference;
    scale.hidden = !isDifference;
    const { clientWidth: width, clientHeight: height } = frame;
    const panes = isDifference ? [] : panesOf({ mode, pair, split: 0.5, isHolding: isHeld, has, width, height });
    const isSlider = panes.length > 1 && mode === 'slider';
    for (const side of SIDES) {
      const pane = panes.find((one) => one.side === side);
      const own = pills[side];
      own.hidden = pane === undefined;
      const isRight = isSlider && side === right;
      own.style.left = isRight ? 'auto' : `${(pane?.viewport.x ?? 0) + INSET_PX}px`;
      own.style.right = isRight ? `${INSET_PX}px` : 'auto';
      own.style.top = `${(pane?.viewport.y ?? 0) + INSET_PX}px`;
    }
    fade();
  }
  store.subscribe((now, was) => {
    if (now.mode !== was.mode || now.pair !== was.pair) show();
    else if (now.split !== was.split) fade();
  });
  new ResizeObserver(show).observe(frame);

  /** A pill gives way when its side gets too narrow for it. */
  function fade(): void {
    const { mode, pair, split } = store.get();
    const { left, right } = comparedSides(pair, has);
    const isSlider = mode === 'slider' && left !== right && !isHeld;
    for (const side of SIDES) {
      const room = (side === left ? split : 1 - split) * frame.clientWidth;
      const isShort = room < pills[side].offsetWidth + 24;
      pills[side].classList.toggle('is-covered', isSlider && (side === left || side === right) && isShort);
    }
  }

  return {
    element,
    showAsset(asset, sides, baseByteLength) {
      has = sides;
      const alone = !asset.after && !sides.after && !sides.base;
      const name = (side: Side) => el('b', {}, alone ? 'As it is' : sideName(side, baseByteLength !== null));
      pills.base.replaceChildren(name('base'), formatBytes(baseByteLength ?? 0));
      pills.before.replaceChildren(name('before'), formatBytes(asset.before.byteLength));
      pills.after.replaceChildren(name('after'));
      const saved = savedText(asset);
      if (asset.after) {
        const tone = saved.startsWith('+') ? 'tone-warn' : 'tone-good';
        pills.after.append(formatBytes(asset.after.byteLength));
        if (!saved.startsWith('±')) pills.after.append(el('b', { class: tone }, saved));
      }
      show();
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
      frame.toggleAttribute('data-loading', ratio !== null);
      progressText.textContent = text;
      progressBar.value = ratio ?? 0;
    },
    showNote(text) {
      note.hidden = text === '';
      note.textContent = text;
    },
  };
}
