/** The tables of the queue: no-op jobs beside other queues, deliveries beside a bare Probot, and the start of the service. */
import { existsSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { noPostgres, noRedis, startPostgres, startRedis } from '../../test/doubles/servers.ts';
import { deliveries, payloadOf } from './deliveries.ts';
import { type Contender, ledgerOn, plainBullMq, plainTable } from './queue-noop.ts';
import { startTime } from './start-time.ts';

/** How much is measured. */
export interface QueueBench {
  readonly jobs: number;
  readonly rounds: number;
  /** Of each run of deliveries. */
  readonly seconds: number;
}

const STARTS = 5;
const median = (numbers: readonly number[]) =>
  [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
const rate = (value: number) => Math.round(value).toString().padStart(7);
const place = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url));

/** Measures and prints; says so where Redis or Postgres is not installed. */
export async function benchQueue(options: QueueBench): Promise<void> {
  const missing = noPostgres ?? noRedis;
  if (missing !== undefined) return console.log(`the queue is not measured: ${missing}`);
  console.log(
    `Node ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model ?? 'cpu'}, load ${loadavg()[0]?.toFixed(1)}`,
  );
  const [postgres, redis] = [await startPostgres(), await startRedis()];
  try {
    await benchJobs(options, postgres.url, redis);
    await benchDeliveries(options, postgres.url);
  } finally {
    await Promise.all([postgres.close(), redis.close()]);
  }
  await benchStart();
}

async function benchJobs({ jobs, rounds }: QueueBench, postgresUrl: string, redis: { url: string; port: number }) {
  const contenders: Readonly<Record<string, Contender>> = {
    'plain table, for update skip locked': plainTable(postgresUrl),
    'ledger on Postgres': ledgerOn({ url: postgresUrl }),
    'ledger on Postgres, Redis rings': ledgerOn({ url: postgresUrl }, redis.url),
    'ledger on SQLite': ledgerOn('folder'),
    'plain BullMQ': plainBullMq(redis.port),
  };
  const rates = new Map(Object.keys(contenders).map((name) => [name, [] as number[]]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, contender] of Object.entries(contenders)) rates.get(name)?.push(await contender(jobs));
  }
  const yardstick = median(rates.get('plain table, for update skip locked') ?? []);
  console.log(
    `\n${jobs} no-op jobs, ten at a time, jobs/s: median and best of ${rounds} alternating rounds, beside the plain table`,
  );
  for (const [name, all] of rates)
    console.log(
      `${name.padEnd(38)} ${rate(median(all))} ${rate(Math.max(...all))}  ${(median(all) / yardstick).toFixed(2)} ×`,
    );
}

async function benchDeliveries({ rounds, seconds }: QueueBench, postgresUrl: string): Promise<void> {
  const payload = payloadOf();
  console.log(
    `\nSigned deliveries of ${payload(0).length} bytes, each of another pull request, 20 connections, ${seconds} s.` +
      '\nThe load generator, which signs each, and Postgres share the processors with the server.',
  );
  const rates = { probot: [] as number[], ours: [] as number[] };
  const p99s: number[] = [];
  for (let round = 0; round < rounds; round++) {
    for (const kind of ['probot', 'ours'] as const) {
      const { perSecond, p50, p99, bad, good, rows } = await deliveries(kind, postgresUrl, payload, seconds);
      rates[kind].push(perSecond);
      if (kind === 'ours') p99s.push(p99);
      const name = kind === 'ours' ? 'ours, a row committed in Postgres' : 'bare Probot';
      // Fewer rows than answers: the ledger was so late that the disk took some, which the ledger gets later.
      const kept =
        kind === 'ours' ? `, ${rows} rows for ${good} answers${rows < good ? ': NOT ALL COMMITTED' : ''}` : '';
      console.log(`${name.padEnd(38)} ${rate(perSecond)} /s  p50 ${p50} ms  p99 ${p99} ms  ${bad} bad${kept}`);
    }
  }
  const [ours, probot] = [median(rates.ours), median(rates.probot)];
  console.log(
    `median: ${Math.round(ours)} /s, p99 ${median(p99s)} ms, ${(ours / probot).toFixed(2)} × of a bare Probot`,
  );
}

async function benchStart(): Promise<void> {
  console.log(`\nFrom nothing to /health/ready on the embedded default, median and best of ${STARTS}`);
  for (const [name, program] of [
    ['as installed (dist)', place('dist/app/cli.js')],
    ['from the sources', place('app/cli.ts')],
  ] as const) {
    if (!existsSync(program)) continue;
    const starts: number[] = [];
    for (let round = 0; round < STARTS; round++) starts.push(await startTime(program));
    console.log(`${name.padEnd(38)} ${rate(median(starts))} ${rate(Math.min(...starts))} ms`);
  }
}
