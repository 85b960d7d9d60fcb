/**
 * `npm run try:corpus -- [folder or file]… [--way NAME] [--json FILE]`: the main job over every file, for each target;
 * what comes out must stay as it is in a second run, and load in three.js or Babylon.js with just the promised decoders.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { accessorsReady } from '../src/asset/accessors.ts';
import { openDraco } from '../src/asset/draco.ts';
import { packReady } from '../src/optimize/pack.ts';
import { siblingsOf, type TrialFile, tryFile, WAYS } from '../test/corpus/trial.ts';
import { openLoaderPage } from '../test/loaders/page.ts';
import { listFiles } from './bench/files.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'string' }, way: { type: 'string' } },
});
const ways = WAYS.filter(({ name }) => values.way === undefined || name === values.way);
if (ways.length === 0) {
  console.error(`--way: expected one of ${WAYS.map(({ name }) => `"${name}"`).join(', ')}, found "${values.way}".`);
  process.exit(2);
}

function read(file: string): TrialFile {
  const bytes = Uint8Array.from(readFileSync(file));
  const beside = siblingsOf(bytes).map((uri) => [uri, path.join(path.dirname(file), decodeURIComponent(uri))] as const);
  const present = beside.filter(([, place]) => existsSync(place));
  return { bytes, siblings: new Map(present.map(([uri, place]) => [uri, Uint8Array.from(readFileSync(place))])) };
}

await Promise.all([accessorsReady, packReady, openDraco()]);
await using three = await openLoaderPage('three-page.ts');
await using babylon = await openLoaderPage('babylon-page.ts');
const rows: object[] = [];
let faultCount = 0;
for (const place of listFiles(positionals)) {
  const file = read(place);
  for (const way of ways) {
    const startedMs = performance.now();
    const trial = await tryFile(file, way, way.page === 'three' ? three : babylon);
    faultCount += trial.faults.length;
    rows.push({ file: path.basename(place), way: way.name, byteLength: file.bytes.byteLength, ...trial });
    const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
    const sizes = `${file.bytes.byteLength} → ${trial.byteLengthAfter}`;
    console.log(`${path.basename(place)}  ${way.name}  ${trial.verdict} (${trial.why})  ${sizes}  ${seconds} s`);
    for (const fault of trial.faults) console.log(`  FAULT ${fault}`);
    if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(rows, null, 2)}\n`);
  }
}
console.log(`${rows.length} trials, ${faultCount} faults`);
process.exitCode = faultCount > 0 ? 1 : 0;
