/**
 * A runner of our own: runs an action from its folder as GitHub's does, for `node24` actions. Nothing of this machine's
 * environment reaches the step but what a runner has, and no connection leaves the machine.
 */
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parse } from 'yaml';
import { parseCommand, parseFileCommands, type RunnerCommand } from './commands.ts';

const LOOPBACK_ONLY = new URL('loopback-only.mjs', import.meta.url).href;

/** A step to run. */
export interface Step {
  /** The folder that a tag would have become. */
  readonly action: string;
  readonly eventName: string;
  readonly payload: unknown;
  readonly with?: Readonly<Record<string, string>>;
  /** `github.token`. */
  readonly token?: string;
  readonly repository?: string;
  readonly sha?: string;
  readonly ref?: string;
  readonly apiUrl?: string;
  readonly serverUrl?: string;
  /** More of the environment, such as the artifact service, or another PATH. */
  readonly env?: Readonly<Record<string, string>>;
}

/** What came of it. */
export interface StepResult {
  readonly exitCode: number | null;
  readonly outputs: Readonly<Record<string, string>>;
  readonly state: Readonly<Record<string, string>>;
  readonly summary: string;
  /** All lines as written, before masks are applied. */
  readonly lines: readonly string[];
  /** What a reader sees: masked, without commands. */
  readonly log: string;
  readonly errorText: string;
  readonly commands: readonly RunnerCommand[];
  readonly temp: string;
  readonly firstLineMs: number;
  readonly durationMs: number;
}

interface Manifest {
  readonly inputs: Readonly<Record<string, { readonly default?: string; readonly required?: boolean }>>;
  readonly runs: { readonly using: string; readonly main: string };
}

/** The manifest of an action's folder. */
export async function readManifest(action: string): Promise<Manifest> {
  return parse(await readFile(path.join(action, 'action.yml'), 'utf8')) as Manifest;
}

/** Runs the step to its end. */
export async function runStep(step: Step): Promise<StepResult> {
  const manifest = await readManifest(step.action);
  if (manifest.runs.using !== 'node24') throw new Error(`this runner has no ${manifest.runs.using}`);
  const home = await mkdtemp(path.join(tmpdir(), 'glb-optimizer-runner-'));
  const files = await makeFiles(home, step.payload);
  const started = performance.now();
  const child = spawn(process.execPath, [path.join(step.action, manifest.runs.main)], {
    cwd: files.workspace,
    env: { ...environment(step, files), ...inputs(step, manifest), ...step.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  let errorText = '';
  let firstLineMs = Number.POSITIVE_INFINITY;
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    if (text === '') firstLineMs = performance.now() - started;
    text += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    errorText += chunk;
  });
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  const durationMs = performance.now() - started;
  const lines = text.split(/\r?\n/);
  const commands = lines.flatMap((line) => parseCommand(line) ?? []);
  const masks = commands.filter(({ name }) => name === 'add-mask').map(({ message }) => message);
  const visible = lines.filter((line) => parseCommand(line) === undefined).join('\n');
  return {
    exitCode,
    outputs: parseFileCommands(await readFile(files.output, 'utf8')),
    state: parseFileCommands(await readFile(files.state, 'utf8')),
    summary: await readFile(files.summary, 'utf8'),
    lines,
    log: masks.reduce((shown, mask) => shown.replaceAll(mask, '***'), visible),
    errorText,
    commands,
    temp: files.temp,
    firstLineMs,
    durationMs,
  };
}

interface StepFiles {
  readonly workspace: string;
  readonly temp: string;
  readonly home: string;
  readonly event: string;
  readonly output: string;
  readonly state: string;
  readonly env: string;
  readonly path: string;
  readonly summary: string;
}

async function makeFiles(home: string, payload: unknown): Promise<StepFiles> {
  const at = (name: string) => path.join(home, name);
  for (const folder of ['work', 'temp', 'home', 'tools']) await mkdir(at(folder));
  await writeFile(at('event.json'), JSON.stringify(payload));
  for (const name of ['output', 'state', 'env', 'path', 'summary']) await writeFile(at(name), '');
  return {
    workspace: at('work'),
    temp: at('temp'),
    home: at('home'),
    event: at('event.json'),
    output: at('output'),
    state: at('state'),
    env: at('env'),
    path: at('path'),
    summary: at('summary'),
  };
}

/** [docs: variables] What every step has. `GITHUB_TOKEN` is not among it. */
function environment(step: Step, files: StepFiles): Record<string, string> {
  const repository = step.repository ?? 'octo-org/web-shop';
  const apiUrl = step.apiUrl ?? 'http://127.0.0.1:9';
  const kept = ['PATH', 'CHROME_PATH', 'GLB_OPTIMIZER_BROWSER', 'LANG'].flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    ...Object.fromEntries(kept),
    HOME: files.home,
    NODE_OPTIONS: `--import=${LOOPBACK_ONLY}`,
    CI: 'true',
    GITHUB_ACTIONS: 'true',
    GITHUB_ACTION: '__octo-org_glb-optimizer',
    GITHUB_ACTION_PATH: step.action,
    GITHUB_ACTOR: 'octocat',
    GITHUB_API_URL: apiUrl,
    GITHUB_GRAPHQL_URL: `${apiUrl}/graphql`,
    GITHUB_SERVER_URL: step.serverUrl ?? 'http://127.0.0.1:9',
    GITHUB_EVENT_NAME: step.eventName,
    GITHUB_EVENT_PATH: files.event,
    GITHUB_REPOSITORY: repository,
    GITHUB_REPOSITORY_OWNER: repository.split('/')[0] ?? '',
    GITHUB_SHA: step.sha ?? '0'.repeat(40),
    GITHUB_REF: step.ref ?? 'refs/heads/main',
    GITHUB_WORKFLOW: 'GLB',
    GITHUB_JOB: 'glb',
    GITHUB_RUN_ID: '4711',
    GITHUB_RUN_NUMBER: '1',
    GITHUB_RUN_ATTEMPT: '1',
    GITHUB_WORKSPACE: files.workspace,
    GITHUB_OUTPUT: files.output,
    GITHUB_STATE: files.state,
    GITHUB_ENV: files.env,
    GITHUB_PATH: files.path,
    GITHUB_STEP_SUMMARY: files.summary,
    RUNNER_OS: 'Linux',
    RUNNER_ARCH: process.arch.toUpperCase(),
    RUNNER_NAME: 'GitHub Actions 1',
    RUNNER_ENVIRONMENT: 'github-hosted',
    RUNNER_TEMP: files.temp,
    RUNNER_TOOL_CACHE: path.join(path.dirname(files.temp), 'tools'),
  };
}

/** Given inputs over the manifest's defaults; names in upper case, blanks as `_`, hyphens kept. */
function inputs(step: Step, manifest: Manifest): Record<string, string> {
  const defaults = Object.fromEntries(
    Object.entries(manifest.inputs).map(([name, input]) => [name, input.default ?? '']),
  );
  const values = { ...defaults, ...step.with };
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      `INPUT_${name.replaceAll(' ', '_').toUpperCase()}`,
      value.replace(/^\$\{\{ github\.token \}\}$/, step.token ?? ''),
    ]),
  );
}
