/** How many processes there are: as many as will be needed, and no more. */
import { expect, it } from 'vitest';
import { openSandbox } from '../../../app/sandbox/pool.ts';
import { houseScene } from '../../house-scene.ts';

// A spare that nobody will take costs as much as a small file.
it('has one process for who has one file', async () => {
  const sandbox = openSandbox({ mostAtOnce: 1 });
  const seen = new Set<number>();
  const look = setInterval(() => {
    for (const pid of sandbox.pids()) seen.add(pid);
  }, 5);
  try {
    const file = { bytes: (await houseScene()).bytes(), readSibling: async () => ({ kind: 'missing' }) as const };
    await sandbox.inspect(file, new AbortController().signal);
    // A second one would have been started while the first one worked.
    await new Promise((resolve) => setTimeout(resolve, 2000));
  } finally {
    clearInterval(look);
    await sandbox.close();
  }
  expect(seen.size).toBe(1);
});
