/** The pictures of a report: before | after | difference, the contact sheet, the hero. */
import { comparePictures } from '../src/compare/picture-diff.ts';
import type { PictureLabels } from '../src/ports.ts';
import { type Background, DIM_BACKGROUND, LIGHT_BACKGROUND } from './backdrop.ts';
import { CARD_INSETS, VIEWS } from './camera.ts';
import {
  type CardPlace,
  createPaper,
  drawCard,
  drawColourBar,
  drawNote,
  drawPill,
  INK,
  type Paper,
  type Word,
} from './cards.ts';
import {
  assume,
  BACKGROUND_COLOUR,
  cameraOf,
  drawFlat,
  type GuardView,
  type Reference,
  type ViewScore,
} from './guard.ts';
import { heatMap } from './heat-map.ts';
import type { LoadedModel } from './load-model.ts';
import { draw, resizeStage, type Stage } from './scene.ts';

// 3 cards of 544 px and 2 gaps make 1668 px: sharp at twice the width of GitHub's comment column.
const CARD = 544;
const CARD_GAP = 18;
const SMALL_CARD = 408;
const SMALL_GAP = 14;
// Drawn larger and scaled down: finer than 4x MSAA alone, above all for glints and textures seen at a slant.
const SUPERSAMPLING = 1.5;
const SHEET_SUPERSAMPLING = 1.25;
const WEBP_QUALITY = 0.9;
/** Linear median luminance above which a model would vanish before the light background. */
const BRIGHT_LUMINANCE = 0.5;

/** What a score means to the eye, for pills. */
export function verdictWord(score: number, dark: boolean): Word {
  const [text, colour] =
    score === 0
      ? ['Identical', dark ? INK.goodOnDark : INK.good]
      : score <= 1
        ? ['Invisible', dark ? INK.goodOnDark : INK.good]
        : score <= 1.5
          ? ['Barely', dark ? INK.warnOnDark : INK.warn]
          : ['Visible', dark ? INK.badOnDark : INK.bad];
  return { text, colour, weight: 600 };
}

/** Before | after | difference of the worst view, 1668 × 544 px. */
export async function comparisonPicture(
  stage: Stage,
  reference: Reference,
  candidate: LoadedModel,
  worst: ViewScore,
  labels: PictureLabels,
): Promise<Blob> {
  const paper = createPaper(3 * CARD + 2 * CARD_GAP, CARD);
  const size = CARD * SUPERSAMPLING;
  const place = (index: number): CardPlace => ({ x: index * (CARD + CARD_GAP), y: 0, size: CARD, dark: index === 2 });
  await shoot(stage, reference, reference.model, worst.view, size);
  drawCard(paper, place(0), stage.canvas);
  drawPill(paper, place(0), [strong('Before'), soft(labels.beforeSize)]);
  drawNote(paper, place(0), labels.beforeNote);
  await shoot(stage, reference, candidate, worst.view, size);
  drawCard(paper, place(1), stage.canvas);
  drawPill(paper, place(1), [strong('After'), soft(labels.afterSize), savedWord(labels.saved)]);
  drawNote(paper, place(1), labels.afterNote);

  const camera = await cameraOf(reference, worst.view, CARD_INSETS);
  await assume(reference.model, worst.view);
  const before = drawFlat(stage, reference.model, camera, size, reference.exposure);
  await assume(candidate, worst.view);
  const after = drawFlat(stage, candidate, camera, size, reference.exposure);
  const heat = createPaper(size, size);
  heat.putImageData(heatMap(before, comparePictures(before, after, BACKGROUND_COLOUR), BACKGROUND_COLOUR), 0, 0);
  drawCard(paper, place(2), heat.canvas);
  const word = verdictWord(worst.diff.score, true);
  drawPill(paper, place(2), [{ text: 'Difference', colour: INK.strongOnDark, weight: 600 }, word]);
  drawNote(paper, place(2), `D ${worst.diff.score.toFixed(2)} · ${worst.view.name}`, 0.62);
  drawColourBar(paper, place(2));
  return webp(paper);
}

/** Four views, before above after, 1674 × 830 px. */
export async function sheetPicture(
  stage: Stage,
  reference: Reference,
  candidate: LoadedModel,
  scores: readonly ViewScore[],
): Promise<Blob> {
  const paper = createPaper(4 * SMALL_CARD + 3 * SMALL_GAP, 2 * SMALL_CARD + SMALL_GAP);
  const size = SMALL_CARD * SHEET_SUPERSAMPLING;
  for (const [column, { view, diff }] of scores.slice(0, VIEWS.length).entries()) {
    const place = (row: number): CardPlace => ({
      x: column * (SMALL_CARD + SMALL_GAP),
      y: row * (SMALL_CARD + SMALL_GAP),
      size: SMALL_CARD,
      dark: false,
    });
    await shoot(stage, reference, reference.model, view, size);
    drawCard(paper, place(0), stage.canvas);
    const title = view.name.charAt(0).toUpperCase() + view.name.slice(1);
    drawPill(paper, place(0), column === 0 ? [strong('Before'), soft(title)] : [strong(title)]);
    await shoot(stage, reference, candidate, view, size);
    drawCard(paper, place(1), stage.canvas);
    drawPill(paper, place(1), [strong('After'), verdictWord(diff.score, false)]);
  }
  return webp(paper);
}

/** The original alone, from the front right. */
export async function heroPicture(
  stage: Stage,
  reference: Reference,
  sizePx: number,
  format: 'webp' | 'png',
): Promise<Blob> {
  const [view] = reference.views;
  if (view === undefined) throw new Error('no view');
  // 2048 px is what software rendering affords.
  await shoot(stage, reference, reference.model, view, Math.max(sizePx, Math.min(2048, sizePx * SUPERSAMPLING)));
  const paper = createPaper(sizePx, sizePx);
  paper.drawImage(stage.canvas, 0, 0, sizePx, sizePx);
  return format === 'webp' ? webp(paper) : paper.canvas.convertToBlob({ type: 'image/png' });
}

async function shoot(
  stage: Stage,
  reference: Reference,
  model: LoadedModel,
  view: GuardView,
  sizePx: number,
): Promise<void> {
  const camera = await cameraOf(reference, view, CARD_INSETS);
  await assume(model, view);
  resizeStage(stage, sizePx, sizePx);
  draw(stage, model, { camera, background: backgroundFor(reference), shadow: true });
}

function backgroundFor(reference: Reference): Background {
  return reference.luminance > BRIGHT_LUMINANCE ? DIM_BACKGROUND : LIGHT_BACKGROUND;
}

function strong(text: string): Word {
  return { text, colour: INK.strong, weight: 600 };
}

function soft(text: string): Word {
  return { text, colour: INK.soft, weight: 400 };
}

function savedWord(text: string): Word {
  return { text: text.startsWith('±') ? '' : text, colour: text.startsWith('+') ? INK.warn : INK.good, weight: 600 };
}

function webp(paper: Paper): Promise<Blob> {
  return paper.canvas.convertToBlob({ type: 'image/webp', quality: WEBP_QUALITY });
}
