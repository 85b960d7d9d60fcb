/** The whole service in this process, on the embedded default: an upload goes in, a report comes out. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLog } from '../../../app/log.ts';
import { type Service, startService } from '../../../app/main/service.ts';
import { startWeb } from '../../../app/main/web.ts';
import { readServiceSettings } from '../../../app/settings/service.ts';
import type { NewJob } from '../../../src/index.ts';
import { houseScene } from '../../house-scene.ts';
import { until } from '../../ports/dispatcher.contract.ts';

describe('the service on its embedded default', () => {
  let folder: string;
  let service: Service;
  const lines: string[] = [];
  const start = async (env: Record<string, string> = {}, roles = { web: true, worker: true }) => {
    const settings = readServiceSettings({
      DATA_DIR: folder,
      PORT: '0',
      CHROME_PATH: '/nowhere',
      DRAIN_SECONDS: '5',
      ...env,
    });
    service = await startService(
      settings,
      roles,
      openLog('info', (line) => lines.push(line)),
    );
    return service;
  };
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'glb service '));
  });
  afterEach(async () => {
    await service?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function upload(bytes: Uint8Array, key: string): Promise<NewJob> {
    const { digest, byteLength } = await service.artifacts.put(bytes);
    const job = {
      kind: 'upload',
      repository: null,
      baseCommit: null,
      headCommit: null,
      branch: null,
      upload: { files: [{ path: 'house.glb', digest, byteLength }], expiresMs: Date.now() + 3_600_000 },
    };
    return {
      kind: 'review',
      key,
      lane: null,
      group: 'uploads',
      priority: 0,
      payload: { job, flags: { target: 'three', mode: 'report' } },
    };
  }
  const record = async (key: string) => {
    await until(
      async () => ['done', 'failed'].includes((await service.ledger.board.find({ key }))?.state ?? ''),
      25_000,
    );
    return service.ledger.board.find({ key });
  };

  it('reviews an upload through the ledger: plan, asset, publish, record; and uses the result again', async () => {
    await start();
    const bytes = (await houseScene()).bytes();
    await service.accept([await upload(bytes, 'first')]);
    const first = await record('first');
    expect(first).toMatchObject({ state: 'done', error: null });
    const kept = await service.ledger.reports.read(first?.id ?? '');
    expect(kept?.report.assets).toMatchObject([
      { path: 'house.glb', verdict: expect.stringMatching(/improved|needs-review/) },
    ]);
    const after = kept?.assets[0]?.model?.after;
    const output = await service.artifacts.get(after?.digest ?? '');
    expect(output?.byteLength).toBe(kept?.report.assets[0]?.after?.byteLength);
    const children = await service.ledger.board.list({ parent: first?.id ?? '', limit: 9 });
    expect(children).toMatchObject([{ kind: 'asset', state: 'done' }]);

    await service.accept([await upload(bytes, 'second')]);
    const second = await record('second');
    expect(await service.ledger.board.list({ parent: second?.id ?? '', limit: 9 })).toEqual([]);
    expect((await service.ledger.reports.read(second?.id ?? ''))?.report.assets).toEqual(kept?.report.assets);
    const statistics = await service.ledger.reports.statistics({});
    expect(statistics.totals).toMatchObject({ reviewCount: 2, failedCount: 0, assetCount: 2 });
    expect(await service.ledger.reports.recent({ limit: 1 })).toMatchObject([
      { id: second?.id, kind: 'upload', assetCount: 1 },
    ]);
  });

  it('answers health: live, and ready with tiers, why, and all its parts', async () => {
    await start();
    const web = await startWeb(service);
    expect((await fetch(`${web.url}/health/live`)).status).toBe(200);
    const ready = await fetch(`${web.url}/health/ready`);
    expect(ready.status).toBe(200);
    expect(await ready.json()).toMatchObject({
      // Degraded where there is no browser.
      status: expect.stringMatching(/^(ready|degraded)$/),
      broker: {
        active: 'inline',
        why: 'redis: REDIS_URL is not set; database: DATABASE_URL is not set',
        tiers: [
          { name: 'redis', state: 'off' },
          { name: 'database', state: 'off' },
          { name: 'inline', state: 'active' },
        ],
      },
      ledger: { state: 'ok', kind: 'sqlite' },
      artifacts: { state: 'ok', kind: 'directory' },
      renderer: {
        state: expect.stringMatching(/^(ok|degraded)$/),
        kind: expect.stringMatching(/^(chromium|none)$/),
        sandboxed: null,
      },
      worker: { isIsolated: expect.any(Boolean), hasNoNewPrivileges: expect.any(Boolean) },
      github: { state: 'off' },
      version: expect.any(String),
      uptimeSeconds: expect.any(Number),
    });
    await web.close();
  });

  it('gives back what it holds when it is stopped, and another process finishes it', async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const settings = readServiceSettings({ DATA_DIR: folder, PORT: '0', DRAIN_SECONDS: '0' });
    const stubborn = await startService(
      settings,
      { web: false, worker: true },
      openLog('silent', () => {}),
      {
        handlers: {
          held: async (_claim, { signal }) =>
            new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
        },
      },
    );
    await stubborn.accept([{ kind: 'held', key: 'held', lane: null, group: 'g', priority: 0, payload: null }]);
    await until(() => stubborn.worker?.state().activeCount === 1);
    await stubborn.stop();
    service = await startService(
      settings,
      { web: false, worker: true },
      openLog('silent', () => {}),
      {
        handlers: {
          held: async ({ attempt }) => {
            release();
            return { kind: 'done', result: attempt };
          },
        },
      },
    );
    await held;
    expect(await record('held')).toMatchObject({ state: 'done', result: 1 });
  });

  it('reports an asset whose process dies twice as failed, with the reason, and goes on', async () => {
    let tries = 0;
    const settings = readServiceSettings({ DATA_DIR: folder, PORT: '0', DRAIN_SECONDS: '5' });
    service = await startService(
      settings,
      { web: false, worker: true },
      openLog('silent', () => {}),
      {
        handlers: {
          asset: async () => {
            tries++;
            throw new Error('the process for the asset died: out of memory');
          },
        },
      },
    );
    await service.accept([await upload((await houseScene()).bytes(), 'deadly')]);
    const ended = await record('deadly');
    expect(ended?.state).toBe('done');
    expect(tries).toBe(2);
    expect((await service.ledger.reports.read(ended?.id ?? ''))?.report.assets).toMatchObject([
      { verdict: 'failed', why: 'the process for the asset died: out of memory' },
    ]);
    expect(service.worker?.state().activeCount).toBe(0);
  });

  it('finishes a review whose file is no GLB: refused, with the finding', async () => {
    await start();
    await service.accept([
      await upload(new TextEncoder().encode('This is not a model, but a text of some length.'), 'text'),
    ]);
    expect(await record('text')).toMatchObject({ state: 'done' });
    const [summary] = await service.ledger.reports.recent({ limit: 1 });
    const kept = await service.ledger.reports.read(summary?.id ?? '');
    expect(kept?.report.assets).toMatchObject([{ verdict: 'refused', findings: [{ code: 'GLB_NOT_A_GLB' }] }]);
  });

  it('says what a job needs that nobody has set up', async () => {
    await start();
    const job = { kind: 'pull-request', repository: 'octo/shop', baseCommit: null, headCommit: null, branch: null };
    await service.accept([
      { kind: 'review', key: 'pr', lane: null, group: 'g', priority: 0, payload: { job }, maxAttempts: 1 },
    ]);
    expect(await record('pr')).toMatchObject({
      state: 'failed',
      error: expect.stringMatching(/no GitHub App is set up/),
    });
  });
});
