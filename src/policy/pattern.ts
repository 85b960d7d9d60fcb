/** Path patterns: minimatch, without the parts that could surprise or take for ever. */
import { braceExpand, Minimatch } from 'minimatch';

/** Longer patterns are refused: nobody needs them, and matching costs grow with length. */
export const PATTERN_LIMIT_CHARS = 256;
/** `{a,b}{a,b}…` doubles with each pair. */
const BRACE_LIMIT_COUNT = 64;

const OPTIONS = Object.freeze({
  dot: true,
  nocomment: true,
  nonegate: true,
  // Extended globs such as `+(a|*(b))` become nested quantifiers, the classic way to a regular expression without end.
  noext: true,
  // The same answer on Windows, where a backslash would otherwise part folders.
  platform: 'linux',
  braceExpandMax: BRACE_LIMIT_COUNT,
} as const);

/** One pattern, ready to be asked. */
export interface Pattern {
  /** As written. */
  readonly text: string;
  /** `file:line:column`. */
  readonly at: string;
  readonly matches: (path: string) => boolean;
}

/** What a pattern should be, when it is not fit to be used; undefined when it is. */
export function explainPattern(text: string): string | undefined {
  if (text.startsWith('!')) return 'a pattern without "!"; files to leave alone belong into exclude';
  if (text.includes('\\')) return 'a pattern with "/" between folders, without backslashes';
  if (/[\p{Cc}\p{Cs}]/u.test(text)) return 'a pattern without control characters';
  if (text.split('/').includes('..')) return 'a pattern from the root of the repository, without ".."';
  // One more than allowed is asked for, so that a full list and a cut one can be told apart.
  if (braceExpand(text, { ...OPTIONS, braceExpandMax: BRACE_LIMIT_COUNT + 1 }).length > BRACE_LIMIT_COUNT) {
    return `a pattern whose braces stand for at most ${BRACE_LIMIT_COUNT} patterns`;
  }
  return undefined;
}

/** Makes a pattern ready. `./a` and `/a` mean `a`; `a/` means everything in it. */
export function readPattern(text: string, at: string): Pattern {
  const rooted = text.replace(/^(\.?\/)+/, '');
  const matcher = new Minimatch(rooted.endsWith('/') ? `${rooted}**` : rooted, OPTIONS);
  return { text, at, matches: (path) => matcher.match(path) };
}
