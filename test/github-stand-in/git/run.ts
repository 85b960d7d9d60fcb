/** Runs git on a bare repository, blind to this machine's own settings. */
import { spawn } from 'node:child_process';

/** What one run of git gets besides its arguments. */
export interface GitInput {
  readonly stdin?: Uint8Array | string;
  readonly environment?: Readonly<Record<string, string>>;
}

/** What one run of git gave. */
export interface GitOutput {
  readonly exitCode: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** What git gets to know of the machine. */
export const GIT_ENVIRONMENT: Readonly<Record<string, string>> = {
  PATH: process.env.PATH ?? '/usr/bin:/bin',
  HOME: '/nonexistent',
  LC_ALL: 'C',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_LITERAL_PATHSPECS: '1',
};

/** Runs git in a folder and gives its exit code; throws only when git cannot start. */
export function tryGit(directory: string, args: readonly string[], input: GitInput = {}): Promise<GitOutput> {
  return new Promise((resolve, reject) => {
    const child = spawn('git', args, { cwd: directory, env: { ...GIT_ENVIRONMENT, ...input.environment } });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
    child.on('error', reject);
    child.on('close', (exitCode) => {
      resolve({ exitCode: exitCode ?? -1, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr).toString() });
    });
    // Git may end before it has read everything; its exit code tells.
    child.stdin.on('error', () => {});
    child.stdin.end(input.stdin ?? '');
  });
}

/** Runs git and gives its output; throws with git's own words when it fails. */
export async function git(directory: string, args: readonly string[], input: GitInput = {}): Promise<Buffer> {
  const { exitCode, stdout, stderr } = await tryGit(directory, args, input);
  if (exitCode !== 0) throw new Error(`git ${args.join(' ')}: ${stderr.trim() || `exit code ${exitCode}`}`);
  return stdout;
}

/** Runs git and gives its output as text, without space at its ends. */
export async function gitText(directory: string, args: readonly string[], input: GitInput = {}): Promise<string> {
  return (await git(directory, args, input)).toString().trim();
}
