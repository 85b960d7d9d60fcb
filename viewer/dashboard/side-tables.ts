/** The broker's tiers, and the repositories. */
import type { StatsDocument } from '../../src/report/service.ts';
import { formatBytes, formatCount, formatSaved } from '../../src/units.ts';
import { el } from '../dom.ts';
import type { Tone } from '../words.ts';
import { timeOf } from './time-of.ts';

const TIER_TONES: Readonly<Record<StatsDocument['broker']['tiers'][number]['state'], Tone>> = {
  active: 'good',
  standby: 'quiet',
  down: 'bad',
  off: 'quiet',
};

/** Which tier takes the next job, and how the others are. */
export function brokerCard({ broker }: StatsDocument): HTMLElement {
  const list = el('ul', { class: 'tiers' });
  for (const { name, state, since, lastError } of broker.tiers) {
    list.append(
      el(
        'li',
        {},
        el('span', { class: `dot tone-${TIER_TONES[state]}` }, el('strong', {}, name)),
        el('span', { class: 'quiet' }, `${state} since `, timeOf(since)),
        lastError === null ? null : el('p', { class: state === 'off' ? 'small quiet' : 'small tone-bad' }, lastError),
      ),
    );
  }
  return el('section', { class: 'card' }, el('h2', {}, 'Queue'), list);
}

/** What each repository saves; a name is a filter. */
export function repositoriesCard({ repositories }: StatsDocument, filter: (name: string) => void): HTMLElement {
  if (repositories.length === 0) return el('section', { class: 'card' }, el('h2', {}, 'Repositories'), emptyLine());
  const body = el('tbody', {});
  for (const { repository, completed, failed, savedBytes, savedRatio } of repositories) {
    const name = el('button', { type: 'button', class: 'link', title: 'Show its jobs' }, repository);
    name.addEventListener('click', () => filter(repository));
    body.append(
      el(
        'tr',
        {},
        el('td', {}, name),
        el('td', { class: 'number' }, formatCount(completed)),
        el('td', { class: failed > 0 ? 'number tone-bad' : 'number quiet' }, formatCount(failed)),
        el('td', { class: 'number' }, formatBytes(savedBytes)),
        el('td', { class: 'number tone-good' }, formatSaved(savedRatio)),
      ),
    );
  }
  const head = ['Repository', 'Done', 'Failed', 'Saved', ''].map((name, index) =>
    el('th', { scope: 'col', class: index > 0 ? 'number' : null }, name),
  );
  const table = el('table', { class: 'table' }, el('thead', {}, el('tr', {}, ...head)), body);
  return el('section', { class: 'card' }, el('h2', {}, 'Repositories'), el('div', { class: 'table-wrap' }, table));
}

function emptyLine(): HTMLElement {
  return el('p', { class: 'quiet' }, 'None yet.');
}
