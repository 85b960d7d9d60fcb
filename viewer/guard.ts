/** The visual guard: one original, many candidates, drawn from the same cameras and compared pixel by pixel. */
import { type AnimationClip, type PerspectiveCamera, SkinnedMesh } from 'three';
import { comparePictures, identical, type PixelDiff, silhouetteBox } from '../src/compare/picture-diff.ts';
import { type Picture, type Prepared, prepare } from '../src/compare/pixels.ts';
import { GUARD_BACKGROUND } from './backdrop.ts';
import { fitCamera, type Insets, PLAIN_INSETS, VIEWS, type ViewDirection, viewsFor } from './camera.ts';
import type { LoadedModel } from './load-model.ts';
import { drawablesOf } from './points.ts';
import { draw, resizeStage, type Stage } from './scene.ts';

/** The guard's background as 0xrrggbb. */
export const BACKGROUND_COLOUR = 0xe9ecf0;

/** Edge of the pictures that only tell how bright a model is. */
const LOOK_PX = 256;

/** More variants than this are not drawn: each costs a frame of both files. */
const VARIANT_LIMIT = 12;

/** One picture the guard looks at: a direction, a pose and a variant. */
export interface GuardView {
  /** Such as `front right`, `front right, mid "Walk"` or `front right, variant "midnight"`. */
  readonly name: string;
  readonly direction: ViewDirection;
  /** The clip by its place and name in the original; null is the pose as loaded. */
  readonly clip: { readonly index: number; readonly name: string } | null;
  readonly timeS: number;
  readonly variant: string | null;
}

/** Everything about the original that comparisons share. */
export interface Reference {
  readonly model: LoadedModel;
  readonly views: readonly GuardView[];
  /** Brings dark models up to where differences can be seen. */
  readonly exposure: number;
  /** Median linear luminance of the model's pixels, 0 to 1, at exposure 1. */
  readonly luminance: number;
  readonly cameras: Map<string, PerspectiveCamera>;
  readonly drawn: Map<string, ReferencePicture>;
}

/** A picture of the original. Half of FLIP is done once for it, when a candidate first differs. */
export interface ReferencePicture {
  readonly picture: Picture;
  readonly prepared: () => Prepared | null;
}

/** Score of one view. */
export interface ViewScore {
  readonly view: GuardView;
  readonly diff: PixelDiff;
}

/** Four cameras; animated files also at mid-animation; every variant once. */
export function guardViews(model: LoadedModel): GuardView[] {
  const directions = viewsFor(model.points());
  const [first, , third] = directions;
  const still = { clip: standingClip(model), timeS: 0, variant: null };
  const views: GuardView[] = directions.map((direction) => ({ name: direction.name, direction, ...still }));
  const longest = longestClip(model.clips);
  if (longest !== null) {
    for (const direction of [first, third]) {
      const name = `${direction.name}, mid "${longest.name}"`;
      views.push({ ...still, name, direction, clip: longest, timeS: longest.durationS / 2 });
    }
  }
  for (const variant of model.variants.slice(0, VARIANT_LIMIT)) {
    views.push({ ...still, name: `${first.name}, variant "${variant}"`, direction: first, variant });
  }
  return views;
}

/** Skinned figures rest with their arms stretched out: they stand as their idle clip begins. Others stay as loaded. */
function standingClip(model: LoadedModel): GuardView['clip'] {
  if (!drawablesOf(model.root).some((object) => object instanceof SkinnedMesh)) return null;
  const found = [/^idle/i, /idle/i, /./].map((word) => model.clips.findIndex(({ name }) => word.test(name)));
  const index = found.find((place) => place >= 0) ?? -1;
  return index < 0 ? null : { index, name: model.clips[index]?.name ?? '' };
}

/** The first of the longest clips: where most moves. */
function longestClip(clips: readonly AnimationClip[]) {
  let found: { index: number; name: string; durationS: number } | null = null;
  for (const [index, clip] of clips.entries()) {
    if (clip.duration > (found?.durationS ?? 0)) found = { index, name: clip.name, durationS: clip.duration };
  }
  return found;
}

/** The pose that each model was brought into last. */
const poses = new WeakMap<LoadedModel, string>();

/** Brings a model into the view's pose and variant. A clip that is gone leaves the pose as loaded. */
export async function assume(model: LoadedModel, view: GuardView): Promise<void> {
  if (poses.get(model) !== poseKey(view)) takePose(model, view);
  await model.selectVariant(view.variant);
}

function poseKey({ clip, timeS }: GuardView): string {
  return clip === null ? '' : `${clip.index}@${timeS}`;
}

function takePose(model: LoadedModel, view: GuardView): void {
  const { clip } = view;
  const same = clip && model.clips[clip.index]?.name === clip.name ? model.clips[clip.index] : undefined;
  model.pose(clip ? (same ?? model.clips.find(({ name }) => name === clip.name) ?? null) : null, view.timeS);
  poses.set(model, poseKey(view));
}

/** The camera of a view, made from the original's points in that pose. */
export async function cameraOf(
  reference: Reference,
  view: GuardView,
  insets: Insets = PLAIN_INSETS,
): Promise<PerspectiveCamera> {
  const key = `${view.direction.name}|${poseKey(view)}|${insets.top}`;
  const known = reference.cameras.get(key);
  if (known) return known;
  await assume(reference.model, view);
  const { camera } = fitCamera(reference.model.points(), view.direction, 1, insets);
  reference.cameras.set(key, camera);
  return camera;
}

/** Draws with the flat background and reads the pixels back, top row first. */
export function drawFlat(
  stage: Stage,
  model: LoadedModel,
  camera: PerspectiveCamera,
  sizePx: number,
  exposure: number,
): Picture {
  resizeStage(stage, sizePx, sizePx);
  return drawInCorner(stage, model, camera, sizePx, exposure);
}

/** The same pixels out of a larger canvas. */
function drawInCorner(
  stage: Stage,
  model: LoadedModel,
  camera: PerspectiveCamera,
  sizePx: number,
  exposure: number,
): Picture {
  const viewport = { x: 0, y: stage.canvas.height - sizePx, width: sizePx, height: sizePx };
  draw(stage, model, { camera, background: GUARD_BACKGROUND, exposure, viewport });
  const context = stage.renderer.getContext();
  const rgba = new Uint8Array(sizePx * sizePx * 4);
  context.readPixels(0, 0, sizePx, sizePx, context.RGBA, context.UNSIGNED_BYTE, rgba);
  const line = sizePx * 4;
  for (let top = 0, bottom = sizePx - 1; top < bottom; top++, bottom--) {
    const kept = rgba.slice(top * line, (top + 1) * line);
    rgba.copyWithin(top * line, bottom * line, (bottom + 1) * line);
    rgba.set(kept, bottom * line);
  }
  return { width: sizePx, height: sizePx, rgba };
}

const LINEAR = Float64Array.from({ length: 256 }, (_, byte) => (byte / 255) ** 2.2);

function linearOf(byte: number): number {
  return LINEAR[byte] ?? 0;
}

/** Looks at the original: which views, how bright. */
export async function makeReference(stage: Stage, model: LoadedModel): Promise<Reference> {
  const draft: Reference = {
    model,
    views: guardViews(model),
    exposure: 1,
    luminance: 0,
    cameras: new Map(),
    drawn: new Map(),
  };
  const views = draft.views.slice(0, VIEWS.length);
  const values = new Float64Array(views.length * LOOK_PX * LOOK_PX);
  let count = 0;
  // Another size of the canvas costs 20 to 40 ms: one that is large enough is taken as it is.
  if (Math.min(stage.canvas.width, stage.canvas.height) < LOOK_PX) resizeStage(stage, LOOK_PX, LOOK_PX);
  for (const view of views) {
    const camera = await cameraOf(draft, view);
    await assume(model, view);
    const { rgba } = drawInCorner(stage, model, camera, LOOK_PX, 1);
    for (let i = 0; i < rgba.length; i += 4) {
      const [r, g, b] = [rgba[i] ?? 0, rgba[i + 1] ?? 0, rgba[i + 2] ?? 0];
      if (((r << 16) | (g << 8) | b) === BACKGROUND_COLOUR) continue;
      values[count++] = 0.2126 * linearOf(r) + 0.7152 * linearOf(g) + 0.0722 * linearOf(b);
    }
  }
  // Without a function to compare with, numbers are sorted natively.
  const luminance = values.subarray(0, count).sort()[Math.floor(count / 2)] ?? 0.22;
  // Near-black models hide their differences: light them up until their median is a middle grey, at most three stops.
  return { ...draft, luminance, exposure: Math.min(8, Math.max(1, 0.22 / Math.max(luminance, 1e-3))) };
}

/** Compares a candidate with the original in every view. */
export async function compareViews(
  stage: Stage,
  reference: Reference,
  candidate: LoadedModel,
  sizePx: 512 | 1024,
): Promise<ViewScore[]> {
  const scores: ViewScore[] = [];
  for (const view of reference.views) {
    const camera = await cameraOf(reference, view);
    const { picture, prepared } = await referencePicture(stage, reference, view, camera, sizePx);
    await assume(candidate, view);
    const after = drawFlat(stage, candidate, camera, sizePx, reference.exposure);
    const known = identical(picture, after) ? null : prepared();
    scores.push({ view, diff: comparePictures(picture, after, BACKGROUND_COLOUR, known) });
  }
  return scores;
}

async function referencePicture(
  stage: Stage,
  reference: Reference,
  view: GuardView,
  camera: PerspectiveCamera,
  sizePx: number,
) {
  const key = `${view.name}|${sizePx}`;
  const known = reference.drawn.get(key);
  if (known) return known;
  await assume(reference.model, view);
  const picture = drawFlat(stage, reference.model, camera, sizePx, reference.exposure);
  let prepared: Prepared | null | undefined;
  const made: ReferencePicture = {
    picture,
    prepared: () => {
      const box = prepared === undefined ? silhouetteBox([picture], BACKGROUND_COLOUR) : null;
      if (prepared === undefined) prepared = box && prepare(picture, box);
      return prepared;
    },
  };
  reference.drawn.set(key, made);
  return made;
}
