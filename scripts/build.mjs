// Builds dist/: the viewer's pages with their decoders, environment and font; the library and the program as JavaScript; the schemas.
// Runs without network, also as `prepare` of `npm ci`.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, copyFile, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'vite';
import { VIEWER_ENTRIES, viewerConfig } from '../vite.config.ts';
import { licencesOf, packagesIn } from './package/licences.ts';
import { bundleProgram } from './package/program.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
// Built aside and moved into place, so that a renderer that starts meanwhile finds the old files or the new ones.
const built = path.join(root, 'dist/viewer');
const viewer = path.join(root, `dist/viewer-${process.pid}`);
const require = createRequire(import.meta.url);
const three = path.dirname(path.dirname(require.resolve('three')));
const libs = path.join(three, 'examples/jsm/libs');
const uplot = path.dirname(path.dirname(require.resolve('uplot')));
const inter = path.dirname(require.resolve('@fontsource-variable/inter/package.json'));

/** From where to which name in dist/viewer. */
const FILES = [
  ...['headless.html', 'compare.html', 'font.css', 'icon.svg'].map((name) => [path.join(root, 'viewer', name), name]),
  [path.join(root, 'viewer/assets/environment.bin'), 'environment.bin'],
  [path.join(libs, 'draco/gltf/draco_wasm_wrapper.js'), 'draco_wasm_wrapper.js'],
  [path.join(libs, 'draco/gltf/draco_decoder.wasm'), 'draco_decoder.wasm'],
  [path.join(libs, 'basis/basis_transcoder.js'), 'basis_transcoder.js'],
  [path.join(libs, 'basis/basis_transcoder.wasm'), 'basis_transcoder.wasm'],
  [path.join(inter, 'files/inter-latin-wght-normal.woff2'), 'inter.woff2'],
  [path.join(inter, 'LICENSE'), 'inter.LICENSE.txt'],
  [path.join(three, 'LICENSE'), 'three.LICENSE.txt'],
  [path.join(uplot, 'LICENSE'), 'uplot.LICENSE.txt'],
];

/** Pages that are one shell with a script of their own: name and title. */
const PAGES = [
  ['dashboard', 'Dashboard – GLB Optimizer'],
  ['upload', 'Optimize a model – GLB Optimizer'],
];

const run = promisify(execFile);

async function buildViewer() {
  await mkdir(viewer, { recursive: true });
  await Promise.all(FILES.map(([from, name]) => copyFile(from, path.join(viewer, name))));
  const page = await readFile(path.join(root, 'viewer/page.html'), 'utf8');
  for (const [name, title] of PAGES) {
    const text = page.replaceAll('PAGE_NAME', name).replaceAll('PAGE_TITLE', title);
    await writeFile(path.join(viewer, `${name}.html`), text);
  }
  const entries = VIEWER_ENTRIES.filter((entry) => existsSync(path.join(root, entry.source)));
  await Promise.all(entries.map((entry) => build(viewerConfig(entry, viewer))));
  // The single-file report: its shell, into which the report is written.
  const shell = path.join(root, 'viewer/report.html');
  if (existsSync(shell)) await copyFile(shell, path.join(viewer, 'report.html'));
  await rm(built, { recursive: true, force: true });
  await rename(viewer, built);
}

async function buildProgram() {
  await rm(path.join(root, 'dist/src'), { recursive: true, force: true });
  await rm(path.join(root, 'dist/app'), { recursive: true, force: true });
  const app = path.join(root, 'dist/app');
  const tsc = path.join(path.dirname(require.resolve('typescript/package.json')), 'bin/tsc');
  const [metafile] = await Promise.all([
    bundleProgram(root, app),
    run(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { cwd: root }).catch((failure) => {
      throw new Error(`tsc:\n${failure.stdout ?? failure.message}`);
    }),
  ]);
  const folders = packagesIn(metafile).map((folder) => path.join(root, folder));
  await writeFile(path.join(app, 'THIRD-PARTY-LICENSES.txt'), await licencesOf(folders));
  // npm marks the command as a program when it links it, not when it is built again.
  await chmod(path.join(app, 'cli.js'), 0o755);
}

async function writeSchemas() {
  const script = path.join(root, 'scripts/write-schemas.ts');
  if (existsSync(script)) await run(process.execPath, [script], { cwd: root });
}

const only = process.argv[2];
const started = performance.now();
if (only === 'viewer') await buildViewer();
else if (only === 'program') await buildProgram();
else await Promise.all([buildViewer(), buildProgram().then(writeSchemas)]);
console.log(`built dist/ in ${((performance.now() - started) / 1000).toFixed(1)} s`);
