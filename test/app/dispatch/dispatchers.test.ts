import { describe, expect, it } from 'vitest';
import { bullDispatcher } from '../../../app/dispatch/bullmq.ts';
import { inlineDispatcher } from '../../../app/dispatch/inline.ts';
import { notifyDispatcher } from '../../../app/dispatch/notify.ts';
import { noPostgres, noRedis, skipped, startPostgres, startRedis } from '../../doubles/servers.ts';
import { dispatcherContract, until } from '../../ports/dispatcher.contract.ts';

dispatcherContract('inline', async () => ({ open: inlineDispatcher, close: async () => {} }));

describe.skipIf(skipped(noPostgres))('the database tier', () => {
  dispatcherContract('LISTEN/NOTIFY', async () => {
    const server = await startPostgres();
    return { open: () => notifyDispatcher(server.url), close: server.close };
  });

  it('hears again after the server was killed, and rings once for what it missed', async () => {
    const server = await startPostgres();
    const dispatcher = notifyDispatcher(server.url);
    const heard: (string | undefined)[] = [];
    await dispatcher.listen(async (id) => void heard.push(id));
    await until(() => heard.length > 0);
    await server.kill();
    await expect(dispatcher.ring(['1'])).rejects.toThrow();
    heard.length = 0;
    await server.start();
    await until(() => heard.includes(undefined));
    await until(async () => {
      await dispatcher.ring(['2']).catch(() => {});
      return heard.includes('2');
    });
    await dispatcher.close();
    await server.close();
  });
});

describe.skipIf(skipped(noRedis))('the Redis tier', () => {
  dispatcherContract('BullMQ', async () => {
    const server = await startRedis();
    return { open: () => bullDispatcher(server.url), close: server.close };
  });

  it('gives each ring to one of two workers, and passes by one that is busy', async () => {
    const server = await startRedis();
    const [one, two] = [bullDispatcher(server.url), bullDispatcher(server.url)];
    const heard: string[] = [];
    let isBusy = true;
    const busy = async (id?: string) => {
      heard.push(`busy ${id}`);
      await until(() => !isBusy, 20_000);
    };
    await one.listen(busy);
    await two.listen(async (id) => void heard.push(`idle ${id}`));
    await until(async () => (await one.probe().catch(() => 'bad')) === undefined);
    await one.ring(Array.from({ length: 20 }, (_, at) => String(100 + at)));
    await until(() => heard.length === 20);
    expect(heard.filter((line) => line.startsWith('busy')).length).toBeLessThanOrEqual(1);
    isBusy = false;
    await Promise.all([one.close(), two.close()]);
    await server.close();
  });

  it('carries nothing but the number of the job', async () => {
    const server = await startRedis();
    const dispatcher = bullDispatcher(server.url);
    await until(async () => (await dispatcher.probe().catch(() => 'bad')) === undefined);
    await dispatcher.ring(['7']);
    const { Redis } = await import('ioredis');
    const client = new Redis(server.url);
    const [key = ''] = await client.keys('bull:*:ring-7-*');
    expect(JSON.parse((await client.hget(key, 'data')) ?? '')).toEqual({ id: '7' });
    client.disconnect();
    await dispatcher.close();
    await server.close();
  });

  it('rings fast or fails fast, also when Redis is frozen', async () => {
    const server = await startRedis();
    const dispatcher = bullDispatcher(server.url);
    await until(async () => (await dispatcher.probe().catch(() => 'bad')) === undefined);
    server.freeze();
    const startedMs = Date.now();
    await expect(dispatcher.ring(['1'])).rejects.toThrow();
    await expect(dispatcher.probe()).rejects.toThrow();
    expect(Date.now() - startedMs).toBeLessThan(2000);
    server.thaw();
    await until(async () => (await dispatcher.probe().catch(() => 'bad')) === undefined);
    await dispatcher.close();
    await server.close();
  });
});
