/**
 * Two workers against one, each with one seat and, where `taskset` is, one processor for itself and its children, on jobs
 * that only need a processor; Postgres is the ledger. Without the bound one worker with the process that it starts ahead
 * keeps both processors busy, and two of them show nothing.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { formatBytes, formatMs } from '../../src/index.ts';
import { startPostgres } from '../../test/doubles/servers.ts';
import { bareSheet } from './hilly-sheet.ts';
import { cpuMsSoFar } from './process-tree.ts';
import { finish, markdownTable, median, readSectionArguments, say, sum } from './section.ts';
import { acceptUploads, startBenchService, storeUploads, waitFor } from './upload-jobs.ts';

const BUILT = fileURLToPath(new URL('../../dist/app/cli.js', import.meta.url));
const given = readSectionArguments(3);
const JOBS = given.isSmall ? 2 : 8;
const ROUNDS = given.isSmall ? 1 : given.rounds;
// Some seconds of work each: beside it the start of a job's process is small.
const MODEL_BYTES = 12_000_000;
const bounds = findBounds();

/** What runs a command on one processor of two; null where that cannot be done. */
function findBounds(): readonly (readonly string[])[] | null {
  // Where it is, for the workers have no PATH; and such as `pid 1's current affinity list: 0,2-5`.
  const found = spawnSync('sh', ['-c', 'command -v taskset && taskset -pc $$'], { encoding: 'utf8' });
  const [program = '', allowed = ''] = (found.stdout ?? '').trim().split('\n');
  const ranges = (allowed.split(':').at(-1) ?? '').trim().split(',');
  const all = ranges.flatMap((range) => {
    const [from = Number.NaN, to = from] = range.split('-').map(Number);
    return Number.isNaN(from) ? [] : Array.from({ length: to - from + 1 }, (_, step) => String(from + step));
  });
  return found.status !== 0 || all.length < 2 ? null : all.slice(0, 2).map((one) => [program, '-c', one]);
}

const postgres = await startPostgres();
const folder = mkdtempSync(path.join(tmpdir(), 'glb-bench-workers-'));
const env = { DATABASE_URL: postgres.url, DATA_DIR: folder, HOME: folder };
const service = await startBenchService(env, false);
let number = 0;
// Geometry alone: encoding of textures would use all processors by itself. Numbered, for what is known by its bytes is not worked on.
const models = (count: number, byteLength = MODEL_BYTES) =>
  Array.from({ length: count }, () => bareSheet(byteLength, number++));

function startWorker(index: number): ChildProcess {
  const settings: Record<string, string> = {
    ...env,
    // No browser: what it draws with is shared by all.
    PATH: '/nowhere',
    WORKER_SLOTS: '1',
    LOG_LEVEL: 'error',
  };
  // taskset becomes the worker: the process is the same.
  const [program = '', ...words] = [...(bounds?.[index] ?? []), process.execPath, BUILT, 'work'];
  return spawn(program, words, { env: settings, stdio: ['ignore', 'ignore', 'inherit'] });
}

interface Turn {
  readonly wallMs: number;
  /** Of the workers and of the processes that they started; not a number where the system does not tell. */
  readonly cpuMs: number;
}

async function timeOf(workerCount: number): Promise<Turn> {
  const workers = Array.from({ length: workerCount }, (_, index) => startWorker(index));
  // All of them are awake, and have loaded what they need.
  await waitFor(service, await acceptUploads(service, models(workerCount * 2, 200_000)));
  const jobs = await storeUploads(service, models(JOBS));
  const cpuMs = () => sum(workers.map(({ pid }) => cpuMsSoFar(pid)));
  const [startedMs, startedCpuMs] = [performance.now(), cpuMs()];
  await service.accept(jobs);
  await waitFor(
    service,
    jobs.map(({ key }) => key),
  );
  const turn = { wallMs: performance.now() - startedMs, cpuMs: cpuMs() - startedCpuMs };
  for (const worker of workers) {
    const ended = new Promise((resolve) => worker.once('exit', resolve));
    worker.kill('SIGTERM');
    await ended;
  }
  return turn;
}

const turns: { readonly one: Turn[]; readonly two: Turn[] } = { one: [], two: [] };
for (let round = 0; round < ROUNDS; round++) {
  turns.one.push(await timeOf(1));
  turns.two.push(await timeOf(2));
  say(`${round + 1}: one ${shown(turns.one.at(-1))}, two ${shown(turns.two.at(-1))}`);
}
await service.stop();
await postgres.close();
rmSync(folder, { recursive: true, force: true });
const [one, two] = [middleOf(turns.one), middleOf(turns.two)];
const row = (name: string, workerCount: number, { wallMs, cpuMs }: Turn) => [
  name,
  formatMs(wallMs),
  cpuText(cpuMs),
  Number.isNaN(cpuMs) ? '–' : `${Math.round((cpuMs / wallMs / workerCount) * 100)} %`,
  ((JOBS / wallMs) * 1000).toFixed(2),
  `${(one.wallMs / wallMs).toFixed(2)} ×`,
];
const bound =
  bounds === null
    ? 'no `taskset` here, so that one worker and the process that it starts ahead may use two processors'
    : 'each worker is bound to a processor of its own with its children (`taskset -c`)';
finish(
  given,
  `${JOBS} models of ${formatBytes(MODEL_BYTES)}, geometry alone, one at a time for each worker, the middle of ${ROUNDS} rounds, by turns; ${bound}. ${availableParallelism()} processors, on which Postgres and the one who asks run, too.

${markdownTable(['workers', 'wall', 'CPU', 'of a processor each', 'jobs a second', ''], [row('one', 1, one), row('two', 2, two)])}

Goal: 1.8 × where two processors are free. They were as free as the workers had of them: what is lacking to 100 % went to other work, or was waited for.`,
  turns,
);

function middleOf(all: readonly Turn[]): Turn {
  return { wallMs: median(all.map(({ wallMs }) => wallMs)), cpuMs: median(all.map(({ cpuMs }) => cpuMs)) };
}

function shown(turn: Turn | undefined): string {
  return turn === undefined ? 'nothing' : `${formatMs(turn.wallMs)} (CPU ${cpuText(turn.cpuMs)})`;
}

function cpuText(cpuMs: number): string {
  return Number.isNaN(cpuMs) ? '–' : formatMs(cpuMs);
}
