/** Rings through Redis: BullMQ jobs that carry nothing but the ledger's id. */
import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { BotError, type Dispatcher, type JobId, messageOf } from '../../src/index.ts';

const QUEUE = 'glb-jobs';
// A ring that was sent again within this time is the same ring; later it is a new one, for the first may be lost.
const WINDOW_MS = 5000;
const COMMAND_TIMEOUT_MS = 400;
// BullMQ's scripts need it. [docs.bullmq.io/guide/redis-tm-compatibility]
const OLDEST_REDIS = [6, 2] as const;

/** The dispatcher of a Redis, and its probe, which throws the reason why it cannot be used. */
export function bullDispatcher(url: string): Dispatcher & { probe(): Promise<void> } {
  // A ring must fail at once rather than arrive at some time: the ledger rings again. [docs.bullmq.io/guide/going-to-production]
  const producer = new Redis(url, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: COMMAND_TIMEOUT_MS,
    connectTimeout: 2000,
    retryStrategy: () => 300,
    lazyConnect: true,
  });
  let lastError: unknown;
  producer.on('error', (error: unknown) => {
    lastError = error;
  });
  producer.connect().catch((error: unknown) => {
    lastError = error;
  });
  const queue = new Queue(QUEUE, { connection: producer, skipVersionCheck: true, skipWaitingForReady: true });
  queue.on('error', () => {});
  let consumer: Redis | undefined;
  let worker: Worker | undefined;

  return {
    async ring(ids: readonly JobId[]) {
      const round = Math.floor(Date.now() / WINDOW_MS);
      await queue.addBulk(
        ids.map((id) => ({
          name: 'ring',
          data: { id },
          opts: { jobId: `ring-${id}-${round}`, removeOnComplete: true, removeOnFail: true },
        })),
      );
    },

    async listen(wake) {
      consumer = new Redis(url, { maxRetriesPerRequest: null, retryStrategy: () => 500, lazyConnect: true });
      consumer.on('error', () => {});
      worker = new Worker<{ readonly id: JobId }>(QUEUE, async ({ data }) => wake(data.id), {
        connection: consumer,
        // A worker whose slots are taken answers late, and asks for no other ring meanwhile.
        concurrency: 1,
        maxStalledCount: 10,
        skipVersionCheck: true,
      });
      worker.on('error', () => {});
    },

    async probe() {
      if (producer.status !== 'ready')
        throw new BotError('SERVICE_UNAVAILABLE', reasonOf(lastError ?? `the connection is ${producer.status}`));
      try {
        const info = await producer.info('server');
        checkVersion(info);
        // Writing finds out what reading does not: a full memory, a replica, a disk that takes no snapshot.
        await producer.set('glb-probe', String(Date.now()), 'PX', 10_000);
      } catch (thrown) {
        throw new BotError('SERVICE_UNAVAILABLE', reasonOf(thrown), { cause: thrown });
      }
      lastError = undefined;
    },

    async close() {
      // Both wait for a Redis that may be gone; what they hold is in the ledger.
      await Promise.race([
        Promise.allSettled([worker?.close(true), queue.close()]),
        new Promise((resolve) => setTimeout(resolve, 1000).unref()),
      ]);
      producer.disconnect();
      consumer?.disconnect();
    },
  };
}

function checkVersion(info: string): void {
  const version = /redis_version:([\d.]+)/.exec(info)?.[1] ?? '0';
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > OLDEST_REDIS[0] || (major === OLDEST_REDIS[0] && minor >= OLDEST_REDIS[1])) return;
  throw new Error(`Redis ${version} is too old: ${OLDEST_REDIS.join('.')} or newer is needed`);
}

// The first word of what Redis says is its code. [redis.io/docs/latest/develop/reference/protocol-spec/#simple-errors]
function reasonOf(thrown: unknown): string {
  const text = messageOf(thrown);
  if (/WRONGPASS|NOAUTH|invalid password/i.test(text)) return `Redis takes no such user or password: ${text}`;
  if (/^READONLY|read.?only/i.test(text)) return `this Redis is a read-only replica: ${text}`;
  if (/^OOM|maxmemory/.test(text)) return `the memory of Redis is full: ${text}`;
  return text;
}
