/** The viewer: canvas, handle, bars and keys around the comparison. */
import type { AssetReport } from '../src/report/report.ts';
import { type CompareView, createCompareView } from './compare-view.ts';
import { el, flash, iconButton } from './dom.ts';
import { type Contents, readContents } from './glb-contents.ts';
import { pictureOf } from './gpu-picture.ts';
import { releaseImages } from './image-urls.ts';
import type { Inspection } from './inspection.ts';
import { createLabels } from './labels.ts';
import { type LoadPlace, type LoadTimes, loadPair, measureLoading, textOf } from './load-pair.ts';
import type { ReportSource } from './load-report.ts';
import { createHoldButton, createModeBar, createPairChoice } from './mode-bar.ts';
import type { Side } from './panes.ts';
import { marksOf, pickedAt } from './pick.ts';
import { createPickCard } from './pick-card.ts';
import { createPlayer } from './player.ts';
import { createStage, prepare } from './scene.ts';
import { createSettings } from './settings-panel.ts';
import { createSplitHandle } from './split-handle.ts';
import { type Store, writeHash } from './state.ts';
import { listenToKeys } from './viewer-keys.ts';

/** The panel. */
export interface ViewerPanel {
  /** Shows an asset in place of the one before. */
  show(asset: AssetReport): Promise<void>;
  /** A picture of an image that browsers cannot show, drawn by the GPU: a URL; null when that cannot be. */
  pictureOf(side: Side, image: number): Promise<string | null>;
  /** Measures how long this browser takes to load both models of an asset. */
  measure(asset: AssetReport): Promise<LoadTimes>;
}

// More than two pixels per CSS pixel nobody sees, and a phone with three would draw more than twice as many.
const MOST_PIXEL_RATIO = 2;
// More sentences would cover the models.
const MOST_NOTES = 3;

/** Builds the viewer inside `panel`. */
export function createViewerPanel(
  panel: HTMLElement,
  source: ReportSource,
  store: Store,
  inspection: Inspection,
  openTexture: (side: Side, image: number) => void,
): ViewerPanel {
  const description =
    'Before and after. Arrow keys turn, plus and minus zoom, a click says what it hit, a double click looks closer.';
  const canvas = el('canvas', { class: 'stage', tabindex: 0, role: 'img', 'aria-label': description });
  const heat = el('canvas', { class: 'heat', hidden: true, 'aria-hidden': 'true' });
  const frame = el('div', { class: 'frame' }, canvas, heat);
  let view: CompareView | null = null;
  const labels = createLabels(frame, store);
  const handle = createSplitHandle(frame, store);
  const player = createPlayer(store, () => view);
  const modes = createModeBar(store);
  const hold = createHoldButton((isHeld) => view?.hold(isHeld));
  const pairChoice = createPairChoice(store);
  const settings = createSettings(store);
  const unpick = () => inspection.pick(null);
  const toggleFull = () => {
    if (document.fullscreenElement) void document.exitFullscreen();
    else void panel.requestFullscreen().catch(() => {});
  };
  const card = createPickCard(inspection, openTexture);
  frame.append(handle, labels.element, player.element, card, settings.panel);
  const tools = el('div', { class: 'tools' }, settings.button, ...toolButtons(store, toggleFull));
  panel.replaceChildren(frame, el('div', { class: 'bar-row' }, modes.element, pairChoice, hold, tools));
  listenToKeys({ store, canvas, source, viewOf: () => view, togglePlay: player.toggle, toggleFull, unpick });

  function showSides(asset?: AssetReport): void {
    const has = view?.presence() ?? { base: false, before: false, after: false };
    const hasBoth = view?.isPair() ?? false;
    if (asset) labels.showAsset(asset, has, has.base ? (source.pairOf(asset.path)?.base?.byteLength ?? 0) : null);
    frame.toggleAttribute('data-empty', view?.reference() == null);
    pairChoice.hidden = !(has.base && has.before && has.after) || store.get().mode === 'side';
    handle.hidden = !hasBoth || store.get().mode !== 'slider';
    hold.disabled = !hasBoth || store.get().mode === 'side';
    modes.enable(hasBoth);
    player.offer();
  }
  store.subscribe((now, was) => {
    if (now.mode !== was.mode) showSides();
  });
  inspection.subscribe((what) => {
    const picked = inspection.picked();
    // A file that came later has the part too.
    if (view && (what === 'picked' || picked)) view.mark(picked ? marksOf(picked, view, inspection) : []);
  });
  showSides();

  async function openPlace(): Promise<LoadPlace> {
    const pixelRatio = Math.min(devicePixelRatio, MOST_PIXEL_RATIO);
    const stage = await createStage(canvas, await source.stageFiles(), { pixelRatio });
    prepare(stage);
    const paper = heat.getContext('2d');
    if (paper === null) throw new Error('this browser has no 2D canvas');
    view = createCompareView(stage, canvas, paper, store, {
      onScore: labels.showScore,
      onPlay: player.showPlaying,
      onHold: labels.showHeld,
      onPick: (hit) => inspection.pick(hit && view && pickedAt(hit, view, inspection)),
    });
    return { source, stage, view };
  }
  const place = openPlace();
  // Whoever shows an asset is told.
  place.catch(() => {});
  let turn = 0;

  return {
    async show(asset) {
      const own = ++turn;
      const contentsOf = new Map<Side, () => Contents | null>();
      delete panel.dataset.firstPictureMs;
      delete panel.dataset.shown;
      labels.showNote('');
      labels.showProgress('Starting', 0);
      const pair = source.pairOf(asset.path);
      // The bytes come while the stage is built; whoever reads them below finds them on their way, or hears what is wrong.
      const soonest = pair?.after ?? pair?.before;
      if (soonest) source.readModel(soonest, () => {}).catch(() => {});
      const opened = await place.catch((failure: unknown) => textOf(failure));
      if (own !== turn) return;
      let notes: readonly string[] = [];
      if (typeof opened === 'string') notes = [`Models cannot be drawn in this browser: ${opened}`];
      else {
        opened.view.clear();
        inspection.clear();
        releaseImages();
        showSides(asset);
        let bytesAt: number | null = null;
        notes = pair
          ? await loadPair(pair, opened, {
              isStale: () => own !== turn,
              onProgress: labels.showProgress,
              onBytes(side, bytes, siblings) {
                bytesAt ??= performance.now();
                // After the first picture: nobody waits for lists.
                contentsOf.set(side, () => readContents(bytes, siblings));
              },
              onTaken() {
                showSides(asset);
                void afterPaint().then(() => noteFirstPicture(panel, bytesAt));
              },
            })
          : ['There is no model to show.'];
      }
      if (own !== turn) return;
      for (const [side, read] of contentsOf) inspection.add(side, read());
      labels.showProgress('', null);
      labels.showNote(notes.slice(0, MOST_NOTES).join(' '));
      panel.dataset.shown = asset.path;
    },
    async pictureOf(side, image) {
      const { stage, view: shown } = await place;
      const texture = await shown.models[side]?.textureOf(image);
      const blob = texture ? await pictureOf(stage.renderer, texture) : null;
      return blob && URL.createObjectURL(blob);
    },
    async measure(asset) {
      const pair = source.pairOf(asset.path);
      if (pair === undefined) throw new Error('there is no model');
      return measureLoading(pair, await place);
    },
  };
}

/** When the browser has painted what was drawn for its next frame. */
function afterPaint(): Promise<void> {
  return new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 0)));
}

/** Milliseconds from the bytes to the first picture, for who measures the page. */
function noteFirstPicture(panel: HTMLElement, bytesAt: number | null): void {
  if (bytesAt !== null) panel.dataset.firstPictureMs ??= (performance.now() - bytesAt).toFixed(0);
}

function toolButtons(store: Store, toggleFull: () => void): readonly HTMLButtonElement[] {
  const reset = iconButton('reset', 'Show the whole model (R)');
  const link = iconButton('link', 'Copy a link to this sight');
  const expand = iconButton('expand', 'Full screen (F)');
  reset.addEventListener('click', () => store.set({ view: null, camera: null }));
  link.addEventListener('click', async () => {
    // Not the address as it is: that follows the state with a delay.
    const address = `${location.href.replace(/#.*/, '')}#${writeHash(store.get())}`;
    const isCopied = await navigator.clipboard.writeText(address).then(
      () => true,
      () => false,
    );
    flash(link, isCopied ? 'check' : 'close', 'link');
  });
  expand.addEventListener('click', toggleFull);
  return [reset, link, expand];
}
