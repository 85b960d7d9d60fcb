/** What was clicked: its name, triangles, textures and bytes, in every file of the asset. */
import { formatBytes, formatCount, plural } from '../src/units.ts';
import { el, iconButton } from './dom.ts';
import type { MaterialPart, MeshPart } from './glb-contents.ts';
import type { Inspection, Picked } from './inspection.ts';
import { SIDES, type Side } from './panes.ts';
import { partOn } from './pick.ts';
import { sideName } from './words.ts';

/** The card; hidden as long as nothing is picked. `openTexture` shows an image of a side. */
export function createPickCard(inspection: Inspection, openTexture: (side: Side, image: number) => void): HTMLElement {
  const card = el('section', { class: 'pick', hidden: true, 'aria-label': 'What was picked', 'aria-live': 'polite' });
  const show = () => {
    const picked = inspection.picked();
    card.hidden = picked === null;
    if (picked === null) return;
    const close = iconButton('close', 'Close (Escape)');
    close.addEventListener('click', () => inspection.pick(null));
    const own = partOn(picked.side, picked, inspection);
    card.replaceChildren(
      el(
        'header',
        {},
        el('div', {}, el('p', { class: 'eyebrow' }, kindOf(picked)), el('h3', {}, own?.name || '(no name)')),
        close,
      ),
      table(picked, inspection),
      ...links(picked, inspection, openTexture),
    );
  };
  inspection.subscribe(show);
  return card;
}

function kindOf({ kind, primitive, nodeName }: Picked): string {
  if (kind === 'material') return 'Material';
  const part = primitive === null ? 'Mesh' : `Mesh, primitive ${primitive}`;
  return nodeName === null ? part : `${part} of node “${nodeName}”`;
}

function table(picked: Picked, inspection: Inspection): HTMLElement {
  const all = inspection.contents();
  const sides = SIDES.filter((side) => all[side] !== null);
  const parts = sides.map((side) => partOn(side, picked, inspection));
  const row = (name: string, of: (part: MeshPart | MaterialPart) => string) =>
    el(
      'tr',
      {},
      el('th', { scope: 'row' }, name),
      ...parts.map((part) => el('td', {}, part === null ? '–' : of(part))),
    );
  const primitiveOf = (part: MeshPart | MaterialPart) =>
    'primitives' in part && picked.primitive !== null ? (part.primitives[picked.primitive] ?? part) : part;
  const head = el('tr', {}, el('th', { scope: 'col' }, el('span', { class: 'only-read' }, 'What')));
  for (const side of sides) head.append(el('th', { scope: 'col' }, sideName(side, all.base !== null)));
  return el(
    'table',
    { class: 'stats' },
    el('thead', {}, head),
    el(
      'tbody',
      {},
      row('Triangles', (part) => formatCount(primitiveOf(part).triangleCount)),
      row(picked.kind === 'mesh' ? 'Bytes stored' : 'Texture bytes', (part) =>
        formatBytes(primitiveOf(part).byteLength),
      ),
    ),
  );
}

/** Buttons to what hangs on it: the material of a mesh, the textures of a material. */
function links(
  picked: Picked,
  inspection: Inspection,
  openTexture: (side: Side, image: number) => void,
): readonly HTMLElement[] {
  const { side } = picked;
  const contents = inspection.contents()[side];
  if (contents === null) return [];
  const row = el('div', { class: 'pick-links' });
  const materials =
    picked.kind === 'material'
      ? [picked.index]
      : (contents.meshes[picked.index]?.primitives ?? [])
          .filter((_, index) => picked.primitive === null || picked.primitive === index)
          .map(({ material }) => material);
  for (const index of new Set(materials)) {
    const material = contents.materials[index];
    if (!material) continue;
    if (picked.kind === 'mesh') {
      const button = el('button', { type: 'button', class: 'chip chip-button' }, `Material ${material.name}`);
      button.addEventListener('click', () =>
        inspection.pick({ kind: 'material', side, index, primitive: null, nodeName: null }),
      );
      row.append(button);
    }
    for (const image of material.images) {
      const part = contents.images[image];
      if (!part) continue;
      const word = part.slots.join(', ') || part.name;
      const button = el('button', { type: 'button', class: 'chip chip-button', title: part.name }, word);
      button.addEventListener('click', () => openTexture(side, image));
      row.append(button);
    }
  }
  const count = row.children.length;
  if (count === 0) row.append(el('p', { class: 'quiet small' }, `${plural(0, 'texture')}, no material of its own`));
  return [row];
}
