/** `npm run package`: makes release/, everything that the Action's tag holds and nothing else. `--here` needs no network. */
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { formatBytes, TOOL } from '../src/index.ts';
import { bundle } from './package/bundle.ts';
import { licencesOf, packagesIn } from './package/licences.ts';
import { vendorSharp } from './package/natives.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** The Action's main file, and the child process for assets, which is looked for beside the code that starts it. */
const ENTRIES = { action: 'app/action.ts', child: 'app/sandbox/child.ts' };

/** The viewer's own parts, which its bundle carries. */
const VIEWER_PACKAGES = ['three', '@fontsource-variable/inter'];

/** A hosted runner downloads the whole tag before each job. */
export const RELEASE_LIMIT_BYTES = 60_000_000;

/** Makes the release in a folder that is emptied first; needs the built viewer. Returns its size in bytes. */
export async function makeRelease(out: string, which: 'all' | 'here'): Promise<number> {
  if (!existsSync(path.join(ROOT, 'dist/viewer/headless.js')))
    throw new Error('the viewer is not built: npm run build');
  await rm(out, { recursive: true, force: true });
  await mkdir(out, { recursive: true });
  const metafile = await bundle(ROOT, ENTRIES, out);
  const vendored = await vendorSharp(ROOT, out, which);
  const folders = [
    ...packagesIn(metafile).map((folder) => path.join(ROOT, folder)),
    ...VIEWER_PACKAGES.map((name) => path.join(ROOT, 'node_modules', name)),
    ...vendored.map((name) => path.join(out, 'dist/node_modules', name)),
  ];
  await writeFile(path.join(out, 'THIRD-PARTY-LICENSES.txt'), await licencesOf(folders));
  for (const name of ['action.yml', 'README.md', 'LICENSE'])
    await copyFile(path.join(ROOT, name), path.join(out, name));
  // Node reads from here that the files are ES modules.
  const manifest = { name: TOOL.name, version: TOOL.version, license: 'MIT', private: true, type: 'module' };
  await writeFile(path.join(out, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  return sizeOf(out);
}

async function sizeOf(folder: string): Promise<number> {
  let byteLength = 0;
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) byteLength += (await stat(path.join(entry.parentPath, entry.name))).size;
  }
  return byteLength;
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { out: { type: 'string' }, here: { type: 'boolean', default: false } } });
  const out = path.resolve(ROOT, values.out ?? 'release');
  const byteLength = await makeRelease(out, values.here ? 'here' : 'all');
  console.log(
    `${path.relative(process.cwd(), out)}: ${formatBytes(byteLength)} of at most ${formatBytes(RELEASE_LIMIT_BYTES)}`,
  );
  if (byteLength > RELEASE_LIMIT_BYTES) process.exitCode = 1;
}
