/** Keys of the viewer. They work anywhere on the page, except while something else takes them. */
import type { CompareView } from './compare-view.ts';
import type { ReportSource } from './load-report.ts';
import { ASSET_DEFAULTS, MODES, type Store, type SurfaceName } from './state.ts';

/** What the keys act on. */
export interface KeyTargets {
  readonly store: Store;
  readonly canvas: HTMLElement;
  readonly source: ReportSource;
  readonly viewOf: () => CompareView | null;
  readonly togglePlay: () => void;
  readonly toggleFull: () => void;
  readonly unpick: () => void;
}

const TURN_DEGREES = 6;
const ZOOM = 1.12;

/** Starts listening. */
export function listenToKeys({ store, canvas, source, viewOf, togglePlay, toggleFull, unpick }: KeyTargets): void {
  const acts: Readonly<Record<string, () => void>> = {
    r: () => store.set({ view: null, camera: null }),
    w: () => toggleSurface('wireframe'),
    n: () => toggleSurface('normals'),
    u: () => toggleSurface('checker'),
    escape: unpick,
    p: togglePlay,
    f: toggleFull,
    b: () => viewOf()?.hold(true),
    j: () => step(1),
    k: () => step(-1),
  };
  const canvasActs: Readonly<Record<string, () => void>> = {
    ArrowLeft: () => viewOf()?.nudge(-TURN_DEGREES, 0, 1),
    ArrowRight: () => viewOf()?.nudge(TURN_DEGREES, 0, 1),
    ArrowUp: () => viewOf()?.nudge(0, TURN_DEGREES, 1),
    ArrowDown: () => viewOf()?.nudge(0, -TURN_DEGREES, 1),
    '+': () => viewOf()?.nudge(0, 0, 1 / ZOOM),
    '=': () => viewOf()?.nudge(0, 0, 1 / ZOOM),
    '-': () => viewOf()?.nudge(0, 0, ZOOM),
  };

  function toggleSurface(surface: SurfaceName): void {
    store.set({ surface: store.get().surface === surface ? 'material' : surface });
  }

  function step(by: number): void {
    const paths = source.report.assets.map(({ path }) => path);
    const next = paths[paths.indexOf(store.get().asset ?? '') + by];
    if (next !== undefined) store.set({ ...ASSET_DEFAULTS, asset: next });
  }

  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    const mode = MODES[Number(event.key) - 1];
    const act =
      acts[event.key.toLowerCase()] ??
      (event.target === canvas ? canvasActs[event.key] : undefined) ??
      (mode && viewOf()?.isPair() ? () => store.set({ mode }) : undefined);
    if (act === undefined) return;
    event.preventDefault();
    act();
  });
  document.addEventListener('keyup', ({ key }) => {
    if (key.toLowerCase() === 'b') viewOf()?.hold(false);
  });
  // A key let go in another window is never heard of.
  window.addEventListener('blur', () => viewOf()?.hold(false));
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLInputElement || target instanceof HTMLSelectElement || target instanceof HTMLTextAreaElement
  );
}
