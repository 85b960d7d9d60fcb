/** Before and after on one canvas: two scenes, one renderer, one camera. Draws only when something changed. */
import type { Texture } from 'three';
import { drawDifference, guardExposure, luminanceOf, MOVING_EDGE_PX, STILL_EDGE_PX } from './difference.ts';
import { createLight } from './lights.ts';
import type { LoadedModel } from './load-model.ts';
import { createMarks, type Marked } from './marks.ts';
import { createOrbit } from './orbit.ts';
import { comparedSides, type Pane, type Presence, panesOf, SIDES, type Side } from './panes.ts';
import { discard, draw, resizeStage, type Stage, setEnvironment } from './scene.ts';
import { frameModel, type Hit, hitOf, listenToClicks, takeStance } from './sight.ts';
import { backgroundOf, clipNamed, dressModel, poseModel } from './stance.ts';
import type { CameraPlace, LightName, Store, ViewState } from './state.ts';

/** The comparison on the canvas. It follows the store. */
export interface CompareView {
  /** Puts a model on the stage. The first one is framed at once. */
  take(side: Side, model: LoadedModel): Promise<void>;
  /** Takes all models off. */
  clear(): void;
  readonly models: Readonly<Record<Side, LoadedModel | null>>;
  presence(): Presence;
  /** Whether there are two to compare. */
  isPair(): boolean;
  /** The original, or what is there instead of it. */
  reference(): LoadedModel | null;
  /** Shows the original as long as it is held. */
  hold(isHeld: boolean): void;
  play(isPlaying: boolean): void;
  /** Turns by degrees; zooms by a factor, below 1 nearer. */
  nudge(azimuthDegrees: number, elevationDegrees: number, zoom: number): void;
  /** Marks objects of the models; none takes the marks off. */
  mark(marked: readonly Marked[]): void;
  /** Draws a model that is not on the stage once, and says how long that took, in ms, until the GPU was done. */
  timeFrame(model: LoadedModel): number;
  redraw(): void;
}

/** What the view tells besides the state. */
export interface CompareEvents {
  /** D of what is seen in difference mode; null while it changes. */
  onScore(score: number | null): void;
  onPlay(isPlaying: boolean): void;
  onHold(isHeld: boolean): void;
  /** A click on the models; null beside them. */
  onPick(hit: Hit | null): void;
}

// The guard's D belongs to still pictures: wait until the camera rests.
const REST_MS = 140;
// A shadow that takes longer would make an animation stutter; it is then drawn when the animation stops.
const SHADOW_BUDGET_MS = 24;
// A middle grey, until the model has been seen.
const MIDDLE_LUMINANCE = 0.22;

/** Makes the view on a stage whose canvas lies in the page; `paper` is a 2D canvas above it. */
export function createCompareView(
  stage: Stage,
  canvas: HTMLCanvasElement,
  paper: CanvasRenderingContext2D,
  store: Store,
  events: CompareEvents,
): CompareView {
  const models: Record<Side, LoadedModel | null> = { base: null, before: null, after: null };
  const marks = createMarks();
  const lights = new Map<LightName, Texture>([['studio', stage.environment]]);
  const darkTheme = matchMedia('(prefers-color-scheme: dark)');
  let luminance = MIDDLE_LUMINANCE;
  let ownPlace: CameraPlace | null = null;
  let [isScheduled, isHeld, isPlaying, wasMovedByHand] = [false, false, false, false];
  let [lastFrame, lastMove, shadowCostMs] = [0, 0, 0];
  const orbit = createOrbit(canvas, (byHand) => {
    lastMove = performance.now();
    wasMovedByHand ||= byHand;
    requestDraw();
  });

  const reference = () => models.before ?? models.after ?? models.base;
  const present = () => SIDES.flatMap((side) => models[side] ?? []);
  const presence = () => ({ base: !!models.base, before: !!models.before, after: !!models.after });

  function requestDraw(): void {
    if (!isScheduled) requestAnimationFrame(drawFrame);
    isScheduled = true;
  }

  function drawFrame(now: number): void {
    isScheduled = false;
    const elapsedS = Math.min(0.1, (now - lastFrame) / 1000);
    lastFrame = now;
    if (reference() === null) return;
    if (isPlaying) advance(elapsedS);
    const isFlying = orbit.update(now);
    if (wasMovedByHand) {
      wasMovedByHand = false;
      ownPlace = orbit.place();
      store.set({ view: null, camera: ownPlace });
    }
    const isMoving = isFlying || isPlaying || performance.now() - lastMove < REST_MS;
    drawAll(isMoving);
    if (isFlying || isPlaying || (isMoving && store.get().mode === 'difference')) requestDraw();
  }

  function drawAll(isMoving: boolean): void {
    const state = store.get();
    const panes = layOut(state);
    const { left, right } = comparedSides(state.pair, presence());
    const [before, after] = left === right ? [null, null] : [models[left], models[right]];
    const isDifference = state.mode === 'difference' && before !== null && after !== null && !isHeld;
    paper.canvas.hidden = !isDifference;
    marks.show(!isDifference);
    if (isDifference) {
      const edge = isMoving ? MOVING_EDGE_PX : STILL_EDGE_PX;
      const score = drawDifference(stage, { before, after }, orbit.camera, guardExposure(luminance), edge, paper);
      events.onScore(isMoving ? null : score);
      return;
    }
    const background = backgroundOf(state.background, darkTheme.matches, luminance);
    const look = { camera: orbit.camera, background, exposure: 2 ** state.exposureStops, shadow: true };
    for (const { side, viewport, scissor } of panes) {
      const model = models[side];
      if (model) draw(stage, model, { ...look, viewport, scissor });
    }
  }

  function layOut({ mode, pair, split }: ViewState): readonly Pane[] {
    const { clientWidth: width, clientHeight: height } = canvas;
    const panes = panesOf({ mode, pair, split, isHolding: isHeld, has: presence(), width, height });
    const [first] = panes;
    if (first) orbit.setAspect(first.viewport.width / first.viewport.height);
    return panes;
  }

  function advance(elapsedS: number): void {
    const { clip, timeS } = store.get();
    const model = reference();
    const duration = (model && clipNamed(model, clip)?.duration) ?? 0;
    if (duration > 0) store.set({ timeS: (timeS + elapsedS) % duration });
    else play(false);
  }

  function play(wanted: boolean): void {
    isPlaying = wanted;
    lastFrame = performance.now();
    if (!wanted) for (const model of present()) model.onPose?.();
    events.onPlay(wanted);
    requestDraw();
  }

  function pose(state: ViewState): void {
    const withShadow = !isPlaying || shadowCostMs < SHADOW_BUDGET_MS;
    for (const model of present()) poseModel(model, state, withShadow);
    if (!isPlaying || !withShadow) return;
    const started = performance.now();
    drawAll(true);
    shadowCostMs = performance.now() - started;
  }

  async function dress(): Promise<void> {
    for (const model of present()) await dressModel(model, store.get());
    requestDraw();
  }

  /** Frames the same sight again, as for a canvas of another shape. */
  function refit(): void {
    const model = reference();
    const [pane] = layOut(store.get());
    if (model && pane) frameModel(model, orbit, pane, store);
  }

  function takeView(isArrival: boolean): void {
    const model = reference();
    if (model) takeStance(model, store, isArrival);
    refit();
  }

  function setLight(name: LightName): void {
    const light = lights.get(name) ?? (name === 'studio' ? stage.environment : createLight(stage, name));
    lights.set(name, light);
    setEnvironment(stage, light);
  }

  store.subscribe((now, was) => {
    if (reference() === null) return;
    if (now.clip !== was.clip || now.timeS !== was.timeS) pose(now);
    if (now.variant !== was.variant || now.surface !== was.surface) void dress();
    if (now.light !== was.light) setLight(now.light);
    if (now.camera === null) {
      if (now.view !== was.view || was.camera !== null) takeView(false);
      else if (now.mode !== was.mode) refit();
    } else if (now.camera !== was.camera && now.camera !== ownPlace) orbit.setPlace(now.camera);
    requestDraw();
  });

  new ResizeObserver(() => {
    const { clientWidth, clientHeight } = canvas;
    if (clientWidth === 0 || clientHeight === 0) return;
    resizeStage(stage, clientWidth, clientHeight);
    refit();
    // At once: a resized canvas is blank until it is drawn.
    drawAll(false);
  }).observe(canvas);
  darkTheme.addEventListener('change', requestDraw);
  canvas.addEventListener('webglcontextrestored', requestDraw);
  const hitAt = ({ offsetX, offsetY }: MouseEvent) =>
    hitOf({ x: offsetX, y: offsetY }, layOut(store.get()), ({ side }) => models[side], orbit.camera);
  canvas.addEventListener('dblclick', (event) => {
    const hit = hitAt(event);
    if (hit) orbit.focus(hit.point);
  });
  listenToClicks(canvas, (event) => {
    if (reference() !== null) events.onPick(hitAt(event));
  });

  return {
    models,
    presence,
    isPair: () => present().length > 1,
    reference,
    async take(side, model) {
      const isFirst = reference() === null;
      models[side] = model;
      poseModel(model, store.get());
      if (isFirst) setLight(store.get().light);
      const place = store.get().camera;
      orbit.measure(model.points());
      if (place) orbit.setPlace(place);
      else if (isFirst) takeView(true);
      // The original is what views are made of.
      else if (side === 'before') refit();
      await dressModel(model, store.get());
      if (isFirst) {
        layOut(store.get());
        luminance = luminanceOf(stage, model, orbit.camera) ?? MIDDLE_LUMINANCE;
      }
      requestDraw();
    },
    clear() {
      play(false);
      marks.set([]);
      for (const side of SIDES) {
        const model = models[side];
        models[side] = null;
        if (model) discard(model);
      }
      luminance = MIDDLE_LUMINANCE;
      paper.canvas.hidden = true;
    },
    hold(wanted) {
      if (isHeld === wanted) return;
      isHeld = wanted;
      events.onHold(isHeld);
      requestDraw();
    },
    play,
    nudge: orbit.nudge,
    mark(marked) {
      marks.set(marked);
      requestDraw();
    },
    timeFrame(model) {
      const background = backgroundOf(store.get().background, darkTheme.matches, luminance);
      const started = performance.now();
      draw(stage, model, { camera: orbit.camera, background });
      // Reading a pixel waits for the GPU.
      const context = stage.renderer.getContext();
      context.readPixels(0, 0, 1, 1, context.RGBA, context.UNSIGNED_BYTE, new Uint8Array(4));
      return performance.now() - started;
    },
    redraw: () => drawAll(false),
  };
}
