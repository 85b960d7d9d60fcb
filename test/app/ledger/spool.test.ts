import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSpool } from '../../../app/ledger/spool.ts';
import { within } from '../../../app/within.ts';
import type { Accepted, NewJob } from '../../../src/index.ts';
import { job } from '../../doubles/jobs.ts';

/** A ledger that is up or down, and may go down after so many jobs. */
function fakeLedger() {
  const ledger = {
    isUp: true,
    isSlow: false,
    takes: Number.POSITIVE_INFINITY,
    poison: '',
    keys: [] as string[],
    async ping() {
      if (!ledger.isUp) throw new Error('the database is down');
    },
    async accept(jobs: readonly NewJob[]): Promise<readonly Accepted[]> {
      if (ledger.isSlow) await new Promise(() => {});
      await ledger.ping();
      if (jobs.some(({ key }) => key === ledger.poison)) throw new Error('this job cannot be stored');
      return jobs.map(({ key }) => {
        if (ledger.takes-- <= 0) ledger.isUp = false;
        if (!ledger.isUp) throw new Error('the database died');
        const isKnown = ledger.keys.includes(key);
        if (!isKnown) ledger.keys.push(key);
        return { outcome: isKnown ? 'already-known' : 'accepted', id: String(ledger.keys.indexOf(key)) };
      });
    },
  };
  return ledger;
}

describe('the spool', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'glb spool '));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const open = (ledger: ReturnType<typeof fakeLedger>, acceptTimeoutMs = 200) =>
    openSpool(folder, ledger, { acceptTimeoutMs, within });

  it('lets jobs through while the ledger is well', async () => {
    const ledger = fakeLedger();
    const spool = open(ledger);
    expect(await spool.accept([job({ key: 'a' })])).toEqual([{ outcome: 'accepted', id: '0' }]);
    expect(spool.state()).toEqual({ waitingCount: 0, downSinceMs: null, lastError: null });
    spool.close();
  });

  it('keeps jobs on the disk while it is down, each once, and hands them over in their order', async () => {
    const ledger = fakeLedger();
    ledger.isUp = false;
    const spool = open(ledger);
    expect(await spool.accept([job({ key: 'a' })])).toEqual([{ outcome: 'accepted', id: null }]);
    expect(await spool.accept([job({ key: 'a' }), job({ key: 'b' })])).toEqual([
      { outcome: 'already-known', id: null },
      { outcome: 'accepted', id: null },
    ]);
    await expect(spool.drain()).rejects.toThrow('the database is down');
    expect(spool.state()).toMatchObject({ waitingCount: 2, lastError: 'the database is down' });
    ledger.isUp = true;
    expect(await spool.drain()).toHaveLength(2);
    expect(ledger.keys).toEqual(['a', 'b']);
    expect(spool.state()).toEqual({ waitingCount: 0, downSinceMs: null, lastError: null });
    spool.close();
  });

  it('answers within its time when the ledger hangs, and does not wait again', async () => {
    const ledger = fakeLedger();
    ledger.isSlow = true;
    const spool = open(ledger, 100);
    const startedMs = Date.now();
    for (let at = 0; at < 20; at++) await spool.accept([job()]);
    expect(Date.now() - startedMs).toBeLessThan(1500);
    expect(spool.state().waitingCount).toBe(20);
    spool.close();
  });

  it('drains what is left after the ledger died in the middle of draining, and after a new start', async () => {
    const ledger = fakeLedger();
    ledger.isUp = false;
    const first = open(ledger);
    await first.accept(Array.from({ length: 250 }, (_, at) => job({ key: `k${at}` })));
    ledger.isUp = true;
    ledger.takes = 130;
    await expect(first.drain()).rejects.toThrow();
    // Killed here: nothing is closed, nothing is tidied up.
    const second = open(ledger);
    expect(second.state().waitingCount).toBeGreaterThan(0);
    ledger.isUp = true;
    ledger.takes = Number.POSITIVE_INFINITY;
    await second.drain();
    expect(ledger.keys).toEqual(Array.from({ length: 250 }, (_, at) => `k${at}`));
    expect(second.state().waitingCount).toBe(0);
    first.close();
    second.close();
  });

  it('passes by a job that the ledger never takes, and keeps it', async () => {
    const ledger = fakeLedger();
    ledger.isUp = false;
    const spool = open(ledger);
    await spool.accept(['a', 'poison', 'c'].map((key) => job({ key })));
    ledger.isUp = true;
    ledger.poison = 'poison';
    await spool.drain();
    expect(ledger.keys).toEqual(['a', 'c']);
    expect(spool.state().waitingCount).toBe(1);
    spool.close();
  });

  it('is shared by two processes without losing a job', async () => {
    const ledger = fakeLedger();
    ledger.isUp = false;
    const [one, two] = [open(ledger), open(ledger)];
    await Promise.all(
      Array.from({ length: 40 }, (_, at) => (at % 2 === 0 ? one : two).accept([job({ key: `s${at}` })])),
    );
    ledger.isUp = true;
    await Promise.all([one.drain(), two.drain()]);
    expect(new Set(ledger.keys).size).toBe(40);
    expect(one.state().waitingCount).toBe(0);
    one.close();
    two.close();
  });
});
