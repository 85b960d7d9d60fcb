/** Everything about one asset besides the models: verdict, numbers, views, steps, requirements, findings, pictures. */
import type { AssetReport } from '../src/report/report.ts';
import { formatMs, plural } from '../src/units.ts';
import { el, icon } from './dom.ts';
import { type LoadTimes, textOf } from './load-pair.ts';
import type { ReportSource } from './load-report.ts';
import { pictureSection } from './pictures-card.ts';
import type { Store } from './state.ts';
import { extensionList, showLoadTimes, statsTable } from './stats-table.ts';
import { stepsList } from './steps-list.ts';
import { visualCard } from './visual-card.ts';
import { savedText, splitPath, VERDICTS } from './words.ts';

/** Fills the panel. `measure` loads the models again, to time it. */
export function showDetails(
  panel: HTMLElement,
  asset: AssetReport,
  source: ReportSource,
  store: Store,
  measure: () => Promise<LoadTimes>,
): void {
  const hasModels = source.pairOf(asset.path) !== undefined;
  const table = statsTable(asset);
  const findings =
    asset.findings.length > 0 ? [section(plural(asset.findings.length, 'finding'), findingList(asset))] : [];
  // Where the findings are the reason, they come first.
  const isDecided = asset.verdict === 'refused' || asset.verdict === 'failed';
  panel.replaceChildren(
    verdictSection(asset),
    ...(isDecided ? findings : []),
    section('Numbers', table, hasModels ? measureButton(table, measure) : null, extensionList(asset)),
    section('Looks', visualCard(asset, store, hasModels)),
    ...(asset.requires.length > 0 ? [section('Requires', ...requirements(asset))] : []),
    ...(asset.steps.length > 0 ? [section('Steps', stepsList(asset))] : []),
    ...(isDecided ? [] : findings),
    pictureSection(asset, source),
  );
  panel.scrollTop = 0;
}

function section(title: string, ...children: readonly (Node | null)[]): HTMLElement {
  return el('section', {}, el('h3', {}, title), ...children);
}

function verdictSection(asset: AssetReport): HTMLElement {
  const { word, tone } = VERDICTS[asset.verdict];
  const { folder, name } = splitPath(asset.path);
  const why = asset.why.charAt(0).toUpperCase() + asset.why.slice(1);
  return el(
    'section',
    { class: 'verdict' },
    el(
      'p',
      { class: 'verdict-line' },
      el('span', { class: `badge badge-${tone}` }, word),
      el('strong', { class: 'tone-good' }, savedText(asset)),
      el('span', { class: 'quiet' }, `took ${formatMs(asset.durationMs)}`),
    ),
    el('h2', { title: asset.path }, name),
    folder === '' ? null : el('p', { class: 'quiet path' }, folder),
    why === '' ? null : el('p', { class: 'why' }, /[.!?]$/.test(why) ? why : `${why}.`),
  );
}

function measureButton(table: HTMLElement, measure: () => Promise<LoadTimes>): HTMLElement {
  const button = el('button', { type: 'button', class: 'quiet-button' }, 'Measure loading in this browser');
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

function requirements({ requires }: AssetReport): readonly HTMLElement[] {
  const items = requires.map(({ extension, hint }) => {
    const copy = el('button', { type: 'button', class: 'copy' }, icon('copy'), 'Copy');
    copy.addEventListener('click', () => void copyText(hint, copy));
    return el(
      'div',
      { class: 'requirement' },
      el('p', {}, el('code', {}, extension), copy),
      el('pre', { tabindex: 0 }, el('code', {}, hint)),
    );
  });
  return [el('p', { class: 'quiet small' }, 'Your loader needs these lines, once.'), ...items];
}

async function copyText(text: string, button: HTMLButtonElement): Promise<void> {
  const isCopied = await navigator.clipboard.writeText(text).then(
    () => true,
    () => false,
  );
  button.replaceChildren(icon(isCopied ? 'check' : 'close'), isCopied ? 'Copied' : 'Not allowed');
  setTimeout(() => button.replaceChildren(icon('copy'), 'Copy'), 1600);
}

function findingList({ findings }: AssetReport): HTMLElement {
  const list = el('ul', { class: 'findings' });
  for (const { code, severity, pointer, message } of findings) {
    const where = el('p', { class: 'quiet small' }, el('code', {}, code), pointer === '' ? null : ` at ${pointer}`);
    const what = el('p', {}, el('span', { class: 'severity' }, severity), ` ${message}`);
    list.append(el('li', { class: `finding finding-${severity}` }, what, where));
  }
  return list;
}
