/** The guard against damage made by code and against faithful rewritings: docs/guard-calibration.md is true. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { chromiumRenderer } from '../../app/renderer/chromium.ts';
import { checkContract } from '../../src/compare/contract.ts';
import type { Renderer } from '../../src/ports.ts';
import { opened } from '../make-glb.ts';
import { drawn } from '../ports/renderer.contract.ts';
import { browserForTests } from '../renderer-fixtures.ts';
import { SUBJECTS, type Subject } from './cases.ts';
import { openWorkshop, resaved } from './faithful.ts';
import { type Cell, isRight, keyOf, readPage, renderPage, wordsOf } from './table.ts';

const PAGE = new URL('../../docs/guard-calibration.md', import.meta.url);

/** `write` draws everything and writes the page, `all` draws everything and checks it. */
const { GOLDEN } = process.env;
const isWhole = GOLDEN === 'write' || GOLDEN === 'all';

const shown = SUBJECTS.map((subject) => ({ ...subject, cases: subject.cases.filter((one) => isWhole || one.always) }));
const scores = new Map<string, number>();
/** By the same key: does the contract check see what the guard misses? */
const refusals = new Map<string, boolean>();
let page: ReadonlyMap<string, Cell>;

/** Draws all versions of one model; the original is loaded once. */
async function judge(renderer: Renderer, { model, open, cases }: Subject): Promise<void> {
  const make = await openWorkshop();
  const original = await open();
  await using studio = drawn(await renderer.open(original, new AbortController().signal));
  for (const one of cases) {
    const candidate = await make(original, one.change);
    const { score } = drawn(await studio.compare(candidate, 1024));
    scores.set(keyOf(model, one), score);
    if (one.miss === undefined) continue;
    // Against the same tool's plain copy: what the tool itself changes is no damage of ours.
    const copy = await make(original, resaved);
    const findings = await checkContract(opened(copy.bytes), opened(candidate.bytes));
    refusals.set(keyOf(model, one), findings.length > 0);
  }
}

beforeAll(async () => {
  // Two pages: one draws while the other compares.
  const renderer = chromiumRenderer({ browserPath: browserForTests(), poolSize: 2, env: process.env });
  try {
    await Promise.all(shown.map((subject) => judge(renderer, subject)));
  } finally {
    await renderer.close();
  }
  if (GOLDEN === 'write') writeFileSync(PAGE, renderPage(scores));
  page = readPage(existsSync(PAGE) ? readFileSync(PAGE, 'utf8') : '');
}, 900_000);

describe.each(shown)('the guard looks at the $model', ({ model, cases }) => {
  it.each(cases)('$version: $seen', (one) => {
    const score = scores.get(keyOf(model, one)) ?? Number.NaN;
    const written = page.get(keyOf(model, one));
    // A known miss that is caught one day is to be taken off the list.
    expect(isRight(one, score), `D ${score.toFixed(3)}`).toBe(one.miss === undefined);
    expect(refusals.get(keyOf(model, one))).toBe(one.miss?.contract);
    expect(written?.words).toBe(wordsOf(one, score));
    // Between SwiftShader and llvmpipe D differs by .02 at most; other versions of either get some room.
    const tolerance = Math.max(0.05, score * 0.03);
    expect(Math.abs(score - (written?.score ?? Number.NaN))).toBeLessThanOrEqual(tolerance);
  });
});

describe('the page', () => {
  it('has every version, and no other, and says of each what it says', () => {
    const keys = SUBJECTS.flatMap(({ model, cases }) => cases.map((one) => keyOf(model, one)));
    expect([...page.keys()]).toEqual(keys);
    const written = new Map([...page].map(([key, { score }]) => [key, score]));
    expect(renderPage(written)).toBe(readFileSync(PAGE, 'utf8'));
  });
});
