/** Elements from data. Foreign text becomes text nodes and attribute values, never markup. */

type Attributes = Readonly<Record<string, string | number | boolean | null>>;
type Child = Node | string | null;

/** An element with attributes (false and null are left out) and children. */
export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === false) continue;
    element.setAttribute(name, value === true ? '' : String(value));
  }
  for (const child of children) if (child !== null) element.append(child);
  return element;
}

/** Shapes on a 24 × 24 grid, drawn with a line of 1.75. */
const ICONS = {
  slider: 'M12 3v18M8.5 8.5 5 12l3.5 3.5M15.5 8.5 19 12l-3.5 3.5',
  side: 'M4 5h7v14H4zM13 5h7v14h-7z',
  flicker: 'M4 8.5h15l-4-4M20 15.5H5l4 4',
  eye: 'M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12zM12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6z',
  difference: 'M9 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM15 7a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13z',
  play: 'M7 4.5v15l12-7.5z',
  pause: 'M8 5v14M16 5v14',
  reset: 'M4 4v5h5M4.6 9A8 8 0 1 1 4 13',
  settings: 'M4 7h9M17 7h3M4 17h3M11 17h9M15 4.5v5M9 14.5v5',
  expand: 'M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5',
  copy: 'M9 9h10v11H9zM5 15V4h10',
  check: 'M5 12.5 10 17.5 19.5 7',
  link: 'M10 14a4 4 0 0 0 6 .4l2.6-2.6a4 4 0 0 0-5.7-5.7L11.5 7.5M14 10a4 4 0 0 0-6-.4l-2.6 2.6a4 4 0 0 0 5.7 5.7l1.4-1.4',
  close: 'M6 6l12 12M18 6 6 18',
  keyboard: 'M3 6h18v12H3zM7 10h.01M12 10h.01M17 10h.01M8 14h8',
  texture: 'M4 4h16v16H4zM4 16l5-5 4 4 3-3 4 4M15.5 8.5h.01',
  upload: 'M12 16V4M7 9l5-5 5 5M4 16v4h16v-4',
  download: 'M12 4v12M7 11l5 5 5-5M4 20h16',
  chart: 'M4 4v16h16M8 16v-5M12.5 16V7M17 16v-7',
  again: 'M20 4v5h-5M19.4 9A8 8 0 1 0 20 13',
  warning: 'M12 4 21 20H3zM12 10v4.5M12 17.2h.01',
  cube: 'M12 3 20 7.5v9L12 21l-8-4.5v-9zM4 7.5l8 4.5 8-4.5M12 12v9',
} as const;

/** A name of an icon. */
export type IconName = keyof typeof ICONS;

/** An icon that screen readers skip. */
export function icon(name: IconName): SVGSVGElement {
  const space = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(space, 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  svg.classList.add('icon');
  const shape = document.createElementNS(space, 'path');
  shape.setAttribute('d', ICONS[name]);
  svg.append(shape);
  return svg;
}

/** A button with an icon and a name for screen readers, which is also its tooltip. */
export function iconButton(name: IconName, label: string): HTMLButtonElement {
  return el('button', { type: 'button', class: 'icon-button', 'aria-label': label, title: label }, icon(name));
}

/** Shows another icon on a button for a moment. */
export function flash(button: HTMLButtonElement, shown: IconName, usual: IconName): void {
  button.querySelector('.icon')?.replaceWith(icon(shown));
  setTimeout(() => button.querySelector('.icon')?.replaceWith(icon(usual)), 1400);
}

/** An element of the shell; a missing one is our mistake. */
export function byId(id: string): HTMLElement {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`the page has no #${id}`);
  return element;
}
