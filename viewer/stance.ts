/** How the models stand: pose, variant, wireframe; and what stands behind them. */
import type { AnimationClip } from 'three';
import { type Background, DARK_BACKGROUND, DIM_BACKGROUND, LIGHT_BACKGROUND } from './backdrop.ts';
import { type GuardView, guardViews } from './guard.ts';
import type { LoadedModel } from './load-model.ts';
import type { BackgroundName, ViewState } from './state.ts';
import { putOnSurface, takeOffSurface } from './surfaces.ts';

/** Brings a model into the pose of the state. Without its shadow an old shadow stays, which is cheap. */
export function poseModel(model: LoadedModel, state: ViewState, withShadow = true): void {
  const hook = model.onPose;
  if (!withShadow) model.onPose = null;
  model.pose(clipNamed(model, state.clip), state.timeS);
  model.onPose = hook;
}

/** Changes what a model wears. */
export async function dressModel(model: LoadedModel, state: ViewState): Promise<void> {
  takeOffSurface(model.root);
  await model.selectVariant(state.variant);
  putOnSurface(model.root, state.surface);
}

/** The view of a name; of no name, the first one. Null when the model has no such view. */
export function viewNamed(model: LoadedModel, name: string | null): GuardView | null {
  const views = guardViews(model);
  return (name === null ? views[0] : views.find((view) => view.name === name)) ?? null;
}

/** The clip of a name; null when the model has none. */
export function clipNamed(model: LoadedModel, name: string | null): AnimationClip | null {
  return model.clips.find((clip) => clip.name === name) ?? null;
}

const BACKGROUND_OF: Readonly<Record<Exclude<BackgroundName, 'auto'>, Background>> = {
  light: LIGHT_BACKGROUND,
  grey: DIM_BACKGROUND,
  dark: DARK_BACKGROUND,
  white: { flat: 0xffffff },
  black: { flat: 0x000000 },
};
/** Behind dark models in a dark room. */
const TWILIGHT: Background = { inner: 0x77828f, outer: 0x3a434e };

/** The background of a name. `luminance` is the model's median, 0 to 1: it must not vanish before its background. */
export function backgroundOf(name: BackgroundName, isDarkTheme: boolean, luminance: number): Background {
  if (name !== 'auto') return BACKGROUND_OF[name];
  if (isDarkTheme) return luminance < 0.045 ? TWILIGHT : DARK_BACKGROUND;
  return luminance > 0.7 ? DIM_BACKGROUND : LIGHT_BACKGROUND;
}
