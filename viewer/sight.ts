/** Where the one camera of a comparison stands: framed by a view, placed by a link, or moved by hand. */
import { type Camera, type Object3D, Raycaster, Vector2, type Vector3 } from 'three';
import { type Insets, VIEWS } from './camera.ts';
import type { LoadedModel } from './load-model.ts';
import type { Orbit } from './orbit.ts';
import type { Pane, Side } from './panes.ts';
import { viewNamed } from './stance.ts';
import type { Store } from './state.ts';

// What lies over the canvas: the pills' row above, and below the bar of animations and variants.
const PILL_PX = 60;
const PLAYER_PX = 70;
const BORDER_PX = 26;
// In a small pane the model matters more than what lies over it.
const MOST_INSET = 0.26;

/** Frames the model from the state's view, in its present pose. A camera moved by hand stays where it is. */
export function frameModel(model: LoadedModel, orbit: Orbit, pane: Pane, store: Store): void {
  const { camera, view } = store.get();
  if (camera !== null) return;
  const direction = viewNamed(model, view)?.direction ?? VIEWS[0];
  orbit.fit(model.points(), direction, insetsOf(model, pane.viewport.height));
}

function insetsOf({ clips, variants }: LoadedModel, heightPx: number): Insets {
  const hasPlayer = clips.length > 0 || variants.length > 0;
  const inset = (px: number) => Math.min(MOST_INSET, px / Math.max(heightPx, 1));
  return { top: inset(PILL_PX), bottom: inset(hasPlayer ? PLAYER_PX : BORDER_PX), side: 0.06 };
}

/** Takes pose and variant of the state's view. On arrival, a link that names a pose or a variant itself has its way. */
export function takeStance(model: LoadedModel, store: Store, isArrival: boolean): void {
  const { view: name, clip, variant } = store.get();
  const view = viewNamed(model, name);
  // Going back to the whole leaves the pose that was chosen.
  const isChosen = (isArrival || name === null) && (clip !== null || variant !== null);
  if (view && !isChosen) store.set({ clip: view.clip?.name ?? null, timeS: view.timeS, variant: view.variant });
}

/** What is seen at a point of the canvas. */
export interface Hit {
  readonly side: Side;
  readonly object: Object3D;
  readonly point: Vector3;
}

/** What is seen at a point of the canvas, in CSS pixels from its upper left corner; null where nothing is. */
export function hitOf(
  place: { readonly x: number; readonly y: number },
  panes: readonly Pane[],
  modelOf: (pane: Pane) => LoadedModel | null,
  camera: Camera,
): Hit | null {
  const { x, y } = place;
  const pane = panes.find(({ scissor: s }) => x >= s.x && x < s.x + s.width && y >= s.y && y < s.y + s.height);
  const model = pane ? modelOf(pane) : null;
  if (!pane || !model) return null;
  const { viewport: v } = pane;
  const raycaster = new Raycaster();
  raycaster.setFromCamera(new Vector2(((x - v.x) / v.width) * 2 - 1, 1 - ((y - v.y) / v.height) * 2), camera);
  const hit = raycaster.intersectObject(model.root, true)[0];
  return hit ? { side: pane.side, object: hit.object, point: hit.point } : null;
}

// A finger is never quite still.
const STILL_PX = 6;

/** Clicks and taps that do not turn the model. */
export function listenToClicks(element: HTMLElement, onClick: (event: PointerEvent) => void): void {
  let down: PointerEvent | null = null;
  element.addEventListener('pointerdown', (event) => {
    down = event.isPrimary && event.button === 0 ? event : null;
  });
  element.addEventListener('pointerup', (event) => {
    if (down && Math.hypot(event.clientX - down.clientX, event.clientY - down.clientY) < STILL_PX) onClick(event);
    down = null;
  });
}
