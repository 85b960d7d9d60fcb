/** How time and memory grow: with the number of assets in a change, and with the bytes of one asset; nothing is drawn. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { formatBytes, formatMs, readReport, writeGlb } from '../../src/index.ts';
import { makeRepository, TEST_ENVIRONMENT } from '../../test/doubles/repository.ts';
import { houseScene } from '../../test/house-scene.ts';
import { sheetOf } from './hilly-sheet.ts';
import { type Cost, runNode } from './measured-process.ts';
import { finish, markdownTable, readSectionArguments, say } from './section.ts';

const BUILT = fileURLToPath(new URL('../../dist/app/cli.js', import.meta.url));
const given = readSectionArguments(1);
const COUNTS = given.isSmall ? [1, 5] : [1, 10, 100, 1000];
const MEGABYTES = given.isSmall ? [1, 2] : [1, 10, 50, 100];
const WORDS = ['--no-render', '--quiet', '--json', '--target', 'three'];

/** A change of so many small models, no two of the same bytes, through the whole of `pr`. */
async function reviewMany(count: number): Promise<Cost> {
  using repository = makeRepository();
  repository.commit('first');
  repository.git('switch', '-q', '-c', 'change');
  const { json, bin } = (await houseScene()).source();
  for (let place = 0; place < count; place++)
    repository.write(`models/${place}.glb`, writeGlb({ ...json, extras: { place } }, bin));
  repository.commit('models');
  const around = { cwd: repository.directory, env: { ...TEST_ENVIRONMENT } as Record<string, string> };
  const cost = await runNode(BUILT, ['pr', ...WORDS], around);
  const { assets } = readReport(cost.stdout);
  const failed = assets.filter(({ after }) => after === null).length;
  if (assets.length !== count || failed > 0) throw new Error(`${failed} of ${assets.length} failed. ${cost.stderr}`);
  return cost;
}

async function optimizeOne(megabytes: number, folder: string): Promise<Cost & { readonly byteLength: number }> {
  const file = path.join(folder, `${megabytes}.glb`);
  const bytes = await sheetOf(megabytes * 1_000_000);
  writeFileSync(file, bytes);
  const cost = await runNode(BUILT, ['optimize', file, '-o', path.join(folder, 'out.glb'), ...WORDS]);
  const [asset] = readReport(cost.stdout).assets;
  if (asset?.after == null) throw new Error(`${megabytes} MB: ${asset?.verdict} ${asset?.why}`);
  return { ...cost, byteLength: bytes.byteLength };
}

const inBrief = ({ wallMs, cpuMs, peakBytes }: Cost) => ({ wallMs, cpuMs, peakBytes });
const many: ({ readonly count: number } & ReturnType<typeof inBrief>)[] = [];
for (const count of COUNTS) {
  many.push({ count, ...inBrief(await reviewMany(count)) });
  say(`${count} assets: ${formatMs(many.at(-1)?.wallMs ?? 0)}`);
}
const large: ({ readonly byteLength: number } & ReturnType<typeof inBrief>)[] = [];
const folder = mkdtempSync(path.join(tmpdir(), 'glb-bench-growth-'));
for (const megabytes of MEGABYTES) {
  const { byteLength, ...cost } = await optimizeOne(megabytes, folder);
  large.push({ byteLength, ...inBrief(cost) });
  say(`${megabytes} MB: ${formatMs(cost.wallMs)}`);
}
rmSync(folder, { recursive: true });

const manyRows = many.map(({ count, wallMs, cpuMs, peakBytes }) => [
  String(count),
  formatMs(wallMs),
  formatMs(wallMs / count),
  formatMs(cpuMs / count),
  formatBytes(peakBytes),
]);
const largeRows = large.map(({ byteLength, wallMs, cpuMs, peakBytes }) => [
  formatBytes(byteLength),
  formatMs(wallMs),
  formatMs((wallMs / byteLength) * 1_000_000),
  formatMs((cpuMs / byteLength) * 1_000_000),
  formatBytes(peakBytes),
  (peakBytes / byteLength).toFixed(1),
]);
finish(
  given,
  `Small models, each with other bytes, in one change, through \`pr\`:

${markdownTable(['assets', 'wall', 'wall for one', 'CPU for one', 'peak, all processes'], manyRows, 0)}

One generated model (a sheet of triangles with three textures), through \`optimize\`:

${markdownTable(['size', 'wall', 'wall for 1 MB', 'CPU for 1 MB', 'peak, all processes', 'peak bytes for a byte'], largeRows, 0)}`,
  { many, large },
);
