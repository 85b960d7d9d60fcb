/** Jobs in rows: what, how far, how much, how long; a failed one can be tried again. */
import type { WebJob } from '../../src/report/service.ts';
import { formatBytes, formatMs, plural } from '../../src/units.ts';
import { el, icon } from '../dom.ts';
import type { Tone } from '../words.ts';
import { openHistory } from './asset-history.ts';
import { timeOf } from './time-of.ts';

const STATES: Readonly<Record<WebJob['status'], { readonly word: string; readonly tone: Tone }>> = {
  queued: { word: 'Queued', tone: 'quiet' },
  running: { word: 'Running', tone: 'warn' },
  done: { word: 'Done', tone: 'good' },
  failed: { word: 'Failed', tone: 'bad' },
};

/** The table; `retry` is asked to start a job again. */
export function jobsTable(jobs: readonly WebJob[], retry: (job: WebJob) => Promise<void>): HTMLElement {
  const body = el('tbody', { role: 'rowgroup' });
  for (const job of jobs) body.append(jobRow(job, retry));
  const head = ['Job', 'State', 'Saved', 'Time', 'When', ''].map((name) =>
    el('th', { scope: 'col', role: 'columnheader' }, name),
  );
  const names = el('thead', { role: 'rowgroup' }, el('tr', { role: 'row' }, ...head));
  // Rows become cards on a phone; the roles keep it a table for who hears it.
  return el('table', { class: 'table jobs-table', role: 'table' }, names, body);
}

function jobRow(job: WebJob, retry: (job: WebJob) => Promise<void>): HTMLTableRowElement {
  const { word, tone } = STATES[job.status];
  const done = job.assets.filter(({ verdict }) => verdict !== null).length;
  return el(
    'tr',
    { role: 'row' },
    el('td', { role: 'cell' }, nameOf(job), assetsOf(job)),
    el(
      'td',
      { role: 'cell', class: 'job-state' },
      el('span', { class: `badge badge-${tone}` }, word),
      job.status === 'running' ? progressOf(job, done) : null,
      job.why === '' ? null : el('p', { class: 'small job-why' }, job.why),
    ),
    el(
      'td',
      { role: 'cell', class: job.savedBytes > 0 ? 'tone-good' : 'quiet job-none' },
      job.savedBytes > 0 ? formatBytes(job.savedBytes) : '–',
    ),
    el('td', { role: 'cell', class: job.durationMs === null ? 'quiet job-none' : null }, timeText(job)),
    el('td', { role: 'cell', class: 'quiet' }, timeOf(job.finishedAt ?? job.createdAt)),
    el('td', { role: 'cell', class: 'number job-action' }, actionOf(job, retry)),
  );
}

function nameOf({ repository, pullNumber, pullUrl, kind, assets, compareUrl }: WebJob): HTMLElement {
  const number = pullNumber === null ? '' : ` #${pullNumber}`;
  const text = repository === null ? (assets[0]?.path ?? kind) : `${repository}${number}`;
  const href = pullUrl ?? compareUrl;
  return href === null ? el('strong', {}, text) : el('a', { href }, text);
}

const timeText = ({ durationMs }: WebJob) => (durationMs === null ? '–' : formatMs(durationMs));

/** The assets, folded where there are many; a name of one opens its history. */
function assetsOf({ assets, repository }: WebJob): HTMLElement {
  const [only] = assets;
  if (assets.length === 1 && only !== undefined && repository !== null) {
    return el('div', { class: 'small job-assets' }, historyButton(repository, only.path));
  }
  if (assets.length <= 1) return el('div', { class: 'small job-assets' }, repository === null ? 'Upload' : '');
  const list = el('ul', {});
  for (const { path } of assets) {
    list.append(el('li', {}, repository === null ? path : historyButton(repository, path)));
  }
  return el('details', { class: 'small job-assets' }, el('summary', {}, plural(assets.length, 'asset')), list);
}

function historyButton(repository: string, path: string): HTMLElement {
  const name = el('button', { type: 'button', class: 'link', title: `${path}: its history` }, path);
  name.addEventListener('click', () => openHistory(repository, path));
  return name;
}

function progressOf(job: WebJob, done: number): HTMLElement {
  const now = job.assets.find(({ verdict, stage }) => verdict === null && stage !== 'waiting');
  const text = now ? `${now.stage} ${now.path}` : '';
  return el(
    'div',
    { class: 'job-progress' },
    el('progress', { max: job.assets.length, value: done, 'aria-label': `${done} of ${job.assets.length}` }),
    el('p', { class: 'quiet small' }, text),
  );
}

function actionOf(job: WebJob, retry: (job: WebJob) => Promise<void>): HTMLElement | null {
  if (job.status === 'failed') {
    const button = el('button', { type: 'button', class: 'button' }, icon('again'), 'Retry');
    button.addEventListener('click', async () => {
      button.disabled = true;
      await retry(job);
      button.disabled = false;
    });
    return button;
  }
  return job.compareUrl === null ? null : el('a', { class: 'button', href: job.compareUrl }, 'Compare');
}
