/** The page of a report, from a file or from our server: list, viewer, numbers; the address follows what is seen. */
import './theme.css';
import './report.css';
import { showAssetList } from './asset-list.ts';
import { createDetails } from './details.ts';
import { byId, el, icon } from './dom.ts';
import { showBareHeadline, showHeadline } from './headline.ts';
import { createInspection } from './inspection.ts';
import { textOf } from './load-pair.ts';
import { findReport, type ReportSource } from './load-report.ts';
import { SIDES, type Side } from './panes.ts';
import { ASSET_DEFAULTS, createStore, readHash, type Store, writeHash } from './state.ts';
import { openTextures } from './texture-dialog.ts';
import { imageAfter } from './texture-list.ts';
import { createViewerPanel } from './viewer-panel.ts';
import { markView } from './visual-card.ts';
import { sideName } from './words.ts';

// An address that changed with each frame would be a load for the browser, and a mess for who watches it.
const ADDRESS_DELAY_MS = 350;

function start(source: ReportSource): void {
  const { report } = source;
  const store = createStore(readHash(location.hash));
  const assetOf = (path: string | null) => report.assets.find((asset) => asset.path === path) ?? report.assets[0];
  const first = assetOf(store.get().asset);
  const wanted = store.get().asset;
  // A link to an asset that is not here says nothing about the one that is shown instead.
  if (wanted !== null && wanted !== first?.path) store.set(ASSET_DEFAULTS);
  store.set({ asset: first?.path ?? null });

  showHeadline(byId('headline'), report);
  if (first === undefined) {
    showEmpty('No GLB file was found.', 'Nothing that differs is a .glb, so there is nothing to show.');
    return;
  }
  const layout = byId('assets').parentElement;
  layout?.toggleAttribute('data-single', report.assets.length === 1);
  layout?.removeAttribute('data-waiting');
  showAssetList(byId('assets'), source, store);
  const inspection = createInspection();
  const openTexture = (side: Side, image: number) => openTextures(imagesOf(side, image));
  const imagesOf = (side: Side, index: number) => {
    const all = inspection.contents();
    const own = all[side]?.images[index];
    if (!own) return [];
    return SIDES.flatMap((other) => {
      const siblings = all[side]?.images ?? [];
      const image = other === side ? own : imageAfter(own, siblings, all[other]?.images ?? []);
      if (!image) return [];
      return [{ title: sideName(other, all.base !== null), image, draw: () => viewer.pictureOf(other, image.index) }];
    });
  };
  const viewer = createViewerPanel(byId('viewer'), source, store, inspection, openTexture);
  const details = byId('details');
  const showDetails = createDetails(details, { source, store, inspection, measure: viewer.measure, openTexture });
  const show = () => {
    const asset = assetOf(store.get().asset);
    if (asset === undefined) return;
    document.title = `${asset.path} – GLB Optimizer`;
    inspection.clear();
    showDetails(asset);
    markView(details, store.get().view);
    void viewer.show(asset);
  };
  show();
  store.subscribe((now, was) => {
    if (now.asset !== was.asset) show();
    else if (now.view !== was.view) markView(details, now.view);
  });
  keepAddress(store);
}

function keepAddress(store: Store): void {
  let timer = 0;
  let written = location.hash;
  store.subscribe(() => {
    clearTimeout(timer);
    timer = window.setTimeout(() => {
      written = `#${writeHash(store.get())}`;
      history.replaceState(null, '', written);
    }, ADDRESS_DELAY_MS);
  });
  window.addEventListener('hashchange', () => {
    // A hash without parameters is a place on the page, such as the one of the skip link.
    if (location.hash !== written && location.hash.includes('=')) store.set(readHash(location.hash));
  });
}

/** A page with nothing to show says so in place of the viewer. */
function showEmpty(title: string, why: string, again?: HTMLElement): void {
  const layout = byId('assets').parentElement;
  layout?.setAttribute('data-empty', '');
  layout?.removeAttribute('data-waiting');
  byId('viewer').replaceChildren(
    el('div', { class: 'empty', role: 'status' }, icon('cube'), el('h2', {}, title), el('p', {}, why), again ?? null),
  );
}

function open(): void {
  findReport(document).then(start, (failure: unknown) => {
    const why = textOf(failure);
    const again = el('button', { type: 'button', class: 'button button-main' }, 'Try again');
    again.addEventListener('click', () => {
      again.disabled = true;
      open();
    });
    showBareHeadline(byId('headline'));
    showEmpty('The report cannot be shown', `${why.charAt(0).toUpperCase()}${why.slice(1)}.`, again);
  });
}

open();
