/** `npm run fuzz -- --minutes N [--seed S] [--mutants N] [--out DIR]`: damages small files and watches what becomes of them. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { fuzz } from '../test/hostile/fuzz.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string' },
    seed: { type: 'string' },
    mutants: { type: 'string' },
    out: { type: 'string', default: 'fuzz-finds' },
  },
});

function positive(name: string, text: string | undefined, usual: number): number {
  if (text === undefined) return usual;
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value >= 0) return value;
  console.error(`--${name}: expected a number, found ${text}.`);
  return process.exit(2);
}

const seed = Math.floor(positive('seed', values.seed, Date.now() % 2 ** 31));
const mutantCount = positive('mutants', values.mutants, Number.POSITIVE_INFINITY);
const minutes = positive('minutes', values.minutes, values.mutants === undefined ? 1 : 24 * 60);
const out = path.resolve(values.out);
console.log(`seed ${seed}`);
const startedMs = performance.now();
const summary = await fuzz({
  seed,
  mutantCount,
  durationMs: minutes * 60_000,
  concurrency: 2,
  onFind: ({ place, mutant, why }) => {
    mkdirSync(out, { recursive: true });
    const file = path.join(out, `${seed}-${place}.glb`);
    writeFileSync(file, mutant.bytes);
    writeFileSync(`${file}.txt`, `${mutant.name}\n${why}\n`);
    console.log(`find: ${mutant.name}: ${why}\n      ${file}`);
  },
});
console.log(JSON.stringify(summary, null, 2));
console.log(
  `${summary.mutantCount} mutants of seed ${seed} in ${((performance.now() - startedMs) / 1000).toFixed(0)} s, ${summary.findCount} finds`,
);
process.exitCode = summary.findCount > 0 ? 1 : 0;
