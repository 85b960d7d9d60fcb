/** Runs git: argument lists only, no shell, no network, and none of the programs that a repository's config names. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { BotError } from '../../src/index.ts';

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What one run of git gave. */
export interface GitResult {
  readonly exitCode: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** What one run of git gets besides its arguments. */
export interface GitInput {
  readonly stdin?: Uint8Array | string;
  readonly environment?: Environment;
}

/** Where and how git runs. */
export interface GitPlace {
  readonly directory: string;
  readonly environment: Environment;
  readonly signal: AbortSignal;
  /** Ctrl-C reaches every process of a terminal's group; git in a group of its own finishes what must not stay half done. */
  readonly isDetached?: boolean;
}

// Paths are data, never patterns; hooks and the file monitor are programs that the repository's config could name.
// `commit-tree` writes what it is given, so the encoding is pinned; a split index would leave a second file behind.
const SAFE_ARGUMENTS = [
  '--no-pager',
  ...['-c', 'core.hooksPath=/dev/null'],
  ...['-c', 'core.fsmonitor=false'],
  ...['-c', 'core.splitIndex=false'],
  ...['-c', 'i18n.commitEncoding=UTF-8'],
  ...['-c', 'gc.auto=0'],
];

const SAFE_ENVIRONMENT: Environment = {
  LC_ALL: 'C',
  GIT_TERMINAL_PROMPT: '0',
  GIT_OPTIONAL_LOCKS: '0',
  GIT_LITERAL_PATHSPECS: '1',
  // A replacement object would be another file than the one that everybody else sees.
  GIT_NO_REPLACE_OBJECTS: '1',
  // A partial clone fetches missing objects by itself, through whatever program its config names. We work offline.
  GIT_ALLOW_PROTOCOL: 'none',
  GIT_NO_LAZY_FETCH: '1',
};

// Everything else stays out: GIT_DIR and its like would lead to another repository, and secrets are none of git's business.
const PASSED_ON =
  /^(PATH|HOME|USER|LOGNAME|USERNAME|USERPROFILE|HOMEDRIVE|HOMEPATH|APPDATA|LOCALAPPDATA|PROGRAMDATA|SYSTEMROOT|COMSPEC|PATHEXT|TMP|TEMP|TMPDIR|EMAIL|XDG_CONFIG_HOME|GIT_(AUTHOR|COMMITTER)_(NAME|EMAIL|DATE)|GIT_CONFIG_(GLOBAL|SYSTEM|NOSYSTEM|COUNT|KEY_\d+|VALUE_\d+)|GIT_CEILING_DIRECTORIES|GIT_EXEC_PATH)$/i;

// A list of paths may be long; this only stops a runaway.
const OUTPUT_LIMIT_BYTES = 512 * 1024 * 1024;

/** The environment that git gets: what it needs of ours, and what makes it safe. */
export function gitEnvironment(environment: Environment): Environment {
  const passed = Object.entries(environment).filter(([name]) => PASSED_ON.test(name));
  return { ...Object.fromEntries(passed), ...SAFE_ENVIRONMENT };
}

/** Starts git with open pipes; the caller ends it. */
export function startGit(place: GitPlace, args: readonly string[]): ChildProcessWithoutNullStreams {
  return spawn('git', [...SAFE_ARGUMENTS, ...args], {
    cwd: place.directory,
    env: { ...place.environment },
    signal: place.signal,
    detached: place.isDetached === true,
    stdio: 'pipe',
    windowsHide: true,
  });
}

/** Runs git to its end and gives its exit code; throws only when git cannot run at all or was cancelled. */
export function tryGit(place: GitPlace, args: readonly string[], input: GitInput = {}): Promise<GitResult> {
  return new Promise((resolve, reject) => {
    const child = startGit({ ...place, environment: { ...place.environment, ...input.environment } }, args);
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    let byteLength = 0;
    child.stdout.on('data', (chunk: Buffer) => {
      byteLength += chunk.byteLength;
      if (byteLength > OUTPUT_LIMIT_BYTES) child.kill();
      else stdout.push(chunk);
    });
    child.stderr.on('data', (chunk: Buffer) => {
      if (stderr.length < 100) stderr.push(chunk);
    });
    child.on('error', (cause) => reject(startError(place, cause)));
    child.on('close', (exitCode) => {
      resolve({ exitCode: exitCode ?? -1, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr).toString() });
    });
    // Git may end before it has read everything; its exit code tells, not the broken pipe.
    child.stdin.on('error', () => {});
    child.stdin.end(input.stdin ?? '');
  });
}

/** Runs git and gives its output as bytes; throws `GIT_FAILED` with git's own words when it fails. */
export async function git(place: GitPlace, args: readonly string[], input: GitInput = {}): Promise<Buffer> {
  const result = await tryGit(place, args, input);
  if (result.exitCode === 0) return result.stdout;
  throw gitFailed(args[0] ?? '', result.stderr);
}

/** Runs git and gives its output as text, without the newline at its end. */
export async function gitText(place: GitPlace, args: readonly string[], input: GitInput = {}): Promise<string> {
  return (await git(place, args, input)).toString().replace(/\n$/, '');
}

/** Splits the output of `-z`: records that end with NUL. */
export function splitRecords(output: Uint8Array): string[] {
  const records = Buffer.from(output).toString().split('\0');
  records.pop();
  return records;
}

/** Git's own words about a failure, with a hint where we know one. */
export function gitFailed(command: string, stderr: string): BotError {
  const words = stderr.trim().split('\n').slice(0, 5).join('; ');
  // [git-scm.com/docs/git-clone --filter] Objects of a partial clone are fetched when needed; we do not fetch.
  const partial = /transport '.*' not allowed|promisor|unable to read|missing blob/i.test(stderr);
  const hint = 'If this is a partial clone, fetch what is missing first: `git fetch --refetch --no-filter`.';
  return new BotError('GIT_FAILED', `git ${command} failed: ${words || 'it said nothing'}.`, partial ? { hint } : {});
}

/** Why git could not be started. */
export function startError(place: GitPlace, cause: Error): BotError {
  if (cause.name === 'AbortError') return new BotError('CANCELLED', 'cancelled', { cause });
  const missing = 'code' in cause && cause.code === 'ENOENT';
  return missing
    ? new BotError('GIT_FAILED', 'git cannot be started', {
        at: place.directory,
        hint: 'Install git (https://git-scm.com), or put it on the PATH.',
        cause,
      })
    : new BotError('GIT_FAILED', `git cannot be started: ${cause.message}`, { at: place.directory, cause });
}
