/**
 * `npm run try:pack`: packs the package and uses it as a stranger would, in empty folders on Node 22 and 24. Needs the npm
 * registry, or a warm cache of it.
 */
import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { formatBytes } from '../src/index.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const NODES = ['22', '24'];

/** A consumer of the library, checked against the published types without skipLibCheck. */
const CONSUMER = `import { inspectGlb, type Inspection } from 'glb-optimizer';
import { readFile } from 'node:fs/promises';
const inspection: Inspection = await inspectGlb(new Uint8Array(await readFile('fox.glb')), new Map());
console.log(inspection.stats?.triangleCount);
`;

const home = mkdtempSync(path.join(tmpdir(), 'glb-optimizer-pack-'));
try {
  const archive = path.join(
    home,
    run(ROOT, 'npm', ['pack', '--silent', '--pack-destination', home]).trim().split('\n').at(-1) ?? '',
  );
  console.log(`${path.basename(archive)}: ${formatBytes(statSync(archive).size)}`);
  for (const version of NODES) tryOn(version, archive);
} finally {
  rmSync(home, { recursive: true, force: true });
}

function tryOn(version: string, archive: string): void {
  const bin = nodeOf(version);
  const folder = path.join(home, `empty-${version}`);
  mkdirSync(folder);
  copyFileSync(path.join(ROOT, 'test/assets/fox.glb'), path.join(folder, 'fox.glb'));
  writeFileSync(path.join(folder, 'package.json'), '{ "name": "empty", "private": true, "type": "module" }\n');
  const here = (command: string, args: readonly string[]) => run(folder, command, args, bin);
  here('npm', ['install', '--silent', '--no-audit', '--no-fund', '--prefer-offline', archive]);
  const node = here('node', ['--version']).trim();
  const said = here('npx', ['--no-install', 'glb-optimizer', 'optimize', 'fox.glb', '--quiet', '--no-render']);
  if (!existsSync(path.join(folder, 'fox.optimized.glb'))) throw new Error(`${node}: nothing was written:\n${said}`);
  const drawn = here('npx', ['--no-install', 'glb-optimizer', 'render', 'fox.glb', '-o', 'fox.png']);
  writeFileSync(path.join(folder, 'use.ts'), CONSUMER);
  const triangles = here('node', [
    '--input-type=module',
    '-e',
    CONSUMER.replace(', type Inspection', '').replace(': Inspection', ''),
  ]);
  run(folder, process.execPath, [
    path.join(ROOT, 'node_modules/typescript/bin/tsc'),
    '--noEmit',
    '--strict',
    '--module',
    'nodenext',
    '--target',
    'es2024',
    '--lib',
    'es2024,esnext.disposable,dom',
    '--types',
    'node',
    '--typeRoots',
    path.join(ROOT, 'node_modules/@types'),
    'use.ts',
  ]);
  const strangers = readdirSync(path.join(folder, 'node_modules/glb-optimizer'), {
    recursive: true,
    encoding: 'utf8',
  }).filter((name) => /^(?!docs\/).*(^|\/)(test|scripts|release|action)(\/|\.|$)|\.tsbuildinfo$/.test(name));
  if (strangers.length > 0) throw new Error(`${node}: the package holds ${strangers.join(', ')}`);
  console.log(
    `Node ${node}: installs, optimizes, draws (${drawn.trim()}), ${triangles.trim()} triangles through its types.`,
  );
}

/** A folder with that Node; the package of npm's registry brings it. */
function nodeOf(version: string): string {
  const folder = path.join(home, `node-${version}`);
  mkdirSync(folder);
  writeFileSync(path.join(folder, 'package.json'), '{ "private": true, "allowScripts": { "node": true } }');
  run(folder, 'npm', ['install', '--silent', '--no-audit', '--no-fund', '--prefer-offline', `node@${version}`]);
  return path.join(folder, 'node_modules/node/bin');
}

function run(folder: string, command: string, args: readonly string[], bin?: string): string {
  // Without the PATH and the settings that `npm run` has added: they would bring Node 24 back.
  const clean = Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name));
  const places = (process.env.PATH ?? '').split(path.delimiter).filter((place) => !place.includes('node_modules'));
  const env = {
    ...Object.fromEntries(clean),
    PATH: [...(bin === undefined ? [] : [bin]), ...places].join(path.delimiter),
  };
  try {
    return execFileSync(command, args, { cwd: folder, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (failure) {
    const { stdout = '', stderr = '' } = failure as { stdout?: string; stderr?: string };
    throw new Error(`${command} ${args.join(' ')} failed:\n${stdout}${stderr}`, { cause: failure });
  }
}
