/** Where `keep-original` puts a source aside, and what such a path was kept for. */
import type { KeepOriginal } from './policy.ts';

const FOLDER = '.glb-originals/';

/** Where the source of an asset stays besides; null when it does not. */
export function keptPath(path: string, keep: KeepOriginal): string | null {
  if (keep === 'suffix') return path.replace(/\.glb$/i, '.original.glb');
  return keep === 'folder' ? `${FOLDER}${path}` : null;
}

/** The assets whose source could be kept under this path, each with the setting that would do it: a name alone proves nothing. */
export function keptFor(path: string): readonly { readonly path: string; readonly keep: KeepOriginal }[] {
  const found: { path: string; keep: KeepOriginal }[] = [];
  if (path.startsWith(FOLDER)) found.push({ path: path.slice(FOLDER.length), keep: 'folder' });
  const stem = /^(.*)\.original\.glb$/s.exec(path)?.[1];
  if (stem !== undefined) for (const end of ['.glb', '.GLB']) found.push({ path: `${stem}${end}`, keep: 'suffix' });
  return found.filter((one) => keptPath(one.path, one.keep) === path);
}
