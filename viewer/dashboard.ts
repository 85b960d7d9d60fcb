/** The dashboard: how much was saved, how it goes, what runs, what failed. Asks anew every few seconds. */
import './theme.css';
import './dashboard.css';
import type { StatsDocument, WebJob } from '../src/report/service.ts';
import { filterBar, pager } from './dashboard/filters.ts';
import { jobsTable } from './dashboard/jobs-table.ts';
import { createPlots } from './dashboard/plots.ts';
import { type Query, readQuery, writeQuery } from './dashboard/query.ts';
import { brokerCard, repositoriesCard } from './dashboard/side-tables.ts';
import { tiles } from './dashboard/tiles.ts';
import { byId, el, icon } from './dom.ts';
import { showTop } from './page-top.ts';
import { ask } from './web/ask.ts';

const REFRESH_MS = 5000;

function start(): void {
  showTop('GLB Optimizer', 'Smaller models, proven to look the same');
  let query = readQuery(location.search);
  let turn = 0;
  let timer = 0;
  const plots = createPlots();
  const trouble = el('p', { class: 'notice notice-bad', role: 'alert', hidden: true });
  const numbers = el('div', {});
  const running = el('div', {});
  const filters = el('div', {});
  const jobs = el('div', {});
  const sides = el('div', { class: 'sides' });
  const list = el('section', { class: 'card' }, el('h2', {}, 'Jobs'), filters, jobs);
  const parts = [trouble, numbers, running, plots.element, list, sides];
  let isFirst = true;

  const say = (failure: unknown) => {
    trouble.textContent = failure instanceof Error ? failure.message : '';
    trouble.hidden = trouble.textContent === '';
  };
  const retry = (job: WebJob) =>
    ask(`/api/jobs/${encodeURIComponent(job.id)}/retry`, 'POST').then(() => refresh(true), say);

  function change(next: Query): void {
    query = next;
    history.replaceState(null, '', `?${writeQuery(query)}`);
    filters.replaceChildren(filterBar(query, change));
    void refresh(true);
  }

  function show(stats: StatsDocument): void {
    if (isFirst) byId('page').replaceChildren(...parts);
    isFirst = false;
    numbers.replaceChildren(tiles(stats));
    // Before the first job three empty plots would be all that one sees.
    plots.element.hidden = stats.totals.jobCount === 0;
    plots.show(stats.points);
    const isBusy = stats.running.length > 0;
    running.replaceChildren(
      ...(isBusy
        ? [el('section', { class: 'card' }, el('h2', {}, 'Running now'), jobsTable(stats.running, retry))]
        : []),
    );
    const pages = pager(query, stats.pageCount, change);
    jobs.replaceChildren(
      stats.jobs.length > 0 ? jobsTable(stats.jobs, retry) : emptyJobs(query),
      ...(pages ? [pages] : []),
    );
    sides.replaceChildren(
      repositoriesCard(stats, (repository) => change({ ...query, repository, page: 1 })),
      brokerCard(stats),
    );
  }

  async function refresh(byHand = false): Promise<void> {
    clearTimeout(timer);
    const own = ++turn;
    try {
      const stats = await ask<StatsDocument>(`/api/stats?${writeQuery(query)}`);
      if (own !== turn) return;
      say(null);
      // What a person is about to press is not taken from under the finger.
      const focused = document.activeElement;
      const isHeld = focused instanceof HTMLElement && focused.matches('button, summary') && list.contains(focused);
      const isBusy = isHeld || list.querySelector('details[open]') !== null;
      if (byHand || !isBusy) show(stats);
    } catch (failure) {
      if (own !== turn) return;
      if (isFirst) byId('page').replaceChildren(trouble);
      say(failure);
    }
    timer = window.setTimeout(() => void refresh(), REFRESH_MS);
  }

  filters.replaceChildren(filterBar(query, change));
  void refresh(true);
}

function emptyJobs({ status, repository }: Query): HTMLElement {
  const isFiltered = status !== '' || repository !== '';
  return el(
    'div',
    { class: 'empty' },
    icon('cube'),
    el('h2', {}, isFiltered ? 'No such job' : 'Nothing has happened yet'),
    el(
      'p',
      {},
      isFiltered
        ? 'Other filters show more.'
        : 'A pull request with a .glb in it shows up here by itself. To see what comes out, upload a model.',
    ),
    isFiltered ? null : el('a', { class: 'button button-main', href: '/upload' }, 'Upload a model'),
  );
}

start();
