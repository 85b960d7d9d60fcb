import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { commitMessage } from '../../src/report/commit-message.ts';
import { type CommitTrailers, quotePath, readTrailers, writeTrailers } from '../../src/report/trailers.ts';
import { makeAsset, SCENE } from './make-report.ts';

const hex = (length: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length });
const path = fc.oneof(
  fc.string({ unit: 'binary', minLength: 1 }),
  fc.string({
    unit: fc.constantFrom(
      '"',
      '\\',
      '\n',
      '\r',
      ' ',
      '#',
      '@',
      '[',
      ':',
      '-',
      'ü',
      '\u2028',
      '\u0085',
      '\u{1F600}',
      'gh-1',
    ),
  }),
);
const trailers: fc.Arbitrary<CommitTrailers> = fc.record({
  version: fc.constantFrom('0.1.0', '12.3.4-beta.1'),
  assets: fc.array(fc.record({ outputDigest: hex(64), sourceBlob: fc.oneof(hex(40), hex(64)), path }), {
    maxLength: 5,
  }),
});

const ODD_PATHS = [
  'a b.glb',
  'quo"te\'s.glb',
  'new\nline.glb',
  'über/模型.glb',
  '-dash.glb',
  'tab\t.glb',
  'back\\slash.glb',
  '# hash.glb',
  '---',
  ' lead.glb',
  'Signed-off-by: x',
  '[skip ci].glb',
  'fixes #1.glb',
];

describe('trailers', () => {
  it('read back as they were written', () => {
    fc.assert(
      fc.property(trailers, (value) => {
        expect(readTrailers(writeTrailers(value))).toEqual(value);
      }),
    );
  });

  it('read back from the whole commit message', () => {
    fc.assert(
      fc.property(trailers, ({ version, assets }) => {
        const message = commitMessage(
          assets.map((asset) => makeAsset({ ...SCENE, path: asset.path })),
          assets,
          version,
        );
        expect(readTrailers(message)).toEqual({ version, assets });
      }),
    );
  });

  it('survive git interpret-trailers', () => {
    const assets = ODD_PATHS.map((odd) => ({ outputDigest: 'c'.repeat(64), sourceBlob: 'b'.repeat(40), path: odd }));
    const message = commitMessage(
      assets.map((asset) => makeAsset({ ...SCENE, path: asset.path })),
      assets,
      '0.1.0',
    );
    const parsed = execFileSync('git', ['interpret-trailers', '--parse'], { input: message, encoding: 'utf8' });
    expect(readTrailers(parsed)).toEqual({ version: '0.1.0', assets });
  });

  it.each([
    ['a stranger’s message', 'Add a lamp\n\nSigned-off-by: A <a@b.c>'],
    [
      'trailers that are only quoted in the body',
      `Revert\n\n${writeTrailers({ version: '0.1.0', assets: [] })}\n\nSigned-off-by: x`,
    ],
    ['nothing', ''],
  ])('are not found in %s', (_sentence, message) => expect(readTrailers(message)).toBeUndefined());

  it('are spelled as documented', () => {
    const assets = [{ outputDigest: 'c'.repeat(64), sourceBlob: 'b'.repeat(40), path: 'a "b".glb' }];
    expect(writeTrailers({ version: '0.1.0', assets })).toBe(
      `Glb-Optimizer-Version: 0.1.0\nGlb-Optimizer-Asset: ${'c'.repeat(64)} ${'b'.repeat(40)} "a \\"b\\".glb"`,
    );
  });
});

describe('a commit message', () => {
  it('names what was saved, file by file', () => {
    const assets = [{ outputDigest: 'c'.repeat(64), sourceBlob: 'b'.repeat(40), path: SCENE.path }];
    expect(commitMessage([SCENE], assets, '0.1.0').split('\n').slice(0, 4)).toEqual([
      'Optimize 1 GLB file: 51.9 MB → 4.43 MB (−91.5 %)',
      '',
      '- public/models/scifi-level.glb: 51.9 MB → 4.43 MB (−91.5 %), looks the same (D 0.62 of 1.5)',
      '',
    ]);
  });

  it('mentions nobody, closes nothing and skips no check, whatever the path', () => {
    const odd = 'by @octocat fixes #1 closes GH-2 [skip ci] [ci skip] [no ci].glb';
    const assets = [{ outputDigest: 'c'.repeat(64), sourceBlob: 'b'.repeat(40), path: odd }];
    const message = commitMessage([makeAsset({ ...SCENE, path: odd })], assets, '0.1.0');
    expect(message).not.toMatch(/@|#|GH-\d|\[(skip|ci|no)/i);
  });

  it('quotes a path as JSON that reads back', () => {
    fc.assert(
      fc.property(path, (text) => {
        expect(JSON.parse(quotePath(text))).toBe(text);
      }),
    );
  });
});
