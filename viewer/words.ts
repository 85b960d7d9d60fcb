/** Words for verdicts and scores, the same all over the page. */
import type { AssetReport, Report, VerdictName } from '../src/report/report.ts';
import { formatBytes, formatSaved, plural } from '../src/units.ts';
import type { Side } from './panes.ts';

/** How good something is: it decides about colour only, never about meaning. */
export type Tone = 'good' | 'quiet' | 'warn' | 'bad';

/** A verdict in a word and its tone. */
export const VERDICTS: Readonly<Record<VerdictName, { readonly word: string; readonly tone: Tone }>> = Object.freeze({
  improved: { word: 'Optimized', tone: 'good' },
  unchanged: { word: 'Unchanged', tone: 'quiet' },
  'needs-review': { word: 'Needs review', tone: 'warn' },
  refused: { word: 'Refused', tone: 'bad' },
  failed: { word: 'Failed', tone: 'bad' },
});

/** D in a word, by the steps of docs/visual-guard.md: up to 1 nobody sees it, from 1.5 on everybody. */
export function scoreWord(score: number): { readonly word: string; readonly tone: Tone } {
  if (score === 0) return { word: 'identical', tone: 'good' };
  if (score <= 1) return { word: 'invisible', tone: 'good' };
  return score <= 1.5 ? { word: 'barely visible', tone: 'warn' } : { word: 'visible', tone: 'bad' };
}

/** What a side is called; with a base there are three. */
export function sideName(side: Side, hasBase: boolean): string {
  if (!hasBase) return side === 'after' ? 'After' : 'Before';
  return { base: 'Base', before: 'Head', after: 'Optimized' }[side];
}

/** The last part of a path, and what comes before it, with its slash. */
export function splitPath(path: string): { readonly folder: string; readonly name: string } {
  const cut = path.lastIndexOf('/') + 1;
  return { folder: path.slice(0, cut), name: path.slice(cut) };
}

/** The saved part of an asset's bytes, 0 to 1; null without a proposal. */
export function savedRatioOf({ before, after }: AssetReport): number | null {
  if (after === null || before.byteLength === 0) return null;
  return 1 - after.byteLength / before.byteLength;
}

/** `−92.4 %`, or '' without a proposal. */
export function savedText(asset: AssetReport): string {
  const ratio = savedRatioOf(asset);
  return ratio === null ? '' : formatSaved(ratio);
}

/** The report in one line: `3 of 5 assets: 51.9 MB → 4.43 MB`. */
export function headlineOf({ totals, assets }: Report): string {
  const improved = assets.filter(({ verdict }) => verdict === 'improved').length;
  if (improved === 0) return `${plural(assets.length, 'asset')} checked, nothing to optimize`;
  const of = improved < assets.length ? `${improved} of ` : '';
  const sizes = `${formatBytes(totals.byteLengthBefore)} → ${formatBytes(totals.byteLengthAfter)}`;
  return `${of}${plural(assets.length, 'asset')} optimized: ${sizes}`;
}
