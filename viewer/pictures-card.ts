/** The pictures of the report, and one of them as large as the window. */
import type { AssetReport } from '../src/report/report.ts';
import { el, iconButton } from './dom.ts';
import type { ReportSource } from './load-report.ts';

/** The section; it stays hidden when the page has no pictures. */
export function pictureSection({ images, path }: AssetReport, source: ReportSource): HTMLElement {
  const box = el('section', { class: 'pictures', hidden: true }, el('h3', {}, 'Pictures'));
  const known = [
    [images.comparison, 'before, after and difference', '1668 / 544'],
    [images.sheet, 'four views, before above after', '1674 / 830'],
    [images.hero, 'the original', '1 / 1'],
  ] as const;
  void (async () => {
    for (const [name, what, ratio] of known) {
      const url = name === undefined ? null : await source.imageUrl(name).catch(() => null);
      if (url === null) continue;
      const description = `${path}: ${what}`;
      const image = el('img', { src: url, alt: description });
      // Holds its place until it is decoded.
      image.style.aspectRatio = ratio;
      const button = el('button', { type: 'button', class: 'picture', 'aria-label': `Enlarge: ${what}` }, image);
      button.addEventListener('click', () => openPicture(url, description));
      box.append(button);
      box.hidden = false;
    }
  })();
  return box;
}

/** Escape, the button and a click anywhere close it. */
function openPicture(url: string, description: string): void {
  const close = iconButton('close', 'Close');
  const image = el('img', { src: url, alt: description });
  const dialog = el('dialog', { class: 'picture-dialog', 'aria-label': description }, image, close);
  dialog.addEventListener('click', () => dialog.close());
  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  close.focus();
}
