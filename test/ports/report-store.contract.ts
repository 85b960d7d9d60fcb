/** What every store of reports and results must do; each database runs it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OpenLedger } from '../../app/ledger/open.ts';
import type { ResultKey, ReviewJob, ReviewRecord, StoredAsset } from '../../src/index.ts';
import type { TestDatabase } from '../doubles/ledgers.ts';
import { reportOf } from '../doubles/reports.ts';

const DAY_MS = 86_400_000;
const NOON_MS = Date.UTC(2026, 10, 24, 12);

/** Runs the contract. */
export function reportStoreContract(name: string, start: () => Promise<TestDatabase>): void {
  describe(`${name} keeps the ReportStore contract`, () => {
    let database: TestDatabase;
    let ledger: OpenLedger;
    beforeAll(async () => {
      database = await start();
      ledger = await database.open(60_000);
    });
    afterAll(async () => {
      await ledger?.close();
      await database?.close();
    });

    const jobOf = (repository: string): ReviewJob => ({
      kind: 'files',
      repository,
      baseCommit: null,
      headCommit: null,
      branch: null,
    });
    /** A review of one asset that went from 1,000 to 600 bytes. */
    const review = (id: number, repository: string, finishedMs: number, durationMs = 100): ReviewRecord => {
      const report = reportOf([{ path: 'a.glb', verdict: 'improved', isLfs: true }]);
      const [entry] = report.assets;
      if (entry === undefined) throw new Error('no entry');
      const asset = { ...entry, after: { ...entry.before, byteLength: 600 } };
      const stored: StoredAsset = { report: asset, file: null, images: [], model: null };
      const totals = { assetCount: 1, byteLengthBefore: 1000, byteLengthAfter: 600, savedBytes: 400, savedRatio: 0.4 };
      const job = jobOf(repository);
      return {
        id: String(id),
        job,
        report: { ...report, assets: [asset], totals },
        assets: [stored],
        durationMs,
        finishedMs,
      };
    };

    it('gives a report as it was recorded, and nothing for one that was not', async () => {
      const one = review(1, 'octo/read', NOON_MS);
      await ledger.reports.record(one);
      expect(await ledger.reports.read('1')).toEqual(one);
      expect(await ledger.reports.read('2')).toBeUndefined();
    });

    it('counts a review once, however often it is recorded', async () => {
      const one = review(10, 'octo/once', NOON_MS);
      for (let at = 0; at < 3; at++) await ledger.reports.record(one);
      const { totals, repositories } = await ledger.reports.statistics({ repositories: ['octo/once'] });
      expect(totals).toEqual({
        reviewCount: 1,
        failedCount: 0,
        assetCount: 1,
        improvedCount: 1,
        byteLengthBefore: 1000,
        savedBytes: 400,
        savedLfsBytes: 400,
        durationMs: 100,
      });
      expect(repositories).toMatchObject([{ repository: 'octo/once', savedBytes: 400 }]);
      expect(await ledger.reports.recent({ repositories: ['octo/once'], limit: 9 })).toHaveLength(1);
    });

    it('counts a review that was given up as failed, and as good once a retry made it so, each on its day', async () => {
      const scope = { repositories: ['octo/again'] };
      await ledger.reports.record({ id: '20', job: jobOf('octo/again'), finishedMs: NOON_MS });
      expect((await ledger.reports.statistics(scope)).totals).toMatchObject({ reviewCount: 1, failedCount: 1 });
      expect(await ledger.reports.recent({ ...scope, limit: 9 })).toEqual([]);
      await ledger.reports.record(review(20, 'octo/again', NOON_MS + DAY_MS));
      const { totals, days } = await ledger.reports.statistics(scope);
      expect(totals).toMatchObject({ reviewCount: 1, failedCount: 0, savedBytes: 400 });
      expect(days).toMatchObject([
        { day: '2026-11-24', reviewCount: 0, failedCount: 0 },
        { day: '2026-11-25', reviewCount: 1, failedCount: 0, medianMs: 100 },
      ]);
    });

    it('lists the newest first, by page, by repository and since a time; no repository is none, not all', async () => {
      for (let at = 0; at < 5; at++) await ledger.reports.record(review(30 + at, 'octo/list', NOON_MS + at));
      const scope = { repositories: ['octo/list'] };
      const ids = async (query: Parameters<OpenLedger['reports']['recent']>[0]) =>
        (await ledger.reports.recent(query)).map(({ id }) => id);
      expect(await ids({ ...scope, limit: 2 })).toEqual(['34', '33']);
      expect(await ids({ ...scope, limit: 2, before: '33' })).toEqual(['32', '31']);
      expect(await ids({ ...scope, sinceMs: NOON_MS + 3, limit: 9 })).toEqual(['34', '33']);
      expect(await ids({ repositories: [], limit: 9 })).toEqual([]);
      expect((await ledger.reports.statistics({ repositories: [] })).totals.reviewCount).toBe(0);
    });

    it('tells the history of an asset, the newest first', async () => {
      await ledger.reports.record(review(40, 'octo/history', NOON_MS));
      await ledger.reports.record(review(41, 'octo/history', NOON_MS + 1));
      const history = await ledger.reports.history({ repository: 'octo/history', path: 'a.glb', limit: 9 });
      expect(history).toMatchObject([
        { review: '41', byteLengthBefore: 1000, byteLengthAfter: 600, verdict: 'improved' },
        { review: '40' },
      ]);
      expect(await ledger.reports.history({ repository: 'octo/history', path: 'b.glb', limit: 9 })).toEqual([]);
    });

    it('finds how long reviews take', async () => {
      for (let at = 0; at < 5; at++) await ledger.reports.record(review(50 + at, 'octo/slow', NOON_MS, 10 * (at + 1)));
      const { duration } = await ledger.reports.statistics({ repositories: ['octo/slow'] });
      expect(duration).toEqual({ medianMs: 30, p95Ms: 50 });
    });

    it('keeps a result under all parts of its key, the last one that was kept', async () => {
      const key: ResultKey = { sourceDigest: 'a'.repeat(64), recipeDigest: 'b'.repeat(64), toolVersion: '1' };
      const [first, second] = [review(60, 'octo/r', 0).assets[0], review(61, 'octo/r', 0, 7).assets[0]];
      if (first === undefined || second === undefined) throw new Error('no asset');
      await ledger.results.keep(key, first);
      const renamed = { ...second, report: { ...second.report, path: 'b.glb' } };
      await ledger.results.keep(key, renamed);
      expect(await ledger.results.find(key)).toEqual(renamed);
      for (const other of [{ sourceDigest: 'c' }, { recipeDigest: 'c' }, { toolVersion: '2' }])
        expect(await ledger.results.find({ ...key, ...other })).toBeUndefined();
    });
  });
}
