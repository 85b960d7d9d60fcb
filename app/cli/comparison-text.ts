/** Two files beside each other, as text for a terminal. */
import { type AssetReport, formatBytes, formatCount, formatMs, formatSaved } from '../../src/index.ts';
import { bold, dim, shown, type Terminal } from './terminal.ts';

type Row = readonly [name: string, before: string, after: string, change: string];

/** What became of each number, and how visible the difference is; ends with a line break. */
export function comparisonText(terminal: Terminal, names: readonly [string, string], asset: AssetReport): string {
  const { before, after, visual } = asset;
  const row = (name: string, from: number, to: number, format: (value: number) => string): Row => [
    name,
    format(from),
    format(to),
    from === to ? '' : from === 0 ? 'new' : formatSaved(1 - to / from),
  ];
  const rows: Row[] = [];
  if (after !== null) {
    rows.push(
      row('on disk', before.byteLength, after.byteLength, formatBytes),
      row('on the GPU', before.gpuByteLength, after.gpuByteLength, formatBytes),
      row('triangles', before.triangleCount, after.triangleCount, formatCount),
      row('vertices', before.vertexCount, after.vertexCount, formatCount),
      row('draw calls', before.drawCallCount, after.drawCallCount, formatCount),
      row('nodes', before.nodeCount, after.nodeCount, formatCount),
      row('materials', before.materialCount, after.materialCount, formatCount),
      row('textures', before.textureCount, after.textureCount, formatCount),
      row('animations', before.animationCount, after.animationCount, formatCount),
    );
    if (before.loadTimeMs !== null && after.loadTimeMs !== null) {
      rows.push(row('loads in', before.loadTimeMs, after.loadTimeMs, formatMs));
    }
  }
  const width = (column: 0 | 1 | 2) => Math.max(0, ...rows.map((cells) => cells[column].length));
  const [first, second, third] = [width(0), width(1), width(2)];
  const lines = rows.map(([name, from, to, change]) =>
    `  ${name.padEnd(first)}  ${from.padStart(second)}  →  ${to.padStart(third)}  ${dim(terminal, change)}`.trimEnd(),
  );
  const head = bold(terminal, `${shown(names[0])} → ${shown(names[1])}`);
  const used = after === null ? '' : extensionChange(before.extensionsUsed, after.extensionsUsed);
  const blocks = [head, lines.join('\n'), used, looks(visual), findings(asset)];
  return `${blocks.filter((block) => block !== '').join('\n\n')}\n`;
}

function extensionChange(before: readonly string[], after: readonly string[]): string {
  const gained = after.filter((name) => !before.includes(name));
  const lost = before.filter((name) => !after.includes(name));
  const lines = [
    ...(gained.length > 0 ? [`  now used: ${shown(gained.join(', '))}`] : []),
    ...(lost.length > 0 ? [`  no longer used: ${shown(lost.join(', '))}`] : []),
  ];
  return lines.length === 0 ? '' : `Extensions\n${lines.join('\n')}`;
}

function looks(visual: AssetReport['visual']): string {
  if ('skipped' in visual) return `Not drawn: ${shown(visual.skipped)}`;
  const words = visual.score <= 1 ? 'nobody sees it' : visual.score < 1.5 ? 'hardly visible' : 'visible';
  const views = [...visual.views].sort((a, b) => b.score - a.score);
  const worst = views[0] === undefined ? '' : `, most in the view "${shown(views[0].name)}"`;
  return `Difference: D ${visual.score.toFixed(2)}, ${words}${worst} (0 identical, 1 invisible, visible from 1.5 on)`;
}

function findings(asset: AssetReport): string {
  return asset.findings.map(({ severity, code, message }) => `${severity} ${code}: ${shown(message)}`).join('\n');
}
