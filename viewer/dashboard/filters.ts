/** The filters above the jobs, the pages below, and the exports. */
import { el } from '../dom.ts';
import { DAYS, type Query, writeQuery } from './query.ts';

const STATES = [
  ['', 'All states'],
  ['running', 'Running'],
  ['queued', 'Queued'],
  ['done', 'Done'],
  ['failed', 'Failed'],
] as const;

/** Makes the filters; each change starts at the first page. */
export function filterBar(query: Query, change: (query: Query) => void): HTMLElement {
  const days = el('select', { 'aria-label': 'Time' });
  for (const count of DAYS) days.append(el('option', { value: count }, `Last ${count} days`));
  const status = el('select', { 'aria-label': 'State' });
  for (const [value, text] of STATES) status.append(el('option', { value }, text));
  const repository = el('input', {
    type: 'search',
    placeholder: 'owner/name',
    'aria-label': 'Repository',
    value: query.repository,
  });
  days.value = String(query.days);
  status.value = query.status;
  const tell = () =>
    change({ days: Number(days.value), status: status.value, repository: repository.value.trim(), page: 1 });
  for (const input of [days, status, repository]) input.addEventListener('change', tell);
  const exports = (['csv', 'json'] as const).map((kind) => {
    const address = kind === 'csv' ? '/api/stats.csv' : '/api/stats';
    const href = `${address}?${writeQuery(query)}`;
    return el('a', { class: 'button', href, download: `glb-optimizer.${kind}` }, kind.toUpperCase());
  });
  return el(
    'div',
    { class: 'filters field', role: 'group', 'aria-label': 'Filters' },
    days,
    status,
    repository,
    ...exports,
  );
}

/** Back and on; nothing where there is one page. */
export function pager(query: Query, pageCount: number, change: (query: Query) => void): HTMLElement | null {
  if (pageCount <= 1) return null;
  const button = (text: string, page: number) => {
    const made = el('button', { type: 'button', class: 'button', disabled: page < 1 || page > pageCount }, text);
    made.addEventListener('click', () => change({ ...query, page }));
    return made;
  };
  return el(
    'nav',
    { class: 'pager', 'aria-label': 'Pages of jobs' },
    button('Newer', query.page - 1),
    el('span', { class: 'quiet' }, `Page ${query.page} of ${pageCount}`),
    button('Older', query.page + 1),
  );
}
