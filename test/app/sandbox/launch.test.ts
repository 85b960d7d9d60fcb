/** What cannot be started is said by whoever asks for it, and ends nobody else. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { openCell } from '../../../app/sandbox/cell.ts';
import { CHILD_PATH, launch } from '../../../app/sandbox/launch.ts';
import { limitsOf } from '../../../app/sandbox/watch.ts';
import { LIMITS } from '../../../src/index.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'glb launch '));
  vi.stubEnv('TMPDIR', folder);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

it('says that it cannot be started, and leaves nothing', async () => {
  const limits = { ...limitsOf(LIMITS), answerByteLength: 1024 };
  const walls = { isIsolated: false, hasNoNewPrivileges: false, hasKernelLimit: false };
  const prefix = [path.join(folder, 'there is no such program')];
  // A failed start that nobody hears is an uncaught exception, which fails the run.
  const launched = await launch({ ...walls, prefix }, limits, CHILD_PATH);
  await expect(openCell(launched, limits)).rejects.toThrow(/cannot be started: .*ENOENT/);
  expect(readdirSync(folder)).toEqual([]);
});
