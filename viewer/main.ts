/** The page of a report: list, viewer, numbers; the address follows what is seen. */
import './report.css';
import './viewer.css';
import './details.css';
import { showAssetList } from './asset-list.ts';
import { showDetails } from './details.ts';
import { byId, el } from './dom.ts';
import { showHeadline } from './headline.ts';
import { readEmbeddedReport } from './load-report.ts';
import { ASSET_DEFAULTS, createStore, readHash, type Store, writeHash } from './state.ts';
import { createViewerPanel } from './viewer-panel.ts';
import { markView } from './visual-card.ts';

// An address that changed with each frame would be a load for the browser, and a mess for who watches it.
const ADDRESS_DELAY_MS = 350;

function start(): void {
  const source = readEmbeddedReport(document);
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
    byId('viewer').replaceChildren(el('p', { class: 'note' }, 'No GLB file was found.'));
    return;
  }
  showAssetList(byId('assets'), source, store);
  const viewer = createViewerPanel(byId('viewer'), source, store);
  const details = byId('details');
  const show = () => {
    const asset = assetOf(store.get().asset);
    if (asset === undefined) return;
    document.title = `${asset.path} – GLB Optimizer`;
    showDetails(details, asset, source, store, () => viewer.measure(asset));
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

start();
