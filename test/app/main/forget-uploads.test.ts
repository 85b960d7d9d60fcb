/** Uploads that have expired are gone, bytes and all; what others rely on stays. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { directoryStore } from '../../../app/artifacts/directory.ts';
import { type OpenLedger, openLedger } from '../../../app/ledger/open.ts';
import { forgetUploads } from '../../../app/main/forget-uploads.ts';
import type { NewJob, ReviewJob, StoredAsset, StoredBytes } from '../../../src/index.ts';
import { reportOf } from '../../doubles/reports.ts';
import { noPostgres, skipped, startPostgres, type TestServer } from '../../doubles/servers.ts';

const HOUR_MS = 3_600_000;
const bytesOf = (text: string) => new TextEncoder().encode(text);
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'glb forget '));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('an expired upload, in SQLite', () => {
  forgets(async () => openLedger({ folder }, { leaseMs: 5000, worker: 'test' }));
});

describe.skipIf(skipped(noPostgres))('an expired upload, in Postgres', () => {
  let server: TestServer;
  afterAll(() => server?.close());
  forgets(async () => {
    server = await startPostgres();
    return openLedger({ url: server.url }, { leaseMs: 5000, worker: 'test' });
  });
});

function forgets(open: () => Promise<OpenLedger>): void {
  let ledger: OpenLedger;
  const store = () => directoryStore(path.join(folder, 'artifacts'));
  beforeAll(async () => {
    ledger = await open();
    await ledger.migrate();
  }, 60_000);
  afterAll(() => ledger?.close());

  /** A review that has ended, of one file and what came of it. */
  async function reviewed(
    key: string,
    texts: readonly [source: string, output: string],
    isUpload: boolean,
    pictures: readonly StoredBytes[] = [],
  ) {
    const [source, output] = await Promise.all(texts.map((text) => store().put(bytesOf(text))));
    if (!source || !output) throw new Error('nothing was stored');
    const upload = { files: [{ path: 'a.glb', ...source }], expiresMs: Date.now() + HOUR_MS };
    const job: ReviewJob = {
      kind: isUpload ? 'upload' : 'pull-request',
      repository: isUpload ? null : 'acme/shop',
      baseCommit: null,
      headCommit: isUpload ? null : 'abc',
      branch: null,
      ...(isUpload ? { upload } : {}),
    };
    const group = isUpload ? 'uploads:ada' : 'acme/shop';
    const payload = { job, flags: {} };
    const [accepted] = await ledger.jobs.accept([{ kind: 'review', key, lane: null, group, priority: 1, payload }]);
    const id = accepted?.id ?? '';
    const [claim] = await ledger.jobs.claim({ limit: 1, id });
    if (claim === undefined) throw new Error('nothing to claim');
    const report = reportOf([
      { path: 'a.glb', verdict: 'improved', sourceDigest: source.digest, outputDigest: output.digest },
    ]);
    const [asset] = report.assets;
    if (asset === undefined) throw new Error('no asset');
    const model = { before: { ...source, siblings: [] }, after: { ...output, siblings: [] } };
    const stored: StoredAsset = {
      report: asset,
      file: null,
      images: pictures.map((one) => ({ ...one, name: 'before' })),
      model,
    };
    await ledger.results.keep({ sourceDigest: source.digest, recipeDigest: key, toolVersion: '1' }, stored);
    await ledger.reports.record({ id, job, report, assets: [stored], durationMs: 5, finishedMs: Date.now() });
    await ledger.jobs.settle(claim, { kind: 'done', result: null });
    return { id, source: source.digest, output: output.digest };
  }
  const reviewOf = (key: string, job: object): NewJob => ({
    kind: 'review',
    key,
    lane: null,
    group: 'uploads',
    priority: 1,
    payload: { job },
  });
  async function claimOf(key: string) {
    const record = await ledger.board.find({ key });
    const [claim] = await ledger.jobs.claim({ limit: 1, id: record?.id ?? '' });
    if (claim === undefined) throw new Error('nothing to claim');
    return claim;
  }
  const forget = (afterMs: number) => forgetUploads({ ...ledger, artifacts: store() }, Date.now() + afterMs);
  const has = async (...digests: readonly string[]) => {
    const found = await Promise.all(digests.map((digest) => store().get(digest)));
    return found.map((bytes) => bytes !== undefined);
  };

  it('loses its bytes, its result and its report when its time is over, and not before', async () => {
    const { id, source, output } = await reviewed('upload/one', ['one', 'smaller one'], true);
    expect(await forget(0)).toBe(0);
    expect(await has(source, output)).toEqual([true, true]);
    expect(await forget(2 * HOUR_MS)).toBe(1);
    expect(await has(source, output)).toEqual([false, false]);
    const key = { sourceDigest: source, recipeDigest: 'upload/one', toolVersion: '1' };
    expect(await ledger.results.find(key)).toBeUndefined();
    expect(await ledger.desk.assets([id], 10)).toEqual([]);
    // What the dashboard counts stays.
    expect((await ledger.desk.results([id]))[0]?.durationMs).toBe(5);
    expect(await forget(2 * HOUR_MS)).toBe(0);
  });

  it('leaves what a pull request holds as well', async () => {
    const kept = await reviewed('pull', ['both', 'smaller both'], false);
    const { source, output } = await reviewed('upload/two', ['both', 'smaller both'], true);
    expect([source, output]).toEqual([kept.source, kept.output]);
    expect(await forget(2 * HOUR_MS)).toBe(1);
    expect(await has(source, output)).toEqual([true, true]);
    const key = { sourceDigest: source, recipeDigest: 'pull', toolVersion: '1' };
    expect(await ledger.results.find(key)).toBeDefined();
  });

  it('leaves what an open review found before, and what its children have made', async () => {
    const memo = await reviewed('upload/five', ['found before', 'smaller found before'], true);
    const child = await reviewed('upload/six', ['of a child', 'smaller of a child'], true);
    const asset = (key: string) => ({ ...reviewOf(key, {}), group: 'acme/shop', kind: 'asset' });
    await ledger.jobs.accept([{ ...reviewOf('pull/waits', {}), group: 'acme/shop' }]);
    const review = await claimOf('pull/waits');
    await ledger.jobs.accept([asset('pull/waits/1'), asset('pull/waits/2')], review);
    await ledger.jobs.settle(review, { kind: 'waiting', memo: { entries: [{ stored: { digest: memo.source } }] } });
    const done = await claimOf('pull/waits/1');
    await ledger.jobs.settle(done, { kind: 'done', result: { model: { before: { digest: child.source } } } });
    expect(await forget(2 * HOUR_MS)).toBe(2);
    expect(await has(memo.source, memo.output, child.source, child.output)).toEqual([true, true, true, true]);
  });

  it('leaves pictures, for they may be those of another review', async () => {
    const picture = await store().put(bytesOf('a picture'));
    const { source } = await reviewed('upload/seven', ['pictured', 'smaller pictured'], true, [picture]);
    expect(await forget(2 * HOUR_MS)).toBe(1);
    expect(await has(source, picture.digest)).toEqual([false, true]);
  });

  it('takes the oldest first, so many at a time, and nothing of an owner whose name begins like it', async () => {
    for (const name of ['a', 'b', 'c']) await reviewed(`upload/page-${name}`, [name, `smaller ${name}`], true);
    const odd = { files: [], expiresMs: Date.now() + HOUR_MS, name: 'a\u0000b' };
    await ledger.jobs.accept([reviewOf('upload/page-d', { upload: odd })]);
    await ledger.jobs.settle(await claimOf('upload/page-d'), { kind: 'done', result: null });
    const upload = { files: [], expiresMs: Date.now() - HOUR_MS };
    await ledger.jobs.accept([{ ...reviewOf('uploads-inc', { upload }), group: 'uploads-inc/shop' }]);
    await ledger.jobs.settle(await claimOf('uploads-inc'), { kind: 'done', result: null });
    const nowMs = Date.now() + 2 * HOUR_MS;
    const all = await ledger.uploads.expired(nowMs, 20);
    expect(all).toHaveLength(4);
    expect(await ledger.uploads.expired(nowMs, 2)).toEqual(all.slice(0, 2));
    expect(await ledger.uploads.expired(Date.now(), 20)).toEqual([]);
    expect(await forget(2 * HOUR_MS)).toBe(4);
  });

  it('leaves what a job that waits is going to read', async () => {
    const { source, output } = await reviewed('upload/three', ['again', 'smaller again'], true);
    const job = { kind: 'upload', upload: { files: [{ digest: source }], expiresMs: Date.now() + 9 * HOUR_MS } };
    await ledger.jobs.accept([
      { kind: 'review', key: 'upload/four', lane: null, group: 'uploads', priority: 1, payload: { job } },
    ]);
    expect(await forget(2 * HOUR_MS)).toBe(1);
    expect(await has(source, output)).toEqual([true, true]);
  });
}
