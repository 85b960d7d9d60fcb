/** Seconds for a picture of 512 px: ours in a browser that is warm, ours as a whole process, and the peer, which starts a browser each time. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { findBrowser } from '../../app/renderer/browser-path.ts';
import { chromiumRenderer } from '../../app/renderer/chromium.ts';
import { externalUris, formatMs, type GlbFile, readGlb } from '../../src/index.ts';
import { listFiles } from './files.ts';
import { runNode } from './measured-process.ts';
import { installScreenshotGlb } from './screenshot-glb.ts';
import { finish, markdownTable, median, readSectionArguments, roundsInWords, say, sum } from './section.ts';

const SIZE_PX = 512;
const BUILT = fileURLToPath(new URL('../../dist/app/cli.js', import.meta.url));
const SWIFTSHADER = ['--use-angle=swiftshader', '--enable-unsafe-swiftshader', '--ignore-gpu-blocklist'];

const given = readSectionArguments(3);
const files = listFiles(given.names).slice(0, given.isSmall ? 2 : undefined);
const folder = mkdtempSync(path.join(tmpdir(), 'glb-bench-renders-'));
const browserPath = findBrowser(undefined, process.env);
const peer = installScreenshotGlb(browserPath, SWIFTSHADER);
const warm = {
  auto: chromiumRenderer({ env: process.env }),
  swiftshader: chromiumRenderer({ env: process.env, gl: 'swiftshader' }),
};
const signal = new AbortController().signal;

/** Ours, with the browser open: the file is loaded, drawn, and cleared away. Not a number where it is too large to be drawn in software. */
async function drawWarm(file: GlbFile, gl: keyof typeof warm): Promise<number> {
  const startedMs = performance.now();
  const studio = await warm[gl].open(file, signal);
  if ('kind' in studio) return Number.NaN;
  await using open = studio;
  const picture = await open.hero(SIZE_PX, 'png');
  if ('kind' in picture) return Number.NaN;
  return performance.now() - startedMs;
}

async function drawCold(file: string): Promise<number> {
  const output = path.join(folder, 'ours.png');
  const ran = await runNode(BUILT, ['render', file, '-o', output, '--size', String(SIZE_PX), '--json']);
  return ran.exitCode === 0 ? ran.wallMs : Number.NaN;
}

async function drawPeer(file: string): Promise<number> {
  if (peer.kind === 'missing') return Number.NaN;
  const output = path.join(folder, 'peer.png');
  rmSync(output, { force: true });
  const size = ['-w', String(SIZE_PX), '-h', String(SIZE_PX), '-t', '60000'];
  const { wallMs } = await runNode(peer.contender.program, [...peer.contender.args(file, output), ...size], {
    env: peer.env,
  });
  return existsSync(output) ? wallMs : Number.NaN;
}

function load(file: string): GlbFile {
  const bytes = new Uint8Array(readFileSync(file));
  const glb = readGlb(bytes);
  const uris = 'json' in glb ? externalUris(glb.json) : [];
  const read = (uri: string) => new Uint8Array(readFileSync(path.resolve(path.dirname(file), decodeURIComponent(uri))));
  return { bytes, siblings: new Map(uris.map((uri) => [uri, read(uri)])) };
}

const COLUMNS = {
  'ours, warm': (file: string) => drawWarm(load(file), 'auto'),
  'ours, warm, SwiftShader': (file: string) => drawWarm(load(file), 'swiftshader'),
  'ours, cold': drawCold,
  'screenshot-glb, SwiftShader': drawPeer,
};
type Column = keyof typeof COLUMNS;
const columns = Object.keys(COLUMNS) as Column[];
const times: { readonly file: string; readonly column: Column; readonly ms: number }[] = [];
const shown = (ms: number) => (Number.isNaN(ms) ? (peer.kind === 'missing' ? '–' : 'failed') : formatMs(ms));
const [first] = files;
// The first picture of a browser also starts it.
if (first !== undefined) for (const gl of ['auto', 'swiftshader'] as const) await drawWarm(load(first), gl);
for (let round = 0; round < (given.isSmall ? 1 : given.rounds); round++) {
  for (const file of files) {
    for (const column of columns) times.push({ file, column, ms: await COLUMNS[column](file) });
    say(
      `${round + 1} ${path.basename(file)}: ${times
        .slice(-columns.length)
        .map(({ column, ms }) => `${column} ${shown(ms)}`)
        .join(', ')}`,
    );
  }
}
for (const renderer of Object.values(warm)) await renderer.close();
rmSync(folder, { recursive: true });

const of = (file: string, column: Column) =>
  median(times.filter((time) => time.file === file && time.column === column).map(({ ms }) => ms));
const rows = files.map((file) => [path.basename(file), ...columns.map((column) => shown(of(file, column)))]);
// Only files that all of them drew are compared.
const both = files.filter((file) => columns.every((column) => !Number.isNaN(of(file, column))));
const totalOf = (column: Column) => sum(both.map((file) => of(file, column)));
const ratio = (column: Column) => (totalOf('screenshot-glb, SwiftShader') / totalOf(column)).toFixed(1);
const verdict =
  peer.kind === 'missing'
    ? `screenshot-glb is not here: ${peer.why}`
    : `Beside ${peer.contender.name} (it knows no warm browser, and runs with SwiftShader alone), over ${both.length} files that all drew: ours is ${ratio('ours, warm')} × as fast warm (goal: 5), ${ratio('ours, warm, SwiftShader')} × warm with the same SwiftShader, ${ratio('ours, cold')} × cold.`;
finish(
  given,
  `Pictures of ${SIZE_PX} px, ${roundsInWords(given.isSmall ? 1 : given.rounds)}, by turns. Warm: loading, drawing and clearing away in a browser that is open. Cold: the whole process.

${markdownTable(['file', ...columns], rows)}

${verdict}`,
  { times, peer },
);
