/** The message of the commit that carries the optimized files. */
import { plural } from '../units.ts';
import type { AssetReport } from './report.ts';
import { type AssetTrailer, quotePath, writeTrailers } from './trailers.ts';
import { lookWords, savingsOf, scoreText, shrinkage } from './words.ts';

/** Files beyond these are in the trailers alone. */
const LISTED_LIMIT_COUNT = 50;

/** Subject, a line for each file, trailers. `assets` are the committed ones. */
export function commitMessage(
  assets: readonly AssetReport[],
  trailers: readonly AssetTrailer[],
  version: string,
): string {
  const saved = savingsOf(assets);
  const size = shrinkage(saved.byteLengthBefore, saved.byteLengthAfter);
  const subject = `Optimize ${plural(assets.length, 'GLB file')}: ${size}`;
  const lines = assets.slice(0, LISTED_LIMIT_COUNT).map(({ path, before, after, visual }) => {
    const look = 'skipped' in visual ? lookWords(visual) : `${lookWords(visual)} (${scoreText(visual)})`;
    return `- ${barePath(path)}: ${shrinkage(before.byteLength, after?.byteLength ?? before.byteLength)}, ${look}`;
  });
  if (assets.length > lines.length) lines.push(`- and ${plural(assets.length - lines.length, 'more file')}`);
  return `${subject}\n\n${lines.join('\n')}\n\n${writeTrailers({ version, assets: trailers })}\n`;
}

/** The message of the commit that brings originals back. */
export function commitMessageForUndo(paths: readonly string[], version: string): string {
  const lines = paths.slice(0, LISTED_LIMIT_COUNT).map((path) => `- ${barePath(path)}`);
  if (paths.length > lines.length) lines.push(`- and ${plural(paths.length - lines.length, 'more file')}`);
  const subject = `Bring ${plural(paths.length, 'original GLB file')} back`;
  return `${subject}\n\n${lines.join('\n')}\n\n${writeTrailers({ version, assets: [] })}\n`;
}

// Letters, digits and harmless signs stay as they are; anything else is quoted as in the trailers.
function barePath(path: string): string {
  return /^[\p{L}\p{N}_ ./()+,=~-]+$/u.test(path) && !/gh-\d/i.test(path) ? path : quotePath(path);
}
