/** A job whose process died with one worker goes to another, where there is one; on both databases. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OpenLedger } from '../../../app/ledger/open.ts';
import { startWorker } from '../../../app/worker.ts';
import { BotError, type Outcome } from '../../../src/index.ts';
import { job } from '../../doubles/jobs.ts';
import { DATABASES, type TestDatabase } from '../../doubles/ledgers.ts';
import { skipped } from '../../doubles/servers.ts';
import { until } from '../../ports/dispatcher.contract.ts';

const FAILED: Outcome = { kind: 'again', why: 'no memory', afterMs: 0, isElsewhere: true };
const later = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe.each(DATABASES)('a job that failed here, on %s', (_name, why, start) => {
  describe.skipIf(skipped(why))('is given', () => {
    let database: TestDatabase;
    let here: OpenLedger;
    let there: OpenLedger;
    beforeAll(async () => {
      database = await start();
      [here, there] = [await database.open(60_000, 'here'), await database.open(60_000, 'there')];
    });
    afterAll(async () => {
      await here?.close();
      await there?.close();
      await database?.close();
    });
    const fail = async () => {
      const [accepted] = await here.jobs.accept([job()]);
      const [claim] = await here.jobs.claim({ limit: 1 });
      if (claim !== undefined) await here.jobs.settle(claim, FAILED);
      await here.jobs.tend(0);
      return accepted?.id ?? '';
    };

    it('to somebody else, and not to us when we are rung by its number', async () => {
      const id = await fail();
      expect(await here.jobs.claim({ limit: 1 })).toEqual([]);
      expect(await here.jobs.claim({ limit: 1, id })).toEqual([]);
      const [claim] = await there.jobs.claim({ limit: 1 });
      expect(claim).toMatchObject({ id, attempt: 2 });
      if (claim !== undefined) await there.jobs.settle(claim, { kind: 'done' });
    });

    it('to another worker when its process dies, then to nobody: it has failed with the reason, and both workers live', async () => {
      const tries: string[] = [];
      const workers = [here, there].map((ledger, at) =>
        startWorker(
          ledger.jobs,
          {
            deadly: async () => {
              tries.push(`worker ${at}`);
              throw new BotError('SANDBOX_FAILED', 'the process for the asset died: out of memory');
            },
            easy: async () => ({ kind: 'done' }),
          },
          { slots: 1, pollMs: 50, renewMs: 1000, backoffMs: 20, random: () => 0.5, log: () => {} },
        ),
      );
      const [deadly] = await here.jobs.accept([job({ kind: 'deadly', maxAttempts: 2 })]);
      const record = async (id: string | null | undefined) => here.board.find({ id: id ?? '0' });
      await until(async () => {
        await here.jobs.tend(0);
        return (await record(deadly?.id))?.state === 'failed';
      }, 20_000);
      expect([...tries].sort()).toEqual(['worker 0', 'worker 1']);
      expect(await record(deadly?.id)).toMatchObject({ error: 'the process for the asset died: out of memory' });
      const easy = await here.jobs.accept([job({ kind: 'easy' }), job({ kind: 'easy' })]);
      for (const { id } of easy) await until(async () => (await record(id))?.state === 'done', 20_000);
      await Promise.all(workers.map((worker) => worker.stop(1000)));
    });

    it('to us again when nobody else comes', async () => {
      const id = await fail();
      await later(4000);
      expect(await here.jobs.claim({ limit: 1 })).toEqual([]);
      await later(1200);
      const [claim] = await here.jobs.claim({ limit: 1 });
      expect(claim).toMatchObject({ id, attempt: 2 });
      if (claim !== undefined) await here.jobs.settle(claim, { kind: 'done' });
    });
  });
});
