/** A process that was started ahead and that nobody takes is gone, at whatever moment of its start. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { startAhead } from '../../../app/sandbox/ahead.ts';
import { openSandbox } from '../../../app/sandbox/pool.ts';
import { LIMITS } from '../../../src/index.ts';
import { houseScene } from '../../house-scene.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'glb ahead '));
  vi.stubEnv('TMPDIR', folder);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

/** The processes whose command line names the folder. */
function running(): readonly string[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc').filter((name) => {
    try {
      return /^\d+$/.test(name) && readFileSync(`/proc/${name}/cmdline`, 'utf8').includes(folder);
    } catch {
      return false;
    }
  });
}

// The outer process may die before the inner one is bound to it: that one has to see by itself that nobody is there.
it.each([0, 1, 2, 4, 8, 16, 32])('is ended %i ms after it was started', { timeout: 30_000 }, async (afterMs) => {
  for (let time = 0; time < 4; time++) {
    const ahead = startAhead(LIMITS, {});
    await ahead.started;
    if (afterMs > 0) await new Promise((resolve) => setTimeout(resolve, afterMs));
    await ahead.end();
    expect(ahead.take()).toBeUndefined();
  }
  expect(readdirSync(folder)).toEqual([]);
  await expect.poll(running, { timeout: 10_000 }).toEqual([]);
});

it('is the first process of a sandbox', { timeout: 30_000 }, async () => {
  const ahead = startAhead(LIMITS, {});
  await ahead.started;
  const [own, ...others] = readdirSync(folder);
  const sandbox = openSandbox({ mostAtOnce: 1, ahead });
  try {
    const file = { bytes: (await houseScene()).bytes(), readSibling: async () => ({ kind: 'missing' }) as const };
    const { inspection } = await sandbox.inspect(file, new AbortController().signal);
    expect(inspection.stats?.triangleCount).toBeGreaterThan(0);
    expect([own, others]).toEqual([expect.stringMatching(/^glb-optimizer-/), []]);
    expect(ahead.take()).toBeUndefined();
  } finally {
    await sandbox.close();
    await ahead.end();
  }
  expect(readdirSync(folder)).toEqual([]);
});
