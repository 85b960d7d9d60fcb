/** Everything about one asset besides the models, in four tabs: what came of it, its textures, its parts, the steps. */
import type { AssetReport } from '../src/report/report.ts';
import { formatBytes, formatMs, plural } from '../src/units.ts';
import { el } from './dom.ts';
import { findingList } from './finding-list.ts';
import type { Inspection } from './inspection.ts';
import { type LoadTimes, textOf } from './load-pair.ts';
import type { ReportSource } from './load-report.ts';
import type { Side } from './panes.ts';
import { markPart, partLists } from './part-list.ts';
import { pictureSection } from './pictures-card.ts';
import { requirements } from './requirements.ts';
import type { Store } from './state.ts';
import { extensionList, showLoadTimes, statsTable } from './stats-table.ts';
import { stepsList } from './steps-list.ts';
import { createTabs } from './tabs.ts';
import { textureList } from './texture-list.ts';
import { visualCard } from './visual-card.ts';
import { savedText, splitPath, VERDICTS } from './words.ts';

/** What the panel needs. */
export interface DetailsParts {
  readonly source: ReportSource;
  readonly store: Store;
  readonly inspection: Inspection;
  /** Loads the models again, to time it. */
  measure(asset: AssetReport): Promise<LoadTimes>;
  openTexture(side: Side, image: number): void;
}

/** Fills the panel once; returns what shows an asset in it. */
export function createDetails(panel: HTMLElement, parts: DetailsParts): (asset: AssetReport) => void {
  const { source, store, inspection } = parts;
  const panelOf = () => el('div', { class: 'tab-panel' });
  const panels = { summary: panelOf(), textures: panelOf(), parts: panelOf(), steps: panelOf() };
  const head = el('div', { class: 'details-head' });
  const tabs = createTabs(
    'About this asset',
    [
      { id: 'summary', title: 'Summary', panel: panels.summary },
      { id: 'textures', title: 'Textures', panel: panels.textures },
      { id: 'parts', title: 'Parts', panel: panels.parts },
      { id: 'steps', title: 'Steps', panel: panels.steps },
    ],
    () => {
      panel.scrollTop = 0;
    },
  );
  panel.replaceChildren(head, tabs.element);

  function showContents(): void {
    const { before, after } = inspection.contents();
    const own = before ?? after;
    const waiting = () => el('section', { class: 'skeleton-lines', 'aria-label': 'Loading' }, ...bars(5));
    panels.textures.replaceChildren(
      own ? section(plural(own.images.length, 'image'), textureList(inspection, parts.openTexture)) : waiting(),
    );
    panels.parts.replaceChildren(...(own ? partLists(inspection) : [waiting()]));
    tabs.rename('textures', own ? `Textures ${own.images.length}` : 'Textures');
    markPart(panels.parts, inspection);
  }
  inspection.subscribe((what) => {
    if (what === 'contents') showContents();
    else markPart(panels.parts, inspection);
  });

  return (asset) => {
    const hasModels = source.pairOf(asset.path) !== undefined;
    head.replaceChildren(verdictSection(asset));
    panels.summary.replaceChildren(...summaryOf(asset, parts, hasModels));
    const steps = stepsList(asset);
    panels.steps.replaceChildren(...(steps ? [section('What got smaller by which step', steps)] : []));
    tabs.hide('steps', steps === null);
    for (const id of ['textures', 'parts']) tabs.hide(id, !hasModels);
    showContents();
    tabs.choose('summary');
    panel.scrollTop = 0;
  };

  function summaryOf(asset: AssetReport, { measure }: DetailsParts, hasModels: boolean): readonly HTMLElement[] {
    const table = statsTable(asset);
    const findings =
      asset.findings.length > 0 ? [section(plural(asset.findings.length, 'finding'), findingList(asset))] : [];
    // Where the findings are the reason, they come first.
    const isDecided = asset.verdict === 'refused' || asset.verdict === 'failed';
    return [
      ...(isDecided ? findings : []),
      section('Looks', visualCard(asset, store, hasModels)),
      section('Numbers', table, hasModels ? measureButton(table, () => measure(asset)) : null, extensionList(asset)),
      ...(asset.requires.length > 0 ? [section('Your loader needs', ...requirements(asset))] : []),
      ...(isDecided ? [] : findings),
      pictureSection(asset, source),
    ];
  }
}

function section(title: string, ...children: readonly (Node | null)[]): HTMLElement {
  return el('section', {}, el('h3', {}, title), ...children);
}

function bars(count: number): readonly HTMLElement[] {
  return Array.from({ length: count }, () => el('span', { class: 'skeleton' }));
}

/** What one looks at first: how much smaller, and whether that is sure. */
function verdictSection(asset: AssetReport): HTMLElement {
  const { word, tone } = VERDICTS[asset.verdict];
  const { folder, name } = splitPath(asset.path);
  const sizes = asset.after
    ? `${formatBytes(asset.before.byteLength)} → ${formatBytes(asset.after.byteLength)}`
    : formatBytes(asset.before.byteLength);
  const saved = savedText(asset);
  // The sizes are shown large; a reason that only repeats them says nothing more.
  const reason = asset.why.startsWith(sizes) && asset.verdict === 'improved' ? '' : asset.why;
  const why = reason.charAt(0).toUpperCase() + reason.slice(1);
  const bar = el('span', { class: 'size-bar', 'aria-hidden': true }, el('span', {}));
  const kept = bar.firstElementChild;
  if (kept instanceof HTMLElement && asset.after) {
    kept.style.width = `${Math.min(100, (100 * asset.after.byteLength) / Math.max(1, asset.before.byteLength))}%`;
  }
  return el(
    'section',
    { class: 'verdict' },
    el(
      'p',
      { class: 'verdict-line' },
      el('span', { class: `badge badge-${tone}` }, word),
      el('span', { class: 'quiet' }, `took ${formatMs(asset.durationMs)}`),
    ),
    el('h2', { title: asset.path }, name),
    folder === '' ? null : el('p', { class: 'quiet path' }, folder),
    el(
      'p',
      { class: 'verdict-sizes' },
      el('span', {}, sizes),
      saved === '' ? null : el('strong', { class: saved.startsWith('−') ? 'tone-good' : 'tone-quiet' }, saved),
    ),
    asset.after ? bar : null,
    why === '' ? null : el('p', { class: 'why' }, /[.!?]$/.test(why) ? why : `${why}.`),
  );
}

function measureButton(table: HTMLElement, measure: () => Promise<LoadTimes>): HTMLElement {
  const button = el('button', { type: 'button', class: 'button quiet-button' }, 'Measure loading in this browser');
  button.addEventListener('click', async () => {
    button.disabled = true;
    button.textContent = 'Measuring …';
    try {
      showLoadTimes(table, await measure());
      button.remove();
    } catch (failure) {
      button.textContent = `Not measured: ${textOf(failure)}`;
    }
  });
  return button;
}
