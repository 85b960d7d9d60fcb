/** How long the service takes to start. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort } from '../../test/doubles/servers.ts';

/** From nothing to `/health/ready` on the embedded default, in milliseconds; `program` is the command line's file. */
export async function startTime(program: string): Promise<number> {
  const folder = mkdtempSync(path.join(tmpdir(), 'glb-bench-start-'));
  const port = await freePort();
  const startedMs = performance.now();
  const child = spawn(process.execPath, [program, 'serve'], {
    env: { PATH: process.env.PATH, DATA_DIR: folder, PORT: String(port) },
    stdio: 'ignore',
  });
  for (let isLive = false; !isLive; ) {
    isLive = await fetch(`http://127.0.0.1:${port}/health/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (!isLive) await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const tookMs = performance.now() - startedMs;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await ended;
  rmSync(folder, { recursive: true, force: true });
  return tookMs;
}
