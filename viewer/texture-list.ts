/** The images of an asset: slot, codec, size, bytes, before and after. One opens the texture viewer. */
import { formatBytes, formatSaved } from '../src/units.ts';
import { el, icon } from './dom.ts';
import { counterpart, type ImagePart } from './glb-contents.ts';
import { urlOfImage } from './image-urls.ts';
import type { Inspection } from './inspection.ts';
import type { Side } from './panes.ts';

/** The list, by the images of the original (of the result, where there is only that). */
export function textureList(inspection: Inspection, open: (side: Side, image: number) => void): HTMLElement {
  const { before, after } = inspection.contents();
  const images = before?.images ?? after?.images ?? [];
  const side: Side = before ? 'before' : 'after';
  if (images.length === 0) return el('p', { class: 'quiet' }, 'No textures: the colours are in the materials.');
  const list = el('ul', { class: 'textures' });
  // What weighs most comes first.
  for (const image of [...images].sort((a, b) => b.byteLength - a.byteLength)) {
    const result = before && after ? imageAfter(image, images, after.images) : null;
    const button = el(
      'button',
      { type: 'button', class: 'texture', 'aria-label': `Open ${image.name}` },
      thumbnail(image),
      el(
        'span',
        { class: 'texture-text' },
        el(
          'span',
          { class: 'texture-name' },
          image.slots.length > 0 ? image.slots.join(', ') : 'not used by a material',
        ),
        el('span', { class: 'texture-file' }, image.name),
        factsLine(image, result),
        gpuLine(image, result),
      ),
    );
    button.addEventListener('click', () => open(side, image.index));
    list.append(el('li', {}, button));
  }
  return list;
}

/** Images may be renamed or merged: what plays the same part is the same image. */
export function imageAfter(
  image: ImagePart,
  siblings: readonly ImagePart[],
  others: readonly ImagePart[],
): ImagePart | null {
  if (siblings.length === others.length) return others[image.index] ?? null;
  const slots = image.slots.join();
  return (
    others.find((other) => other.name === image.name && other.slots.join() === slots) ?? counterpart(image, others)
  );
}

function thumbnail(image: ImagePart): HTMLElement {
  const url = urlOfImage(image);
  const inside = url === null ? icon('texture') : el('img', { src: url, alt: '', loading: 'lazy', decoding: 'async' });
  return el('span', { class: 'thumbnail chequered' }, inside);
}

function factsLine(image: ImagePart, result: ImagePart | null): HTMLElement {
  const isSame = result === null || result.byteLength === image.byteLength;
  const codec = result && result.codec !== image.codec ? `${image.codec} → ${result.codec}` : image.codec;
  const saved = isSame || image.byteLength === 0 ? '' : formatSaved(1 - result.byteLength / image.byteLength);
  return el(
    'span',
    { class: 'texture-facts' },
    el('span', {}, codec),
    el(
      'span',
      {},
      isSame ? formatBytes(image.byteLength) : `${formatBytes(image.byteLength)} → ${formatBytes(result.byteLength)}`,
    ),
    saved === '' ? null : el('b', { class: saved.startsWith('+') ? 'tone-warn' : 'tone-good' }, saved),
  );
}

function gpuLine(image: ImagePart, result: ImagePart | null): HTMLElement {
  const size = ({ width, height }: ImagePart) => (width === 0 ? 'unknown size' : `${width} × ${height}`);
  const isResized = result !== null && size(result) !== size(image);
  const gpu = result && result.gpuByteLength !== image.gpuByteLength ? result.gpuByteLength : null;
  return el(
    'span',
    { class: 'texture-facts faint' },
    el('span', {}, isResized ? `${size(image)} → ${size(result)}` : size(image)),
    el('span', {}, `${formatBytes(image.gpuByteLength)}${gpu === null ? '' : ` → ${formatBytes(gpu)}`} on the GPU`),
  );
}
