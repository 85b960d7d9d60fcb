/** The numbers of an asset: before, after and the change between them. */
import type { AssetReport, AssetStats } from '../src/report/report.ts';
import { formatBytes, formatCount, formatMs, formatSaved } from '../src/units.ts';
import { el } from './dom.ts';
import type { LoadTimes } from './load-pair.ts';

/** One row of the table as data. */
export interface StatRow {
  readonly name: string;
  readonly before: string;
  readonly after: string;
  /** Such as `−92.4 %`; '' when nothing changed. */
  readonly change: string;
  readonly tone: 'good' | 'warn' | 'quiet';
}

interface Measure {
  readonly name: string;
  readonly of: (stats: AssetStats) => number | null;
  readonly text: (value: number) => string;
  /** Not shown when it is 0 on both sides. */
  readonly isOptional?: boolean;
}

const MEASURES: readonly Measure[] = [
  { name: 'File', of: (stats) => stats.byteLength, text: formatBytes },
  { name: 'GPU memory', of: (stats) => stats.gpuByteLength, text: formatBytes },
  { name: 'Texture bytes', of: (stats) => stats.textureByteLength, text: formatBytes, isOptional: true },
  { name: 'Textures', of: (stats) => stats.textureCount, text: formatCount },
  { name: 'Triangles', of: (stats) => stats.triangleCount, text: formatCount },
  { name: 'Vertices', of: (stats) => stats.vertexCount, text: formatCount },
  { name: 'Draw calls', of: (stats) => stats.drawCallCount, text: formatCount },
  { name: 'Nodes', of: (stats) => stats.nodeCount, text: formatCount },
  { name: 'Meshes', of: (stats) => stats.meshCount, text: formatCount },
  { name: 'Materials', of: (stats) => stats.materialCount, text: formatCount },
  { name: 'Animations', of: (stats) => stats.animationCount, text: formatCount, isOptional: true },
  { name: 'Load time', of: (stats) => stats.loadTimeMs, text: formatMs, isOptional: true },
];

/** The rows of an asset, without those that say nothing. */
export function statRows({ before, after, verdict }: AssetReport): readonly StatRow[] {
  // A refused file was not opened: all but its size is unknown.
  const measures = verdict === 'refused' ? MEASURES.slice(0, 1) : MEASURES;
  return measures.flatMap(({ name, of, text, isOptional }) => {
    const [left, right] = [of(before), after && of(after)];
    if (isOptional && !left && !right) return [];
    return [rowOf(name, left, right, text)];
  });
}

function rowOf(name: string, left: number | null, right: number | null, text: (value: number) => string): StatRow {
  const shown = (value: number | null) => (value === null ? '–' : text(value));
  const row = { name, before: shown(left), after: shown(right), change: '', tone: 'quiet' } as const;
  if (left === null || right === null || left === right) return row;
  const change = left === 0 ? `+${text(right)}` : formatSaved(1 - right / left);
  if (change.startsWith('±')) return { ...row, change };
  return { ...row, change, tone: right < left ? 'good' : 'warn' };
}

/** The table. */
export function statsTable(asset: AssetReport): HTMLElement {
  const isPair = asset.after !== null;
  const columns = isPair ? ['Before', 'After', 'Change'] : ['As it is'];
  const body = el('tbody', {});
  for (const row of statRows(asset)) body.append(tableRow(row, isPair));
  return el(
    'table',
    { class: isPair ? 'stats stats-pair' : 'stats' },
    el('caption', { class: 'only-read' }, 'Before and after'),
    el(
      'thead',
      {},
      el(
        'tr',
        {},
        el('th', { scope: 'col' }, el('span', { class: 'only-read' }, 'What')),
        ...columns.map((name) => el('th', { scope: 'col' }, name)),
      ),
    ),
    body,
  );
}

/** Adds what this browser measured. */
export function showLoadTimes(table: HTMLElement, { load, firstFrame }: LoadTimes): void {
  const isPair = table.classList.contains('stats-pair');
  const row = (name: string, { before, after }: LoadTimes['load']) =>
    tableRow(rowOf(name, before, after, formatMs), isPair);
  table.querySelector('tbody')?.append(row('Loads here in', load), row('First frame here', firstFrame));
}

function tableRow({ name, before, after, change, tone }: StatRow, isPair: boolean): HTMLTableRowElement {
  const head = el('th', { scope: 'row' }, name);
  if (!isPair) return el('tr', {}, head, el('td', {}, before));
  return el(
    'tr',
    {},
    head,
    el('td', {}, before),
    el('td', {}, after),
    el('td', { class: `tone-${tone}` }, change === '' ? el('span', { class: 'faint' }, '=') : change),
  );
}

/** Extensions of both sides: kept, new and gone. */
export function extensionList({ before, after }: AssetReport): HTMLElement | null {
  const left = new Set(before.extensionsUsed);
  const right = new Set(after?.extensionsUsed ?? before.extensionsUsed);
  const names = [...new Set([...left, ...right])].sort();
  if (names.length === 0) return null;
  const list = el('ul', { class: 'chips', 'aria-label': 'Extensions' });
  for (const name of names) {
    const fate = left.has(name) ? (right.has(name) ? 'kept' : 'gone') : 'new';
    const isRequired = (after ?? before).extensionsRequired.includes(name);
    list.append(
      el(
        'li',
        { class: `chip chip-${fate}`, title: isRequired ? 'required' : 'used' },
        name,
        fate === 'kept' ? null : el('span', { class: 'chip-note' }, fate),
      ),
    );
  }
  return list;
}
