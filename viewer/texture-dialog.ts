/** The texture viewer: before and after at one scale, moved together. Drag, wheel, pinch by buttons, arrow keys. */
import { formatBytes } from '../src/units.ts';
import { el, iconButton } from './dom.ts';
import type { ImagePart } from './glb-contents.ts';
import { urlOfImage } from './image-urls.ts';
import { fitZoom, moveBy, type Place, zoomAt } from './texture-place.ts';

/** An image of one side, with the side's name. */
export interface ShownImage {
  readonly title: string;
  readonly image: ImagePart;
  /** Draws what browsers cannot show; null when that fails. The URL is freed by the dialog. */
  readonly draw?: () => Promise<string | null>;
}

const STEP_PX = 60;
const ZOOM = 1.25;

/** Opens the dialog. The first image sets the scale; one of another size is stretched over it, so that they line up. */
export function openTextures(shown: readonly ShownImage[]): void {
  const [first] = shown;
  if (!first) return;
  const size = { width: Math.max(1, first.image.width), height: Math.max(1, first.image.height) };
  const zoomText = el('output', { class: 'texture-zoom', 'aria-live': 'polite' });
  const panes = shown.map(paneOf);
  const close = iconButton('close', 'Close');
  const button = (name: string, label: string, act: () => void) => {
    const made = el('button', { type: 'button', class: 'button', title: label, 'aria-label': label }, name);
    made.addEventListener('click', act);
    return made;
  };
  const title = first.image.slots.join(', ') || first.image.name;
  const bar = el(
    'header',
    { class: 'texture-bar' },
    el('div', { class: 'texture-title' }, el('h2', {}, title), el('p', { class: 'quiet small' }, first.image.name)),
    button('−', 'Zoom out (minus)', () => zoom(1 / ZOOM)),
    zoomText,
    button('+', 'Zoom in (plus)', () => zoom(ZOOM)),
    button('1:1', 'One pixel of the image on one of the screen (1)', () => set(centred(1 / devicePixelRatio))),
    button('Fit', 'All of it (0)', () => set(centred(wholeZoom()))),
    close,
  );
  const row = el('div', { class: 'texture-panes' }, ...panes.map(({ element }) => element));
  const dialog = el('dialog', { class: 'texture-dialog', 'aria-label': `Texture ${title}` }, bar, row);
  let place: Place = { x: 0, y: 0, zoom: 1 };

  const frame = () => {
    const { clientWidth: width, clientHeight: height } = panes[0]?.frame ?? row;
    return { width, height };
  };
  const wholeZoom = () => fitZoom(size, frame());
  const centred = (scale: number): Place => {
    const { width, height } = frame();
    return { zoom: scale, x: (width - size.width * scale) / 2, y: (height - size.height * scale) / 2 };
  };
  const middle = () => ({ x: frame().width / 2, y: frame().height / 2 });
  const zoom = (factor: number, at = middle()) => set(zoomAt(place, factor, at));

  function set(next: Place): void {
    place = moveBy(next, 0, 0, size, frame());
    const screen = place.zoom * devicePixelRatio;
    zoomText.value = `${screen < 0.095 ? (screen * 100).toFixed(1) : Math.round(screen * 100)} %`;
    for (const { picture } of panes) {
      if (picture.hidden) continue;
      picture.style.width = `${size.width * place.zoom}px`;
      picture.style.height = `${size.height * place.zoom}px`;
      picture.style.transform = `translate(${place.x}px, ${place.y}px)`;
      // Blown up, pixels are what one wants to see.
      picture.style.imageRendering = screen >= 2 ? 'pixelated' : 'auto';
    }
  }

  for (const { frame: pane } of panes) {
    pane.addEventListener('pointerdown', (event) => pane.setPointerCapture(event.pointerId));
    pane.addEventListener('pointermove', (event) => {
      if (!pane.hasPointerCapture(event.pointerId)) return;
      set(moveBy(place, event.movementX, event.movementY, size, frame()));
    });
    pane.addEventListener(
      'wheel',
      (event) => {
        event.preventDefault();
        zoom(Math.exp(-event.deltaY / 400), { x: event.offsetX, y: event.offsetY });
      },
      { passive: false },
    );
  }
  const keys: Readonly<Record<string, () => void>> = {
    '+': () => zoom(ZOOM),
    '=': () => zoom(ZOOM),
    '-': () => zoom(1 / ZOOM),
    '0': () => set(centred(wholeZoom())),
    '1': () => set(centred(1 / devicePixelRatio)),
    ArrowLeft: () => set(moveBy(place, STEP_PX, 0, size, frame())),
    ArrowRight: () => set(moveBy(place, -STEP_PX, 0, size, frame())),
    ArrowUp: () => set(moveBy(place, 0, STEP_PX, size, frame())),
    ArrowDown: () => set(moveBy(place, 0, -STEP_PX, size, frame())),
  };
  dialog.addEventListener('keydown', (event) => {
    // The page's own keys rest meanwhile.
    event.stopPropagation();
    const act = keys[event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    act();
  });
  const watcher = new ResizeObserver(() => set(place));
  close.addEventListener('click', () => dialog.close());
  dialog.addEventListener('close', () => {
    watcher.disconnect();
    for (const { release } of panes) release();
    dialog.remove();
  });
  document.body.append(dialog);
  dialog.showModal();
  set(centred(Math.min(wholeZoom(), 1 / devicePixelRatio)));
  watcher.observe(row);
  for (const { drawIfNeeded } of panes) void drawIfNeeded().then((isThere) => isThere && set(place));
  close.focus();
}

function paneOf({ title, image, draw }: ShownImage) {
  const url = urlOfImage(image);
  const picture = el('img', { src: url, alt: `${title}: ${image.name}`, draggable: 'false', hidden: url === null });
  const why = image.byteLength === 0 ? 'This file is not in the page.' : 'Browsers cannot show this kind of image.';
  const note = el('p', { class: 'quiet', hidden: url !== null }, why);
  const frame = el('div', { class: 'texture-frame chequered' }, picture, note);
  const size = image.width === 0 ? '' : ` · ${image.width} × ${image.height}`;
  const facts = `${image.codec}${size} · ${formatBytes(image.byteLength)} · ${formatBytes(image.gpuByteLength)} on the GPU`;
  const caption = el('figcaption', {}, el('b', {}, title), el('span', { class: 'quiet' }, facts));
  let drawn: string | null = null;
  /** Draws it where that is needed; tells when it is there. */
  const drawIfNeeded = async (): Promise<boolean> => {
    if (url !== null || image.byteLength === 0 || !draw) return false;
    drawn = await draw().catch(() => null);
    if (drawn === null) return false;
    picture.src = drawn;
    picture.hidden = false;
    note.hidden = true;
    return true;
  };
  const release = () => {
    if (drawn !== null) URL.revokeObjectURL(drawn);
  };
  return { element: el('figure', { class: 'texture-pane' }, caption, frame), frame, picture, drawIfNeeded, release };
}
