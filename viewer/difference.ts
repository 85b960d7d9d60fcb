/** The difference of two models from where the camera stands: FLIP of two flat pictures, shown as heat. */
import type { Camera } from 'three';
import { comparePictures } from '../src/compare/picture-diff.ts';
import type { Picture } from '../src/compare/pixels.ts';
import { GUARD_BACKGROUND } from './backdrop.ts';
import { BACKGROUND_COLOUR } from './guard.ts';
import { heatMap, magma } from './heat-map.ts';
import type { LoadedModel } from './load-model.ts';
import { draw, type Stage } from './scene.ts';

/** Longest edge of the pictures compared while the camera moves: some 10 ms. */
export const MOVING_EDGE_PX = 300;
/** Longest edge when it stands still: the size at which the guard decides. */
export const STILL_EDGE_PX = 1024;

/** Draws the heat onto `paper`'s canvas and returns D of this view. `exposure` is the guard's. */
export function drawDifference(
  stage: Stage,
  models: { readonly before: LoadedModel; readonly after: LoadedModel },
  camera: Camera,
  exposure: number,
  longestEdgePx: number,
  paper: CanvasRenderingContext2D,
): number {
  const { width, height } = stage.canvas;
  const scale = Math.min(1, longestEdgePx / Math.max(width, height));
  const size = { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
  const before = shoot(stage, models.before, camera, exposure, size);
  const after = shoot(stage, models.after, camera, exposure, size);
  const diff = comparePictures(before, after, BACKGROUND_COLOUR);
  paper.canvas.width = size.width;
  paper.canvas.height = size.height;
  paper.putImageData(heatMap(before, diff, BACKGROUND_COLOUR), 0, 0);
  return diff.score;
}

/** Median linear luminance of a model's pixels, 0 to 1, as the guard measures it; null when it fills no pixel. */
export function luminanceOf(stage: Stage, model: LoadedModel, camera: Camera): number | null {
  const { rgba } = shoot(stage, model, camera, 1, { width: 192, height: 192 });
  const values: number[] = [];
  for (let i = 0; i < rgba.length; i += 4) {
    const [r, g, b] = [rgba[i] ?? 0, rgba[i + 1] ?? 0, rgba[i + 2] ?? 0];
    if (((r << 16) | (g << 8) | b) === BACKGROUND_COLOUR) continue;
    values.push(0.2126 * (r / 255) ** 2.2 + 0.7152 * (g / 255) ** 2.2 + 0.0722 * (b / 255) ** 2.2);
  }
  return values.sort((a, b) => a - b)[values.length >> 1] ?? null;
}

/** The guard's exposure for a luminance: dark models are lit until their differences show, by three stops at most. */
export function guardExposure(luminance: number): number {
  return Math.min(8, Math.max(1, 0.22 / Math.max(luminance, 1e-3)));
}

/** The colours of the heat from cold to hot, for a legend. */
export function heatGradient(): string {
  const stops = Array.from({ length: 9 }, (_, i) => magma(i / 8).map((value) => Math.round(value * 255)));
  return `linear-gradient(90deg, ${stops.map((rgb) => `rgb(${rgb.join(' ')})`).join(', ')})`;
}

/** Draws into a corner of the canvas and reads it back, top row first. */
function shoot(
  stage: Stage,
  model: LoadedModel,
  camera: Camera,
  exposure: number,
  size: { readonly width: number; readonly height: number },
): Picture {
  const { width, height } = size;
  const ratio = stage.renderer.getPixelRatio();
  const viewport = { x: 0, y: 0, width: width / ratio, height: height / ratio };
  draw(stage, model, { camera, background: GUARD_BACKGROUND, exposure, viewport });
  const context = stage.renderer.getContext();
  const rows = new Uint8Array(width * height * 4);
  context.readPixels(0, stage.canvas.height - height, width, height, context.RGBA, context.UNSIGNED_BYTE, rows);
  const rgba = new Uint8Array(rows.length);
  for (let y = 0; y < height; y++) {
    rgba.set(rows.subarray((height - 1 - y) * width * 4, (height - y) * width * 4), y * width * 4);
  }
  return { width, height, rgba };
}
