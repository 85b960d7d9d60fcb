/** Files, folders and globs that the user named -> the GLBs they stand for. Symlinks inside folders are not followed. */
import { lstat, readdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { minimatch } from 'minimatch';
import { BotError } from '../../src/index.ts';

/** One GLB to work on. */
export interface FoundFile {
  /** As people see it: relative to the current folder, else absolute; `/` between the parts. */
  readonly path: string;
  /** Where it is on this machine. */
  readonly place: string;
  /** Below the folder or the fixed part of the glob that was named; the bare name of a file that was named itself. */
  readonly within: string;
}

// Other tools' folders, and what we ourselves wrote beside a file.
const SKIPPED_FOLDERS = new Set(['node_modules', '.git']);
const isGlb = (name: string) => /\.glb$/i.test(name) && !/\.optimized\.glb$/i.test(name);

/** Where names start, and where shown paths start. */
export interface Folders {
  readonly from: string;
  readonly shownFrom: string;
}

/** Finds them, each once, in the order named and sorted within; throws `FILE_NOT_FOUND` and `USAGE`. */
export async function findGlbs(named: readonly string[], folders: Folders): Promise<readonly FoundFile[]> {
  const found = new Map<string, FoundFile>();
  for (const name of named) {
    for (const file of await findOne(name, folders)) {
      if (!found.has(file.place)) found.set(file.place, file);
    }
  }
  return [...found.values()];
}

async function findOne(name: string, { from, shownFrom }: Folders): Promise<readonly FoundFile[]> {
  const place = path.resolve(from, name);
  const at = await stat(place).catch(() => undefined);
  const make = (file: string, within: string): FoundFile => ({ path: shownPath(file, shownFrom), place: file, within });
  if (at?.isDirectory()) {
    const inside = await walk(place, '');
    return inside.filter((file) => isGlb(file)).map((file) => make(path.join(place, file), file));
  }
  if (at?.isFile()) {
    if (/\.glb$/i.test(name)) return [make(place, path.basename(place))];
    throw new BotError('USAGE', 'this is not a .glb file.', {
      at: name,
      hint: /\.gltf$/i.test(name) ? 'Pack it first: `npx @gltf-transform/cli copy in.gltf out.glb`.' : '',
    });
  }
  // Only now: a name that exists is a name, whatever signs are in it.
  const { base, pattern } = splitGlob(name);
  if (at === undefined && pattern !== '') {
    const root = path.resolve(from, base);
    const inside = await walk(root, '').catch(() => []);
    const matching = inside.filter(
      (file) => isGlb(file) && minimatch(file, pattern, { dot: true, nocomment: true, nonegate: true }),
    );
    if (matching.length > 0) return matching.map((file) => make(path.join(root, file), file));
    throw new BotError('FILE_NOT_FOUND', 'the pattern matches no .glb file.', {
      at: name,
      hint: 'Put it in quotes, so that the shell leaves it alone.',
    });
  }
  throw new BotError(
    'FILE_NOT_FOUND',
    at === undefined ? 'there is no such file.' : 'this is neither a file nor a folder.',
    { at: name },
  );
}

// `models/**/*.glb` is walked from models.
function splitGlob(name: string): { base: string; pattern: string } {
  const parts = name.split('/');
  const first = parts.findIndex((part) => /[*?[\]{}]/.test(part));
  if (first < 0) return { base: name, pattern: '' };
  return {
    base: parts.slice(0, first).join('/') || (name.startsWith('/') ? '/' : '.'),
    pattern: parts.slice(first).join('/'),
  };
}

// Regular files below a folder, sorted, with `/` between the parts.
async function walk(root: string, below: string): Promise<readonly string[]> {
  const entries = await readdir(path.join(root, below), { withFileTypes: true });
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  const files: string[] = [];
  for (const entry of entries) {
    const name = below === '' ? entry.name : `${below}/${entry.name}`;
    if (entry.isFile()) files.push(name);
    else if (entry.isDirectory() && !SKIPPED_FOLDERS.has(entry.name)) files.push(...(await walk(root, name)));
  }
  return files;
}

/** A path as people see it: relative to the folder when it is inside, else absolute; `/` between the parts. */
export function shownPath(place: string, folder: string): string {
  const relative = path.relative(folder, place);
  const isInside = relative !== '' && !relative.startsWith('..') && !path.isAbsolute(relative);
  return (isInside ? relative : place).replaceAll(path.sep, '/');
}

/** The file itself behind any symlinks, when it is a regular file inside the folder; undefined otherwise. */
export async function realFileInside(place: string, folder: string): Promise<string | undefined> {
  try {
    const [real, root] = await Promise.all([realpath(place), realpath(folder)]);
    const isInside = real.startsWith(root.endsWith(path.sep) ? root : root + path.sep);
    return isInside && (await lstat(real)).isFile() ? real : undefined;
  } catch {
    return undefined;
  }
}
