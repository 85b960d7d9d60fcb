/** One asset of the report as Markdown: its row, its picture, its numbers. */
import { formatBytes, formatCount, formatMs, formatSaved } from '../units.ts';
import type { AssetReport, AssetStats } from './report.ts';
import { clean, code, html, plain, table } from './text.ts';
import { lookWords, savedRatio, scoreText, shrinkage, VERDICT_WORDS } from './words.ts';

/** Where a picture of the report can be seen; null when nowhere. */
export type ImageUrl = (name: string) => string | null;

/** A file's findings beyond these are counted, not listed. */
const FINDING_LIMIT_COUNT = 5;
const MESSAGE_LIMIT_CHARS = 300;

/** The overview of files that have a smaller version; '' when none has. */
export function overviewTable(assets: readonly AssetReport[]): string {
  const rows = assets.flatMap((asset) => (asset.after === null ? [] : [{ asset, after: asset.after }]));
  if (rows.length === 0) return '';
  const isSimplified = rows.some(({ asset, after }) => after.triangleCount !== asset.before.triangleCount);
  const head = ['File', 'Before', 'After', 'Saved', 'GPU memory', ...(isSimplified ? ['Triangles'] : []), 'Look'];
  const cells = rows.map(({ asset: { path, before, visual, verdict }, after }) => [
    `${VERDICT_WORDS[verdict].sign} ${code(path, 80)}`,
    unbroken(formatBytes(before.byteLength)),
    unbroken(formatBytes(after.byteLength)),
    `**${unbroken(formatSaved(savedRatio(before.byteLength, after.byteLength)))}**`,
    change(before.gpuByteLength, after.gpuByteLength, formatBytes),
    ...(isSimplified ? [change(before.triangleCount, after.triangleCount, formatCount)] : []),
    'skipped' in visual ? lookWords(visual) : `${unbroken(lookWords(visual))} ${unbroken(`(${scoreText(visual)})`)}`,
  ]);
  return table(head, `lrrrr${isSimplified ? 'r' : ''}l`, cells);
}

function change(before: number, after: number, format: (value: number) => string): string {
  const is = unbroken(format(after));
  return before === after ? is : `${unbroken(`${format(before)} →`)} ${is}`;
}

// A comment is narrow: no number shall stand apart from its unit.
function unbroken(text: string): string {
  return text.replaceAll(' ', '\u00A0');
}

/** The asset's heading, its verdict in one line, and the worst view's picture. */
export function pictureSection(asset: AssetReport, imageUrl: ImageUrl): string {
  const parts = [`### ${code(asset.path, 200)}`, verdictLine(asset)];
  const picture = image(asset.images.comparison, imageUrl, `Before, after and difference of ${asset.path}`);
  if (picture !== '') parts.push(picture);
  return parts.join('\n\n');
}

/** `**51.9 MB → 4.43 MB (−91.5 %)** · looks the same: D 0.62 of 1.5, worst view \`front\``. */
function verdictLine({ before, after, visual, verdict, why }: AssetReport): string {
  const size = after === null ? '' : `**${shrinkage(before.byteLength, after.byteLength)}** · `;
  const reason =
    verdict === 'improved' ? '' : `**${VERDICT_WORDS[verdict].word}**: ${plain(why, MESSAGE_LIMIT_CHARS)} · `;
  return `${size}${reason}${lookLine(visual)}`;
}

function lookLine(visual: AssetReport['visual']): string {
  if ('skipped' in visual) return `not compared: ${plain(visual.skipped, MESSAGE_LIMIT_CHARS)}`;
  const worst = visual.views.reduce<(typeof visual.views)[number] | undefined>(
    (found, view) => (found === undefined || view.score > found.score ? view : found),
    undefined,
  );
  const view = worst === undefined || visual.score === 0 ? '' : `, worst view ${code(worst.name, 40)}`;
  return `${lookWords(visual)}: ${scoreText(visual)}${view}`;
}

/** Behind a fold: all views, the numbers, the steps, the findings. `withSteps` false leaves the last two out. */
export function detailSection(asset: AssetReport, imageUrl: ImageUrl, withSteps: boolean): string {
  const parts = [
    image(asset.images.sheet, imageUrl, `All views of ${asset.path}, before above after`),
    ...numbers(asset.before, asset.after),
    ...(withSteps ? [stepsTable(asset), findingList(asset.findings)] : []),
  ].filter((part) => part !== '');
  const summary = `<summary>Views, numbers and steps of <code>${html(clean(fileName(asset.path), 80))}</code></summary>`;
  return `<details>${summary}\n\n${parts.join('\n\n')}\n\n</details>`;
}

function fileName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** A picture as Markdown; '' when it has no address. */
export function image(name: string | undefined, imageUrl: ImageUrl, alt: string): string {
  const url = name === undefined ? null : imageUrl(name);
  if (url === null) return '';
  // Between < and > an address may hold anything but these; spaces and controls would end it.
  const safe = url.replace(/[<>\\\s\p{Cc}]/gu, (sign) => encodeURIComponent(sign));
  return `![${plain(alt, 200)}](<${safe}>)`;
}

const NUMBERS: readonly (readonly [string, (stats: AssetStats) => number, (value: number) => string])[] = [
  ['file', (stats) => stats.byteLength, formatBytes],
  ['GPU memory', (stats) => stats.gpuByteLength, formatBytes],
  ['texture bytes', (stats) => stats.textureByteLength, formatBytes],
  ['textures', (stats) => stats.textureCount, formatCount],
  ['triangles', (stats) => stats.triangleCount, formatCount],
  ['vertices', (stats) => stats.vertexCount, formatCount],
  ['draw calls', (stats) => stats.drawCallCount, formatCount],
  ['nodes', (stats) => stats.nodeCount, formatCount],
  ['meshes', (stats) => stats.meshCount, formatCount],
  ['materials', (stats) => stats.materialCount, formatCount],
  ['animations', (stats) => stats.animationCount, formatCount],
];

// What changed stands in a table; what did not, which is most of it, in one line.
function numbers(before: AssetStats, after: AssetStats | null): readonly string[] {
  if (after === null) return [];
  const known = NUMBERS.filter(([, read]) => read(before) !== 0 || read(after) !== 0);
  const rows = known
    .filter(([, read]) => read(before) !== read(after))
    .map(([noun, read, format]) => {
      const [was, is] = [read(before), read(after)];
      return [sentence(noun), format(was), format(is), was === 0 ? 'new' : formatSaved(savedRatio(was, is))];
    });
  const { loadTimeMs: slow } = before;
  const { loadTimeMs: quick } = after;
  if (slow !== null && quick !== null) {
    rows.push(['Load time', formatMs(slow), formatMs(quick), formatSaved(savedRatio(slow, quick))]);
  }
  const kept = known
    .filter(([, read]) => read(before) === read(after))
    .map(([noun, read, format]) => `${noun} ${format(read(after))}`);
  return [
    rows.length === 0 ? '' : table(['', 'Before', 'After', ''], 'lrrr', rows),
    kept.length === 0 ? '' : `The same as before: ${kept.join(' · ')}.`,
    extensionLine(before.extensionsUsed, after.extensionsUsed),
  ];
}

function sentence(noun: string): string {
  return `${noun.charAt(0).toUpperCase()}${noun.slice(1)}`;
}

function extensionLine(before: readonly string[], after: readonly string[]): string {
  const list = (names: readonly string[]) => names.map((name) => code(name, 60)).join(', ');
  const added = list(after.filter((name) => !before.includes(name)));
  const gone = list(before.filter((name) => !after.includes(name)));
  const parts = [added === '' ? '' : `now used: ${added}`, gone === '' ? '' : `no longer: ${gone}`];
  const said = parts.filter((part) => part !== '').join('; ');
  return said === '' ? '' : `Extensions ${said}.`;
}

function stepsTable({ steps, before }: AssetReport): string {
  const helped = steps.filter((step) => step.outcome === 'applied');
  if (helped.length === 0) return '';
  let byteLength = before.byteLength;
  const rows = helped.map((step) => {
    const saved = formatSaved(savedRatio(byteLength, step.byteLengthAfter));
    byteLength = step.byteLengthAfter;
    return [code(step.name, 40), plain(step.why, 160), formatBytes(step.byteLengthAfter), saved];
  });
  return table(['Step that helped', 'What it did', 'File then', ''], 'llrr', rows);
}

/** What was noticed in the file, as a list; '' when nothing was. */
export function findingList(findings: AssetReport['findings'], indent = ''): string {
  const lines = findings.slice(0, FINDING_LIMIT_COUNT).map(({ code: name, severity, pointer, message }) => {
    const where = pointer === '' ? '' : ` at ${code(pointer, 80)}`;
    return `${indent}- ${severity} ${code(name, 80)}${where}: ${plain(message, MESSAGE_LIMIT_CHARS)}`;
  });
  const rest = findings.length - lines.length;
  if (rest > 0) lines.push(`${indent}- and ${formatCount(rest)} more`);
  return lines.join('\n');
}
