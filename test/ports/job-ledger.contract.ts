/** What every ledger must do; each database runs it. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { OpenLedger } from '../../app/ledger/open.ts';
import type { Claim, NewJob } from '../../src/index.ts';
import { job, jobCount } from '../doubles/jobs.ts';
import type { TestDatabase } from '../doubles/ledgers.ts';

const LEASE_MS = 600;
/** Runs the contract. */
export function jobLedgerContract(name: string, start: () => Promise<TestDatabase>): void {
  describe(`${name} keeps the JobLedger contract`, () => {
    let ledger: OpenLedger;
    let other: OpenLedger;
    let close: () => Promise<void>;

    beforeAll(async () => {
      const started = await start();
      ledger = await started.open(LEASE_MS, 'one');
      other = await started.open(LEASE_MS, 'two');
      close = async () => {
        await ledger.close();
        await other.close();
        await started.close();
      };
    });
    afterAll(() => close?.());
    // What a failed test left behind must not fail the next.
    beforeEach(async () => {
      const open = await ledger.board.list({ states: ['queued', 'delayed', 'active', 'waiting'], limit: 1000 });
      for (const { id } of open) await ledger.board.cancel(id);
    });

    const accept = async (...jobs: NewJob[]) => ledger.jobs.accept(jobs);
    const claimOne = async (from: OpenLedger = ledger): Promise<Claim> => {
      const [claim] = await from.jobs.claim({ limit: 1 });
      if (claim === undefined) throw new Error('there is no job');
      return claim;
    };
    const stateOf = async (id: string | null | undefined) => (await ledger.board.find({ id: id ?? '0' }))?.state;
    const empty = async () => {
      for (;;) {
        const claims = await ledger.jobs.claim({ limit: 100 });
        if (claims.length === 0) return;
        for (const claim of claims) await ledger.jobs.settle(claim, { kind: 'done' });
      }
    };
    const later = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

    it('accepts a job once, in one call and in two, and says which number it has', async () => {
      const one = job();
      const [first, twin] = await accept(one, one);
      expect(first).toMatchObject({ outcome: 'accepted', id: expect.stringMatching(/^\d+$/) });
      expect(twin).toEqual({ outcome: 'already-known', id: first?.id });
      expect(await accept(one)).toEqual([{ outcome: 'already-known', id: first?.id }]);
      await empty();
    });

    it('gives a job as it was accepted, to one of two who ask at the same time', async () => {
      const one = job({ payload: { text: 'ü "quotes" \u0000 \ud83e\ude91' }, lane: 'octo/shop#1' });
      await accept(one);
      const claims = (await Promise.all([ledger, other].map((from) => from.jobs.claim({ limit: 1 })))).flat();
      expect(claims).toHaveLength(1);
      expect(claims[0]).toMatchObject({ ...one, attempt: 1, maxAttempts: 5, memo: null });
      await empty();
      if (claims[0] !== undefined) await ledger.jobs.settle(claims[0], { kind: 'done' });
    });

    it('serves 200 jobs to many at once, each job to one', async () => {
      await accept(...Array.from({ length: 200 }, () => job()));
      const seen: string[] = [];
      const work = async (from: OpenLedger) => {
        for (;;) {
          const claims = await from.jobs.claim({ limit: 3 });
          if (claims.length === 0) return;
          for (const claim of claims) {
            seen.push(claim.key);
            expect(await from.jobs.settle(claim, { kind: 'done' })).toBe(true);
          }
        }
      };
      await Promise.all([work(ledger), work(other), work(ledger), work(other)]);
      expect(seen).toHaveLength(200);
      expect(new Set(seen).size).toBe(200);
    });

    it('serves what is urgent first, and lets repositories take turns', async () => {
      const made = [
        ...Array.from({ length: 4 }, (_, at) => job({ group: 'octo/large', key: `large ${at} ${jobCount()}` })),
        job({ group: 'octo/small', key: `small ${jobCount()}` }),
        job({ group: 'octo/large', priority: 10, key: `urgent ${jobCount()}` }),
      ];
      await accept(...made);
      const keys: string[] = [];
      for (let at = 0; at < made.length; at++) {
        const claim = await claimOne();
        keys.push(claim.key.split(' ').slice(0, -1).join(' '));
        await ledger.jobs.settle(claim, { kind: 'done' });
      }
      expect(keys).toEqual(['urgent', 'large 0', 'small', 'large 1', 'large 2', 'large 3']);
    });

    it('gives a job that came late its turn before the rest of a long queue', async () => {
      await accept(...Array.from({ length: 5 }, () => job({ group: 'octo/large' })));
      for (let at = 0; at < 2; at++) await ledger.jobs.settle(await claimOne(), { kind: 'done' });
      await accept(job({ group: 'octo/late' }), job({ group: 'octo/late' }));
      const groups: string[] = [];
      for (let at = 0; at < 5; at++) {
        const claim = await claimOne();
        groups.push(claim.group);
        await ledger.jobs.settle(claim, { kind: 'done' });
      }
      expect(groups).toEqual(['octo/large', 'octo/late', 'octo/large', 'octo/late', 'octo/large']);
    });

    it('claims a job by its number while another statement holds the row, and never one that is taken', async () => {
      const [accepted] = await accept(job());
      const id = accepted?.id ?? '';
      // Many updates of the very row at the same time: a named claim that passed by would come back empty.
      const renewals = Promise.all(Array.from({ length: 20 }, () => other.board.retry(id)));
      const [claim] = await ledger.jobs.claim({ limit: 1, id });
      await renewals;
      expect(claim?.id).toBe(id);
      expect(await other.jobs.claim({ limit: 1, id })).toEqual([]);
      if (claim !== undefined) await ledger.jobs.settle(claim, { kind: 'done' });
    });

    it('takes a job from a worker that is silent, and fences that worker off', async () => {
      const [accepted] = await accept(job());
      const dead = await claimOne();
      expect(await other.jobs.tend(0)).toEqual([]);
      await later(LEASE_MS + 50);
      expect(await other.jobs.tend(0)).toContain(accepted?.id);
      const alive = await claimOne(other);
      expect(alive).toMatchObject({ id: dead.id, attempt: 2 });
      expect(await ledger.jobs.renew(dead)).toBe('lost');
      expect(await ledger.jobs.settle(dead, { kind: 'done' })).toBe(false);
      expect(await ledger.jobs.accept([job()], dead)).toEqual([{ outcome: 'already-known', id: null }]);
      expect(await other.jobs.settle(alive, { kind: 'done', result: { by: 'two' } })).toBe(true);
      expect(await ledger.board.find({ id: dead.id })).toMatchObject({ state: 'done', result: { by: 'two' } });
    });

    it('leaves a job with a worker that renews, and keeps what it tells', async () => {
      await accept(job());
      const claim = await claimOne();
      for (let at = 0; at < 3; at++) {
        await later(LEASE_MS / 2);
        expect(await ledger.jobs.renew(claim, { done: at })).toBe('held');
        await other.jobs.tend(0);
      }
      expect(await other.board.find({ id: claim.id })).toMatchObject({ state: 'active', progress: { done: 2 } });
      await ledger.jobs.settle(claim, { kind: 'done' });
    });

    it('fails a job whose last worker fell silent, and says so', async () => {
      const [accepted] = await accept(job({ maxAttempts: 1 }));
      await claimOne();
      await later(LEASE_MS + 50);
      await ledger.jobs.tend(0);
      expect(await ledger.board.find({ id: accepted?.id ?? '' })).toMatchObject({
        state: 'failed',
        error: expect.stringMatching(/did not answer/),
      });
      expect(await ledger.jobs.claim({ limit: 1 })).toEqual([]);
    });

    it('tries again after a while, then gives up; a retry by hand starts anew', async () => {
      const [accepted] = await accept(job({ maxAttempts: 2 }));
      await ledger.jobs.settle(await claimOne(), { kind: 'again', why: 'the disk is full', afterMs: 100 });
      expect(await stateOf(accepted?.id)).toBe('delayed');
      await ledger.jobs.tend(0);
      expect(await ledger.jobs.claim({ limit: 1 })).toEqual([]);
      await later(150);
      await ledger.jobs.tend(0);
      const second = await claimOne();
      expect(second.attempt).toBe(2);
      await ledger.jobs.settle(second, { kind: 'again', why: 'still full', afterMs: 0 });
      expect(await ledger.board.find({ id: second.id })).toMatchObject({
        state: 'failed',
        error: 'still full',
        finishedMs: expect.any(Number),
      });
      expect((await ledger.board.count()).failed).toBeGreaterThan(0);
      expect(await ledger.board.retry(second.id)).toBe(true);
      expect(await ledger.board.retry(second.id)).toBe(false);
      expect(await claimOne()).toMatchObject({ id: second.id, attempt: 1 });
      await ledger.board.cancel(second.id);
      await later(LEASE_MS + 50);
      await ledger.jobs.tend(0);
      expect(await stateOf(second.id)).toBe('superseded');
    });

    it('gives a job back without counting the try', async () => {
      await accept(job());
      const claim = await claimOne();
      expect(await ledger.jobs.settle(claim, { kind: 'returned' })).toBe(true);
      const again = await claimOne(other);
      expect(again).toMatchObject({ id: claim.id, attempt: 1 });
      await other.jobs.settle(again, { kind: 'done' });
    });

    it('supersedes older jobs of a lane, also one that runs, but neither other kinds nor other lanes', async () => {
      const lane = `octo/shop#${jobCount()}`;
      const [running] = await accept(job({ lane }));
      const claim = await claimOne();
      const [waiting] = await accept(job({ lane }));
      const [elsewhere] = await accept(job({ lane: `${lane}0` }));
      const [command] = await accept(job({ lane, kind: 'command' }));
      const [newest] = await accept(job({ lane }));
      expect(await stateOf(waiting?.id)).toBe('superseded');
      expect(await ledger.jobs.renew(claim)).toBe('cancelled');
      await ledger.jobs.settle(claim, { kind: 'again', why: 'stopped', afterMs: 0 });
      expect(await stateOf(running?.id)).toBe('superseded');
      expect(await Promise.all([elsewhere, command, newest].map((one) => stateOf(one?.id)))).toEqual([
        'queued',
        'queued',
        'queued',
      ]);
      await empty();
    });

    it('lets a parent wait for its children, and go on when the last two end at the same time', async () => {
      for (let round = 0; round < 10; round++) {
        const [accepted] = await accept(job());
        const parent = await claimOne();
        const children = Array.from({ length: 4 }, () => job());
        expect(await ledger.jobs.accept(children, parent)).toHaveLength(4);
        await ledger.jobs.settle(parent, { kind: 'waiting', memo: { round } });
        expect(await stateOf(accepted?.id)).toBe('waiting');
        const claims = [...(await ledger.jobs.claim({ limit: 2 })), ...(await other.jobs.claim({ limit: 2 }))];
        await Promise.all(
          claims.map((claim, at) => (at % 2 === 0 ? ledger : other).jobs.settle(claim, { kind: 'done', result: at })),
        );
        const again = await claimOne();
        expect(again).toMatchObject({ id: accepted?.id, memo: { round }, attempt: 1 });
        expect(await ledger.board.list({ parent: again.id, limit: 10 })).toHaveLength(4);
        await ledger.jobs.settle(again, { kind: 'done' });
      }
    });

    it('goes on at once when all children ended before the parent began to wait, or there are none', async () => {
      const [accepted] = await accept(job());
      const parent = await claimOne();
      await ledger.jobs.accept([job()], parent);
      await other.jobs.settle(await claimOne(other), { kind: 'dead', why: 'hopeless' });
      await ledger.jobs.settle(parent, { kind: 'waiting', memo: 1 });
      const again = await claimOne();
      expect(again).toMatchObject({ id: accepted?.id, memo: 1 });
      await ledger.jobs.settle(again, { kind: 'done' });
    });

    it('ends the children of a superseded parent', async () => {
      const lane = `octo/shop#${jobCount()}`;
      await accept(job({ lane }));
      const parent = await claimOne();
      const [child] = await ledger.jobs.accept([job()], parent);
      await ledger.jobs.settle(parent, { kind: 'waiting', memo: null });
      await accept(job({ lane }));
      expect(await stateOf(parent.id)).toBe('superseded');
      expect(await stateOf(child?.id)).toBe('superseded');
      await empty();
    });

    it('finds jobs that were rung for in vain', async () => {
      const [accepted] = await accept(job());
      expect(await ledger.jobs.tend(5000)).toEqual([]);
      await later(30);
      expect(await ledger.jobs.tend(10)).toEqual([accepted?.id]);
      await empty();
    });

    it('lists what a lane has superseded, however much its repository had since', async () => {
      const [lane, other, group] = [`octo/list#${jobCount()}`, `octo/list#${jobCount()}b`, `octo/list${jobCount()}`];
      await accept(job({ lane, group }));
      await accept(job({ lane, group }));
      for (let count = 0; count < 3; count++) await accept(job({ lane: other, group }));
      const superseded = await ledger.board.list({ kind: job().kind, lane, states: ['superseded'], limit: 2 });
      expect(superseded.map((one) => one.lane)).toEqual([lane]);
      await empty();
    });

    it('lists jobs by state, group and page, the newest first', async () => {
      const group = `octo/list${jobCount()}`;
      await accept(...Array.from({ length: 5 }, () => job({ group })));
      const first = await ledger.board.list({ group, states: ['queued', 'active'], limit: 3 });
      const second = await ledger.board.list({ group, limit: 3, before: first.at(-1)?.id ?? '0' });
      const ids = [...first, ...second].map(({ id }) => Number(id));
      expect(ids).toHaveLength(5);
      expect(ids).toEqual([...ids].sort((a, b) => b - a));
      await empty();
      expect(await ledger.board.list({ group, states: ['queued'], limit: 3 })).toEqual([]);
    });
  });
}
