/** Report -> text for a terminal: one line for each asset, in columns. */
import { formatBytes, formatSaved, plural } from '../units.ts';
import type { AssetReport, Report, VerdictName } from './report.ts';
import { clean, cleanPath } from './text.ts';
import { headline, lookWords, savedRatio, savingsOf, scoreText, VERDICT_WORDS } from './words.ts';

/** How the text is written. */
export interface SummaryOptions {
  readonly isCommitted: boolean;
  /** Whether to write ANSI colours. */
  readonly color: boolean;
}

type Paint = (text: string, style: keyof typeof STYLES) => string;

/** Select Graphic Rendition parameters [ECMA-48 8.3.117]. */
const STYLES = Object.freeze({ bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 } as const);

const SIGNS: Readonly<Record<VerdictName, readonly [string, keyof typeof STYLES]>> = Object.freeze({
  improved: ['✓', 'green'],
  unchanged: ['=', 'dim'],
  'needs-review': ['!', 'yellow'],
  refused: ['✗', 'red'],
  failed: ['✗', 'red'],
});

const PATH_LIMIT_CHARS = 60;
const FINDING_LIMIT_COUNT = 5;

/** The report for people at a terminal; ends with a line break. Foreign control characters are made visible. */
export function renderSummary(report: Report, { isCommitted, color }: SummaryOptions): string {
  const paint: Paint = (text, style) => (color && text !== '' ? `\u001B[${STYLES[style]}m${text}\u001B[0m` : text);
  const { assets } = report;
  const saved = savingsOf(assets);
  const gpuSaved = saved.gpuByteLengthBefore - saved.gpuByteLengthAfter;
  const blocks = [
    paint(headline(report, isCommitted), 'bold'),
    gpuSaved > 0
      ? `GPU memory: ${formatBytes(saved.gpuByteLengthBefore)} → ${formatBytes(saved.gpuByteLengthAfter)}`
      : '',
    assetLines(assets, paint).join('\n'),
    requirementLines(assets, paint).join('\n'),
  ];
  return `${blocks.filter((block) => block !== '').join('\n\n')}\n`;
}

function assetLines(assets: readonly AssetReport[], paint: Paint): readonly string[] {
  const rows = assets.map((asset) => {
    const { before, after, verdict } = asset;
    const isImproved = verdict === 'improved' && after !== null;
    return {
      asset,
      path: cleanPath(asset.path, PATH_LIMIT_CHARS),
      before: formatBytes(before.byteLength),
      after: isImproved ? formatBytes(after.byteLength) : '',
      saved: isImproved ? formatSaved(savedRatio(before.byteLength, after.byteLength)) : '',
    };
  });
  const width = (key: 'path' | 'before' | 'after' | 'saved') => Math.max(0, ...rows.map((row) => row[key].length));
  const widths = { path: width('path'), before: width('before'), after: width('after'), saved: width('saved') };
  return rows.flatMap((row) => {
    const [sign, style] = SIGNS[row.asset.verdict];
    const arrow = widths.after === 0 ? '' : row.after === '' ? '  ' : '→ ';
    const cells = [
      paint(sign, style),
      row.path.padEnd(widths.path),
      row.before.padStart(widths.before),
      `${arrow}${row.after.padStart(widths.after)}`,
      paint(row.saved.padStart(widths.saved), 'green'),
      verdictText(row.asset, paint),
    ];
    return [`  ${cells.filter((cell) => cell !== '').join('  ')}`, ...findingLines(row.asset, paint)];
  });
}

function verdictText({ verdict, why, visual }: AssetReport, paint: Paint): string {
  if (verdict !== 'improved') return `${paint(VERDICT_WORDS[verdict].word, SIGNS[verdict][1])}: ${clean(why, 200)}`;
  const score = scoreText(visual);
  return score === '' ? lookWords(visual) : `${lookWords(visual)} ${paint(`(${score})`, 'dim')}`;
}

function findingLines({ findings }: AssetReport, paint: Paint): readonly string[] {
  const lines = findings.slice(0, FINDING_LIMIT_COUNT).map(({ severity, code, pointer, message }) => {
    const style = severity === 'error' ? 'red' : severity === 'warning' ? 'yellow' : 'dim';
    const where = pointer === '' ? '' : ` at ${clean(pointer, 80)}`;
    return `      ${paint(severity, style)} ${clean(code, 80)}${where}: ${clean(message, 200)}`;
  });
  const rest = findings.length - lines.length;
  return rest > 0 ? [...lines, `      and ${plural(rest, 'more finding')}`] : lines;
}

function requirementLines(assets: readonly AssetReport[], paint: Paint): readonly string[] {
  const hints = new Map<string, string>();
  for (const { verdict, requires } of assets) {
    if (verdict !== 'improved' && verdict !== 'needs-review') continue;
    for (const { extension, hint } of requires) hints.set(extension, hint);
  }
  if (hints.size === 0) return [];
  const lines = [...hints].flatMap(([extension, hint]) => [
    `  ${clean(extension, 60)}`,
    ...hint.split('\n').map((line) => `    ${paint(clean(line, 200), 'cyan')}`),
  ]);
  return ['What your loader needs:', ...lines];
}
