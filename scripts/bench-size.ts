/**
 * Sizes beside the peers, over a folder of files, in one run: ratio = output / input, never above 1, geometric mean.
 * `npm run bench:size -- [folder or file]… [--json FILE] [--write]`; `--write` puts the tables between the marks of docs/benchmarks.md.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { formatMs } from '../src/units.ts';
import { TOOL } from '../src/version.ts';
import { type Contender, gltfTransform, ours } from './bench/contenders.ts';
import { listFiles } from './bench/files.ts';
import { runNode } from './bench/measured-process.ts';
import { type Row, tablesOf, withTables } from './bench/size-tables.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'string' }, write: { type: 'boolean', default: false } },
});

/** Each of our settings beside the peer that may use the same. */
const CONTENDERS: readonly Contender[] = [
  ours('three, meshopt + Draco', ['--decoders', 'meshopt,draco']),
  gltfTransform('meshopt + webp', ['--compress', 'meshopt', '--texture-compress', 'webp']),
  gltfTransform('draco + webp', ['--compress', 'draco', '--texture-compress', 'webp']),
  ours('three, no decoders', ['--decoders', 'none']),
  gltfTransform('quantize + webp', ['--compress', 'quantize', '--texture-compress', 'webp']),
  ours('three, small', ['--decoders', 'meshopt,draco', '--preset', 'small']),
  gltfTransform('meshopt + avif', ['--compress', 'meshopt', '--texture-compress', 'avif']),
];

async function measure(contender: Contender, file: string, folder: string): Promise<Row> {
  const output = path.join(folder, path.basename(file));
  rmSync(output, { force: true });
  const { wallMs } = await runNode(contender.program, contender.args(file, output));
  const before = statSync(file).size;
  const failed = !existsSync(output);
  const after = failed ? before : statSync(output).size;
  return {
    file: path.basename(file),
    contender: contender.name,
    ratio: Math.min(1, after / before),
    failed,
    grown: after > before,
    wallMs,
  };
}

const files = listFiles(positionals);
const folder = mkdtempSync(path.join(tmpdir(), 'glb-bench-size-'));
const rows: Row[] = [];
console.log(
  `${TOOL.name} ${TOOL.version}, Node ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model ?? 'cpu'}; ours without the renders\n`,
);
const started = performance.now();
for (const [place, file] of files.entries()) {
  const own: Row[] = [];
  for (const contender of CONTENDERS) own.push(await measure(contender, file, folder));
  rows.push(...own);
  console.log(
    `${place + 1}/${files.length}`.padStart(6),
    formatMs(performance.now() - started).padStart(10),
    path.basename(file).padEnd(40),
    own.map((row) => (row.failed ? 'failed' : row.ratio.toFixed(3)).padStart(7)).join(' '),
  );
}
const tables = tablesOf(
  rows,
  CONTENDERS.map(({ name }) => name),
);
console.log(`\n${tables}`);
if (values.write) {
  const page = fileURLToPath(new URL('../docs/benchmarks.md', import.meta.url));
  const machine = `Node ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model ?? 'cpu'}, ${new Date().toISOString().slice(0, 10)}.`;
  writeFileSync(page, withTables(readFileSync(page, 'utf8'), `${machine}\n\n${tables}`));
}
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify({ tool: TOOL, rows }, null, 2)}\n`);
rmSync(folder, { recursive: true });
