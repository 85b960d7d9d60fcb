/** Cleaning takes its time; jobs do not wait for it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { directoryStore } from '../../../app/artifacts/directory.ts';
import { openLedger } from '../../../app/ledger/open.ts';
import { openSpool } from '../../../app/ledger/spool.ts';
import { startCaretaker } from '../../../app/main/caretaker.ts';
import { within } from '../../../app/within.ts';
import type { ReviewJob } from '../../../src/index.ts';
import { job } from '../../doubles/jobs.ts';

it('rings for lost jobs while a store does not answer, and stops only after the cleaning', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'glb care '));
  const ledger = openLedger({ folder }, { leaseMs: 5000, worker: 'test' });
  await ledger.migrate();
  const artifacts = directoryStore(path.join(folder, 'artifacts'));
  const { digest, byteLength } = await artifacts.put(new TextEncoder().encode('expired'));
  const upload = { files: [{ path: 'a.glb', digest, byteLength }], expiresMs: Date.now() - 1 };
  const payload = { job: { kind: 'upload', upload } satisfies Partial<ReviewJob> };
  await ledger.jobs.accept([{ ...job({ group: 'uploads' }), kind: 'review', payload }]);
  for (const claim of await ledger.jobs.claim({ limit: 1 })) await ledger.jobs.settle(claim, { kind: 'done' });

  const asked = Promise.withResolvers<void>();
  const answered = Promise.withResolvers<void>();
  const slow = {
    ...artifacts,
    forget: async (...what: Parameters<typeof artifacts.forget>) => {
      asked.resolve();
      await answered.promise;
      return artifacts.forget(...what);
    },
  };
  const rung: string[] = [];
  const spool = openSpool(folder, { accept: ledger.jobs.accept, ping: ledger.ping }, { acceptTimeoutMs: 2000, within });
  const caretaker = startCaretaker({
    ledger,
    spool,
    artifacts: slow,
    ring: (ids) => rung.push(...ids),
    log: () => {},
    isMigrated: true,
    artifactDays: 30,
    historyDays: 365,
  });
  await asked.promise;
  const [lost] = await ledger.jobs.accept([job()]);
  await expect.poll(() => rung, { timeout: 15_000 }).toContain(lost?.id);

  let isStopped = false;
  const stopping = caretaker.stop().then(() => {
    isStopped = true;
  });
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(isStopped).toBe(false);
  answered.resolve();
  await stopping;
  expect(await artifacts.get(digest)).toBeUndefined();
  await ledger.close();
  await rm(folder, { recursive: true, force: true });
}, 30_000);
