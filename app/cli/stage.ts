/** What every command works with: the terminal, the clock, the way to stop, and the adapters that options choose. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { BotError, type Limits, messageOf, type Renderer } from '../../src/index.ts';
import { noRenderer } from '../renderer/none.ts';
import type { Ahead } from '../sandbox/ahead.ts';
import type { ReadableGlb } from '../sandbox/desk.ts';
import { openSandbox, type Sandbox } from '../sandbox/pool.ts';
import { readLimits } from '../settings/limits.ts';
import type { SharedOptions } from './options.ts';
import type { Terminal } from './terminal.ts';

/** Given to each command. */
export interface Stage {
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
  /** Milliseconds, monotonic. */
  readonly now: () => number;
  /** A process for the first file, started before the command was loaded. */
  readonly ahead?: Ahead;
}

/** Chromium, or none, with why. Close it. */
export async function openRenderer(stage: Stage, options: SharedOptions): Promise<Renderer> {
  if (!options.render) return noRenderer('--no-render was given');
  // Loaded for those who want pictures.
  const { chromiumRenderer } = await import('../renderer/chromium.ts');
  const { environment, concurrency } = stage.terminal.settings;
  try {
    return chromiumRenderer({ env: environment, poolSize: options.concurrency ?? concurrency });
  } catch (thrown) {
    stage.terminal.err(`note: no pictures, and no visual check: ${messageOf(thrown)}\n`);
    return noRenderer(messageOf(thrown));
  }
}

/** The operator's limits on files, from the environment. */
export function fileLimitsOf({ terminal }: Stage): Limits {
  return readLimits(terminal.settings.environment).file;
}

/** Processes for so many assets at once, within the limits of the environment; the first one starts now. Close it. */
export function openLimitedSandbox({ terminal, ahead }: Stage, assetCount: number): Sandbox {
  const limits = readLimits(terminal.settings.environment);
  const first = ahead === undefined ? {} : { ahead };
  return openSandbox({ fileLimits: limits.file, limits: limits.process, mostAtOnce: assetCount, ...first });
}

/** What is in a file, seen by a process of its own: whoever looks into a file need not trust it. */
export async function inspectApart(stage: Stage, file: ReadableGlb): ReturnType<Sandbox['inspect']> {
  const sandbox = openLimitedSandbox(stage, 1);
  try {
    return await sandbox.inspect(file, stage.signal);
  } finally {
    await sandbox.close();
  }
}

/** The policy of `--policy`; undefined when none was named. */
export async function readPolicyOption(
  stage: Stage,
  options: SharedOptions,
): Promise<{ readonly path: string; readonly text: string } | undefined> {
  if (options.policy === undefined) return undefined;
  return { path: options.policy, text: await readNamedFile(stage, `--policy ${options.policy}`, options.policy) };
}

/** The text of a file that the user named. */
export async function readNamedFile(stage: Stage, at: string, name: string): Promise<string> {
  try {
    return await readFile(path.resolve(stage.terminal.settings.folder, name), 'utf8');
  } catch (cause) {
    const isMissing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    const why = isMissing ? 'there is no such file.' : `the file cannot be read: ${messageOf(cause)}.`;
    throw new BotError('FILE_NOT_FOUND', why, { at, cause });
  }
}
