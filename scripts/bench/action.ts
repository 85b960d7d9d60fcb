/**
 * Measures the Action beside the command line on one model, in turn: to its first line, and from the event to the comment.
 * `npm run bench -- action [file.glb] [--rounds N]`. The stand-in for GitHub runs in this process.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir, totalmem } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { formatBytes, formatMs, TOOL } from '../../src/index.ts';
import { openWorkshop } from '../../test/actions-runner/workshop.ts';
import { tenMegabytes } from './hilly-sheet.ts';
import { runNode } from './measured-process.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CLI = path.join(ROOT, 'dist/app/cli.js');

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: 'string', default: '3' }, json: { type: 'string' } },
});
const [named] = positionals;
const bytes = named === undefined ? await tenMegabytes() : readFileSync(named);
const folder = mkdtempSync(path.join(tmpdir(), 'glb-bench-action-'));
const model = path.join(folder, 'model.glb');
writeFileSync(model, bytes);
// The program as users have it, without types to strip at the start.
execFileSync(process.execPath, [path.join(ROOT, 'scripts/build.mjs')], { stdio: 'ignore' });

console.log(
  `${TOOL.name} ${TOOL.version}, Node ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model ?? 'cpu'}, ${formatBytes(totalmem())} of memory`,
);
console.log(`${named === undefined ? 'a generated model' : path.basename(named)}, ${formatBytes(bytes.byteLength)}\n`);

interface Round {
  readonly cliMs: number;
  readonly firstLineMs: number;
  readonly commentMs: number;
}

const rounds: Round[] = [];
{
  await using workshop = await openWorkshop();
  for (let round = 0; round < Number(values.rounds); round++) {
    const cli = await runNode(CLI, ['optimize', model, '-o', path.join(folder, 'out.glb'), '--quiet']);
    if (cli.exitCode !== 0) throw new Error(cli.stdout + cli.stderr);
    const shop = await workshop.shop(`bench-${round}`, { 'README.md': 'A shop\n' });
    await shop.commit('art', { 'model.glb': Buffer.from(bytes) }, { author: 'ada' });
    const pull = await shop.openPull({ head: 'art', author: 'ada' });
    const payload = await workshop.payloadOf('pull_request', shop);
    const startedMs = performance.now();
    let commentMs = Number.NaN;
    const watch = setInterval(() => {
      if (Number.isNaN(commentMs) && pull.comments().length > 0) commentMs = performance.now() - startedMs;
    }, 10);
    const ran = await workshop.run({ repository: shop, eventName: 'pull_request', payload, hasBrowser: true });
    clearInterval(watch);
    if (ran.exitCode !== 0 || ran.outputs['commit-sha'] === '') throw new Error(ran.log + ran.errorText);
    rounds.push({ cliMs: cli.wallMs, firstLineMs: ran.firstLineMs, commentMs });
    console.log(
      `CLI ${formatMs(cli.wallMs)}, Action: first line ${formatMs(ran.firstLineMs)}, comment ${formatMs(commentMs)}, end ${formatMs(ran.durationMs)}`,
    );
  }
}

const median = (of: (round: Round) => number) => {
  const sorted = rounds.map(of).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
};
const [cliMs, firstLineMs, commentMs] = [
  median((round) => round.cliMs),
  median((round) => round.firstLineMs),
  median((round) => round.commentMs),
];
console.log(`\nFrom start to first line: ${formatMs(firstLineMs)} (goal: under 2 s)`);
console.log(
  `From event to comment: ${formatMs(commentMs)}, ${(commentMs / cliMs).toFixed(2)} × the CLI's ${formatMs(cliMs)} (goal: at most 1.3 ×)`,
);
if (values.json !== undefined) {
  writeFileSync(values.json, `${JSON.stringify({ tool: TOOL, node: process.versions.node, rounds }, null, 2)}\n`);
}
rmSync(folder, { recursive: true });
