/** A picture as large as the window. */
import { el, iconButton } from './dom.ts';

/** Opens it; Escape, the button and a click anywhere close it. */
export function openPicture(url: string, description: string): void {
  const close = iconButton('close', 'Close');
  const dialog = el(
    'dialog',
    { class: 'picture-dialog', 'aria-label': description },
    el('img', { src: url, alt: description }),
    close,
  );
  dialog.addEventListener('click', () => dialog.close());
  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  close.focus();
}
