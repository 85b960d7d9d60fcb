/** The licences of everything that a release holds and that is not ours. */
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Metafile } from 'esbuild';

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
}

/** The folders of the packages that a bundle took files from, relative to the root. */
export function packagesIn(metafile: Metafile): readonly string[] {
  const folders = Object.keys(metafile.inputs).flatMap((file) => {
    const [, folder] = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file) ?? [];
    return folder === undefined ? [] : [folder];
  });
  return [...new Set(folders)].sort();
}

/** One text: every package with its version and licence, and each licence text once, under all that it holds for. */
export async function licencesOf(folders: readonly string[]): Promise<string> {
  const texts = new Map<string, string[]>();
  for (const folder of [...folders].sort()) {
    const manifest: Manifest = JSON.parse(await readFile(path.join(folder, 'package.json'), 'utf8'));
    const title = `${manifest.name} ${manifest.version} (${manifest.license ?? 'see below'})`;
    const text = await textOf(folder);
    const titles = texts.get(text) ?? [];
    if (!titles.includes(title)) titles.push(title);
    texts.set(text, titles);
  }
  const sections = [...texts].map(([text, titles]) => `${titles.join('\n')}\n\n${text}`);
  return `What this release holds that is not ours, and under which licence.\n\n${sections.join(`\n\n${'-'.repeat(80)}\n\n`)}\n`;
}

/** Licence and notice files; of packages that ship none, what their README says about it. */
async function textOf(folder: string): Promise<string> {
  if (!existsSync(folder)) throw new Error(`there is no ${folder}`);
  const names = (await readdir(folder))
    .filter((name) => /^(licen[cs]e|notice|copying|third_party_notices)/i.test(name))
    .sort();
  const files = await Promise.all(names.map((name) => readFile(path.join(folder, name), 'utf8')));
  if (files.length > 0) return files.map((text) => text.trim()).join('\n\n');
  const readme = path.join(folder, 'README.md');
  const [, section = ''] = existsSync(readme)
    ? (/^#+ *licen[cs](?:e|ing)[^\n]*\n([\s\S]*?)(?=^#|(?![\s\S]))/im.exec(await readFile(readme, 'utf8')) ?? [])
    : [];
  return section.trim() === ''
    ? 'The package ships no licence text; its manifest names the licence above.'
    : section.trim();
}
