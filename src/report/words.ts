/** What comment, terminal and commit message all say. */
import { formatBytes, formatSaved, plural } from '../units.ts';
import type { AssetReport, Report, VerdictName, Visual } from './report.ts';

/** A sign and a word for each verdict. */
export const VERDICT_WORDS: Readonly<Record<VerdictName, { readonly sign: string; readonly word: string }>> =
  Object.freeze({
    improved: { sign: '✅', word: 'optimized' },
    unchanged: { sign: '➖', word: 'unchanged' },
    'needs-review': { sign: '⚠️', word: 'needs review' },
    refused: { sign: '⛔', word: 'refused' },
    failed: { sign: '❌', word: 'failed' },
  });

/** What the improved files of a report save together. */
export interface Savings {
  readonly assetCount: number;
  readonly byteLengthBefore: number;
  readonly byteLengthAfter: number;
  readonly gpuByteLengthBefore: number;
  readonly gpuByteLengthAfter: number;
}

/** Adds up the improved files; the others weigh what they weighed. */
export function savingsOf(assets: readonly AssetReport[]): Savings {
  let assetCount = 0;
  let byteLengthBefore = 0;
  let byteLengthAfter = 0;
  let gpuByteLengthBefore = 0;
  let gpuByteLengthAfter = 0;
  for (const { verdict, before, after } of assets) {
    if (verdict !== 'improved' || after === null) continue;
    assetCount += 1;
    byteLengthBefore += before.byteLength;
    byteLengthAfter += after.byteLength;
    gpuByteLengthBefore += before.gpuByteLength;
    gpuByteLengthAfter += after.gpuByteLength;
  }
  return { assetCount, byteLengthBefore, byteLengthAfter, gpuByteLengthBefore, gpuByteLengthAfter };
}

/** The saved part of what was there, 0 to 1; 0 of nothing. */
export function savedRatio(before: number, after: number): number {
  return before === 0 ? 0 : (before - after) / before;
}

/** `51.9 MB → 4.43 MB (−91.5 %)`. */
export function shrinkage(before: number, after: number): string {
  return `${formatBytes(before)} → ${formatBytes(after)} (${formatSaved(savedRatio(before, after))})`;
}

/** The report in one line: `3 of 5 GLB files optimized: 51.9 MB → 4.43 MB (−91.5 %)`. */
export function headline(report: Report, isCommitted: boolean): string {
  const { assets } = report;
  const saved = savingsOf(assets);
  if (assets.length === 0) return 'No GLB file to look at';
  if (saved.assetCount === 0) {
    const rest = countVerdicts(assets, ['needs-review', 'refused', 'failed']);
    const nothing = `${plural(assets.length, 'GLB file')} checked`;
    return `${nothing}: ${rest === '' ? 'nothing to optimize' : rest}`;
  }
  const some = saved.assetCount < assets.length ? `${saved.assetCount} of ` : '';
  const verb = isCommitted ? 'optimized' : 'can be smaller';
  return `${some}${plural(assets.length, 'GLB file')} ${verb}: ${shrinkage(saved.byteLengthBefore, saved.byteLengthAfter)}`;
}

/** `2 unchanged, 1 refused`; '' when no asset has one of the verdicts. */
export function countVerdicts(assets: readonly AssetReport[], verdicts: readonly VerdictName[]): string {
  return verdicts
    .map(
      (verdict) => [assets.filter((asset) => asset.verdict === verdict).length, VERDICT_WORDS[verdict].word] as const,
    )
    .filter(([count]) => count > 0)
    .map(([count, word]) => `${count} ${word}`)
    .join(', ');
}

/** All of `lookWords`, from best to worst. */
export const LOOKS = Object.freeze([
  'identical',
  'looks the same',
  'barely different',
  'visibly different, but allowed',
  'looks different',
  'not compared',
] as const);

/** D in words. The steps are those of the study behind the metric: up to 1 nobody saw a difference, from 1.5 on all did. */
export function lookWords(visual: Visual): (typeof LOOKS)[number] {
  if ('skipped' in visual) return 'not compared';
  const { score, limit } = visual;
  if (score > limit) return 'looks different';
  if (score === 0) return 'identical';
  if (score <= 1) return 'looks the same';
  return score <= 1.5 ? 'barely different' : 'visibly different, but allowed';
}

/** D and its limit: `D 0.62 of 1.5`; '' when nothing was drawn. */
export function scoreText(visual: Visual): string {
  if ('skipped' in visual) return '';
  // A score just over its limit must not be rounded down to it.
  const { score, limit } = visual;
  const rounded = score.toFixed(2);
  const shown = score > limit && Number(rounded) <= limit ? score.toPrecision(4) : rounded;
  return `D ${score === 0 ? '0' : shown} of ${limit}`;
}

/** The findings that a budget made. */
export function isOverBudget(finding: { readonly code: string }): boolean {
  return finding.code === 'BUDGET_EXCEEDED' || finding.code === 'TEXTURE_OVER_BUDGET';
}
