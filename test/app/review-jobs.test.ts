/** Which assets share a reviewer, and so a process: handlers on a real ledger and a real folder of artifacts. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { directoryStore } from '../../app/artifacts/directory.ts';
import { openLedger } from '../../app/ledger/open.ts';
import { reviewHandlers } from '../../app/review-jobs.ts';
import { openSandbox } from '../../app/sandbox/pool.ts';
import { shareReviewers } from '../../app/shared-reviewers.ts';
import { startWorker } from '../../app/worker.ts';
import { inProcessReviewer, type ReviewJob } from '../../src/index.ts';
import { selectRule } from '../../src/policy/select.ts';
import { job } from '../doubles/jobs.ts';
import { flatColour } from '../doubles/memory.ts';
import { model } from '../e2e/models.ts';
import { until } from '../ports/dispatcher.contract.ts';

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

const CHILD = fileURLToPath(new URL('sandbox/taken-over.ts', import.meta.url));
const isLinux = process.platform === 'linux';

it('gives a file whose process took too much memory to another worker, once; then says why, and both workers live', {
  skip: !isLinux,
  timeout: 120_000,
}, async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'glb reviews '));
  const [here, there] = ['here', 'there'].map((worker) => openLedger({ folder }, { leaseMs: 60_000, worker }));
  if (here === undefined || there === undefined) throw new Error('two workers');
  await here.migrate();
  const artifacts = directoryStore(path.join(folder, 'artifacts'));
  const sandbox = openSandbox({ limits: { memoryByteLength: 400 * 2 ** 20 }, spareCount: 0, childPath: CHILD });
  const tries: string[] = [];
  const workers = [here, there].map((ledger, at) => {
    const { asset } = reviewHandlers({
      openHome: () => Promise.reject(new Error('nobody is told')),
      openReviewer: shareReviewers(() => sandbox.openReviewer(flatColour())),
      artifacts,
      results: ledger.results,
      reports: ledger.reports,
      board: ledger.board,
      hasRenderer: true,
    });
    const handlers = {
      asset: (...asked: Parameters<typeof asset>) => {
        tries.push(`worker ${at}`);
        return asset(...asked);
      },
    };
    return startWorker(ledger.jobs, handlers, {
      slots: 1,
      pollMs: 50,
      renewMs: 1000,
      backoffMs: 20,
      random: () => 0.5,
      log: () => {},
    });
  });
  const rule = selectRule(undefined, 'a.glb', { target: 'three', withoutRenderer: 'commit' });
  if (rule.kind !== 'assigned') throw new Error(rule.why);
  const bytes = model(1);
  const { digest } = await artifacts.put(bytes);
  // What the child does, it does by the path.
  const ask = async (name: string) => {
    const key = { sourceDigest: digest, recipeDigest: digest, toolVersion: name };
    const asset = { path: name, change: 'added', blob: '', mode: '100644', byteLength: bytes.byteLength };
    const shared = { repository: 'octo/shop', baseCommit: null, headCommit: null, branch: null };
    const about = { place: 0, total: 1, review: name, job: { kind: 'pull-request', ...shared } };
    const payload = { asset, rule: rule.rule, digest, manifests: [], key, ...about };
    const [accepted] = await here.jobs.accept([job({ kind: 'asset', payload, maxAttempts: 2 })]);
    const record = async () => here.board.find({ id: accepted?.id ?? '' });
    await until(async () => {
      await here.jobs.tend(0);
      return ['done', 'failed'].includes((await record())?.state ?? '');
    }, 60_000);
    return { record: await record(), kept: await here.results.find(key) };
  };
  try {
    const hungry = await ask('native-memory.glb');
    expect(tries.toSorted()).toEqual(['worker 0', 'worker 1']);
    const why = expect.stringMatching(/more (memory than|than 419 MB of memory)/);
    expect(hungry.record).toMatchObject({ state: 'done', attempt: 2, result: { report: { verdict: 'refused', why } } });
    // Another machine may have more: nobody is told that this file cannot be done.
    expect(hungry.kept).toBeUndefined();
    for (let again = 0; again < 2; again++) {
      const { record, kept } = await ask(`honest-${again}.glb`);
      expect(record).toMatchObject({ state: 'done', attempt: 1, result: { report: { verdict: 'improved' } } });
      expect(kept).toBeDefined();
    }
  } finally {
    await Promise.all(workers.map((worker) => worker.stop(1000)));
    await sandbox.close();
    await here.close();
    await there.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
