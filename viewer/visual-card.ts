/** The visual verdict: how different it looks, view by view. A view is also a button that goes there. */
import type { AssetReport } from '../src/report/report.ts';
import { el } from './dom.ts';
import type { Store } from './state.ts';
import { scoreWord } from './words.ts';

/** The card's content. `canShow` says whether views can be gone to. */
export function visualCard({ visual }: AssetReport, store: Store, canShow: boolean): HTMLElement {
  if ('skipped' in visual) return el('p', { class: 'quiet' }, `Not compared: ${visual.skipped}`);
  const { score, limit, views, renderer, metric } = visual;
  const { word, tone } = score > limit ? { word: 'differs', tone: 'bad' } : scoreWord(score);
  // The scale ends where the worst still fits.
  const end = Math.max(limit * 1.25, score * 1.05, 0.01);
  const list = el('ul', { class: 'views' });
  for (const view of [...views].sort((a, b) => b.score - a.score)) {
    list.append(el('li', {}, viewRow(view, limit, end, canShow, store)));
  }
  return el(
    'div',
    { class: 'visual' },
    el(
      'p',
      { class: 'visual-total' },
      el('strong', { class: `tone-${tone}` }, `D ${format(score)}`),
      el('span', {}, ` ${word}, limit ${limit}`),
    ),
    list,
    el('p', { class: 'quiet small' }, `${metric}: 0 identical, up to 1 invisible, visible from 1.5 on. ${renderer}.`),
  );
}

function viewRow(
  view: { readonly name: string; readonly score: number },
  limit: number,
  end: number,
  canShow: boolean,
  store: Store,
): HTMLElement {
  const tone = view.score > limit ? 'bad' : scoreWord(view.score).tone;
  const bar = el('span', { class: `meter meter-${tone}`, 'aria-hidden': true });
  const fill = el('span', { class: 'meter-fill' });
  const mark = el('span', { class: 'meter-limit' });
  fill.style.width = `${(100 * view.score) / end}%`;
  mark.style.left = `${(100 * limit) / end}%`;
  bar.append(fill, mark);
  const parts = [
    el('span', { class: 'view-name' }, view.name),
    bar,
    el('span', { class: 'view-score' }, format(view.score)),
  ];
  if (!canShow) return el('span', { class: 'view' }, ...parts);
  const button = el('button', { type: 'button', class: 'view', title: 'Look from here' }, ...parts);
  button.dataset.view = view.name;
  button.addEventListener('click', () => store.set({ view: view.name, camera: null }));
  return button;
}

/** Marks the view that is looked from. */
export function markView(panel: HTMLElement, name: string | null): void {
  for (const button of panel.querySelectorAll<HTMLElement>('button.view')) {
    button.setAttribute('aria-pressed', String(button.dataset.view === name));
  }
}

/** Two decimals, but never a positive score as 0. */
function format(score: number): string {
  return score > 0 && score < 0.005 ? '< 0.01' : score.toFixed(2);
}
