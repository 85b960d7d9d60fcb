/** The list of assets: a thumbnail, a verdict and a saving for each. */
import type { AssetReport } from '../src/report/report.ts';
import { formatBytes } from '../src/units.ts';
import { el, icon } from './dom.ts';
import type { ReportSource } from './load-report.ts';
import type { Store } from './state.ts';
import { ASSET_DEFAULTS } from './state.ts';
import { savedText, splitPath, VERDICTS } from './words.ts';

/** Fills the list and keeps the shown asset marked. */
export function showAssetList(nav: HTMLElement, source: ReportSource, store: Store): void {
  const buttons = new Map<string, HTMLButtonElement>();
  const list = el('ul', {});
  for (const asset of source.report.assets) {
    const button = assetButton(asset);
    button.addEventListener('click', () => store.set({ ...ASSET_DEFAULTS, asset: asset.path }));
    buttons.set(asset.path, button);
    list.append(el('li', {}, button));
  }
  nav.replaceChildren(list);

  const mark = (path: string | null) => {
    for (const [name, button] of buttons) {
      if (name === path) {
        button.setAttribute('aria-current', 'true');
        button.scrollIntoView({ block: 'nearest', inline: 'center' });
      } else button.removeAttribute('aria-current');
    }
  };
  mark(store.get().asset);
  store.subscribe((now, was) => {
    if (now.asset !== was.asset) mark(now.asset);
  });
  void addThumbnails(source, buttons);
}

function assetButton(asset: AssetReport): HTMLButtonElement {
  const { folder, name } = splitPath(asset.path);
  const { word, tone } = VERDICTS[asset.verdict];
  return el(
    'button',
    { type: 'button', class: 'asset', title: asset.path },
    el('span', { class: 'thumbnail' }, icon('cube')),
    el(
      'span',
      { class: 'asset-text' },
      el('span', { class: 'asset-name' }, name),
      folder === '' ? null : el('span', { class: 'asset-folder' }, folder),
      el(
        'span',
        { class: 'asset-facts' },
        el('span', { class: `dot tone-${tone}` }, word),
        asset.after === null
          ? el('span', { class: 'asset-size' }, formatBytes(asset.before.byteLength))
          : el('span', { class: 'asset-saved tone-good' }, savedText(asset)),
      ),
    ),
  );
}

/** One after the other, so that decoding pictures never holds up the model on the stage. */
async function addThumbnails(source: ReportSource, buttons: ReadonlyMap<string, HTMLElement>): Promise<void> {
  for (const { path, images } of source.report.assets) {
    const name = images.hero ?? images.comparison;
    const url = name === undefined ? null : await source.imageUrl(name).catch(() => null);
    if (url === null) continue;
    // The middle of before | after | difference is the result.
    const image = el('img', { src: url, alt: '', class: images.hero === undefined ? 'cropped' : null });
    buttons.get(path)?.querySelector('.thumbnail')?.replaceChildren(image);
  }
}
