/** What is old goes, what is young, open or counted stays; on both databases. */
import { describe, expect, it } from 'vitest';
import type { OpenLedger } from '../../../app/ledger/open.ts';
import type { ResultKey, ReviewJob, StoredAsset } from '../../../src/index.ts';
import { job } from '../../doubles/jobs.ts';
import { DATABASES } from '../../doubles/ledgers.ts';
import { reportOf } from '../../doubles/reports.ts';
import { skipped } from '../../doubles/servers.ts';

const JOB: ReviewJob = { kind: 'files', repository: 'octo/shop', baseCommit: null, headCommit: null, branch: null };
const KEY: ResultKey = { sourceDigest: 'a'.repeat(64), recipeDigest: 'b'.repeat(64), toolVersion: '1' };
const HOUR_MS = 3_600_000;
const ALL = { historyMs: -HOUR_MS, resultMs: -HOUR_MS };

/** 1,200 finished jobs, so more than a page, one that is open in their middle, and a review with an asset. */
async function fill(ledger: OpenLedger): Promise<{ readonly review: string; readonly open: string }> {
  await ledger.jobs.accept(Array.from({ length: 600 }, () => job()));
  const [open] = await ledger.jobs.accept([job({ priority: -1 })]);
  await ledger.jobs.accept(Array.from({ length: 600 }, () => job()));
  for (const claim of await ledger.jobs.claim({ limit: 1200 })) await ledger.jobs.settle(claim, { kind: 'done' });
  const [first] = await ledger.board.list({ states: ['done'], limit: 1 });
  const review = first?.id ?? '';
  const finishedMs = Date.now();
  const report = reportOf([{ path: 'a.glb', verdict: 'unchanged' }]);
  const [entry] = report.assets;
  if (entry === undefined) throw new Error('no entry');
  const stored: StoredAsset = { report: entry, file: null, images: [], model: null };
  await ledger.reports.record({ id: review, job: JOB, report, assets: [stored], durationMs: 1, finishedMs });
  await ledger.results.keep(KEY, stored);
  return { review, open: open?.id ?? '' };
}

async function check(ledger: OpenLedger): Promise<void> {
  const { review, open } = await fill(ledger);
  expect(await ledger.forget({ historyMs: HOUR_MS, resultMs: HOUR_MS })).toBe(0);
  expect(await ledger.reports.read(review)).toBeDefined();
  expect(await ledger.results.find(KEY)).toBeDefined();

  expect(await ledger.forget({ ...ALL, historyMs: HOUR_MS })).toBe(1);
  expect(await ledger.results.find(KEY)).toBeUndefined();
  expect(await ledger.reports.read(review)).toBeDefined();

  expect(await ledger.forget(ALL)).toBe(1201);
  expect(await ledger.board.list({ limit: 10 })).toMatchObject([{ id: open, state: 'queued' }]);
  expect(await ledger.reports.read(review)).toBeUndefined();
  expect(await ledger.reports.history({ repository: 'octo/shop', limit: 9 })).toEqual([]);
  const { totals } = await ledger.reports.statistics({});
  expect(totals).toMatchObject({ reviewCount: 1, assetCount: 1 });
  expect(await ledger.forget(ALL)).toBe(0);
}

describe.each(DATABASES)('deleting what is old on %s', (_name, why, start) => {
  it.skipIf(skipped(why))('leaves what is young or open, and the sums', async () => {
    const database = await start();
    const ledger = await database.open(60_000);
    await check(ledger);
    await ledger.close();
    await database.close();
  });
});
