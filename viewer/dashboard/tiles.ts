/** The numbers on top of the dashboard. */
import type { StatsDocument } from '../../src/report/service.ts';
import { formatBytes, formatCount, formatMs } from '../../src/units.ts';
import { el } from '../dom.ts';

/** One card for each number; a number that nobody has yet is a dash. */
export function tiles({ totals }: StatsDocument): HTMLElement {
  const { successRatio, medianMs, p95Ms } = totals;
  const known = (value: number | null, text: (value: number) => string) => (value === null ? '–' : text(value));
  return el(
    'dl',
    { class: 'tiles' },
    tile(
      'Saved',
      formatBytes(totals.savedBytes),
      totals.savedBytes === 0 ? 'nothing yet' : `${formatBytes(totals.savedLfsBytes)} of it in Git LFS`,
      totals.savedBytes > 0 ? 'good' : null,
    ),
    tile('Jobs', formatCount(totals.jobCount), `${formatCount(totals.completed)} completed`, null),
    tile('Failed', formatCount(totals.failed), failedNote(totals.failed), totals.failed > 0 ? 'bad' : null),
    tile('Success', known(successRatio, percent), 'of those that ended', null),
    tile(
      'Time',
      known(medianMs, formatMs),
      medianMs === null ? 'of a job' : `95 % within ${known(p95Ms, formatMs)}`,
      null,
    ),
    tile('Queue', formatCount(totals.queueDepth), totals.queueDepth === 0 ? 'nobody waits' : 'waiting', null),
  );
}

function tile(name: string, value: string, note: string, tone: 'good' | 'bad' | null): HTMLElement {
  return el(
    'div',
    { class: 'card tile' },
    el('dt', {}, name),
    el('dd', { class: tone === null ? 'tile-value' : `tile-value tone-${tone}` }, value),
    el('dd', { class: 'quiet small' }, note),
  );
}

const failedNote = (count: number) => (count === 0 ? 'nothing failed' : 'listed with the reason');

// Rounded down: one failure in a thousand is not 100 %.
function percent(ratio: number): string {
  return `${(Math.floor(ratio * 1000) / 10).toFixed(1)} %`;
}
