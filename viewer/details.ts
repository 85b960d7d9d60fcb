/** Everything about one asset besides the models: verdict, numbers, views, steps, requirements, findings, pictures. */
import type { AssetReport } from '../src/report/report.ts';
import { formatMs, plural } from '../src/units.ts';
import { el, icon } from './dom.ts';
import type { ReportSource } from './load-report.ts';
import { openPicture } from './picture-dialog.ts';
import type { Store } from './state.ts';
import { extensionList, type LoadTimes, showLoadTimes, statsTable } from './stats-table.ts';
import { stepsList } from './steps-list.ts';
import { visualCard } from './visual-card.ts';
import { savedText, splitPath, VERDICTS } from './words.ts';

/** The panel of one asset. */
export interface Details {
  /** Tells how long this browser took. */
  showLoadTimes(times: LoadTimes): void;
}

/** Fills the panel. */
export function showDetails(panel: HTMLElement, asset: AssetReport, source: ReportSource, store: Store): Details {
  const { word, tone } = VERDICTS[asset.verdict];
  const { folder, name } = splitPath(asset.path);
  const table = statsTable(asset);
  const visible = asset.findings.length > 0;
  panel.replaceChildren(
    el(
      'section',
      { class: 'verdict' },
      el(
        'p',
        { class: 'verdict-line' },
        el('span', { class: `badge badge-${tone}` }, word),
        el('strong', { class: 'tone-good' }, savedText(asset)),
        el('span', { class: 'quiet' }, formatMs(asset.durationMs)),
      ),
      el('h2', { title: asset.path }, name),
      folder === '' ? null : el('p', { class: 'quiet path' }, folder),
      el('p', {}, sentence(asset.why)),
    ),
    section('Numbers', table, extensionList(asset)),
    section('Looks', visualCard(asset, store, source.pairOf(asset.path) !== undefined)),
    ...requirementSection(asset),
    ...(asset.steps.length > 0 ? [section('Steps', stepsList(asset))] : []),
    ...(visible ? [section(plural(asset.findings.length, 'finding'), findingList(asset))] : []),
    pictures(asset, source),
  );
  panel.scrollTop = 0;
  return { showLoadTimes: (times) => showLoadTimes(table, times) };
}

function section(title: string, ...children: readonly (Node | null)[]): HTMLElement {
  return el('section', {}, el('h3', {}, title), ...children);
}

function sentence(text: string): string {
  const first = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(first) || first === '' ? first : `${first}.`;
}

function requirementSection({ requires }: AssetReport): readonly HTMLElement[] {
  if (requires.length === 0) return [];
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
  const note = el('p', { class: 'quiet small' }, 'Your loader needs these lines, once.');
  return [section('Requires', note, ...items)];
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
    list.append(
      el(
        'li',
        { class: `finding finding-${severity}` },
        el('p', {}, el('span', { class: 'severity' }, severity), ' ', message),
        el('p', { class: 'quiet small' }, el('code', {}, code), pointer === '' ? null : ` at ${pointer}`),
      ),
    );
  }
  return list;
}

/** Pictures keep their place while they are decoded. */
function pictures({ images, path }: AssetReport, source: ReportSource): HTMLElement {
  const box = el('section', { class: 'pictures', hidden: true }, el('h3', {}, 'Pictures'));
  const known = [
    [images.comparison, 'before, after and difference', '1668 / 544'],
    [images.sheet, 'four views, before above after', '1674 / 830'],
    [images.hero, 'the original', '1 / 1'],
  ] as const;
  for (const [name, what, ratio] of known) {
    if (name === undefined) continue;
    void source.imageUrl(name).then((url) => {
      if (url === null) return;
      box.hidden = false;
      const image = el('img', { src: url, alt: `${path}: ${what}` });
      image.style.aspectRatio = ratio;
      const button = el('button', { type: 'button', class: 'picture', 'aria-label': `Enlarge: ${what}` }, image);
      button.addEventListener('click', () => openPicture(url, `${path}: ${what}`));
      box.append(button);
    });
  }
  return box;
}
