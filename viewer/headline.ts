/** The bar on top: what the report is about, and what it saves in total. */
import type { Report } from '../src/report/report.ts';
import { formatBytes, formatSaved } from '../src/units.ts';
import { el, icon } from './dom.ts';
import { headlineOf } from './words.ts';

/** Fills the bar. */
export function showHeadline(bar: HTMLElement, report: Report): void {
  const { totals, job, tool, assets } = report;
  const gpu = gpuTotals(report);
  const isSaving = totals.savedBytes > 0;
  const branch = job.branch ?? job.headCommit?.slice(0, 12) ?? null;
  const about = [job.repository, branch, job.commit && `committed as ${job.commit.slice(0, 12)}`].filter(Boolean);
  bar.replaceChildren(
    el(
      'div',
      { class: 'top-title' },
      markOf(),
      el(
        'div',
        {},
        // A number and its unit stay together.
        el('h1', {}, headlineOf(report).replaceAll(/(\d) (?=[kMG]?B)/g, '$1\u00a0')),
        el('p', {}, [...about, `${tool.name} ${tool.version}`].join(' · ')),
      ),
    ),
    el(
      'dl',
      { class: 'top-figures' },
      isSaving ? figure('Saved', formatBytes(totals.savedBytes), formatSaved(totals.savedRatio)) : null,
      isSaving && gpu.before > gpu.after
        ? figure('GPU memory', formatBytes(gpu.after), formatSaved(1 - gpu.after / gpu.before))
        : null,
      figure('Assets', String(assets.length), null),
    ),
  );
}

/** The bar of a page that has no report. */
export function showBareHeadline(bar: HTMLElement): void {
  const words = el('div', {}, el('h1', {}, 'GLB Optimizer'), el('p', {}, 'Smaller, and proven to look the same'));
  bar.replaceChildren(el('div', { class: 'top-title' }, markOf(), words));
}

/** On our server the way to the dashboard; a file has none. */
function markOf(): HTMLElement {
  if (!location.pathname.startsWith('/compare/') || location.protocol === 'file:') {
    return el('span', { class: 'mark' }, icon('cube'));
  }
  return el('a', { class: 'mark', href: '/', 'aria-label': 'Dashboard', title: 'Dashboard' }, icon('cube'));
}

function figure(name: string, value: string, change: string | null): HTMLElement {
  return el(
    'div',
    { class: 'figure' },
    el('dt', {}, name),
    el('dd', {}, value, change === null ? null : el('span', { class: 'figure-change tone-good' }, change)),
  );
}

function gpuTotals({ assets }: Report): { readonly before: number; readonly after: number } {
  let [before, after] = [0, 0];
  for (const asset of assets) {
    before += asset.before.gpuByteLength;
    after += (asset.verdict === 'improved' && asset.after ? asset.after : asset.before).gpuByteLength;
  }
  return { before, after };
}
