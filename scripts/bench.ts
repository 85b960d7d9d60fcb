/**
 * `npm run bench -- [section]… [file or folder]… [--rounds N] [--small]`: measures on this machine, writes the numbers to
 * `bench-results/<section>.json` (not committed) and the tables into docs/benchmarks.md. Without a section, all of them.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { describeMachine } from './bench/machine.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const RESULTS = path.join(ROOT, 'bench-results');
const PAGE = path.join(ROOT, 'docs/benchmarks.md');

interface Section {
  /** Beside this file. */
  readonly program: string;
  /** On two quiet cores. */
  readonly takes: string;
  /** Takes files, folders, `--rounds`, `--small` and `--json`; without it the program prints plain text and takes nothing. */
  readonly isNew?: true;
  /** Puts its tables into the page itself, with this word. */
  readonly writeFlag?: string;
}

const SECTIONS: Readonly<Record<string, Section>> = {
  optimize: { program: 'bench/optimize.ts', takes: 'about 2 minutes over test/assets', isNew: true },
  renders: { program: 'bench/renders.ts', takes: 'about 10 minutes at 3 rounds', isNew: true },
  growth: { program: 'bench/growth.ts', takes: 'about 20 minutes', isNew: true },
  memory: { program: 'bench/memory.ts', takes: 'about 10 minutes', isNew: true },
  workers: { program: 'bench/workers.ts', takes: 'about 3 minutes', isNew: true },
  size: { program: 'bench-size.ts', takes: 'about 3 minutes over test/assets', writeFlag: '--write' },
  queue: { program: 'bench/queue.ts', takes: 'about 5 minutes: webhooks, no-op jobs, the start of the service' },
  action: { program: 'bench/action.ts', takes: 'about 5 minutes' },
  sandbox: { program: 'bench/sandbox.ts', takes: 'about 1 minute' },
  dashboard: { program: 'bench/dashboard.ts', takes: 'about 1 minute' },
};
// As issues and people call them.
const OTHER_NAMES: Readonly<Record<string, string>> = { webhook: 'queue' };

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: 'string' }, small: { type: 'boolean' } },
});
const asked = positionals.map((word) => OTHER_NAMES[word] ?? word);
const named = new Set(asked.filter((word) => word in SECTIONS));
const places = asked.filter((word) => !(word in SECTIONS)).map((place) => path.resolve(place));
for (const place of places) {
  if (existsSync(place)) continue;
  console.error(`${place} is neither a file nor a section: ${Object.keys(SECTIONS).join(', ')}.`);
  process.exit(2);
}
const machine = describeMachine(new Date());
console.log(machine);
mkdirSync(RESULTS, { recursive: true });
// The program as users have it, without types to strip at the start.
if ((await run('build.mjs', [])).exitCode !== 0) throw new Error('the build failed');
let failedCount = 0;
for (const [name, section] of Object.entries(SECTIONS)) {
  if (named.size > 0 && !named.has(name)) continue;
  console.log(`\n${name}: ${values.small ? 'a small try' : section.takes}`);
  const json = path.join(RESULTS, `${name}.json`);
  const { writeFlag } = section;
  const flags = writeFlag === undefined || values.small === true ? [] : [writeFlag];
  const { exitCode, text } = await run(section.program, section.isNew ? newWords(json) : [...places, ...flags]);
  if (exitCode !== 0) failedCount++;
  else if (values.small !== true && writeFlag === undefined)
    writeSection(name, section.isNew ? text : `\`\`\`text\n${text.trim()}\n\`\`\``);
}
process.exitCode = failedCount > 0 ? 1 : 0;

function newWords(json: string): readonly string[] {
  const rounds = values.rounds === undefined ? [] : ['--rounds', values.rounds];
  return [...places, ...rounds, ...(values.small ? ['--small'] : []), '--json', json];
}

/** Runs a program to its end; what it prints is shown and kept. */
async function run(
  program: string,
  words: readonly string[],
): Promise<{ readonly exitCode: number | null; readonly text: string }> {
  const child = spawn(process.execPath, [path.join(ROOT, 'scripts', program), ...words], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString();
    process.stdout.write(chunk);
  });
  const exitCode = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { exitCode, text };
}

/** Between its markers; at the end of the page where there are none yet. */
function writeSection(name: string, text: string): void {
  const [start, end] = [`<!-- bench:${name} -->`, `<!-- /bench:${name} -->`];
  const page = readFileSync(PAGE, 'utf8');
  const block = `${start}\n${machine}.\n\n${text.trim()}\n${end}`;
  const [from, to] = [page.indexOf(start), page.indexOf(end)];
  const isThere = from >= 0 && to > from;
  const written = isThere
    ? page.slice(0, from) + block + page.slice(to + end.length)
    : `${page.trimEnd()}\n\n## ${name}\n\n${block}\n`;
  writeFileSync(PAGE, written);
}
