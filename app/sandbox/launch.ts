/** Starts the program of a child with nothing of ours: no environment, no descriptor, no folder but its own. */
import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, open, readdir, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Walls } from './walls.ts';
import type { SandboxLimits } from './watch.ts';

/** The program of the child, beside this file: `child.ts` from the sources, `child.js` from dist. */
export const CHILD_PATH = fileURLToPath(new URL(`child${path.extname(import.meta.url)}`, import.meta.url));

/** A process that was started, and may not be ready yet. */
export interface Launched {
  readonly walls: Walls;
  readonly child: ChildProcess;
  /** Its own; gone with it. */
  readonly folder: string;
  /** Says how it ended, when all its streams are read to the end. */
  readonly ended: Promise<string>;
}

/** Starts it in a folder of its own, behind these walls. Its conversation is descriptor 3. */
export async function launch(walls: Walls, limits: SandboxLimits, childPath: string): Promise<Launched> {
  const folder = await realpath(await mkdtemp(path.join(tmpdir(), 'glb-optimizer-')));
  try {
    return { walls, folder, ...(await spawnIn(folder, walls, limits, childPath)) };
  } catch (thrown) {
    await rm(folder, { recursive: true, force: true }).catch(() => {});
    throw thrown;
  }
}

/** Listens at once: that it could not be started is said in the next turn already, and ends this process where nobody hears it. */
function endOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (cause) => resolve(`it cannot be started: ${cause.message}`));
    child.once('close', (code, signal) => resolve(`it ended by itself (${signal ?? `exit code ${code}`})`));
  });
}

/** Removes what a process leaves that was killed. */
export async function bury({ child, folder, ended }: Launched): Promise<void> {
  // One whose outer process died before it was bound to it ends by this, when it comes to itself.
  connectionOf(child)?.destroy();
  // Nor does it keep us by what it may complain about.
  child.stderr?.destroy();
  await ended;
  await rm(folder, { recursive: true, force: true }).catch(() => {});
}

/** Descriptor 3; undefined also where there were no descriptors left for it. */
export function connectionOf(child: ChildProcess): ChildProcess['stdio'][3] | undefined {
  const stdio: ChildProcess['stdio'] | undefined = child.stdio;
  return stdio?.[3];
}

async function spawnIn(
  folder: string,
  walls: Walls,
  limits: SandboxLimits,
  childPath: string,
): Promise<Pick<Launched, 'child' | 'ended'>> {
  const [program = process.execPath, ...words] = [
    ...walls.prefix,
    process.execPath,
    ...(await nodeFlags(folder, limits, childPath)),
    childPath,
  ];
  const nothing = await open(process.platform === 'win32' ? 'NUL' : '/dev/null', 'r');
  try {
    const stdio = await descriptors(nothing.fd);
    const child = spawn(program, words, { cwd: folder, env: environmentOf(folder), stdio, windowsHide: true });
    return { child, ended: endOf(child) };
  } finally {
    await nothing.close();
  }
}

/** Nothing of ours, only where temporary files go. */
function environmentOf(folder: string): Record<string, string> {
  return process.platform === 'win32' ? { TEMP: folder, TMP: folder } : { TMPDIR: folder };
}

/**
 * Nothing in, nothing out, what it complains about, and the conversation. Descriptors that whoever started this process
 * left open for all programs to come would be inherited: nothing stands in their place.
 */
async function descriptors(nothing: number): Promise<StdioOptions> {
  const ours: (number | 'ignore' | 'pipe' | 'overlapped')[] = ['ignore', 'ignore', 'pipe', 'overlapped'];
  for (const fd of await inheritable()) {
    while (ours.length <= fd) ours.push('ignore');
    if (fd > 3) ours[fd] = nothing;
  }
  return ours;
}

// The bit that closes a descriptor when another program is started. [fcntl.h, O_CLOEXEC on Linux]
const CLOSED_ON_EXEC = 0o2000000;

async function inheritable(): Promise<readonly number[]> {
  const names = await readdir('/proc/self/fdinfo').catch(() => []);
  const all = await Promise.all(
    names.map(async (name) => {
      const text = await readFile(`/proc/self/fdinfo/${name}`, 'latin1').catch(() => '');
      const flags = /^flags:\s*([0-7]+)/m.exec(text)?.[1];
      return flags !== undefined && (Number.parseInt(flags, 8) & CLOSED_ON_EXEC) === 0 ? [Number(name)] : [];
    }),
  );
  return all.flat();
}

/** The permission model keeps JavaScript from files and processes; native code is kept by the walls. */
async function nodeFlags(folder: string, limits: SandboxLimits, childPath: string): Promise<readonly string[]> {
  return [
    '--permission',
    '--allow-addons',
    ...[...(await readableFolders(childPath)), folder].map((place) => `--allow-fs-read=${place}`),
    `--allow-fs-write=${folder}`,
    `--max-old-space-size=${Math.floor(limits.memoryByteLength / 2 ** 20)}`,
    '--no-warnings',
  ];
}

/** The package of the child, and every node_modules that Node looks into from there. */
async function readableFolders(childPath: string): Promise<ReadonlySet<string>> {
  const own = path.dirname(await realpath(childPath));
  const upward: string[] = [own];
  for (let at = own; path.dirname(at) !== at; at = path.dirname(at)) upward.push(path.dirname(at));
  const root = upward.find((place) => existsSync(path.join(place, 'package.json'))) ?? own;
  const readable = new Set([root]);
  for (const place of upward.map((folder) => path.join(folder, 'node_modules'))) {
    const real = await realpath(place).catch(() => undefined);
    if (real !== undefined) readable.add(place).add(real);
  }
  return readable;
}
