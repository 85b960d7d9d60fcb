/** Shows a FLIP map: magma over a dark grey relief of the model. */
import type { PixelDiff } from '../src/compare/picture-diff.ts';
import type { Picture } from '../src/compare/pixels.ts';

/** The FLIP value at the bright end. Fixed, so that pictures of different files can be compared. */
export const HEAT_LIMIT = 0.35;
/** Below this nothing is coloured: the eye sees nothing there. */
const HEAT_START = 0.02;

/** The ground of a difference card, 0xrrggbb. */
export const HEAT_BACKGROUND = 0x161b24;

/** Magma of matplotlib as a polynomial (Matt Zucker, CC0); `t` from 0 to 1, red, green and blue from 0 to 1. */
export function magma(t: number): readonly [number, number, number] {
  const channel = (c: readonly number[]) =>
    Math.min(
      1,
      Math.max(
        0,
        c.reduceRight((sum, value) => sum * t + value, 0),
      ),
    );
  return [
    channel([
      -0.002136485053939582, 0.2516605407371642, 8.353717279216625, -27.66873308576866, 52.17613981234068,
      -50.76852536473588, 18.65570506591883,
    ]),
    channel([
      -0.000749655052795221, 0.6775232436837668, -3.577719514958484, 14.26473078096533, -27.94360607168351,
      29.04658282127291, -11.48977351997711,
    ]),
    channel([
      -0.005386127855323933, 2.494026599312351, 0.3144679030132573, -13.64921318813922, 12.94416944238394,
      4.23415299384598, -5.601961508734096,
    ]),
  ];
}

// 256 steps are as many as an 8-bit picture can show.
const STEPS = Array.from({ length: 256 }, (_, i) => magma(i / 255));

/** The difference as pixels, the size of the reference picture. */
export function heatMap(reference: Picture, diff: PixelDiff, background: number): ImageData {
  const { width, height, rgba } = reference;
  const image = new ImageData(width, height);
  const ground = [HEAT_BACKGROUND >> 16, (HEAT_BACKGROUND >> 8) & 255, HEAT_BACKGROUND & 255];
  const { box, map } = diff;
  const boxWidth = box.right - box.left;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const p = (y * width + x) * 4;
      const [r, g, b] = [rgba[p] ?? 0, rgba[p + 1] ?? 0, rgba[p + 2] ?? 0];
      const inside = x >= box.left && x < box.right && y >= box.top && y < box.bottom;
      const value = inside ? (map[(y - box.top) * boxWidth + x - box.left] ?? 0) : 0;
      const isModel = ((r << 16) | (g << 8) | b) !== background;
      // The relief is the model in grey, dark enough to leave all brightness to the heat.
      const relief = 38 + 0.24 * (0.2126 * r + 0.7152 * g + 0.0722 * b);
      const heat = Math.min(1, Math.max(0, (value - HEAT_START) / 0.04));
      const colour = STEPS[Math.round(Math.min(1, value / HEAT_LIMIT) * 255)] ?? [0, 0, 0];
      for (let channel = 0; channel < 3; channel++) {
        const under = isModel ? relief + (channel === 2 ? 4 : 0) : (ground[channel] ?? 0);
        image.data[p + channel] = under * (1 - heat) + (colour[channel] ?? 0) * 255 * heat;
      }
      image.data[p + 3] = 255;
    }
  }
  return image;
}
