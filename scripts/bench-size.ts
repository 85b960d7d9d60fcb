/**
 * Sizes beside the peers, over a folder of files, in one run: ratio = output / input, never above 1, geometric mean.
 * `npm run bench:size -- [folder or file]… [--json FILE]`
 */
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { formatMs } from '../src/units.ts';
import { TOOL } from '../src/version.ts';
import { type Contender, gltfTransform, ours } from './bench/contenders.ts';
import { listFiles } from './bench/files.ts';
import { runNode } from './bench/measured-process.ts';

const { values, positionals } = parseArgs({ allowPositionals: true, options: { json: { type: 'string' } } });

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

interface Row {
  readonly file: string;
  readonly contender: string;
  /** Output / input, never above 1; 1 when it failed. */
  readonly ratio: number;
  readonly failed: boolean;
  readonly grown: boolean;
  readonly wallMs: number;
}

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
for (const file of files) {
  const own: Row[] = [];
  for (const contender of CONTENDERS) own.push(await measure(contender, file, folder));
  rows.push(...own);
  console.log(
    path.basename(file).padEnd(40),
    own.map((row) => (row.failed ? 'failed' : row.ratio.toFixed(3)).padStart(7)).join(' '),
  );
}
console.log();
for (const { name } of CONTENDERS) {
  const own = rows.filter((row) => row.contender === name);
  const geo = Math.exp(own.reduce((sum, row) => sum + Math.log(row.ratio), 0) / own.length);
  const wallMs = own.reduce((sum, row) => sum + row.wallMs, 0);
  const count = (key: 'failed' | 'grown') => own.filter((row) => row[key]).length;
  console.log(
    `${name.padEnd(40)} ${geo.toFixed(4)}  ${formatMs(wallMs).padStart(10)}  ${count('failed')} failed  ${count('grown')} grown`,
  );
}
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify({ tool: TOOL, rows }, null, 2)}\n`);
rmSync(folder, { recursive: true });
