/** Whether the server's memory grows with the number of jobs: 10,000 small uploads through ledger, worker and publisher, and a plot. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { formatBytes, formatCount, formatMs, writeGlb } from '../../src/index.ts';
import { houseScene } from '../../test/house-scene.ts';
import { finish, markdownTable, readSectionArguments, say } from './section.ts';
import { acceptUploads, startBenchService, waitFor } from './upload-jobs.ts';

const PLOT = fileURLToPath(new URL('../../docs/images/server-memory.svg', import.meta.url));
const given = readSectionArguments(1);
const JOBS = given.isSmall ? 200 : 10_000;
const AT_ONCE = 50;
/** One in so many is a model that nobody has seen: its process is started as ever. The others come out of the store of results. */
const NEW_EVERY = 100;

interface Sample {
  readonly jobCount: number;
  readonly residentBytes: number;
  /** After the garbage is collected: what is really kept. */
  readonly heapBytes: number;
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
const folder = mkdtempSync(path.join(tmpdir(), 'glb-bench-memory-'));
const service = await startBenchService({ DATA_DIR: folder, WORKER_SLOTS: '2' }, true);
const { json, bin } = (await houseScene()).source();
const modelOf = (place: number) => writeGlb({ ...json, extras: { place: Math.floor(place / NEW_EVERY) } }, bin);
const samples: Sample[] = [];
const look = (jobCount: number) => {
  collectGarbage();
  const { rss, heapUsed } = process.memoryUsage();
  samples.push({ jobCount, residentBytes: rss, heapBytes: heapUsed });
};
// What is loaded with the first job is no growth.
await waitFor(service, await acceptUploads(service, [modelOf(-1)]));
look(0);
const startedMs = performance.now();
for (let done = 0; done < JOBS; done += AT_ONCE) {
  // The new one alone: what is asked for at the same time is worked out as often.
  if (done % NEW_EVERY === 0) await waitFor(service, await acceptUploads(service, [modelOf(done)]));
  const models = Array.from({ length: AT_ONCE }, (_, place) => modelOf(done + place));
  await waitFor(service, await acceptUploads(service, models));
  look(done + AT_ONCE);
  if ((done / AT_ONCE) % 20 === 0)
    say(`${done + AT_ONCE} jobs: ${formatBytes(samples.at(-1)?.heapBytes ?? 0)} of heap`);
}
const tookMs = performance.now() - startedMs;
await service.stop();
rmSync(folder, { recursive: true, force: true });

/** Bytes for each further job, by least squares over the second half: the first fills caches. */
function slopeOf(key: 'residentBytes' | 'heapBytes'): number {
  const late = samples.slice(Math.floor(samples.length / 2));
  const mean = (of: (sample: Sample) => number) => late.reduce((total, sample) => total + of(sample), 0) / late.length;
  const [x, y] = [mean(({ jobCount }) => jobCount), mean((sample) => sample[key])];
  const over = mean((sample) => (sample.jobCount - x) * (sample[key] - y));
  return over / mean((sample) => (sample.jobCount - x) ** 2);
}

function plot(): string {
  const [width, height, edge] = [720, 240, 40];
  const top = Math.max(...samples.map(({ residentBytes }) => residentBytes)) * 1.1;
  const line = (key: 'residentBytes' | 'heapBytes', colour: string) => {
    const points = samples.map((sample) => {
      const x = edge + (sample.jobCount / JOBS) * (width - 2 * edge);
      return `${x.toFixed(1)},${(height - edge - (sample[key] / top) * (height - 2 * edge)).toFixed(1)}`;
    });
    return `<polyline fill="none" stroke="${colour}" stroke-width="2" points="${points.join(' ')}"/>`;
  };
  const text = (x: number, y: number, words: string) => `<text x="${x}" y="${y}" fill="#777">${words}</text>`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12" role="img" aria-label="Memory of the server over ${formatCount(JOBS)} jobs">
${line('residentBytes', '#2f6fde')}
${line('heapBytes', '#1a9c5b')}
${text(edge, edge - 16, `Memory of the server: resident (blue), heap (green); the top is ${formatBytes(top)}`)}
${text(edge, height - 14, '0 jobs')}
${text(width - edge - 70, height - 14, `${formatCount(JOBS)} jobs`)}
</svg>
`;
}

if (!given.isSmall) writeFileSync(PLOT, plot());
const places = new Set([0, 0.1, 0.25, 0.5, 0.75, 1].map((share) => Math.round(share * (samples.length - 1))));
const shown = [...places].map((place) => samples[place]);
const rows = shown.flatMap((sample) =>
  sample === undefined
    ? []
    : [[formatCount(sample.jobCount), formatBytes(sample.residentBytes), formatBytes(sample.heapBytes)]],
);
finish(
  given,
  `${formatCount(JOBS)} uploads of a small model, accepted ${AT_ONCE} at a time, in ${formatMs(tookMs)}, on the embedded ledger. One in ${NEW_EVERY} is new and goes through a process of its own; the others are known by their bytes.

${markdownTable(['jobs', 'resident', 'heap, without garbage'], rows, 0)}

Over the second half, heap grows by ${slopeOf('heapBytes').toFixed(0)} bytes with each job, resident memory by ${slopeOf('residentBytes').toFixed(0)}.${given.isSmall ? '' : '\n\n![Memory of the server over the jobs](images/server-memory.svg)'}`,
  { tookMs, samples },
);
