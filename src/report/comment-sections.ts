/** The parts of the comment that are about all assets together, each Markdown or ''. */
import { formatBytes, formatMs, formatSaved, plural } from '../units.ts';
import { findingList } from './asset-markdown.ts';
import type { AssetReport, Report } from './report.ts';
import { code, codeBlock, plain } from './text.ts';
import { isOverBudget, LOOKS, lookWords, savedRatio, savingsOf, VERDICT_WORDS } from './words.ts';

/** What was saved, or could be, and what was proven. */
export function introduction({ assets }: Report, isCommitted: boolean): string {
  const improved = assets.filter(({ verdict }) => verdict === 'improved');
  if (improved.length === 0) return '';
  const saved = savingsOf(assets);
  const { gpuByteLengthBefore: before, gpuByteLengthAfter: after } = saved;
  const bytes = `**${formatBytes(saved.byteLengthBefore - saved.byteLengthAfter)}** of download`;
  const memory = `**${formatBytes(before - after)}** of GPU memory (${formatSaved(savedRatio(before, after))})`;
  return `${isCommitted ? 'Saves' : 'Would save'} ${before > after ? `${bytes} and ${memory}` : bytes}. ${proof(improved)}`;
}

/** What Git LFS no longer has to carry, each time that the files are downloaded. */
export function lfsBandwidth(assets: readonly AssetReport[], isCommitted: boolean): string {
  const kept = assets.filter(({ isLfs, verdict }) => isLfs === true && verdict === 'improved');
  if (kept.length === 0) return '';
  const { byteLengthBefore, byteLengthAfter } = savingsOf(kept);
  const saved = formatBytes(byteLengthBefore - byteLengthAfter);
  const what = isCommitted
    ? 'less Git LFS bandwidth for each checkout'
    : 'of Git LFS bandwidth could be saved at each checkout';
  return `**${saved}** ${what} (${plural(kept.length, 'file')} in LFS).`;
}

/** The way to the page where both sides can be turned. The address is ours, out of the settings. */
export function viewerLink(assets: readonly AssetReport[], url: string | undefined): string {
  if (url === undefined || assets.length === 0) return '';
  return `**[Compare in 3D](<${url}>)**: before beside after, to turn and to zoom, with all numbers.`;
}

function proof(improved: readonly AssetReport[]): string {
  const counts = LOOKS.map(
    (look) => [look, improved.filter(({ visual }) => lookWords(visual) === look).length] as const,
  );
  const kinds = counts.filter(([, count]) => count > 0);
  if (kinds.every(([look]) => look === 'not compared')) return 'Validated against the original, but not drawn.';
  const inWords = kinds.map(([look, count]) => {
    const many = count === 1 ? look : look.replace(/^looks/, 'look');
    return kinds.length > 1 ? `${count} ${many}` : count === 1 ? look : `all ${count} ${many}`;
  });
  return `Validated, loaded and drawn beside the original: ${inWords.join(', ')}.`;
}

/** Every exceeded budget. */
export function overBudget(assets: readonly AssetReport[]): string {
  const lines = assets.flatMap((asset) =>
    asset.findings
      .filter(isOverBudget)
      .slice(0, 5)
      .map(({ pointer, message }) => {
        const where = pointer === '' ? '' : ` at ${code(pointer, 80)}`;
        return `- ${code(asset.path)}${where}: ${plain(message, 200)}`;
      }),
  );
  return lines.length === 0 ? '' : `### ❌ Over budget\n\n${lines.join('\n')}`;
}

/** The loader code that the improved files need. */
export function requirements(assets: readonly AssetReport[]): string {
  const all = assets.filter(({ verdict }) => verdict === 'improved').flatMap(({ requires }) => requires);
  const kinds = new Map(all.map((requirement) => [`${requirement.extension}\n${requirement.hint}`, requirement]));
  if (kinds.size === 0) return '';
  const parts = [...kinds.values()].slice(0, 8).map(({ extension, hint }) => {
    const count = all.filter((other) => other.extension === extension && other.hint === hint).length;
    return `${code(extension, 60)} (${plural(count, 'file')}):\n\n${codeBlock(hint, 'js')}`;
  });
  return `### What your loader needs\n\n${parts.join('\n\n')}`;
}

/** Files without a smaller version, and why; many unchanged ones are folded. */
export function leftAlone(rest: readonly AssetReport[], withHeading: boolean): string {
  const line = (asset: AssetReport) => {
    const { sign, word } = VERDICT_WORDS[asset.verdict];
    const findings = findingList(
      asset.findings.filter((finding) => !isOverBudget(finding)),
      '  ',
    );
    const size = formatBytes(asset.before.byteLength);
    const head = `- ${sign} ${code(asset.path)} (${size}) ${word}: ${plain(asset.why, 300)}`;
    return findings === '' ? head : `${head}\n${findings}`;
  };
  const grave = rest.filter(({ verdict }) => verdict !== 'unchanged').map(line);
  const calm = rest.filter(({ verdict }) => verdict === 'unchanged').map(line);
  if (grave.length + calm.length === 0) return '';
  const heading = withHeading ? '### Left alone\n\n' : '';
  if (calm.length <= 3) return `${heading}${[...grave, ...calm].join('\n')}`;
  const folded = `<details><summary>${plural(calm.length, 'file')} unchanged</summary>\n\n${calm.join('\n')}\n\n</details>`;
  return `${heading}${[grave.join('\n'), folded].filter((list) => list !== '').join('\n\n')}`;
}

/** The commands that a comment can hold, with what they do. */
export const COMMENT_COMMANDS = Object.freeze([
  ['/glb optimize', 'Optimizes again; also `/glb optimize --preset small path/to/file.glb`'],
  ['/glb undo', 'Brings the original files back, byte for byte'],
  ['/glb accept path/to/file.glb', 'Takes a result that needs review as it is'],
  ['/glb skip', 'Leaves this pull request alone'],
  ['/glb status', 'Says what is going on'],
  ['/glb backfill', 'Optimizes the whole repository, in one pull request of its own'],
  ['/glb help', 'Lists all commands'],
] as const);

/** How to get the originals back, by comment. */
export function undoByComment(isDone: boolean): string {
  const rows = COMMENT_COMMANDS.map(([command, meaning]) => `| \`${command}\` | ${meaning} |`).join('\n');
  const list = `<details><summary>Commands</summary>\n\n| Comment | What happens |\n| :-- | :-- |\n${rows}\n\n</details>`;
  return isDone ? `**To undo**, comment \`/glb undo\`: the original files come back, byte for byte.\n\n${list}` : list;
}

/** How to get the originals back, with Git. */
export function undoByGit(isDone: boolean, commit: string | null): string {
  if (!isDone) return '';
  const how = commit === null ? 'revert this commit' : `run \`git revert ${commit.slice(0, 12)}\``;
  return `**To undo**, ${how}: the original files come back, byte for byte.`;
}

/** Who says so. */
export function footer({ tool, assets }: Report): string {
  const drawn = assets.map(({ visual }) => ('skipped' in visual ? '' : visual.renderer)).find((name) => name !== '');
  const durationMs = assets.reduce((sum, asset) => sum + asset.durationMs, 0);
  const parts = [
    `${plain(tool.name, 40)} ${plain(tool.version, 20)}`,
    drawn === undefined ? '' : `drawn by ${plain(drawn, 80)}`,
    assets.length === 0 ? '' : `${formatMs(durationMs)} of work`,
    drawn === undefined ? '' : 'D: 0 identical, up to 1 invisible, from 1.5 on visible',
  ];
  return `<sub>${parts.filter((part) => part !== '').join(' · ')}</sub>`;
}
