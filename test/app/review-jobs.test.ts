/** Which assets share a reviewer, and so a process: handlers on a real ledger and a real folder of artifacts. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { directoryStore } from '../../app/artifacts/directory.ts';
import { openLedger } from '../../app/ledger/open.ts';
import { reviewHandlers } from '../../app/review-jobs.ts';
import { inProcessReviewer, type ReviewJob } from '../../src/index.ts';
import { selectRule } from '../../src/policy/select.ts';
import { job } from '../doubles/jobs.ts';
import { flatColour } from '../doubles/memory.ts';
import { model } from '../e2e/models.ts';

it('lends one reviewer to a pull request, and one to each file of a backfill', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'glb reviews '));
  const ledger = openLedger({ folder }, { leaseMs: 60_000, worker: 'test' });
  await ledger.migrate();
  const artifacts = directoryStore(path.join(folder, 'artifacts'));
  const lent: string[] = [];
  const handlers = reviewHandlers({
    openHome: () => Promise.reject(new Error('nobody is told')),
    openReviewer(review) {
      lent.push(review);
      return { ...inProcessReviewer({ renderer: flatColour(), now: () => 0 }), hasSeenOthers: () => false };
    },
    artifacts,
    results: ledger.results,
    reports: ledger.reports,
    board: ledger.board,
    hasRenderer: true,
  });
  const rule = selectRule(undefined, 'a.glb', { target: 'three' });
  if (rule.kind !== 'assigned') throw new Error(rule.why);
  const reviewTwo = async (kind: ReviewJob['kind']) => {
    lent.length = 0;
    const bytes = model(1);
    const { digest } = await artifacts.put(bytes);
    const shared = { repository: 'octo/shop', baseCommit: null, headCommit: null, branch: null };
    const payload = {
      asset: { path: 'a.glb', change: 'added', blob: '', mode: '100644', byteLength: bytes.byteLength },
      rule: rule.rule,
      review: 'the review',
      job: { kind, ...shared },
      digest,
      manifests: [],
      key: { sourceDigest: digest, recipeDigest: digest, toolVersion: kind },
      total: 2,
    };
    const accepted = await ledger.jobs.accept([0, 1].map((place) => job({ payload: { ...payload, place } })));
    for (const claim of await ledger.jobs.claim({ limit: 2 })) {
      const { signal } = new AbortController();
      const tools = { signal, tell: () => {}, enqueue: async () => [], fence: async () => {} };
      expect(await handlers.asset(claim, tools)).toMatchObject({ kind: 'done' });
      await ledger.jobs.settle(claim, { kind: 'done' });
    }
    return { lent: [...lent], ids: accepted.map(({ id }) => id) };
  };
  try {
    expect((await reviewTwo('pull-request')).lent).toEqual(['the review', 'the review']);
    const backfill = await reviewTwo('backfill');
    expect(backfill.lent.toSorted()).toEqual(backfill.ids.toSorted());
  } finally {
    await ledger.close();
    rmSync(folder, { recursive: true });
  }
});
