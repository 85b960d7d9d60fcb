/** The files that other machines read: workflows, compose, Dockerfile. No engine runs here, so this is what can be known. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse, parseDocument } from 'yaml';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const read = (name: string) => readFileSync(path.join(ROOT, name), 'utf8');

interface Step {
  readonly uses?: string;
  readonly run?: string;
}
interface Workflow {
  readonly permissions: unknown;
  readonly jobs: Readonly<Record<string, { permissions?: Record<string, string>; steps: readonly Step[] }>>;
}

const WORKFLOWS = readdirSync(path.join(ROOT, '.github/workflows')).map((file) => `.github/workflows/${file}`);

describe.each(WORKFLOWS)('%s', (name) => {
  const workflow = parse(read(name)) as Workflow;
  const jobs = Object.values(workflow.jobs);

  it('is sound YAML without a key that is there twice', () => {
    expect(parseDocument(read(name)).errors).toEqual([]);
  });

  it('gives nothing to all, and to each job what it needs', () => {
    expect(workflow.permissions).toEqual({});
    for (const job of jobs) expect(job.permissions).toHaveProperty('contents');
    const writers = jobs.filter((job) => Object.values(job.permissions ?? {}).includes('write'));
    expect(writers.length > 0).toBe(name.includes('release'));
  });

  it('pins every action by commit, and writes no expression into a script', () => {
    const steps = jobs.flatMap((job) => job.steps);
    for (const { uses } of steps) if (uses !== undefined) expect(uses).toMatch(/^[\w-]+\/[\w/-]+@[0-9a-f]{40}$/);
    for (const { run } of steps) expect(run ?? '').not.toMatch(/\$\{\{/);
  });

  it('runs only npm scripts that there are', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const called = [...read(name).matchAll(/npm run ([\w:]+)/g)].map(([, script]) => script ?? '');
    expect(called.length).toBeGreaterThan(0);
    for (const script of called) expect(scripts).toHaveProperty([script]);
  });
});

describe('compose.yaml', () => {
  interface Service {
    readonly command?: readonly string[];
    readonly environment?: Readonly<Record<string, string>>;
    readonly cap_drop?: readonly string[];
    readonly depends_on?: Readonly<Record<string, unknown>>;
  }
  const compose = parse(read('compose.yaml'), { merge: true }) as { services: Record<string, Service> };

  it('starts a server, workers, Redis and Postgres, each after what it needs', () => {
    expect(Object.keys(compose.services)).toEqual(['server', 'worker', 'redis', 'postgres']);
    expect(compose.services.server?.command).toEqual(['serve', '--no-worker']);
    expect(compose.services.worker?.command).toEqual(['work']);
    expect(Object.keys(compose.services.worker?.depends_on ?? {})).toEqual(['redis', 'postgres']);
  });

  it('holds no secret, and takes no privilege', () => {
    expect(read('compose.yaml')).not.toMatch(/^ *\w*(PASSWORD|SECRET|TOKEN|KEY): *(?![ $])\S/m);
    for (const name of ['server', 'worker']) expect(compose.services[name]?.cap_drop).toEqual(['ALL']);
  });
});

describe('the Dockerfile', () => {
  const lines = read('Dockerfile').split('\n');

  it('copies only what is there, and what .dockerignore lets through', () => {
    const allowed = read('.dockerignore')
      .split('\n')
      .flatMap((line) => (line.startsWith('!') ? [line.slice(1)] : []));
    for (const name of allowed) expect(existsSync(path.join(ROOT, name)), name).toBe(true);
    const needed = ['app', 'src', 'viewer', 'scripts', 'package-lock.json', 'tsconfig.build.json', 'vite.config.ts'];
    expect(allowed).toEqual(expect.arrayContaining(needed));
  });

  it('ends in both images as an ordinary user', () => {
    const stages = lines
      .join('\n')
      .split(/^FROM /m)
      .slice(1);
    const users = stages.map((stage) => [...stage.matchAll(/^USER (\w+)$/gm)].at(-1)?.[1]);
    expect(users).toEqual([undefined, 'node', 'node']);
  });

  it('runs the Node that the project is tested with', () => {
    const images = lines.flatMap((line) => /^FROM (node:\d+)/.exec(line)?.[1] ?? []);
    expect(new Set(images)).toEqual(new Set([`node:${read('.nvmrc').trim()}`]));
  });
});
