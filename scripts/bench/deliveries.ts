/** Signed deliveries against a server: how many a second, and how long each takes. */
import { spawn } from 'node:child_process';
import { createHmac, generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import autocannon from 'autocannon';
import pg from 'pg';
import { freePort } from '../../test/doubles/servers.ts';

/** What one run came to; times in milliseconds. */
export interface Deliveries {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  /** Answers other than 2xx, and none at all. */
  readonly bad: number;
  readonly good: number;
  /** Jobs that the ledger has more than before: as many as good answers, or more by those under way at the end. */
  readonly rows: number;
}

const SECRET = 'a secret of the benchmark: 4f1d';
const CONNECTIONS = 20;
const SERVER = fileURLToPath(new URL('delivery-server.ts', import.meta.url));
let sent = 0;

/** The payload of a pull request that GitHub publishes as an example: a text in which the number and the head commit are to be filled in. */
export function payloadOf(): (number: number) => string {
  const folder = path.dirname(createRequire(import.meta.url).resolve('@octokit/webhooks-examples/package.json'));
  const file = path.join(folder, 'api.github.com/index.json');
  const examples = JSON.parse(readFileSync(file, 'utf8')) as { name: string; examples: { action?: string }[] }[];
  const opened = examples
    .find(({ name }) => name === 'pull_request')
    ?.examples.find(({ action }) => action === 'opened');
  const pull = (opened as { pull_request?: { number: number; head: { sha: string } } }).pull_request;
  const { number = 0, head: { sha = '' } = {} } = pull ?? {};
  // Another pull request each time: the same commit again would be known already, and no row would be written.
  const parts = JSON.stringify({ ...opened, installation: { id: 7 } })
    .replaceAll(`"number":${number}`, '"number":§N§')
    .split(new RegExp(`(§N§|${sha})`));
  return (at) =>
    parts
      .map((part) => (part === '§N§' ? String(at + 1) : part === sha ? at.toString(16).padStart(40, '0') : part))
      .join('');
}

async function listening(words: readonly string[]): Promise<{ readonly stop: () => Promise<void> }> {
  const child = spawn(process.execPath, words, {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
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

/** Runs it for so many seconds. */
export async function deliveries(
  kind: 'ours' | 'probot',
  databaseUrl: string,
  payload: (number: number) => string,
  seconds: number,
): Promise<Deliveries> {
  const port = await freePort();
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  const server = await listening([SERVER, kind, String(port), SECRET, databaseUrl, privateKey]);
  const before = kind === 'ours' ? await rowCount(databaseUrl) : 0;
  const result = await autocannon({
    url: `http://127.0.0.1:${port}/api/github/webhooks`,
    connections: CONNECTIONS,
    duration: seconds,
    requests: [
      {
        method: 'POST',
        setupRequest(request) {
          const body = payload(++sent);
          return {
            ...request,
            body,
            headers: {
              'content-type': 'application/json',
              'x-github-event': 'pull_request',
              'x-hub-signature-256': `sha256=${createHmac('sha256', SECRET).update(body).digest('hex')}`,
              'x-github-delivery': `${kind}-${port}-${sent}`,
            },
          };
        },
      },
    ],
  });
  await server.stop();
  return {
    perSecond: result.requests.average,
    p50: result.latency.p50,
    p99: result.latency.p99,
    bad: result.non2xx + result.errors,
    good: result['2xx'],
    rows: kind === 'ours' ? (await rowCount(databaseUrl)) - before : 0,
  };
}

async function rowCount(url: string): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<{ readonly n: string }>("select count(*) as n from job where kind = 'review'");
  await client.end();
  return Number(rows[0]?.n);
}
