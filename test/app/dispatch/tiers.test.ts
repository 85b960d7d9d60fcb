import { afterEach, describe, expect, it } from 'vitest';
import { bullDispatcher } from '../../../app/dispatch/bullmq.ts';
import { inlineDispatcher } from '../../../app/dispatch/inline.ts';
import { openTiers, type Tier, type Tiers } from '../../../app/dispatch/tiers.ts';
import { within } from '../../../app/within.ts';
import type { Dispatcher } from '../../../src/index.ts';
import { oldRedis } from '../../doubles/old-redis.ts';
import { noRedis, skipped, startRedis, type TestServer } from '../../doubles/servers.ts';
import { until } from '../../ports/dispatcher.contract.ts';

const FAST = { probeEveryMs: 50, probeTimeoutMs: 600, downAfter: 2, upAfter: 3, within };
const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function open(tiers: readonly Tier[]): Promise<Tiers & { readonly changes: string[] }> {
  const changes: string[] = [];
  const opened = await openTiers(tiers, { ...FAST, onChange: ({ name, state }) => changes.push(`${name} ${state}`) });
  closing.push(() => opened.close());
  return { ...opened, changes };
}

/** A tier that is as well as the test says, and counts its rings. */
function moody(name: Tier['name']) {
  const tier = { isWell: true, rung: [] as string[], probes: 0 };
  const dispatcher: Dispatcher = {
    ring: async (ids) => {
      if (!tier.isWell) throw new Error('out of order');
      tier.rung.push(...ids);
    },
    listen: async () => {},
    close: async () => {},
  };
  const probe = async () => {
    tier.probes++;
    if (!tier.isWell) throw new Error('out of order');
  };
  return Object.assign(tier, { tier: { name, dispatcher, probe } satisfies Tier });
}

const INLINE: Tier = { name: 'inline', dispatcher: inlineDispatcher(), probe: async () => {} };

describe('the tiers', () => {
  it('say inline, and why, when nothing else is set up', async () => {
    const tiers = await open([
      { name: 'redis', dispatcher: null, probe: async () => {}, offWhy: 'REDIS_URL is not set' },
      { name: 'database', dispatcher: null, probe: async () => {}, offWhy: 'DATABASE_URL is not set' },
      INLINE,
    ]);
    expect(tiers.state()).toMatchObject({
      active: 'inline',
      why: 'redis: REDIS_URL is not set; database: DATABASE_URL is not set',
      tiers: [
        { name: 'redis', state: 'off', lastError: 'REDIS_URL is not set' },
        { name: 'database', state: 'off' },
        { name: 'inline', state: 'active', lastError: null, since: expect.stringMatching(/^\d{4}-/) },
      ],
    });
  });

  it('leave a tier after two bad probes, not after one, and take it back after three good ones', async () => {
    const redis = moody('redis');
    const tiers = await open([redis.tier, INLINE]);
    expect(tiers.state().active).toBe('redis');
    redis.isWell = false;
    await until(() => tiers.state().active === 'inline');
    expect(tiers.state()).toMatchObject({
      why: 'redis: out of order',
      tiers: [{ state: 'down', lastError: 'out of order' }, { state: 'active' }],
    });
    redis.isWell = true;
    const { probes } = redis;
    await until(() => tiers.state().active === 'redis');
    expect(redis.probes - probes).toBeGreaterThanOrEqual(3);
    expect(tiers.changes).toEqual(['redis up', 'inline up', 'redis down', 'redis up']);
  });

  it('ring by the next tier at once when the best one fails in that very moment', async () => {
    const [redis, database] = [moody('redis'), moody('database')];
    const tiers = await open([redis.tier, database.tier, INLINE]);
    redis.isWell = false;
    await tiers.ring(['5']);
    expect([redis.rung, database.rung]).toEqual([[], ['5']]);
  });
});

describe.skipIf(skipped(noRedis))('a Redis that cannot be used is left, with the reason', () => {
  async function tiersWith(url: string, ready?: string) {
    const redis = bullDispatcher(url);
    const tiers = await open([{ name: 'redis', dispatcher: redis, probe: redis.probe }, INLINE]);
    if (ready !== undefined) await until(() => tiers.state().active === ready);
    return tiers;
  }
  async function server(...options: readonly string[]): Promise<TestServer> {
    const started = await startRedis(...options);
    closing.push(() => started.close());
    return started;
  }
  const reason = (tiers: Tiers) => tiers.state().tiers[0]?.lastError ?? '';

  it('a wrong password', async () => {
    const { port } = await server('--requirepass', 'right');
    const tiers = await tiersWith(`redis://:wrong@127.0.0.1:${port}`);
    await until(() => /no such user or password/.test(reason(tiers)));
    expect(tiers.state().active).toBe('inline');
    expect(reason(tiers)).not.toContain('right');
  });

  it('no password where one is needed', async () => {
    const { url } = await server('--requirepass', 'right');
    const tiers = await tiersWith(url);
    await until(() => /no such user or password/.test(reason(tiers)));
  });

  it('an old version', async () => {
    const { port } = await server();
    const old = await oldRedis(port, '4.0.1');
    closing.push(old.close);
    const tiers = await tiersWith(old.url);
    await until(() => /Redis 4\.0\.1\d* is too old: 6\.2 or newer is needed/.test(reason(tiers)));
    expect(tiers.state().active).toBe('inline');
  });

  it('a replica that takes no writes', async () => {
    const master = await server();
    const replica = await server('--replicaof', '127.0.0.1', String(master.port));
    const tiers = await tiersWith(replica.url);
    await until(() => /read-only replica/.test(reason(tiers)));
    expect(tiers.state().active).toBe('inline');
  });

  it('a full memory', async () => {
    const { url } = await server('--maxmemory', '200kb', '--maxmemory-policy', 'noeviction');
    const tiers = await tiersWith(url);
    await until(() => /memory of Redis is full/.test(reason(tiers)));
    expect(tiers.state().active).toBe('inline');
  });

  it('a frozen one, until it thaws', async () => {
    const frozen = await server();
    const tiers = await tiersWith(frozen.url, 'redis');
    frozen.freeze();
    await until(() => tiers.state().active === 'inline');
    frozen.thaw();
    await until(() => tiers.state().active === 'redis', 10_000);
  });

  it('one that is killed, until it is back', async () => {
    const killed = await server();
    const tiers = await tiersWith(killed.url, 'redis');
    await killed.kill();
    await until(() => tiers.state().active === 'inline');
    expect(reason(tiers)).toMatch(/connect|close|ECONNREFUSED/i);
    await killed.start();
    await until(() => tiers.state().active === 'redis', 10_000);
  });
});
