/** A section of the benchmarks is a program: its Markdown goes to stdout, what it does right now to stderr, its numbers to `--json FILE`. */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

/** What a section is told. */
export interface SectionArguments {
  /** How often everything is measured, by turns. */
  readonly rounds: number;
  /** A try that takes a minute: the numbers say little. */
  readonly isSmall: boolean;
  /** Files and folders; empty for the usual ones. */
  readonly names: readonly string[];
  readonly json: string | undefined;
}

/** Reads the arguments of this program. */
export function readSectionArguments(usualRounds: number): SectionArguments {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { rounds: { type: 'string' }, small: { type: 'boolean' }, json: { type: 'string' } },
  });
  const rounds = Number(values.rounds ?? usualRounds);
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error(`--rounds: expected 1 or more, found ${values.rounds}.`);
  return { rounds, isSmall: values.small === true, names: positionals, json: values.json };
}

/** Says what is under way. */
export function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** Ends a section. */
export function finish({ json }: SectionArguments, markdown: string, numbers: unknown): void {
  process.stdout.write(`${markdown.trim()}\n`);
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(numbers, null, 2)}\n`);
}

/** A table; all columns but the first are numbers, unless it is said how many come first. */
export function markdownTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  textColumnCount = 1,
): string {
  const rule = head.map((_, place) => (place < textColumnCount ? '---' : '---:'));
  return [head, rule, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** How often something was measured, for a sentence. */
export function roundsInWords(rounds: number): string {
  return rounds === 1 ? 'one round' : `the middle of ${rounds} rounds`;
}

/** The middle of some numbers. */
export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** All of them together. */
export function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, value) => total + value, 0);
}
