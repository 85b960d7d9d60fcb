/** Real servers for tests, on free loopback ports, started here and stopped by their process ids. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Redis } from 'ioredis';
import pg from 'pg';

/** A server that can be hurt. */
export interface TestServer {
  readonly url: string;
  readonly port: number;
  /** SIGKILL, and gone. */
  kill(): Promise<void>;
  /** SIGSTOP and SIGCONT. */
  freeze(): void;
  thaw(): void;
  /** Again, on the same port, with what is on its disk. */
  start(): Promise<void>;
  /** Ends it and deletes its folder. */
  close(): Promise<void>;
}

/** A port that nobody listens on at this moment. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

function binary(name: string, folders: readonly string[] = []): string | undefined {
  const places = [...(process.env.PATH ?? '').split(path.delimiter), ...folders];
  return places.map((folder) => path.join(folder, name)).find((file) => existsSync(file));
}

const DEBIAN = '/usr/lib/postgresql';
const POSTGRES_FOLDERS = existsSync(DEBIAN)
  ? readdirSync(DEBIAN).map((version) => path.join(DEBIAN, version, 'bin'))
  : [];
const REDIS = binary('redis-server');
const POSTGRES = binary('postgres', POSTGRES_FOLDERS);

/** Why tests with Redis are skipped; undefined where it is installed. */
export const noRedis = REDIS === undefined ? 'redis-server is not installed' : undefined;
/** Why tests with Postgres are skipped. */
export const noPostgres = POSTGRES === undefined ? 'PostgreSQL is not installed' : undefined;

/** Says once why a suite is skipped. */
export function skipped(why: string | undefined): boolean {
  if (why !== undefined) console.log(`skipped: ${why}`);
  return why !== undefined;
}

/** Starts Redis; `options` are its command-line options. Keeps nothing unless they say so. */
export async function startRedis(...options: readonly string[]): Promise<TestServer> {
  const port = await freePort();
  const folder = mkdtempSync(path.join(tmpdir(), 'glb redis '));
  const words = [
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--dir',
    folder,
    '--save',
    '',
    '--daemonize',
    'no',
    ...options,
  ];
  const password = options[options.indexOf('--requirepass') + 1];
  const url = `redis://127.0.0.1:${port}`;
  const server = await serverOf(REDIS ?? '', words, folder, {}, async () => {
    const client = new Redis(url, {
      retryStrategy: () => null,
      lazyConnect: true,
      ...(options.includes('--requirepass') && password !== undefined ? { password } : {}),
    });
    client.on('error', () => {});
    try {
      await client.connect();
      await client.ping();
    } finally {
      client.disconnect();
    }
  });
  return { ...server, url, port };
}

/** Starts Postgres with a fresh cluster. It refuses to run as root, so root starts it as somebody else. */
export async function startPostgres(...options: readonly string[]): Promise<TestServer> {
  const port = await freePort();
  const folder = mkdtempSync(path.join(tmpdir(), 'glb-postgres-'));
  const owner = process.getuid?.() === 0 ? nobody() : undefined;
  const identity = owner ?? {};
  if (owner !== undefined) chownSync(folder, owner.uid, owner.gid);
  chmodSync(folder, 0o700);
  const data = path.join(folder, 'data');
  const bin = path.dirname(POSTGRES ?? '');
  execFileSync(path.join(bin, 'initdb'), ['-D', data, '-U', 'glb', '-A', 'trust', '-E', 'UTF8', '--no-locale', '-N'], {
    ...identity,
    stdio: 'ignore',
  });
  const words = [
    '-D',
    data,
    '-p',
    String(port),
    '-h',
    '127.0.0.1',
    '-k',
    folder,
    '-c',
    'shared_buffers=64MB',
    ...options,
  ];
  const url = `postgres://glb@127.0.0.1:${port}/postgres`;
  const server = await serverOf(POSTGRES ?? '', words, folder, identity, async () => {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 1000 });
    client.on('error', () => {});
    await client.connect();
    await client.query('select 1');
    await client.end();
  });
  return { ...server, url, port };
}

function nobody(): { readonly uid: number; readonly gid: number } {
  const id = (flag: string) => Number(execFileSync('id', [flag, 'nobody']).toString());
  return { uid: id('-u'), gid: id('-g') };
}

async function serverOf(
  program: string,
  words: readonly string[],
  folder: string,
  identity: { readonly uid?: number; readonly gid?: number },
  ping: () => Promise<void>,
): Promise<Omit<TestServer, 'url' | 'port'>> {
  let child: ChildProcess | undefined;
  let said = '';
  const signal = (name: NodeJS.Signals) => {
    if (child?.exitCode === null && child.signalCode === null) child.kill(name);
  };
  const ended = (process: ChildProcess) =>
    new Promise<void>((resolve) =>
      process.exitCode !== null || process.signalCode !== null ? resolve() : process.once('exit', () => resolve()),
    );
  const kill = async () => {
    if (child === undefined) return;
    // A frozen process is killed all the same; the workers of Postgres notice that their parent is gone.
    signal('SIGKILL');
    await ended(child);
    child = undefined;
  };
  const start = async () => {
    said = '';
    const process = spawn(program, words, { ...identity, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [process.stdout, process.stderr])
      stream?.on('data', (chunk) => (said = `${said}${chunk}`.slice(-4000)));
    child = process;
    const until = Date.now() + 20_000;
    for (;;) {
      try {
        return await ping();
      } catch (cause) {
        if (Date.now() > until) throw new Error(`${program} does not start: ${said}`, { cause });
        await new Promise((resolve) => setTimeout(resolve, 50));
        // Postgres that was killed may find its shared memory still in use for a moment.
        if (process.exitCode !== null && child === process) return start();
      }
    }
  };
  await start();
  const close = async () => {
    await kill();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  return { kill, freeze: () => signal('SIGSTOP'), thaw: () => signal('SIGCONT'), start, close };
}
