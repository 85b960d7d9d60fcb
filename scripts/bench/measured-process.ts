/** Runs a command as a whole process and tells what it cost, as the operating system counts it. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The cost of one process. */
export interface Cost {
  readonly exitCode: number | null;
  readonly wallMs: number;
  /** User and system time, all threads. */
  readonly cpuMs: number;
  /** Peak resident memory in bytes, of the process itself. */
  readonly peakBytes: number;
  readonly stdout: string;
  readonly stderr: string;
}

const PROBE = fileURLToPath(new URL('usage-probe.mjs', import.meta.url));

/** Runs a Node program with arguments; a probe loaded into it writes its resource usage at exit. */
export async function runNode(program: string, args: readonly string[]): Promise<Cost> {
  const folder = mkdtempSync(path.join(tmpdir(), 'glb-bench-'));
  const usageFile = path.join(folder, 'usage.json');
  const started = performance.now();
  const child = spawn(process.execPath, ['--import', PROBE, program, ...args], {
    env: { ...process.env, BENCH_USAGE_FILE: usageFile },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [stdout, stderr] = [textOf(child.stdout), textOf(child.stderr)];
  const exitCode = await new Promise<number | null>((resolve) => child.on('close', resolve));
  const wallMs = performance.now() - started;
  const usage = JSON.parse(readFileSync(usageFile, 'utf8')) as {
    maxRSS: number;
    userCPUTime: number;
    systemCPUTime: number;
  };
  rmSync(folder, { recursive: true });
  return {
    exitCode,
    wallMs,
    // Node gives microseconds and kibibytes.
    cpuMs: (usage.userCPUTime + usage.systemCPUTime) / 1000,
    peakBytes: usage.maxRSS * 1024,
    stdout: await stdout,
    stderr: await stderr,
  };
}

async function textOf(stream: NodeJS.ReadableStream): Promise<string> {
  let text = '';
  for await (const part of stream) text += part;
  return text;
}
