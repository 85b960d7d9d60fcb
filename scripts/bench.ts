/**
 * Measures sizes, seconds and memory beside glTF-Transform, both on the same files in the same run, in turn.
 * `npm run bench -- [folder or file]… [--rounds N] [--json FILE] [--no-queue]`; after that the queue, as `npm run bench:queue`.
 */
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir, totalmem } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { formatBytes, formatMs } from '../src/units.ts';
import { TOOL } from '../src/version.ts';
import { type Contender, gltfTransform, ours } from './bench/contenders.ts';
import { listFiles } from './bench/files.ts';
import { type Cost, runNode } from './bench/measured-process.ts';
import { benchQueue } from './bench/queue-tables.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '1' },
    json: { type: 'string' },
    'no-queue': { type: 'boolean', default: false },
  },
});

const OURS = ours('balanced, three, meshopt', ['--preset', 'balanced', '--decoders', 'meshopt']);
const PEER = gltfTransform('meshopt + webp', ['--compress', 'meshopt', '--texture-compress', 'webp']);

interface Row {
  readonly file: string;
  readonly contender: string;
  readonly byteLengthBefore: number;
  /** Null when the program failed. */
  readonly byteLengthAfter: number | null;
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly peakBytes: number;
}

async function measure(contender: Contender, file: string, folder: string): Promise<Row> {
  const output = path.join(folder, path.basename(file));
  rmSync(output, { force: true });
  const cost: Cost = await runNode(contender.program, contender.args(file, output));
  const { wallMs, cpuMs, peakBytes } = cost;
  const byteLengthAfter = existsSync(output) ? statSync(output).size : null;
  return {
    file: path.basename(file),
    contender: contender.name,
    byteLengthBefore: statSync(file).size,
    byteLengthAfter,
    wallMs,
    cpuMs,
    peakBytes,
  };
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** A bot keeps the original when a result is not smaller: no ratio counts above 1. */
function ratioOf(row: Row): number {
  return Math.min(1, (row.byteLengthAfter ?? row.byteLengthBefore) / row.byteLengthBefore);
}

function print(rows: readonly Row[]): void {
  for (const file of new Set(rows.map((row) => row.file))) {
    for (const contender of [OURS, PEER]) {
      const runs = rows.filter((row) => row.file === file && row.contender === contender.name);
      const first = runs[0];
      if (first === undefined) continue;
      const size = first.byteLengthAfter === null ? 'failed' : formatBytes(first.byteLengthAfter);
      const figures = [
        formatBytes(first.byteLengthBefore).padStart(8),
        size.padStart(8),
        ratioOf(first).toFixed(3),
        formatMs(median(runs.map((run) => run.wallMs))).padStart(8),
        `cpu ${formatMs(median(runs.map((run) => run.cpuMs)))}`.padStart(12),
        `peak ${formatBytes(Math.max(...runs.map((run) => run.peakBytes)))}`.padStart(14),
      ];
      console.log(`${file.padEnd(40)} ${contender === OURS ? 'ours ' : 'peer '} ${figures.join('  ')}`);
    }
  }
  console.log('\nTotals (ratio: geometric mean, never above 1)');
  for (const contender of [OURS, PEER]) {
    const runs = rows.filter((row) => row.contender === contender.name);
    const geo = Math.exp(runs.reduce((sum, row) => sum + Math.log(ratioOf(row)), 0) / runs.length);
    const wallMs = runs.reduce((sum, row) => sum + row.wallMs, 0) / Number(values.rounds);
    const failed = runs.filter((row) => row.byteLengthAfter === null).length;
    console.log(`${contender.name}: ${geo.toFixed(4)}, ${formatMs(wallMs)}, ${failed} failed`);
  }
}

const files = listFiles(positionals);
const folder = mkdtempSync(path.join(tmpdir(), 'glb-bench-out-'));
console.log(
  `${TOOL.name} ${TOOL.version}, Node ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model ?? 'cpu'}, ${formatBytes(totalmem())} of memory`,
);
console.log(`ours: ${OURS.args('in.glb', 'out.glb').join(' ')}\npeer: ${PEER.args('in.glb', 'out.glb').join(' ')}\n`);
const rows: Row[] = [];
for (let round = 0; round < Number(values.rounds); round++) {
  for (const file of files) for (const contender of [OURS, PEER]) rows.push(await measure(contender, file, folder));
}
print(rows);
if (values.json !== undefined)
  writeFileSync(values.json, `${JSON.stringify({ tool: TOOL, node: process.versions.node, rows }, null, 2)}\n`);
rmSync(folder, { recursive: true });
if (!values['no-queue']) {
  console.log();
  await benchQueue({ jobs: 3000, rounds: 3, seconds: 8 });
}
