/** Uploads that have expired are gone, bytes and all; what others rely on stays. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { directoryStore } from '../../../app/artifacts/directory.ts';
import { type OpenLedger, openLedger } from '../../../app/ledger/open.ts';
import { forgetUploads } from '../../../app/main/forget-uploads.ts';
import type { ReviewJob, StoredAsset } from '../../../src/index.ts';
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
  async function reviewed(key: string, texts: readonly [source: string, output: string], isUpload: boolean) {
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
    const stored: StoredAsset = { report: asset, file: null, images: [], model };
    await ledger.results.keep({ sourceDigest: source.digest, recipeDigest: key, toolVersion: '1' }, stored);
    await ledger.reports.record({ id, job, report, assets: [stored], durationMs: 5, finishedMs: Date.now() });
    await ledger.jobs.settle(claim, { kind: 'done', result: null });
    return { id, source: source.digest, output: output.digest };
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
