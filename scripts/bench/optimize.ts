/** Wall time, CPU and peak memory beside the peers and the floor, each as a whole process, by turns; nothing is drawn. */
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type AssetStats, formatBytes, formatMs, inspectGlb } from '../../src/index.ts';
import { type Contender, gltfpack, gltfTransform, ours } from './contenders.ts';
import { listFiles } from './files.ts';
import { type Cost, runNode } from './measured-process.ts';
import { finish, markdownTable, median, readSectionArguments, roundsInWords, say, sum } from './section.ts';

const BUILT = fileURLToPath(new URL('../../dist/app/cli.js', import.meta.url));
const OURS: Contender = { ...ours('balanced, meshopt', ['--decoders', 'meshopt']), program: BUILT };
const PEERS: readonly Contender[] = [
  gltfTransform('meshopt + webp', ['--compress', 'meshopt', '--texture-compress', 'webp']),
  // Its npm package is built without texture compression.
  gltfpack('-cc, textures copied', ['-cc']),
];
const FLOOR: Contender = {
  name: 'floor: each texture once, one meshopt pass',
  program: fileURLToPath(new URL('floor.ts', import.meta.url)),
  args: (input, output) => [input, output],
};
const ALL = [OURS, ...PEERS, FLOOR];

interface Run extends Pick<Cost, 'wallMs' | 'cpuMs' | 'peakBytes'> {
  readonly file: string;
  readonly group: string;
  readonly contender: string;
  readonly bytesBefore: number;
  /** Null when it failed. */
  readonly bytesAfter: number | null;
}

const given = readSectionArguments(3);
const files = listFiles(given.names).slice(0, given.isSmall ? 2 : undefined);
const folder = mkdtempSync(path.join(tmpdir(), 'glb-bench-optimize-'));
const runs: Run[] = [];
for (let round = 0; round < (given.isSmall ? 1 : given.rounds); round++) {
  for (const file of files) {
    const group = await groupOf(file);
    // Another one begins each time.
    for (const [place] of ALL.entries()) {
      const contender = ALL[(place + round) % ALL.length] ?? OURS;
      const output = path.join(folder, path.basename(file));
      rmSync(output, { force: true });
      const { wallMs, cpuMs, peakBytes } = await runNode(contender.program, contender.args(file, output));
      const bytesAfter = existsSync(output) ? statSync(output).size : null;
      const cost = { wallMs, cpuMs, peakBytes, bytesBefore: statSync(file).size, bytesAfter };
      runs.push({ file: path.basename(file), group, contender: contender.name, ...cost });
      say(`${round + 1} ${path.basename(file)} ${contender.name}: ${formatMs(wallMs)}`);
    }
  }
}
rmSync(folder, { recursive: true });

/** What a file mostly is. */
async function groupOf(file: string): Promise<string> {
  const { stats } = await inspectGlb(new Uint8Array(readFileSync(file)));
  return stats === null ? 'with files beside it' : kindOf(stats);
}

function kindOf({ byteLength, textureByteLength, animationCount, extensionsUsed }: AssetStats): string {
  if (byteLength < 200_000) return 'small, below 200 kB';
  if (extensionsUsed.some((name) => /draco|meshopt|basisu/.test(name))) return 'already compressed';
  if (textureByteLength > byteLength / 2) return 'mostly textures';
  return animationCount > 0 ? 'animated' : 'mostly geometry';
}

interface Total {
  readonly contender: string;
  readonly bytesAfter: number;
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly peakBytes: number;
  readonly failedCount: number;
}

/** Of each file the middle of its rounds; a file that fails or grows counts as it was. */
function totalOf(contender: Contender, from: readonly Run[]): Total {
  const own = Map.groupBy(
    from.filter((run) => run.contender === contender.name),
    ({ file }) => file,
  );
  const each = [...own.values()];
  const after = ([first]: readonly Run[]) =>
    Math.min(first?.bytesAfter ?? Number.POSITIVE_INFINITY, first?.bytesBefore ?? 0);
  return {
    contender: contender.name,
    bytesAfter: sum(each.map(after)),
    wallMs: sum(each.map((some) => median(some.map(({ wallMs }) => wallMs)))),
    cpuMs: sum(each.map((some) => median(some.map(({ cpuMs }) => cpuMs)))),
    peakBytes: Math.max(...each.flat().map(({ peakBytes }) => peakBytes)),
    failedCount: each.filter(([first]) => first?.bytesAfter === null).length,
  };
}

function rowsOf(title: string, from: readonly Run[]): string[][] {
  const fileCount = new Set(from.map(({ file }) => file)).size;
  const before = sum([...new Map(from.map(({ file, bytesBefore }) => [file, bytesBefore])).values()]);
  return ALL.map((contender, place) => {
    const { bytesAfter, wallMs, cpuMs, peakBytes, failedCount } = totalOf(contender, from);
    const which = place === 0 ? `${title} (${fileCount}, ${formatBytes(before)})` : '';
    const cost = [formatMs(wallMs), formatMs(cpuMs), formatBytes(peakBytes), String(failedCount)];
    return [which, contender.name, formatBytes(bytesAfter), ...cost];
  });
}

const totals = ALL.map((contender) => totalOf(contender, runs));
const groups = [...Map.groupBy(runs, ({ group }) => group)].toSorted(([a], [b]) => a.localeCompare(b));
const wallOf = (contender: Contender) =>
  totals.find((total) => total.contender === contender.name)?.wallMs ?? Number.NaN;
const times = (contender: Contender) =>
  `${(wallOf(OURS) / wallOf(contender)).toFixed(2)} × the time of ${contender.name}`;
finish(
  given,
  `Whole processes, all that they start included; of each file ${roundsInWords(given.isSmall ? 1 : given.rounds)}, by turns. Peak memory is the largest of the files'.

${markdownTable(['files', 'program', 'together', 'wall', 'CPU', 'peak', 'failed'], [...rowsOf('all', runs), ...groups.flatMap(([group, some]) => rowsOf(group, some))], 2)}

Ours takes ${PEERS.map(times).join(' and ')} (goal: at most 1 × the faster one), and ${(wallOf(OURS) / wallOf(FLOOR)).toFixed(2)} × the floor (goal: at most 1.5).
gltfpack from npm cannot encode textures and copies them: where there are any, it does another work.`,
  { totals, runs },
);
