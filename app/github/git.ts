/** Runs git for a push: argument lists only, no hook, no filter, no helper; the token is in the environment alone. */
import { spawn } from 'node:child_process';
import { BotError } from '../../src/index.ts';

/** Where and how git runs. */
export interface GitRun {
  readonly directory: string;
  /** Sent to this server only. */
  readonly auth: { readonly serverUrl: string; readonly token: string };
  /** What git needs of ours: PATH and where its own programs are. */
  readonly path: string;
  readonly signal: AbortSignal;
}

/** What one run gave. */
export interface GitResult {
  readonly exitCode: number;
  readonly stdout: string;
  /** Without the token, should git ever say it. */
  readonly stderr: string;
}

const SAFE_ARGUMENTS = [
  '--no-pager',
  ...['-c', 'core.hooksPath=/dev/null'],
  ...['-c', 'core.fsmonitor=false'],
  ...['-c', 'credential.helper='],
  ...['-c', 'gc.auto=0'],
  ...['-c', 'i18n.commitEncoding=UTF-8'],
];

// A push of hundreds of megabytes over a slow line.
const TIMEOUT_MS = 30 * 60_000;

/** Runs git to its end. */
export function runGit(
  run: GitRun,
  args: readonly string[],
  input: { readonly stdin?: Uint8Array | string; readonly environment?: Readonly<Record<string, string>> } = {},
): Promise<GitResult> {
  const { serverUrl, token } = run.auth;
  const basic = Buffer.from(`x-access-token:${token}`).toString('base64');
  const environment = {
    PATH: run.path,
    HOME: run.directory,
    LC_ALL: 'C',
    GIT_TERMINAL_PROMPT: '0',
    GIT_LITERAL_PATHSPECS: '1',
    GIT_NO_LAZY_FETCH: '1',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    // Nothing but HTTP: no ssh, no file, no `ext::` program.
    GIT_ALLOW_PROTOCOL: 'http:https',
    // [git-scm.com/docs/git-config GIT_CONFIG_COUNT] Never in the arguments, which every user of the machine can read.
    GIT_CONFIG_COUNT: '2',
    GIT_CONFIG_KEY_0: `http.${serverUrl}/.extraheader`,
    GIT_CONFIG_VALUE_0: `AUTHORIZATION: basic ${basic}`,
    GIT_CONFIG_KEY_1: 'http.followRedirects',
    GIT_CONFIG_VALUE_1: 'false',
    ...input.environment,
  };
  return new Promise((resolve, reject) => {
    const child = spawn('git', [...SAFE_ARGUMENTS, ...args], {
      cwd: run.directory,
      env: environment,
      signal: AbortSignal.any([run.signal, AbortSignal.timeout(TIMEOUT_MS)]),
      stdio: 'pipe',
      windowsHide: true,
    });
    const stdout: Buffer[] = [];
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => {
      stderr = `${stderr}${chunk}`.slice(-4000);
    });
    child.on('error', (cause) => {
      const hint = 'Install git, or keep the files below 30 MB each.';
      reject(new BotError('GIT_FAILED', `git cannot be started: ${cause.message}.`, { hint, cause }));
    });
    child.on('close', (exitCode) => {
      const said = stderr.replaceAll(token, '***').replaceAll(basic, '***');
      resolve({ exitCode: exitCode ?? -1, stdout: Buffer.concat(stdout).toString(), stderr: said });
    });
    child.stdin.on('error', () => {});
    child.stdin.end(input.stdin ?? '');
  });
}

/** Runs git and gives what it printed, without the last newline; throws its own words. */
export async function gitOutput(...given: Parameters<typeof runGit>): Promise<string> {
  const { exitCode, stdout, stderr } = await runGit(...given);
  if (exitCode === 0) return stdout.replace(/\n$/, '');
  const words = stderr.trim().split('\n').slice(-3).join('; ');
  throw new BotError('GIT_FAILED', `git ${given[1][0] ?? ''} failed: ${words}.`);
}
