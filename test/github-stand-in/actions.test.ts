/** `@actions/artifact` and `@actions/cache` themselves, in a process of their own, as a runner starts it. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { JobHandle } from './driver/job-handle.ts';
import type { RepositoryHandle } from './driver/repository-handle.ts';
import { type GitHub, startGitHub } from './github.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
let github: GitHub;
let repository: RepositoryHandle;
let scratch: string;

beforeAll(async () => {
  github = await startGitHub();
  repository = await github.repository('acme/models');
  scratch = mkdtempSync(path.join(tmpdir(), 'stand-in-job-'));
});
afterAll(async () => {
  await github.close();
  rmSync(scratch, { recursive: true, force: true });
});

/** Runs a module's text as a job's step; gives the last line that it printed, as JSON. */
async function step(job: JobHandle, text: string): Promise<unknown> {
  const environment = {
    PATH: process.env.PATH ?? '',
    RUNNER_TEMP: scratch,
    GITHUB_WORKSPACE: scratch,
    ...job.environment,
  };
  const child = spawn(process.execPath, ['--input-type=module', '-e', text], { cwd: ROOT, env: environment });
  let output = '';
  let errors = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  const exitCode = await new Promise((resolve) => child.on('close', resolve));
  if (exitCode !== 0) throw new Error(`${errors}\n${output}`);
  return JSON.parse(output.trim().split('\n').at(-1) ?? '');
}

it('keeps an artifact as one file, and as a ZIP', async () => {
  const page = path.join(scratch, 'report.html');
  writeFileSync(page, `<p>${'x'.repeat(10_000)}</p>`);
  const job = repository.job();
  const upload = `
    import { DefaultArtifactClient } from '@actions/artifact';
    const client = new DefaultArtifactClient();
    const plain = await client.uploadArtifact('report', [${JSON.stringify(page)}], ${JSON.stringify(scratch)}, { skipArchive: true });
    const zipped = await client.uploadArtifact('zipped', [${JSON.stringify(page)}], ${JSON.stringify(scratch)});
    const { artifacts } = await client.listArtifacts();
    console.log('\\n' + JSON.stringify({ plain, names: artifacts.map((one) => one.name) }));
  `;
  const said = await step(job, upload);
  const [plain, zipped] = await job.artifacts();
  const bytes = Buffer.from(`<p>${'x'.repeat(10_000)}</p>`);
  expect(plain).toEqual({
    name: 'report.html',
    mimeType: 'text/html',
    digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}`,
    bytes,
  });
  expect(zipped?.bytes.subarray(0, 2).toString()).toBe('PK');
  expect(said).toMatchObject({ plain: { size: bytes.byteLength }, names: ['report.html', 'zipped'] });
  await expect(step(job, upload)).rejects.toThrow('already exists');
});

it('gives a cache back to the same ref and to those above it, not to others', async () => {
  const folder = path.join(scratch, 'results');
  const save = (content: string) => `
    import { mkdirSync, writeFileSync } from 'node:fs';
    import { saveCache } from '@actions/cache';
    mkdirSync(${JSON.stringify(folder)}, { recursive: true });
    writeFileSync(${JSON.stringify(`${folder}/a.json`)}, ${JSON.stringify(content)});
    console.log('\\n' + JSON.stringify(await saveCache([${JSON.stringify(folder)}], 'glb-v1-abc')));
  `;
  const restore = `
    import { readFileSync, rmSync } from 'node:fs';
    import { restoreCache } from '@actions/cache';
    rmSync(${JSON.stringify(folder)}, { recursive: true, force: true });
    const key = await restoreCache([${JSON.stringify(folder)}], 'glb-v1-xyz', ['glb-v1-']);
    console.log('\\n' + JSON.stringify(key === undefined ? null : [key, readFileSync(${JSON.stringify(`${folder}/a.json`)}, 'utf8')]));
  `;
  expect(await step(repository.job('refs/pull/1/merge'), save('from the pull request'))).toBeGreaterThan(0);
  expect(await step(repository.job('refs/pull/1/merge'), restore)).toEqual(['glb-v1-abc', 'from the pull request']);
  expect(await step(repository.job('refs/pull/2/merge'), restore)).toBeNull();
  await step(repository.job(), save('from main'));
  expect(await step(repository.job('refs/pull/2/merge', 'refs/heads/main'), restore)).toEqual([
    'glb-v1-abc',
    'from main',
  ]);
  expect(repository.job().cacheKeys()).toEqual(['glb-v1-abc', 'glb-v1-abc']);
});
