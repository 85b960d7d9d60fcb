/** `npm run bench:queue`: deliveries accepted, no-op jobs through each queue, and how long the service takes to start. */
import { spawn } from 'node:child_process';
import { createHmac, generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus, loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import autocannon from 'autocannon';
import { freePort, startPostgres, startRedis } from '../../test/doubles/servers.ts';
import { type Contender, ledgerOn, plainBullMq, plainTable } from './queue-noop.ts';

const { values } = parseArgs({
  options: {
    jobs: { type: 'string', default: '3000' },
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '8' },
  },
});
const SECRET = 'a secret for the benchmark';
const place = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const median = (numbers: readonly number[]) =>
  [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
const rate = (value: number) => Math.round(value).toString().padStart(7);

/** The payload of a pull request that GitHub publishes as an example. */
function payload(): string {
  const folder = path.dirname(createRequire(import.meta.url).resolve('@octokit/webhooks-examples/package.json'));
  const file = path.join(folder, 'api.github.com/index.json');
  const examples = JSON.parse(readFileSync(file, 'utf8')) as { name: string; examples: { action?: string }[] }[];
  const opened = examples
    .find(({ name }) => name === 'pull_request')
    ?.examples.find(({ action }) => action === 'opened');
  return JSON.stringify(opened);
}

async function listening(words: readonly string[]): Promise<{ readonly stop: () => Promise<void> }> {
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise<void>((resolve, reject) => {
    child.stdout.once('data', () => resolve());
    child.once('exit', (code) => reject(new Error(`${words[0]} ended with ${code}`)));
  });
  return {
    stop: async () => {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await ended;
    },
  };
}

async function deliveries(kind: 'ours' | 'probot', databaseUrl: string, body: string, seconds: number) {
  const port = await freePort();
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  const server = await listening([place('delivery-server.ts'), kind, String(port), SECRET, databaseUrl, privateKey]);
  const signature = `sha256=${createHmac('sha256', SECRET).update(body).digest('hex')}`;
  let count = 0;
  const result = await autocannon({
    url: `http://127.0.0.1:${port}/api/github/webhooks`,
    connections: 20,
    duration: seconds,
    requests: [
      {
        method: 'POST',
        body,
        setupRequest: (request) => ({
          ...request,
          headers: {
            'content-type': 'application/json',
            'x-github-event': 'pull_request',
            'x-hub-signature-256': signature,
            'x-github-delivery': `${kind}-${port}-${++count}`,
          },
        }),
      },
    ],
  });
  await server.stop();
  return {
    perSecond: result.requests.average,
    p50: result.latency.p50,
    p99: result.latency.p99,
    bad: result.non2xx + result.errors,
  };
}

async function startTime(): Promise<number> {
  const folder = mkdtempSync(path.join(tmpdir(), 'glb-bench-start-'));
  const port = await freePort();
  const startedMs = performance.now();
  const child = spawn(process.execPath, [place('../../app/cli.ts'), 'serve'], {
    env: { PATH: process.env.PATH, DATA_DIR: folder, PORT: String(port) },
    stdio: 'ignore',
  });
  for (let isLive = false; !isLive; ) {
    isLive = await fetch(`http://127.0.0.1:${port}/health/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (!isLive) await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const tookMs = performance.now() - startedMs;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await ended;
  rmSync(folder, { recursive: true, force: true });
  return tookMs;
}

console.log(
  `Node ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model ?? 'cpu'}, load ${loadavg()[0]?.toFixed(1)}`,
);
const rounds = Number(values.rounds);
const [postgres, redis] = [await startPostgres(), await startRedis()];
const contenders: Readonly<Record<string, Contender>> = {
  'plain table, for update skip locked': plainTable(postgres.url),
  'ledger on Postgres': ledgerOn({ url: postgres.url }),
  'ledger on Postgres, Redis rings': ledgerOn({ url: postgres.url }, redis.url),
  'ledger on SQLite': ledgerOn('folder'),
  'plain BullMQ': plainBullMq(redis.port),
};
const rates = new Map(Object.keys(contenders).map((name) => [name, [] as number[]]));
for (let round = 0; round < rounds; round++) {
  for (const [name, contender] of Object.entries(contenders))
    rates.get(name)?.push(await contender(Number(values.jobs)));
}
const yardstick = median(rates.get('plain table, for update skip locked') ?? []);
console.log(
  `\n${values.jobs} no-op jobs, ten at a time, jobs/s: median and best of ${rounds} alternating rounds, beside the plain table`,
);
for (const [name, all] of rates)
  console.log(
    `${name.padEnd(38)} ${rate(median(all))} ${rate(Math.max(...all))}  ${(median(all) / yardstick).toFixed(2)} ×`,
  );

const body = payload();
console.log(`\nSigned deliveries of ${body.length} bytes, 20 connections, ${values.seconds} s`);
for (let round = 0; round < rounds; round++) {
  for (const kind of ['probot', 'ours'] as const) {
    const { perSecond, p50, p99, bad } = await deliveries(kind, postgres.url, body, Number(values.seconds));
    console.log(
      `${(kind === 'ours' ? 'ours, a row committed in Postgres' : 'bare Probot').padEnd(38)} ${rate(perSecond)} /s  p50 ${p50} ms  p99 ${p99} ms  ${bad} bad`,
    );
  }
}
const starts: number[] = [];
for (let round = 0; round < rounds; round++) starts.push(await startTime());
console.log(
  `\nFrom nothing to /health/ready on the embedded default: ${Math.round(median(starts))} ms, best ${Math.round(Math.min(...starts))} ms`,
);
await Promise.all([postgres.close(), redis.close()]);
