/** One asset over its commits: what it weighed when it came, and what it weighs since. */
import type { AssetHistory, AssetVersion } from '../../src/report/service.ts';
import { formatBytes, formatSaved } from '../../src/units.ts';
import { el, icon, iconButton } from '../dom.ts';
import { ask } from '../web/ask.ts';
import { VERDICTS } from '../words.ts';
import { timeOf } from './time-of.ts';

/** Opens a dialog that asks for the history itself. */
export function openHistory(repository: string, path: string): void {
  const close = iconButton('close', 'Close');
  const place = el('div', { class: 'skeleton-lines', 'aria-label': 'Loading' }, el('span', { class: 'skeleton' }));
  const head = el('header', {}, el('div', {}, el('p', { class: 'eyebrow' }, repository), el('h2', {}, path)), close);
  const dialog = el('dialog', { class: 'card history', 'aria-label': `History of ${path}` }, head, place);
  close.addEventListener('click', () => dialog.close());
  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  const query = new URLSearchParams({ repository, path });
  ask<AssetHistory>(`/api/assets?${query}`).then(
    ({ versions }) =>
      place.replaceWith(versions.length > 0 ? table(versions) : el('p', { class: 'quiet' }, 'None yet.')),
    (failure: unknown) =>
      place.replaceWith(
        el('p', { class: 'notice notice-bad', role: 'alert' }, failure instanceof Error ? failure.message : 'Failed.'),
      ),
  );
}

function table(versions: readonly AssetVersion[]): HTMLElement {
  const most = Math.max(1, ...versions.map(({ byteLengthBefore }) => byteLengthBefore));
  const body = el('tbody', {});
  for (const version of versions) body.append(row(version, most));
  const head = ['Commit', 'When', 'Size', '', 'Verdict', ''].map((name) => el('th', { scope: 'col' }, name));
  return el(
    'div',
    { class: 'table-wrap' },
    el('table', { class: 'table' }, el('thead', {}, el('tr', {}, ...head)), body),
  );
}

function row(version: AssetVersion, most: number): HTMLTableRowElement {
  const { commit, jobId, at, verdict, byteLengthBefore, byteLengthAfter } = version;
  const kept = byteLengthAfter ?? byteLengthBefore;
  const bar = el('span', { class: 'history-bar', 'aria-hidden': true }, el('span', {}), el('span', {}));
  const [left, gone] = [...bar.children];
  // Bars of all versions have one scale.
  if (left instanceof HTMLElement) left.style.width = `${(100 * kept) / most}%`;
  if (gone instanceof HTMLElement) gone.style.width = `${(100 * Math.max(0, byteLengthBefore - kept)) / most}%`;
  const { word, tone } = VERDICTS[verdict];
  const sizes =
    byteLengthAfter === null
      ? formatBytes(byteLengthBefore)
      : `${formatBytes(byteLengthBefore)} → ${formatBytes(kept)}`;
  const saved = byteLengthAfter === null || byteLengthBefore === 0 ? '' : formatSaved(1 - kept / byteLengthBefore);
  return el(
    'tr',
    {},
    el('td', {}, el('code', {}, commit.slice(0, 10))),
    el('td', { class: 'quiet' }, timeOf(at)),
    el('td', {}, sizes, ' ', el('b', { class: saved.startsWith('−') ? 'tone-good' : 'tone-quiet' }, saved)),
    el('td', {}, bar),
    el('td', {}, el('span', { class: `badge badge-${tone}` }, word)),
    el(
      'td',
      { class: 'number' },
      el(
        'a',
        { class: 'button', href: `/compare/${encodeURIComponent(jobId)}`, 'aria-label': 'Compare' },
        icon('slider'),
      ),
    ),
  );
}
