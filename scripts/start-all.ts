/**
 * `npm run start:all`: starts Redis and Postgres if they are installed on this machine, waits until they are well, and
 * starts the service. What is not installed is not needed: the service says which tier it uses, and goes on.
 * Servers that are set already (REDIS_URL, DATABASE_URL) are used as they are.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { homedir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const DEBIAN = '/usr/lib/postgresql';
const folders = existsSync(DEBIAN) ? readdirSync(DEBIAN).map((version) => path.join(DEBIAN, version, 'bin')) : [];
const find = (name: string) =>
  [...(process.env.PATH ?? '').split(path.delimiter), ...folders]
    .map((folder) => path.join(folder, name))
    .find((file) => existsSync(file));
const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};
const dataDir = path.resolve(process.env.DATA_DIR ?? path.join(homedir(), '.local/share/glb-optimizer'));
const children: ChildProcess[] = [];
const environment: Record<string, string | undefined> = { ...process.env, DATA_DIR: dataDir };

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function isListening(port: number): Promise<boolean> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const isOpen = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false));
      socket.on('connect', () => socket.destroy());
    });
    if (isOpen) return true;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return false;
}

async function startRedis(): Promise<void> {
  if (environment.REDIS_URL) return say('Redis: as REDIS_URL says');
  const program = find('redis-server');
  if (program === undefined) return say('Redis: not installed, so not used (Debian: apt-get install redis-server)');
  const folder = path.join(dataDir, 'redis');
  mkdirSync(folder, { recursive: true });
  const port = await freePort();
  children.push(
    spawn(program, ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--appendonly', 'yes'], {
      stdio: 'ignore',
    }),
  );
  if (!(await isListening(port))) return say('Redis: does not start, so not used');
  environment.REDIS_URL = `redis://127.0.0.1:${port}`;
  say(`Redis: started, ${environment.REDIS_URL}`);
}

async function startPostgres(): Promise<void> {
  if (environment.DATABASE_URL) return say('Postgres: as DATABASE_URL says');
  const [program, initdb] = [find('postgres'), find('initdb')];
  if (program === undefined || initdb === undefined)
    return say('Postgres: not installed, so the ledger is SQLite (Debian: apt-get install postgresql)');
  // Root's own folders cannot be entered by whom Postgres runs as; it refuses root.
  const owner = process.getuid?.() === 0 ? { uid: idOf('-u'), gid: idOf('-g') } : undefined;
  const folder = owner === undefined ? path.join(dataDir, 'postgres') : '/var/tmp/glb-optimizer-postgres';
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (owner !== undefined) chownSync(folder, owner.uid, owner.gid);
  const data = path.join(folder, 'data');
  if (!existsSync(data))
    execFileSync(initdb, ['-D', data, '-U', 'glb', '-A', 'trust', '-E', 'UTF8', '--no-locale'], {
      ...owner,
      stdio: 'ignore',
    });
  const port = await freePort();
  children.push(
    spawn(program, ['-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', folder], { ...owner, stdio: 'ignore' }),
  );
  if (!(await isListening(port))) return say('Postgres: does not start, so the ledger is SQLite');
  environment.DATABASE_URL = `postgres://glb@127.0.0.1:${port}/postgres`;
  say(`Postgres: started, ${environment.DATABASE_URL}`);
}

function idOf(flag: string): number {
  return Number(execFileSync('id', [flag, 'nobody']).toString());
}

mkdirSync(dataDir, { recursive: true });
await Promise.all([startRedis(), startPostgres()]);
const program = fileURLToPath(new URL('../app/cli.ts', import.meta.url));
const service = spawn(process.execPath, [program, 'serve', ...process.argv.slice(2)], {
  env: environment,
  stdio: 'inherit',
});
for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => service.kill(name));
service.once('exit', (code) => {
  // The service first: it gives back what it holds while its servers still answer.
  for (const child of children) child.kill('SIGTERM');
  process.exitCode = code ?? 0;
});
