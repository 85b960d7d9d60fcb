/** No-op jobs through each queue: all are put in first, then ten at a time are worked on; jobs per second. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Queue, Worker } from 'bullmq';
import pg from 'pg';
import { bullDispatcher } from '../../app/dispatch/bullmq.ts';
import { type LedgerPlace, openLedger } from '../../app/ledger/open.ts';
import { startWorker } from '../../app/worker.ts';
import type { Dispatcher } from '../../src/index.ts';

const SLOTS = 10;
let run = 0;

/** One way to get jobs done; gives jobs per second. */
export type Contender = (jobCount: number) => Promise<number>;

/** Our ledger, with or without a broker that rings. */
export function ledgerOn(place: LedgerPlace | 'folder', redisUrl?: string): Contender {
  return async (jobCount) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'glb-bench-ledger-'));
    const ledger = openLedger(place === 'folder' ? { folder } : place, { leaseMs: 30_000, worker: 'bench' });
    await ledger.migrate();
    const name = `bench ${++run} ${Date.now()}`;
    const jobs = Array.from({ length: jobCount }, (_, at) => ({
      kind: 'noop',
      key: `${name} ${at}`,
      lane: null,
      group: `g${at % 5}`,
      priority: 0,
      payload: { at },
    }));
    const ids = (await ledger.jobs.accept(jobs)).flatMap(({ id }) => id ?? []);
    const broker: Dispatcher | undefined = redisUrl === undefined ? undefined : await ready(redisUrl);
    const { promise, resolve } = Promise.withResolvers<void>();
    let count = 0;
    const startedMs = performance.now();
    const worker = startWorker(
      ledger.jobs,
      {
        noop: async () => {
          if (++count === jobCount) resolve();
          return { kind: 'done' };
        },
      },
      { slots: SLOTS, pollMs: 250, renewMs: 10_000, backoffMs: 1000, random: Math.random, log: () => {} },
    );
    await broker?.listen((id) => worker.wake(id));
    for (let at = 0; at < ids.length && broker !== undefined; at += 100) await broker.ring(ids.slice(at, at + 100));
    await promise;
    // The last outcomes count, too.
    await worker.stop(10_000);
    const tookMs = performance.now() - startedMs;
    await broker?.close();
    await ledger.close();
    rmSync(folder, { recursive: true, force: true });
    return (jobCount / tookMs) * 1000;
  };
}

async function ready(url: string): Promise<Dispatcher> {
  const dispatcher = bullDispatcher(url);
  for (let isWell = false; !isWell; ) {
    isWell = await dispatcher.probe().then(
      () => true,
      () => false,
    );
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return dispatcher;
}

/** BullMQ as it is. */
export function plainBullMq(port: number): Contender {
  return async (jobCount) => {
    const connection = { host: '127.0.0.1', port, maxRetriesPerRequest: null };
    const name = `plain-${++run}-${Date.now()}`;
    const queue = new Queue(name, { connection });
    await queue.addBulk(Array.from({ length: jobCount }, (_, at) => ({ name: 'noop', data: { at } })));
    const { promise, resolve } = Promise.withResolvers<void>();
    let count = 0;
    const startedMs = performance.now();
    const worker = new Worker(name, async () => {}, { connection, concurrency: SLOTS });
    worker.on('completed', () => {
      if (++count === jobCount) resolve();
    });
    await promise;
    const tookMs = performance.now() - startedMs;
    await worker.close();
    await queue.close();
    return (jobCount / tookMs) * 1000;
  };
}

/** The table that everybody writes first: one statement claims a row, one completes it. */
export function plainTable(url: string): Contender {
  return async (jobCount) => {
    const pool = new pg.Pool({ connectionString: url, max: SLOTS });
    const table = `plain_${++run}_${Date.now()}`;
    await pool.query(
      `create table ${table} (id bigint generated always as identity primary key, payload text not null, state text not null default 'queued')`,
    );
    await pool.query(`create index ${table}_ready on ${table} (id) where state = 'queued'`);
    await pool.query(`insert into ${table} (payload) select '{}' from generate_series(1, $1)`, [jobCount]);
    const claim = {
      name: `claim ${table}`,
      text: `update ${table} set state = 'active' where id = (select id from ${table} where state = 'queued' order by id limit 1 for update skip locked) returning id`,
    };
    const complete = { name: `done ${table}`, text: `update ${table} set state = 'done' where id = $1` };
    const work = async () => {
      for (;;) {
        const [row] = (await pool.query(claim)).rows as { id: string }[];
        if (row === undefined) return;
        await pool.query({ ...complete, values: [row.id] });
      }
    };
    const startedMs = performance.now();
    await Promise.all(Array.from({ length: SLOTS }, work));
    const tookMs = performance.now() - startedMs;
    await pool.query(`drop table ${table}`);
    await pool.end();
    return (jobCount / tookMs) * 1000;
  };
}
