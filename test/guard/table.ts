/** Scores <-> the page docs/guard-calibration.md. */
import { type Case, type Miss, SUBJECTS } from './cases.ts';

/** What the guard says at the default limit of 1.5. */
export type Verdict = 'caught' | 'noticed' | 'passed';

/** The bands of docs/visual-guard.md. */
export function verdictOf(score: number): Verdict {
  if (score > 1.5) return 'caught';
  return score > 1 ? 'noticed' : 'passed';
}

/** The verdicts that a person's eye allows. */
const ALLOWED: Readonly<Record<Case['seen'], readonly Verdict[]>> = {
  visible: ['caught'],
  barely: ['caught', 'noticed'],
  edge: ['noticed', 'passed'],
  invisible: ['passed'],
};

/** True when the guard says what a person sees. */
export function isRight({ seen }: Case, score: number): boolean {
  return ALLOWED[seen].includes(verdictOf(score));
}

/** By `model / version`: what `cellOf` has written. */
export interface Cell {
  readonly score: number;
  readonly words: string;
}

/** The name of a score. */
export const keyOf = (model: string, { version }: Case): string => `${model} / ${version}`;

/** The verdict in words. At the edge there is none: two renderers may fall on different sides. */
export function wordsOf(one: Case, score: number): string {
  if (one.seen === 'edge' && isRight(one, score)) return 'edge';
  if (!isRight(one, score)) return one.seen === 'visible' || one.seen === 'barely' ? '**missed**' : '**false alarm**';
  return verdictOf(score);
}

function reasonOf({ why, contract }: Miss): string {
  return `${why} ${contract ? 'The contract check refuses it.' : 'Nor does the contract check.'}`;
}

/** The table's rows: model, version, what is seen, D, verdict. */
export function renderPage(scores: ReadonlyMap<string, number>): string {
  const all = SUBJECTS.flatMap(({ model, cases }) => cases.map((one) => ({ model, one, key: keyOf(model, one) })));
  const rows = all.map(({ model, one, key }) => {
    const score = scores.get(key) ?? Number.NaN;
    const drawn = one.always ? ' •' : '';
    return `| ${model} | ${one.version}${drawn} | ${one.seen} | ${score.toFixed(2)} | ${wordsOf(one, score)} |`;
  });
  const misses = all.flatMap(({ model, one, key }) =>
    one.miss === undefined
      ? []
      : `- **${model}, ${one.version}** (D ${scores.get(key)?.toFixed(2)}). ${reasonOf(one.miss)}`,
  );
  const damaged = all.filter(({ one }) => one.seen === 'visible');
  const caught = damaged.filter(({ one, key }) => isRight(one, scores.get(key) ?? 0)).length;
  const kept = all.filter(({ one }) => one.seen === 'invisible');
  const passed = kept.filter(({ one, key }) => isRight(one, scores.get(key) ?? 9)).length;
  return [
    '<!-- Written by test/guard/calibration.test.ts; GOLDEN=write makes it anew. -->',
    '# The guard, calibrated',
    '',
    'Does the [visual guard](visual-guard.md) see what a person sees? Four models are damaged by code in the ways that optimizers damage them, and written',
    'anew in the ways that change nothing; each version is drawn and compared with the original at 1024 px.',
    '',
    `Of ${damaged.length} visibly damaged versions **${caught} are caught** at the default limit of 1.5, of ${kept.length} that look the same **${passed} pass** with D ≤ 1.`,
    'The others are listed below, with why.',
    '',
    '- *Seen* is what an eye finds: of ruined and of merely rewritten versions by construction; most of those with D from .7 to 2 were looked at side by side',
    '  by one observer (an AI with an image viewer) who knew D, the rest follow these. *Edge* is between invisible and barely, where no verdict is wrong: such a row pins a value.',
    '- *Caught* is D above 1.5, *noticed* above 1, *passed* up to 1. *Missed*: visible, and not caught.',
    '- `test/guard/calibration.test.ts` draws the versions with • in every run, and with `GOLDEN=all` all of them. D may differ by .05 or 3 %',
    '  between renderers, verdicts may not differ.',
    '- The shoe, the fox and the knight are in `test/assets`; the jar, with a fine texture and a normal map, is built by `test/guard/jar.ts`.',
    '',
    '## What is missed',
    '',
    ...misses,
    '',
    'A limit of 1 would catch the normal map, and stop whatever is barely visible too: a rule that wants that sets `max-visual-difference: 1`.',
    'At 1.5 the shoe with half of its triangles is the closest call: its eyelets get corners, and D is 1.51 with SwiftShader and 1.52 with llvmpipe.',
    'Next to it the shoe at WebP 75 passes that limit with 1.47: enlarged, its mesh is softer here and there.',
    '',
    '## All versions',
    '',
    '| model | version | seen | D | verdict |',
    '| --- | --- | --- | ---: | --- |',
    ...rows,
    '',
  ].join('\n');
}

/** Reads the page's table back. */
export function readPage(text: string): ReadonlyMap<string, Cell> {
  const rows = text.matchAll(/^\| (\w+) \| (.+?)(?: •)? \| \w+ \| ([\d.]+) \| (.+) \|$/gm);
  return new Map(
    [...rows].map(([, model, version, score, words = '']) => [
      `${model} / ${version}`,
      { score: Number(score), words },
    ]),
  );
}
