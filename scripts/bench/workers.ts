/** Two workers against one, each a process with one seat, on jobs that only need a processor; Postgres is the ledger. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { formatMs, readGlb, writeGlb } from '../../src/index.ts';
import { startPostgres } from '../../test/doubles/servers.ts';
import { sheetOf } from './hilly-sheet.ts';
import { finish, markdownTable, median, readSectionArguments, say } from './section.ts';
import { acceptUploads, startBenchService, waitFor } from './upload-jobs.ts';

const BUILT = fileURLToPath(new URL('../../dist/app/cli.js', import.meta.url));
const given = readSectionArguments(3);
const JOBS = given.isSmall ? 4 : 24;
const ROUNDS = given.isSmall ? 1 : given.rounds;

/** Geometry alone: encoding of textures would use all processors by itself. */
async function geometryOf(byteLength: number): Promise<(place: number) => Uint8Array<ArrayBuffer>> {
  const opened = readGlb(await sheetOf(byteLength));
  if (!('json' in opened)) throw new Error('the sheet is no GLB');
  const { images: _images, textures: _textures, ...json } = opened.json;
  const bare = { ...json, materials: [{ name: 'grey' }] };
  return (place) => writeGlb({ ...bare, extras: { place } }, opened.bin);
}

const postgres = await startPostgres();
const folder = mkdtempSync(path.join(tmpdir(), 'glb-bench-workers-'));
const env = { DATABASE_URL: postgres.url, DATA_DIR: folder, HOME: folder };
const service = await startBenchService(env, false);
const modelOf = await geometryOf(1_500_000);
let place = 0;
const models = (count: number) => Array.from({ length: count }, () => modelOf(place++));

function startWorker(): ChildProcess {
  const settings: Record<string, string> = {
    ...env,
    // No browser: what it draws with is shared by all.
    PATH: '/nowhere',
    WORKER_SLOTS: '1',
    LOG_LEVEL: 'error',
  };
  return spawn(process.execPath, [BUILT, 'work'], { env: settings, stdio: ['ignore', 'ignore', 'inherit'] });
}

async function timeOf(workerCount: number): Promise<number> {
  const workers = Array.from({ length: workerCount }, startWorker);
  // All of them are awake, and have loaded what they need.
  await waitFor(service, await acceptUploads(service, models(workerCount * 2)));
  const startedMs = performance.now();
  await waitFor(service, await acceptUploads(service, models(JOBS)));
  const tookMs = performance.now() - startedMs;
  for (const worker of workers) {
    const ended = new Promise((resolve) => worker.once('exit', resolve));
    worker.kill('SIGTERM');
    await ended;
  }
  return tookMs;
}

const times: { readonly one: number[]; readonly two: number[] } = { one: [], two: [] };
for (let round = 0; round < ROUNDS; round++) {
  times.one.push(await timeOf(1));
  times.two.push(await timeOf(2));
  say(`${round + 1}: one ${formatMs(times.one.at(-1) ?? 0)}, two ${formatMs(times.two.at(-1) ?? 0)}`);
}
await service.stop();
await postgres.close();
rmSync(folder, { recursive: true, force: true });
const [one, two] = [median(times.one), median(times.two)];
const row = (name: string, ms: number) => [
  name,
  formatMs(ms),
  ((JOBS / ms) * 1000).toFixed(2),
  `${(one / ms).toFixed(2)} ×`,
];
finish(
  given,
  `${JOBS} models of geometry alone, the middle of ${ROUNDS} rounds, by turns; ${availableParallelism()} processors, on which Postgres runs, too.

${markdownTable(['workers', 'wall', 'jobs a second', ''], [row('one', one), row('two', two)])}

Goal: 1.8 × where two processors are free.`,
  times,
);
