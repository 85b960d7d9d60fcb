/** Meshes and materials with what they weigh; a row marks its part on the models. */
import { formatBytes, formatCount } from '../src/units.ts';
import { el } from './dom.ts';
import { counterpart, type MaterialPart, type MeshPart } from './glb-contents.ts';
import type { Inspection } from './inspection.ts';
import type { Side } from './panes.ts';

// A list of ten thousand meshes helps nobody, and each row costs.
const MOST_ROWS = 200;

/** Both lists, the heaviest first. */
export function partLists(inspection: Inspection): readonly HTMLElement[] {
  const { before, after } = inspection.contents();
  const side: Side = before ? 'before' : 'after';
  const own = before ?? after;
  if (own === null) return [];
  return [
    ...listOf('mesh', 'Meshes', 'stored', own.meshes, before ? (after?.meshes ?? null) : null, side, inspection),
    ...listOf(
      'material',
      'Materials',
      'of textures',
      own.materials,
      before ? (after?.materials ?? null) : null,
      side,
      inspection,
    ),
  ];
}

function listOf<T extends MeshPart | MaterialPart>(
  kind: 'mesh' | 'material',
  title: string,
  what: string,
  parts: readonly T[],
  others: readonly T[] | null,
  side: Side,
  inspection: Inspection,
): readonly HTMLElement[] {
  if (parts.length === 0) return [];
  const list = el('ul', { class: 'parts' });
  const sorted = [...parts].sort((a, b) => b.byteLength - a.byteLength || b.triangleCount - a.triangleCount);
  for (const part of sorted.slice(0, MOST_ROWS)) {
    const other = others && counterpart(part, others);
    const bytes = formatBytes(part.byteLength);
    const isSame = other === null || other.byteLength === part.byteLength;
    const button = el(
      'button',
      { type: 'button', class: 'part', 'aria-pressed': 'false', 'data-kind': kind, 'data-index': part.index },
      el('span', { class: 'part-name' }, part.name || '(no name)'),
      el('span', { class: 'part-bytes' }, isSame ? bytes : `${bytes} → ${formatBytes(other.byteLength)}`),
      el('span', { class: 'part-facts' }, factsOf(part)),
      el('span', { class: 'part-facts part-what' }, what),
    );
    button.addEventListener('click', () => {
      const now = inspection.picked();
      const isOn = now?.kind === kind && now.index === part.index && now.side === side;
      inspection.pick(isOn ? null : { kind, side, index: part.index, primitive: null, nodeName: null });
    });
    list.append(el('li', {}, button));
  }
  const rest = parts.length - MOST_ROWS;
  const more = rest > 0 ? el('p', { class: 'quiet small' }, `and ${formatCount(rest)} smaller ones`) : null;
  return [el('section', {}, el('h3', {}, `${title} · ${formatCount(parts.length)}`), list, more)];
}

function factsOf(part: MeshPart | MaterialPart): string {
  const triangles = `${formatCount(part.triangleCount)} triangles`;
  if ('images' in part) return `${triangles} · ${part.images.length} ${part.images.length === 1 ? 'image' : 'images'}`;
  const { length } = part.primitives;
  return length === 1 ? triangles : `${triangles} · ${length} primitives`;
}

/** Shows which row is picked. */
export function markPart(panel: HTMLElement, inspection: Inspection): void {
  const picked = inspection.picked();
  for (const row of panel.querySelectorAll<HTMLElement>('button.part')) {
    const isOn = row.dataset.kind === picked?.kind && row.dataset.index === String(picked?.index);
    row.setAttribute('aria-pressed', String(isOn));
  }
}
