import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type CommentOptions, renderComment } from '../../src/report/markdown.ts';
import { readMarker } from '../../src/report/marker.ts';
import type { Report } from '../../src/report/report.ts';
import { DIFFERENT, EVIL_PATH, FAILED, makeAsset, makeReport, makeStats, PROP, REFUSED, SCENE } from './make-report.ts';
import { renderGfm } from './render-gfm.ts';

const FOLDER = new URL('../golden/comments/', import.meta.url);

const OPTIONS: CommentOptions = {
  imageUrl: (name) => name,
  scope: 'octo/shop',
  isCommitted: true,
  home: 'github',
  fullReport: '`report.json`',
};

function expectGolden(name: string, text: string): void {
  const file = new URL(name, FOLDER);
  if (process.env.GOLDEN === 'write') {
    mkdirSync(FOLDER, { recursive: true });
    writeFileSync(file, text);
  }
  expect(text).toBe(readFileSync(file, 'utf8'));
}

const calm = ['a', 'b', 'c', 'd'].map((name) => makeAsset({ path: `props/${name}.glb` }));
const GOLDENS: readonly (readonly [string, Report, Partial<CommentOptions>])[] = [
  ['one-file.md', makeReport([SCENE]), {}],
  ['every-verdict.md', makeReport([makeAsset(), FAILED, REFUSED, PROP, DIFFERENT, SCENE]), {}],
  ['nothing-to-do.md', makeReport(calm), {}],
  ['report-only-in-git.md', makeReport([SCENE, PROP]), { home: 'git', isCommitted: false }],
  ['committed-in-git.md', makeReport([SCENE, ...calm], '3'.repeat(40)), { home: 'git' }],
  [
    'not-drawn.md',
    makeReport([makeAsset({ ...PROP, visual: { skipped: 'no browser was found' }, images: {}, findings: [] })]),
    {},
  ],
  ['no-files.md', makeReport([]), { home: 'git' }],
];

describe('renderComment', () => {
  it.each(GOLDENS)('writes %s as reviewed', (name, report, options) => {
    expectGolden(name, renderComment(report, { ...OPTIONS, ...options }));
  });

  it('begins with a marker that can be read back', () => {
    expect(readMarker(renderComment(makeReport([SCENE]), OPTIONS))).toEqual({ scope: 'octo/shop' });
  });

  it('shows no picture that has no home', () => {
    const comment = renderComment(makeReport([SCENE]), { ...OPTIONS, imageUrl: () => null });
    expect(comment).not.toContain('![');
  });

  it('shows a hostile path as text: no link, image, HTML or heading of it', () => {
    const evil = [
      makeAsset({ ...SCENE, path: EVIL_PATH }),
      makeAsset({ ...DIFFERENT, path: EVIL_PATH, why: EVIL_PATH }),
      REFUSED,
    ];
    const page = renderGfm(renderComment(makeReport(evil), OPTIONS));
    expect(page).not.toMatch(/onerror=alert\(1\)>|href="http:\/\/evil|<b>|<h2[^>]*>\s*h/);
    expect(page).not.toContain('@octocat #12 [x]</a>');
    // Every row of the overview has its six cells.
    const rows = page.match(/<tr>[\s\S]*?<\/tr>/g) ?? [];
    expect(rows[1]?.match(/<td/g)).toHaveLength(6);
  });

  it.each([0, 1, 3, 20, 200, 3000])('stays under the limit with %i assets, and says what it left out', (count) => {
    const assets = Array.from({ length: count }, (_, index) => {
      const kind = [SCENE, PROP, DIFFERENT, REFUSED, FAILED][index % 5] ?? SCENE;
      return makeAsset({ ...kind, path: `models/${'long/'.repeat(30)}${index}.glb` });
    });
    const comment = renderComment(makeReport(assets), OPTIONS);
    expect(comment.length).toBeLessThanOrEqual(64_000);
    expect(comment.includes('Left out, because')).toBe(count >= 200);
  });

  it('stays under a limit however small, with the headline last to go', () => {
    const comment = renderComment(makeReport([SCENE, PROP]), { ...OPTIONS, limitChars: 300 });
    expect(comment).toContain('2 GLB files optimized');
  });

  it('drops steps before numbers, numbers before pictures, pictures before rows', () => {
    const report = makeReport(Array.from({ length: 12 }, (_, index) => ({ ...SCENE, path: `m/${index}.glb` })));
    const at = (limitChars: number) => renderComment(report, { ...OPTIONS, limitChars });
    const full = at(64_000);
    const has = (text: string) =>
      ['Step that helped', '| GPU memory | 420', '![Before', '✅ `m/'].map((part) => text.includes(part));
    expect(has(full)).toEqual([true, true, true, true]);
    expect(has(at(full.length - 1))).toEqual([false, true, true, true]);
    expect(has(at(9000))).toEqual([false, false, true, true]);
    expect(has(at(2600))).toEqual([false, false, false, true]);
  });

  it('adds up memory and counts of improved files only', () => {
    const other = makeAsset({ before: makeStats({ byteLength: 9_000_000_000 }) });
    expect(renderComment(makeReport([SCENE, other]), OPTIONS)).toContain(
      '## 1 of 2 GLB files optimized: 51.9 MB → 4.43 MB (−91.5 %)\n\nSaves **47.5 MB** of download and **356 MB** of GPU memory (−84.8 %).',
    );
  });
});
