/** Runs a command as a whole process and tells what it cost, as the operating system counts it. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { COUNTING_SHELL, cpuMsOf, watchMemory } from './process-tree.ts';

/** The cost of one command. On Linux with all processes that it started; elsewhere of itself alone. */
export interface Cost {
  readonly exitCode: number | null;
  readonly wallMs: number;
  /** User and system time, all threads. */
  readonly cpuMs: number;
  /** Peak resident memory in bytes; what processes share counts for each. */
  readonly peakBytes: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Where a command runs. */
export interface Surroundings {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

const PROBE = fileURLToPath(new URL('usage-probe.mjs', import.meta.url));

/** Runs a Node program with arguments. */
export async function runNode(program: string, args: readonly string[], around: Surroundings = {}): Promise<Cost> {
  const folder = mkdtempSync(path.join(tmpdir(), 'glb-bench-'));
  const [usageFile, treeFile] = [path.join(folder, 'usage.json'), path.join(folder, 'tree')];
  const hasTree = process.platform === 'linux';
  const [command = '', ...words] = [
    ...(hasTree ? COUNTING_SHELL : []),
    process.execPath,
    ...(hasTree ? [] : ['--import', PROBE]),
    program,
    ...args,
  ];
  const startedMs = performance.now();
  const child = spawn(command, words, {
    ...(around.cwd === undefined ? {} : { cwd: around.cwd }),
    env: { ...process.env, ...around.env, BENCH_USAGE_FILE: usageFile, BENCH_TREE_FILE: treeFile },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const memory = hasTree && child.pid !== undefined ? watchMemory(child.pid) : undefined;
  const [stdout, stderr] = [textOf(child.stdout), textOf(child.stderr)];
  const exitCode = await new Promise<number | null>((resolve) => child.on('close', resolve));
  const wallMs = performance.now() - startedMs;
  const cost = memory ? { cpuMs: cpuMsOf(treeFile), peakBytes: memory.stop() } : usageIn(usageFile);
  rmSync(folder, { recursive: true });
  return { exitCode, wallMs, ...cost, stdout: await stdout, stderr: await stderr };
}

function usageIn(file: string): Pick<Cost, 'cpuMs' | 'peakBytes'> {
  const usage = JSON.parse(readFileSync(file, 'utf8')) as Record<'maxRSS' | 'userCPUTime' | 'systemCPUTime', number>;
  // Node gives microseconds and kibibytes.
  return { cpuMs: (usage.userCPUTime + usage.systemCPUTime) / 1000, peakBytes: usage.maxRSS * 1024 };
}

async function textOf(stream: NodeJS.ReadableStream): Promise<string> {
  let text = '';
  for await (const part of stream) text += part;
  return text;
}
