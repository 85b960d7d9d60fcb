/** sharp and libvips beside the bundle: native where most runners are, WebAssembly everywhere else. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { copyFolder } from './bundle.ts';

const run = promisify(execFile);

/** What sharp needs wherever it runs. */
const PLAIN = ['sharp', '@img/colour', 'detect-libc', 'semver'];

/**
 * A tag is one tree for all runners, and all of them download all of it, so a platform costs everybody 18.5 MB. Linux has
 * its native code on both processors; macOS, Windows and musl take the WebAssembly build, which is 2.2 times slower for images
 * and 9 MB once. sharp chooses at start: the native package of the platform if it is there, else WebAssembly.
 */
const NATIVE = [
  '@img/sharp-linux-x64',
  '@img/sharp-libvips-linux-x64',
  '@img/sharp-linux-arm64',
  '@img/sharp-libvips-linux-arm64',
  '@img/sharp-wasm32',
  '@img/sharp-wasm32/node_modules/@emnapi/runtime',
];

interface Locked {
  readonly version: string;
  readonly integrity: string;
}

/** The lockfile's entry of a package. */
async function lockedAs(root: string, name: string): Promise<Locked> {
  const lock: { packages: Record<string, Partial<Locked>> } = JSON.parse(
    await readFile(path.join(root, 'package-lock.json'), 'utf8'),
  );
  const { version, integrity } = lock.packages[`node_modules/${name}`] ?? {};
  if (version === undefined || integrity === undefined) throw new Error(`package-lock.json has no ${name}`);
  return { version, integrity };
}

/**
 * Lays sharp into `<out>/dist/node_modules`. `here` takes only what this machine has installed and needs no network;
 * `all` gets the other platforms through npm, and takes them only if they are what the lockfile says. Returns their names.
 */
export async function vendorSharp(root: string, out: string, which: 'all' | 'here'): Promise<readonly string[]> {
  const vendored: string[] = [];
  for (const name of [...PLAIN, ...NATIVE]) {
    const to = path.join(out, 'dist/node_modules', name);
    const installed = path.join(root, 'node_modules', name);
    if (existsSync(installed)) await copyFolder(installed, to, isNeeded);
    else if (which === 'all') await fetchLocked(root, name, to);
    else continue;
    vendored.push(name);
  }
  return vendored;
}

/** Without sources, headers, types, and CommonJS twins of modules. */
function isNeeded(name: string): boolean {
  if (/\.(d\.[cm]?ts|h|cc|gyp|map)$/.test(name) || /^(src|install|bin|range\.bnf)\b/.test(name)) return false;
  if (name.startsWith('node_modules/')) return false;
  // sharp's own: the bundle imports it, nobody requires it.
  return !/^dist\/.*\.cjs$/.test(name);
}

async function fetchLocked(root: string, name: string, to: string): Promise<void> {
  const { version, integrity } = await lockedAs(root, name);
  const packageName = name.split('node_modules/').at(-1) ?? name;
  const folder = await mkdtemp(path.join(tmpdir(), 'glb-optimizer-native-'));
  try {
    const { stdout } = await run(
      'npm',
      ['pack', '--silent', '--pack-destination', folder, `${packageName}@${version}`],
      {
        cwd: folder,
      },
    );
    const archive = path.join(folder, stdout.trim());
    const digest = `sha512-${createHash('sha512')
      .update(await readFile(archive))
      .digest('base64')}`;
    if (digest !== integrity) throw new Error(`${packageName}@${version} is ${digest}, the lockfile says ${integrity}`);
    await mkdir(path.join(folder, 'unpacked'));
    await run('tar', ['-xzf', archive, '-C', path.join(folder, 'unpacked')]);
    await copyFolder(path.join(folder, 'unpacked/package'), to, isNeeded);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
