/** An inspection as text for a terminal. */
import { type AssetStats, formatBytes, formatCount, type Inspection, plural } from '../../src/index.ts';
import { bold, dim, shown, type Terminal } from './terminal.ts';

// More than these say little; --json has them all.
const ROW_LIMIT_COUNT = 15;

/** Stats, where the bytes are, and findings; ends with a line break. */
export function inspectionText(terminal: Terminal, path: string, inspection: Inspection): string {
  const { stats, breakdown, findings } = inspection;
  const blocks = [bold(terminal, shown(path))];
  if (stats !== null)
    blocks.push(
      statRows(stats)
        .map(([name, value]) => `  ${name.padEnd(12)}  ${value}`)
        .join('\n'),
    );
  if (breakdown.length > 0) blocks.push(breakdownText(terminal, breakdown));
  if (findings.length > 0) {
    const lines = findings.slice(0, ROW_LIMIT_COUNT).map(({ severity, code, pointer, message }) => {
      return `  ${severity} ${code}${pointer === '' ? '' : ` at ${shown(pointer)}`}: ${shown(message)}`;
    });
    const rest = findings.length - lines.length;
    if (rest > 0) lines.push(`  and ${formatCount(rest)} more (--json has all)`);
    blocks.push(`${bold(terminal, 'Findings')}\n${lines.join('\n')}`);
  }
  return `${blocks.join('\n\n')}\n`;
}

function statRows(stats: AssetStats): readonly (readonly [string, string])[] {
  const list = (names: readonly string[]) => (names.length === 0 ? 'none' : shown(names.join(', ')));
  return [
    ['on disk', formatBytes(stats.byteLength)],
    ['on the GPU', formatBytes(stats.gpuByteLength)],
    [
      'draws',
      `${plural(stats.triangleCount, 'triangle')}, ${formatCount(stats.vertexCount)} ${stats.vertexCount === 1 ? 'vertex' : 'vertices'}, ${plural(stats.drawCallCount, 'draw call')}`,
    ],
    [
      'holds',
      `${plural(stats.nodeCount, 'node')}, ${formatCount(stats.meshCount)} ${stats.meshCount === 1 ? 'mesh' : 'meshes'}, ${plural(stats.materialCount, 'material')}`,
    ],
    ['textures', `${formatCount(stats.textureCount)}, ${formatBytes(stats.textureByteLength)}`],
    ['animations', formatCount(stats.animationCount)],
    ['uses', list(stats.extensionsUsed)],
    ['requires', list(stats.extensionsRequired)],
  ];
}

function breakdownText(terminal: Terminal, breakdown: Inspection['breakdown']): string {
  const total = breakdown.reduce((sum, part) => sum + part.byteLength, 0);
  const parts = [...breakdown].sort((a, b) => b.byteLength - a.byteLength).slice(0, ROW_LIMIT_COUNT);
  const width = Math.max(...parts.map((part) => [...shown(part.name)].length));
  const lines = parts.map(({ name, byteLength }) => {
    const ratio = total === 0 ? 0 : byteLength / total;
    const bar = '█'.repeat(Math.round(ratio * 20));
    return `  ${shown(name).padEnd(width)}  ${formatBytes(byteLength).padStart(8)}  ${percent(ratio)}  ${dim(terminal, bar)}`.trimEnd();
  });
  const rest = breakdown.length - parts.length;
  if (rest > 0) lines.push(`  and ${formatCount(rest)} more (--json has all)`);
  return `${bold(terminal, 'Where the bytes are')}\n${lines.join('\n')}`;
}

function percent(ratio: number): string {
  return `${(ratio * 100).toFixed(1)} %`.padStart(7);
}
