/** What the author of the pull request changed in files that were there before: base | head, in numbers and pictures. */
import { formatBytes, formatCount, formatMs, formatSaved, plural } from '../units.ts';
import { type ImageUrl, image } from './asset-markdown.ts';
import type { AssetReport, AssetStats } from './report.ts';
import { code, plain, table } from './text.ts';
import { savedRatio } from './words.ts';

/** How much may be told. */
interface ChangeLimits {
  readonly pictures: number;
  readonly assets: number;
}

type Changed = AssetReport & { readonly change: NonNullable<AssetReport['change']> };

/** A fold with every changed file; '' when all files are new. */
export function authorChanges(assets: readonly AssetReport[], imageUrl: ImageUrl, limits: ChangeLimits): string {
  const changed = assets.filter((asset): asset is Changed => asset.change !== undefined).slice(0, limits.assets);
  if (changed.length === 0) return '';
  const parts = changed.map((asset, index) => section(asset, index < limits.pictures ? imageUrl : () => null));
  const summary = `<summary>What this pull request changes: base beside head, ${plural(changed.length, 'file')}</summary>`;
  return `<details>${summary}\n\n${parts.join('\n\n')}\n\n</details>`;
}

function section(asset: Changed, imageUrl: ImageUrl): string {
  const { path, change } = asset;
  const from = change.basePath === path ? '' : ` (was ${code(change.basePath)})`;
  const picture = image(change.images.comparison, imageUrl, `Base, head and difference of ${path}`);
  const look =
    'skipped' in change.visual ? `Not drawn: ${plain(change.visual.skipped, 300)}.` : lookOf(change.visual.score);
  const numbers = numbersOf(change.before, asset.before);
  return [`#### ${code(path, 200)}${from}`, picture, look, numbers].filter((part) => part !== '').join('\n\n');
}

function lookOf(score: number): string {
  if (score === 0) return 'Base and head look identical.';
  if (score <= 1) return `Base and head look the same (D ${score.toFixed(2)}).`;
  return `Base and head look ${score < 1.5 ? 'barely ' : ''}different (D ${score.toFixed(2)}).`;
}

const ROWS: readonly (readonly [string, (stats: AssetStats) => number | null, (value: number) => string])[] = [
  ['File', (stats) => stats.byteLength, formatBytes],
  ['GPU memory', (stats) => stats.gpuByteLength, formatBytes],
  ['Triangles', (stats) => stats.triangleCount, formatCount],
  ['Draw calls', (stats) => stats.drawCallCount, formatCount],
  ['Nodes', (stats) => stats.nodeCount, formatCount],
  ['Meshes', (stats) => stats.meshCount, formatCount],
  ['Materials', (stats) => stats.materialCount, formatCount],
  ['Textures', (stats) => stats.textureCount, formatCount],
  ['Animations', (stats) => stats.animationCount, formatCount],
  ['Load time', (stats) => stats.loadTimeMs, formatMs],
];

// From twice on, a factor says more than a percentage.
function changeText(was: number, is: number): string {
  if (was === 0) return 'new';
  return is >= 2 * was ? `× ${(is / was).toPrecision(is / was < 10 ? 2 : 3)}` : formatSaved(savedRatio(was, is));
}

function numbersOf(base: AssetStats, head: AssetStats): string {
  const rows = ROWS.flatMap(([noun, read, format]) => {
    const [was, is] = [read(base), read(head)];
    if (was === null || is === null || was === is) return [];
    return [[noun, format(was), format(is), changeText(was, is)]];
  });
  return rows.length === 0 ? 'No number changed.' : table(['', 'Base', 'Head', ''], 'lrrr', rows);
}
