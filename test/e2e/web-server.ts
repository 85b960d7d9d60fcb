/** The service as people start it: `glb-optimizer serve` with nothing configured but its folder and port. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { WebJob } from '../../src/index.ts';
import { freePort } from '../doubles/servers.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A server that can be killed and started again, on the same port and folder. */
export interface WebServer extends AsyncDisposable {
  readonly url: string;
  readonly folder: string;
  log(): string;
  /** SIGKILL: no chance to tidy up. */
  kill(): Promise<void>;
  start(): Promise<void>;
}

/** Starts it. Without drawing a job takes a second or two; nothing is proven then. */
export async function startServer(
  options: { readonly isDrawn?: boolean; readonly environment?: Readonly<Record<string, string>> } = {},
): Promise<WebServer> {
  const folder = await mkdtemp(path.join(tmpdir(), 'glb web '));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  let text = '';
  let child: ChildProcess | undefined;
  const ended = () => new Promise<void>((resolve) => child?.once('exit', () => resolve()));
  const server: WebServer = {
    url,
    folder,
    log: () => text,
    async start() {
      const started = Promise.withResolvers<void>();
      child = spawn(process.execPath, ['app/cli.ts', 'serve'], {
        cwd: ROOT,
        env: {
          PATH: options.isDrawn === true ? process.env.PATH : '/nowhere',
          HOME: folder,
          DATA_DIR: folder,
          PORT: String(port),
          WORKER_SLOTS: '2',
          LEASE_SECONDS: '3',
          ...options.environment,
        },
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      const from = text.length;
      child.stderr?.on('data', (chunk: Buffer) => {
        text += chunk.toString();
        if (text.slice(from).includes('"listening on')) started.resolve();
      });
      child.once('exit', () => started.reject(new Error(`the server ended: ${text.slice(-3000)}`)));
      await started.promise;
    },
    async kill() {
      const gone = ended();
      child?.kill('SIGKILL');
      await gone;
    },
    async [Symbol.asyncDispose]() {
      if (child !== undefined && child.exitCode === null && child.signalCode === null) {
        const gone = ended();
        child.kill('SIGTERM');
        await gone;
      }
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
  await server.start();
  return server;
}

/** A model of the tests' assets. */
export function assetPath(name: string): string {
  return path.join(ROOT, 'test/assets', name);
}

/** Uploads as `curl -F file=@…` does; gives the answer. */
export async function send(
  url: string,
  files: readonly (readonly [name: string, bytes: Uint8Array<ArrayBuffer>])[],
  more: {
    readonly fields?: Readonly<Record<string, string>>;
    readonly headers?: Readonly<Record<string, string>>;
  } = {},
): Promise<Response> {
  const form = new FormData();
  for (const [name, bytes] of files) form.append('file', new Blob([bytes]), name);
  for (const [name, value] of Object.entries(more.fields ?? {})) form.append(name, value);
  return fetch(`${url}/api/uploads`, { method: 'POST', body: form, headers: more.headers ?? {} });
}

/** The bytes of a model of the tests' assets. */
export async function asset(name: string): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await readFile(assetPath(name)));
}

/** A job once it has ended, by asking again and again. */
export async function ended(url: string, id: string, timeoutMs = 120_000): Promise<WebJob> {
  const untilMs = Date.now() + timeoutMs;
  for (;;) {
    const answer = await fetch(`${url}/api/jobs/${id}`);
    const job: WebJob = await answer.json();
    if (job.status === 'done' || job.status === 'failed') return job;
    if (Date.now() > untilMs) throw new Error(`the job has not ended: ${JSON.stringify(job)}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
