/** The service with Postgres and a Redis in trouble: jobs go on, and health says what is wrong. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openLog } from '../../../app/log.ts';
import { readinessOfService } from '../../../app/main/readiness.ts';
import { type Roles, type Service, startService } from '../../../app/main/service.ts';
import { readServiceSettings } from '../../../app/settings/service.ts';
import { job } from '../../doubles/jobs.ts';
import { oldRedis } from '../../doubles/old-redis.ts';
import { noPostgres, noRedis, skipped, startPostgres, startRedis, type TestServer } from '../../doubles/servers.ts';
import { until } from '../../ports/dispatcher.contract.ts';

const PATIENCE_MS = 25_000;

describe.skipIf(skipped(noPostgres) || skipped(noRedis))('a Redis in trouble', { timeout: 60_000 }, () => {
  let postgres: TestServer;
  let folder: string;
  const closing: (() => unknown)[] = [];
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres?.close());
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'glb trouble '));
  });
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function redis(...options: readonly string[]): Promise<TestServer> {
    const server = await startRedis(...options);
    closing.push(() => server.close());
    return server;
  }
  async function start(url: string, kind: string, roles: Roles, done: string[] = []): Promise<Service> {
    const settings = readServiceSettings({
      DATA_DIR: path.join(folder, roles.worker ? 'work' : 'web'),
      DATABASE_URL: postgres.url,
      REDIS_URL: url,
      CHROME_PATH: '/nowhere',
    });
    const log = openLog('silent', () => {});
    const service = await startService(settings, roles, log, {
      spareCount: 0,
      handlers: {
        [kind]: async ({ key }) => {
          done.push(key);
          return { kind: 'done' };
        },
      },
    });
    closing.push(() => service.stop());
    return service;
  }
  const jobsOf = (kind: string, count: number) => Array.from({ length: count }, () => job({ kind }));

  it('Redis without AOF restarted empty: nothing lost', async () => {
    const server = await redis('--appendonly', 'no');
    const done: string[] = [];
    const web = await start(server.url, 'emptied', { web: true, worker: false });
    await until(() => web.tiers.state().active === 'redis', PATIENCE_MS);
    const jobs = jobsOf('emptied', 200);
    await web.accept(jobs);
    // All were rung for, nobody listens yet, and Redis forgets every one of them.
    const look = new Redis(server.url);
    closing.push(() => look.disconnect());
    look.on('error', () => {});
    await until(async () => (await look.keys('bull:*:ring-*')).length >= jobs.length, PATIENCE_MS);
    await server.kill();
    await server.start();
    await until(async () => (await look.keys('bull:*:ring-*')).length === 0, PATIENCE_MS);
    await start(server.url, 'emptied', { web: false, worker: true }, done);
    await until(() => done.length >= jobs.length, PATIENCE_MS);
    expect([...done].sort()).toEqual(jobs.map(({ key }) => key).sort());
    await until(async () => (await web.ledger.board.count()).active === 0, PATIENCE_MS);
  });

  /** Each way to be of no use, and what health says of it. */
  const TROUBLES: readonly (readonly [string, RegExp, () => Promise<string>])[] = [
    [
      'a wrong password',
      /takes no such user or password/,
      async () => `redis://:wrong@127.0.0.1:${(await redis('--requirepass', 'right')).port}`,
    ],
    [
      'a wrong version',
      /is too old: 6\.2 or newer is needed/,
      async () => {
        const old = await oldRedis((await redis()).port, '4.0.1');
        closing.push(old.close);
        return old.url;
      },
    ],
    [
      'a read-only replica',
      /read-only replica/,
      async () => (await redis('--replicaof', '127.0.0.1', String((await redis()).port))).url,
    ],
    [
      'a full memory',
      /memory of Redis is full/,
      async () => (await redis('--maxmemory', '200kb', '--maxmemory-policy', 'noeviction')).url,
    ],
  ];

  it.each(TROUBLES)('%s: the tier is unhealthy with a reason, jobs go on', async (name, reason, trouble) => {
    const done: string[] = [];
    const service = await start(await trouble(), name, { web: true, worker: true }, done);
    const jobs = jobsOf(name, 20);
    await service.accept(jobs);
    await until(() => done.length >= jobs.length, PATIENCE_MS);
    expect([...done].sort()).toEqual(jobs.map(({ key }) => key).sort());
    await until(() => reason.test(service.tiers.state().tiers[0]?.lastError ?? ''), PATIENCE_MS);
    const { broker } = await readinessOfService(service);
    expect(broker).toMatchObject({
      active: 'database',
      why: expect.stringMatching(reason),
      tiers: [
        { name: 'redis', state: 'down', lastError: expect.stringMatching(reason) },
        { name: 'database', state: 'active', lastError: null },
        { name: 'inline' },
      ],
    });
  });
});
