/** The viewer: canvas, handle, bars and keys, and the loading of the asset that the state names. */
import type { AssetReport } from '../src/report/report.ts';
import { formatBytes } from '../src/units.ts';
import { type CompareView, createCompareView } from './compare-view.ts';
import { el, iconButton } from './dom.ts';
import { createLabels } from './labels.ts';
import type { ReportSource } from './load-report.ts';
import { createHoldButton, createModeBar } from './mode-bar.ts';
import type { Side } from './panes.ts';
import { createPlayer } from './player.ts';
import { createStage, discard } from './scene.ts';
import { createSettings } from './settings-panel.ts';
import { createSplitHandle } from './split-handle.ts';
import type { Store } from './state.ts';
import type { LoadTimes } from './stats-table.ts';
import { listenToKeys } from './viewer-keys.ts';

/** The panel. */
export interface ViewerPanel {
  /** Shows an asset in place of the one before. Told how long its models took to load, as they come. */
  show(asset: AssetReport, onLoadTimes: (times: LoadTimes) => void): Promise<void>;
}

// More pixels than two per CSS pixel nobody sees, and a phone with three would draw more than twice as many.
const MOST_PIXEL_RATIO = 2;

/** Builds the viewer inside `panel`. */
export function createViewerPanel(panel: HTMLElement, source: ReportSource, store: Store): ViewerPanel {
  const canvas = el('canvas', {
    class: 'stage',
    tabindex: 0,
    role: 'img',
    'aria-label': 'The models. Arrow keys turn, plus and minus zoom.',
  });
  const heat = el('canvas', { class: 'heat', hidden: true, 'aria-hidden': true });
  const frame = el('div', { class: 'frame' }, canvas, heat);
  const labels = createLabels(frame, store);
  let view: CompareView | null = null;
  const handle = createSplitHandle(frame, store);
  const player = createPlayer(store, () => view);
  const modes = createModeBar(store);
  const hold = createHoldButton((isHeld) => view?.hold(isHeld));
  const settings = createSettings(store);
  const reset = iconButton('reset', 'Show the whole model (R)');
  const link = iconButton('link', 'Copy a link to this sight');
  const expand = iconButton('expand', 'Full screen (F)');
  frame.append(labels.element, handle, player.element, settings.panel);
  panel.replaceChildren(
    frame,
    el(
      'div',
      { class: 'bar-row' },
      modes.element,
      hold,
      el('div', { class: 'tools' }, settings.button, reset, link, expand),
    ),
  );
  reset.addEventListener('click', () => store.set({ view: null, camera: null }));
  link.addEventListener('click', () => void navigator.clipboard?.writeText(location.href).catch(() => {}));
  const toggleFull = () =>
    void (document.fullscreenElement ? document.exitFullscreen() : panel.requestFullscreen().catch(() => {}));
  expand.addEventListener('click', toggleFull);
  listenToKeys({ store, canvas, source, viewOf: () => view, togglePlay: player.toggle, toggleFull });

  const showHandle = () => {
    const both = view !== null && view.models.before !== null && view.models.after !== null;
    handle.hidden = !both || store.get().mode !== 'slider';
    hold.disabled = !both;
    modes.enable(both);
  };
  store.subscribe(showHandle);
  showHandle();

  const stage = openStage();
  let turn = 0;

  async function openStage() {
    const made = await createStage(canvas, await source.stageFiles(), {
      pixelRatio: Math.min(devicePixelRatio, MOST_PIXEL_RATIO),
    });
    const paper = heat.getContext('2d');
    if (paper === null) throw new Error('this browser has no 2D canvas');
    view = createCompareView(made, canvas, paper, store, {
      onScore: labels.showScore,
      onPlay: player.showPlaying,
      onHold: labels.showHeld,
    });
    return { stage: made, view };
  }
  // Whoever shows an asset is told.
  stage.catch(() => {});

  return {
    async show(asset, onLoadTimes) {
      const own = ++turn;
      const isStale = () => own !== turn;
      labels.showNote('');
      const pair = source.pairOf(asset.path);
      const notes: string[] = [];
      let times: LoadTimes = { before: null, after: null };
      const sides = (['after', 'before'] as const).filter((side) => pair?.[side]);
      const opened = await stage.catch((failure: unknown) => textOf(failure));
      if (isStale()) return;
      if (typeof opened === 'string') {
        labels.showNote(`The models cannot be drawn here: ${opened}`);
        return;
      }
      opened.view.clear();
      labels.showAsset(asset, { before: false, after: false });
      showHandle();
      player.offer();
      for (const [index, side] of sides.entries()) {
        const model = pair?.[side];
        if (!model) continue;
        const name = side === 'before' ? 'the original' : 'the result';
        const tell = (ratio: number) =>
          isStale() ||
          labels.showProgress(`Loading ${name}, ${formatBytes(model.byteLength)}`, (index + ratio) / sides.length);
        try {
          tell(0.02);
          const read = await source.readModel(model, (ratio) => tell(ratio * 0.4));
          if (read.kind === 'left-out') {
            notes.push(
              `${capital(name)} (${formatBytes(model.byteLength)}) was left out: this page would have become too large.`,
            );
            continue;
          }
          if (isStale()) return;
          tell(0.45);
          await nextPaint();
          const loaded = await opened.stage.loadModel(read.bytes, read.siblings);
          if (isStale()) return discard(loaded);
          for (const problem of loaded.problems) notes.push(`${capital(name)}: ${problem}.`);
          if (loaded.points().length === 0) notes.push(`${capital(name)} draws nothing.`);
          tell(0.9);
          await opened.view.take(side, loaded);
          times = { ...times, [side]: loaded.loadTimeMs };
          onLoadTimes(times);
        } catch (failure) {
          notes.push(`${capital(name)} cannot be shown: ${textOf(failure)}`);
        }
        if (isStale()) return;
        labels.showAsset(asset, hasOf(opened.view));
        showHandle();
        player.offer();
      }
      if (isStale()) return;
      labels.showProgress('', null);
      if (sides.length === 0) notes.push('There is no model to show.');
      labels.showNote(notes.slice(0, 3).join(' '));
      panel.dataset.shown = asset.path;
    },
  };
}

function hasOf({ models }: CompareView): Readonly<Record<Side, boolean>> {
  return { before: models.before !== null, after: models.after !== null };
}

function nextPaint(): Promise<void> {
  return new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 0)));
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function textOf(failure: unknown): string {
  return (failure instanceof Error ? failure.message : String(failure)).slice(0, 300);
}
