/** The furniture of the pictures: rounded cards, pills, notes, the colour bar. Canvas 2D with an embedded font. */
import { HEAT_LIMIT, magma } from './heat-map.ts';

/** A 2D context to draw cards on. */
export type Paper = OffscreenCanvasRenderingContext2D;

/** A word on a pill, with its colour and weight. */
export interface Word {
  readonly text: string;
  readonly colour: string;
  readonly weight: 400 | 500 | 600;
}

/** Colours of text on light and dark cards. */
export const INK = Object.freeze({
  strong: '#1b2129',
  soft: '#59636f',
  good: '#1a7f37',
  warn: '#9a6700',
  bad: '#cf222e',
  strongOnDark: '#f0f3f6',
  softOnDark: '#a7b0bb',
  goodOnDark: '#3fb950',
  warnOnDark: '#e3b341',
  badOnDark: '#ff7b72',
});

/** Where a card lies on the paper, and how large its furniture is (1 is a card of 544 px). */
export interface CardPlace {
  readonly x: number;
  readonly y: number;
  readonly size: number;
  readonly dark: boolean;
}

/** Loads Inter, so that pictures look the same on every machine. */
export async function loadFont(url: string): Promise<void> {
  const font = new FontFace('Inter', `url(${url})`, { weight: '100 900' });
  document.fonts.add(await font.load());
}

/** A transparent sheet of paper. */
export function createPaper(width: number, height: number): Paper {
  const context = new OffscreenCanvas(width, height).getContext('2d');
  if (context === null) throw new Error('no 2D canvas');
  context.imageSmoothingQuality = 'high';
  return context;
}

/** Fills a card with a picture, rounds it and draws its hairline. */
export function drawCard(paper: Paper, place: CardPlace, picture: CanvasImageSource): void {
  const { x, y, size } = place;
  const radius = Math.round(size * 0.048);
  paper.save();
  paper.beginPath();
  paper.roundRect(x, y, size, size, radius);
  paper.clip();
  paper.drawImage(picture, x, y, size, size);
  paper.restore();
  paper.beginPath();
  paper.roundRect(x + 0.75, y + 0.75, size - 1.5, size - 1.5, radius - 0.75);
  paper.lineWidth = 1.5;
  paper.strokeStyle = place.dark ? '#39424e' : '#b9c2cc';
  paper.stroke();
}

/** A pill in the upper left corner of a card. */
export function drawPill(paper: Paper, place: CardPlace, words: readonly Word[]): void {
  const shown = words.filter(({ text }) => text !== '');
  const unit = place.size / 544;
  // Small cards keep readable letters.
  const scale = Math.max(unit, 0.86);
  const fontSize = 20 * scale;
  const gap = 9 * scale;
  const inset = 16 * scale;
  const height = 40 * scale;
  const font = (word: Word) => `${word.weight} ${fontSize}px Inter`;
  let width = inset * 2 - gap;
  for (const word of shown) {
    paper.font = font(word);
    width += paper.measureText(word.text).width + gap;
  }
  const x = place.x + 18 * scale;
  const y = place.y + 18 * scale;
  paper.beginPath();
  paper.roundRect(x, y, width, height, height / 2);
  paper.fillStyle = place.dark ? 'rgba(13, 17, 23, 0.82)' : 'rgba(255, 255, 255, 0.92)';
  paper.fill();
  paper.lineWidth = 1;
  paper.strokeStyle = place.dark ? 'rgba(240, 246, 252, 0.16)' : 'rgba(27, 36, 50, 0.10)';
  paper.stroke();
  let at = x + inset;
  paper.textBaseline = 'alphabetic';
  for (const word of shown) {
    paper.font = font(word);
    paper.fillStyle = word.colour;
    paper.fillText(word.text, at, y + height / 2 + fontSize * 0.36);
    at += paper.measureText(word.text).width + gap;
  }
}

/** A line of text in the lower left corner; cut off with an ellipsis where it would leave the card. */
export function drawNote(paper: Paper, place: CardPlace, text: string, widthRatio = 0.92): void {
  const scale = place.size / 544;
  paper.font = `500 ${17 * scale}px Inter`;
  paper.fillStyle = place.dark ? INK.softOnDark : INK.soft;
  paper.textBaseline = 'alphabetic';
  let shown = text;
  while (shown.length > 1 && paper.measureText(shown).width > place.size * widthRatio - 24 * scale) {
    shown = `${shown.replace(/…$/, '').slice(0, -1).trimEnd()}…`;
  }
  paper.fillText(shown, place.x + 24 * scale, place.y + place.size - 24 * scale);
}

/** The scale of a difference card, in its lower right corner. */
export function drawColourBar(paper: Paper, place: CardPlace): void {
  const scale = place.size / 544;
  const [width, height] = [160 * scale, 8 * scale];
  const x = place.x + place.size - width - 26 * scale;
  const y = place.y + place.size - 42 * scale;
  const gradient = paper.createLinearGradient(x, 0, x + width, 0);
  for (let i = 0; i <= 24; i++) {
    const [r, g, b] = magma(i / 24).map((value) => Math.round(value * 255));
    gradient.addColorStop(i / 24, `rgb(${r}, ${g}, ${b})`);
  }
  paper.beginPath();
  paper.roundRect(x, y, width, height, height / 2);
  paper.fillStyle = gradient;
  paper.fill();
  paper.lineWidth = 1;
  paper.strokeStyle = 'rgba(240, 246, 252, 0.14)';
  paper.stroke();
  paper.font = `500 ${14 * scale}px Inter`;
  paper.fillStyle = INK.softOnDark;
  const baseline = y + height + 18 * scale;
  paper.textAlign = 'left';
  paper.fillText('0', x, baseline);
  paper.textAlign = 'right';
  paper.fillText(String(HEAT_LIMIT), x + width, baseline);
  paper.textAlign = 'left';
}
