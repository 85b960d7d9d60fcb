/** The App as its users have it: `glb-optimizer serve` in a process of its own, beside the stand-in for GitHub. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../doubles/servers.ts';
import type { AppHandle } from '../github-stand-in/driver/app-handle.ts';
import { type GitHub, type StartOptions, startGitHub } from '../github-stand-in/github.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A process of the App. */
export interface AppProcess {
  readonly child: ChildProcess;
  readonly url: string;
  /** What it logged so far. */
  log(): string;
  /** Asks it to stop, and waits until it has. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/** How the App starts. */
export interface AppOptions {
  readonly environment?: Readonly<Record<string, string>>;
  /** Real pictures by Chromium; off for speed, unless a test is about them. */
  readonly isDrawn?: boolean;
  readonly role?: 'serve' | 'work';
  /** Further words of the command line. */
  readonly words?: readonly string[];
  /** Stands before the command line: a program that runs it elsewhere, such as in another network. */
  readonly prefix?: readonly string[];
  /** Knows its own address, so that comments and checks link to it. */
  readonly isPublic?: boolean;
  /** People can sign in with GitHub. */
  readonly sharesClient?: boolean;
}

/** Starts a process of the App and waits until it listens. */
export async function startApp(
  github: GitHub,
  app: AppHandle | null,
  dataDir: string,
  options: AppOptions = {},
): Promise<AppProcess> {
  const credentials =
    app === null ? {} : { APP_ID: String(app.id), PRIVATE_KEY: app.privateKey, WEBHOOK_SECRET: app.webhookSecret };
  const client =
    app === null || options.sharesClient !== true ? {} : { CLIENT_ID: app.clientId, CLIENT_SECRET: app.clientSecret };
  const role = options.role ?? 'serve';
  const port = options.isPublic === true ? await freePort() : 0;
  const command = [...(options.prefix ?? []), process.execPath, 'app/cli.ts', role, ...(options.words ?? [])];
  const child = spawn(command[0] ?? '', command.slice(1), {
    cwd: ROOT,
    env: {
      PATH: options.isDrawn === true ? process.env.PATH : await pathWithGitAlone(dataDir),
      HOME: dataDir,
      DATA_DIR: dataDir,
      PORT: String(port),
      ...(port === 0 ? {} : { PUBLIC_URL: `http://127.0.0.1:${port}` }),
      WORKER_SLOTS: '2',
      GHE_HOST: github.host,
      GHE_PROTOCOL: 'http',
      LOG_LEVEL: 'debug',
      ...credentials,
      ...client,
      ...options.environment,
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let text = '';
  const isUp = Promise.withResolvers<string>();
  child.stderr?.on('data', (chunk: Buffer) => {
    text += chunk.toString();
    const url = /"url":"(http:[^"]+)"/.exec(text)?.[1];
    if (url !== undefined) isUp.resolve(url);
    else if (role === 'work' && text.includes('"message":"working"')) isUp.resolve('');
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  // Its last words may arrive after its end.
  child.once('close', () => isUp.reject(new Error(`the App ended: ${text.slice(-3000)}`)));
  const url = await isUp.promise;
  if (app !== null && role === 'serve') app.setWebhookUrl(`${url}/api/github/webhooks`);
  return {
    child,
    url,
    log: () => text,
    async stop(signal = 'SIGTERM') {
      child.kill(signal);
      await ended;
    },
  };
}

/** A folder with git and nothing else: where no browser is found, nothing is drawn. */
async function pathWithGitAlone(dataDir: string): Promise<string> {
  const folder = path.join(dataDir, 'bin');
  await mkdir(folder, { recursive: true });
  const places = (process.env.PATH ?? '').split(path.delimiter).map((place) => path.join(place, 'git'));
  const git = places.find((file) => existsSync(file));
  if (git !== undefined && !existsSync(path.join(folder, 'git'))) await symlink(git, path.join(folder, 'git'));
  return folder;
}

/** Stand-in, data folder and App together; close it. */
export async function startBoth(options: AppOptions & { readonly github?: StartOptions } = {}) {
  const github = await startGitHub(options.github);
  const dataDir = await mkdtemp(path.join(tmpdir(), 'glb-app-'));
  const app = github.app();
  let running = await startApp(github, app, dataDir, options);
  return {
    github,
    app,
    dataDir,
    running: () => running,
    /** Starts it again, as after a crash. */
    async restart(more: AppOptions = {}) {
      running = await startApp(github, app, dataDir, { ...options, ...more });
      return running;
    },
    async [Symbol.asyncDispose]() {
      if (running.child.exitCode === null && running.child.signalCode === null) await running.stop();
      await rm(dataDir, { recursive: true, force: true });
      await github.close();
    },
  };
}

/** Asks until the answer is not undefined and not false. */
export async function until<T>(what: string, ask: () => T | Promise<T>, timeoutMs = 60_000): Promise<NonNullable<T>> {
  const endMs = Date.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== null && answer !== false) return answer;
    if (Date.now() > endMs) throw new Error(`waited ${timeoutMs} ms for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Sends a webhook as GitHub does; gives the status. */
export async function post(
  url: string,
  payload: string,
  headers: { readonly event: string; readonly delivery: string; readonly signature: string },
): Promise<number> {
  const answer = await fetch(`${url}/api/github/webhooks`, {
    method: 'POST',
    body: payload,
    headers: {
      'content-type': 'application/json',
      'x-github-event': headers.event,
      'x-github-delivery': headers.delivery,
      'x-hub-signature-256': `sha256=${headers.signature}`,
    },
  });
  await answer.arrayBuffer();
  return answer.status;
}
