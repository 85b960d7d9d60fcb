/**
 * `.gitattributes`, as far as it decides about Git LFS and locks: which value has an attribute of a path. The nearest file
 * wins, and in a file the last line that matches. [git-scm.com/docs/gitattributes]
 */
import { Minimatch } from 'minimatch';

/** One attributes file: the folder it lies in (`''` or `a/b/`) and its text. */
export interface AttributesFile {
  readonly folder: string;
  readonly text: string;
}

/** What a path is, to Git LFS. */
export interface LfsAttributes {
  /** `filter=lfs`. */
  readonly isLfs: boolean;
  readonly isLockable: boolean;
}

// A pull request writes these files: lines and patterns beyond these are not looked at.
const LINE_LIMIT_COUNT = 2000;
const PATTERN_LIMIT_CHARS = 256;

/** The folders whose attributes files speak about a path, nearest last. */
export function attributeFolders(path: string): readonly string[] {
  const parts = path.split('/').slice(0, -1);
  return ['', ...parts.map((_, index) => `${parts.slice(0, index + 1).join('/')}/`)];
}

/** Attributes of a path, out of the files of all its folders. */
export function lfsAttributes(path: string, files: readonly AttributesFile[]): LfsAttributes {
  const macros = new Map<string, readonly string[]>([['binary', ['-diff', '-merge', '-text']]]);
  const values = new Map<string, string>();
  for (const file of [...files].sort((a, b) => a.folder.length - b.folder.length)) {
    if (!path.startsWith(file.folder)) continue;
    for (const { pattern, words } of linesOf(file.text)) {
      if (pattern.startsWith('[attr]')) {
        // Macros are for the top of the repository alone.
        if (file.folder === '') macros.set(pattern.slice('[attr]'.length), words);
      } else if (matches(pattern, path.slice(file.folder.length))) assign(values, words, macros);
    }
  }
  return { isLfs: values.get('filter') === 'lfs', isLockable: values.get('lockable') === 'true' };
}

function assign(values: Map<string, string>, words: readonly string[], macros: ReadonlyMap<string, readonly string[]>) {
  for (const word of words) {
    const [, sign = '', name = '', value] = /^([-!]?)([^=]*)(?:=(.*))?$/s.exec(word) ?? [];
    const macro = macros.get(name);
    if (macro !== undefined && sign === '')
      assign(
        values,
        macro.filter((inner) => !macros.has(inner)),
        new Map(),
      );
    if (sign === '!') values.delete(name);
    else values.set(name, sign === '-' ? 'false' : (value ?? 'true'));
  }
}

function* linesOf(text: string): Generator<{ readonly pattern: string; readonly words: readonly string[] }> {
  for (const line of text.split('\n').slice(0, LINE_LIMIT_COUNT)) {
    const trimmed = line.replace(/^[ \t]+/, '').replace(/[ \t\r]+$/, '');
    if (trimmed === '' || trimmed.startsWith('#')) continue;
    const quoted = /^"((?:[^"\\]|\\.)*)"(.*)$/s.exec(trimmed);
    const [pattern, rest] =
      quoted === null
        ? [trimmed.split(/[ \t]/, 1)[0] ?? '', trimmed.replace(/^[^ \t]*/, '')]
        : [unquote(quoted[1] ?? ''), quoted[2] ?? ''];
    if (pattern.length > PATTERN_LIMIT_CHARS) continue;
    yield { pattern, words: rest.split(/[ \t]+/).filter((word) => word !== '') };
  }
}

function unquote(text: string): string {
  return text.replace(/\\(.)/gs, (_all, sign: string) => ({ n: '\n', t: '\t' })[sign] ?? sign);
}

// As in .gitignore, but a negative pattern is forbidden and a folder's pattern says nothing about what is in it.
function matches(pattern: string, path: string): boolean {
  if (pattern.startsWith('!') || pattern.endsWith('/')) return false;
  const isAnchored = pattern.includes('/');
  const glob = isAnchored ? pattern.replace(/^\//, '') : pattern;
  const subject = isAnchored ? path : path.slice(path.lastIndexOf('/') + 1);
  const options = { dot: true, nocomment: true, nonegate: true, nobrace: true, noext: true } as const;
  return new Minimatch(glob, options).match(subject);
}
