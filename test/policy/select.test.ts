import { describe, expect, it } from 'vitest';
import { readPattern } from '../../src/policy/pattern.ts';
import { parsePolicy, type RuleFlags } from '../../src/policy/policy.ts';
import { explainRule, selectRule } from '../../src/policy/select.ts';

const policy = parsePolicy({
  path: 'p.yml',
  text: `preset: small
budgets: { byteLength: 5 MB, triangleCount: 1000 }
exclude: ['fixtures/**']
overrides:
  - files: ['public/**']
    preset: lossless
    min-saved: { ratio: 0.2 }
  - files: ['public/hero/**']
    budgets: { triangleCount: 9000 }
    min-saved: { bytes: 1 }
  - files: ['public/hero/old.glb']
    preset: vram
    max-visual-difference: 0.5
`,
});

describe('selectRule', () => {
  it.each([
    [
      'without a policy the defaults hold',
      undefined,
      'a.glb',
      {},
      {
        name: 'default',
        preset: 'balanced',
        maxVisualDifference: 1.5,
        minSavedBytes: 1024,
        minSavedRatio: 0.05,
        decoders: ['meshopt'],
        mode: 'commit',
      },
    ],
    ['the file wins over the defaults', policy, 'a.glb', {}, { name: 'policy', preset: 'small' }],
    ['the visual limit follows the preset', policy, 'a.glb', {}, { maxVisualDifference: 2.5 }],
    [
      'an override wins over the file, and its preset brings its limit',
      policy,
      'public/a.glb',
      {},
      { name: 'overrides[0]', preset: 'lossless', maxVisualDifference: 0, minSavedRatio: 0.2 },
    ],
    [
      'a later override leaves alone what it does not name',
      policy,
      'public/hero/a.glb',
      {},
      { name: 'overrides[1]', preset: 'lossless', minSavedBytes: 1, minSavedRatio: 0.2 },
    ],
    [
      'budgets are merged limit by limit',
      policy,
      'public/hero/a.glb',
      {},
      { budget: { byteLength: 5_000_000, triangleCount: 9000 } },
    ],
    [
      'a written limit wins over the one of the preset',
      policy,
      'public/hero/old.glb',
      {},
      { name: 'overrides[2]', preset: 'vram', maxVisualDifference: 0.5 },
    ],
    [
      'a flag wins over all',
      policy,
      'public/a.glb',
      { preset: 'balanced' },
      { preset: 'balanced', maxVisualDifference: 1.5 },
    ],
    ['a flag of zero is a value', policy, 'public/a.glb', { minSavedRatio: 0 }, { minSavedRatio: 0 }],
    ['upper case counts as .glb', undefined, 'a/B.GLB', {}, { name: 'default' }],
  ] as const)('%s', (_sentence, given, path, flags: RuleFlags, expected) =>
    expect(selectRule(given, path, flags)).toMatchObject({ kind: 'assigned', rule: expected }),
  );

  it.each([
    [
      'an excluded file is left alone, and the place is named',
      policy,
      'fixtures/a.glb',
      'excluded by fixtures/** (p.yml:3:11)',
    ],
    [
      'a file that include does not name is left alone',
      parsePolicy({ path: 'p.yml', text: "include: ['public/**']" }),
      'docs/a.glb',
      'no pattern of include matches',
    ],
  ])('%s', (_sentence, given, path, why) => expect(selectRule(given, path)).toEqual({ kind: 'skipped', why }));
});

describe('explainRule', () => {
  it('names the origin of each setting', () => {
    const { origins, matched, decidedBy } = explainRule(policy, 'public/hero/a.glb', { mode: 'report' });
    const from = (key: string) => origins.find((origin) => origin.key === key);
    expect(matched.map(({ name, pattern }) => [name, pattern])).toEqual([
      ['overrides[0]', 'public/**'],
      ['overrides[1]', 'public/hero/**'],
    ]);
    expect(decidedBy).toEqual({ text: '**/*.glb', at: null });
    expect(from('preset')).toEqual({ key: 'preset', value: 'lossless', from: 'overrides[0]', at: 'p.yml:6:13' });
    expect(from('max-visual-difference')).toEqual({
      key: 'max-visual-difference',
      value: 0,
      from: 'preset lossless',
      at: null,
    });
    expect(from('budgets.byteLength')).toEqual({
      key: 'budgets.byteLength',
      value: 5_000_000,
      from: 'policy',
      at: 'p.yml:2:24',
    });
    expect(from('budgets.triangleCount')).toMatchObject({ value: 9000, from: 'overrides[1]' });
    expect(from('mode')).toEqual({ key: 'mode', value: 'report', from: 'flag', at: null });
    expect(from('structure')).toEqual({ key: 'structure', value: 'keep', from: 'default', at: null });
  });
});

describe('a pattern', () => {
  it.each([
    ['**/*.glb', 'a.glb', true],
    ['**/*.glb', 'a/b c/ü.glb', true],
    ['*.glb', 'a/b.glb', false],
    ['/public/*.glb', 'public/a.glb', true],
    ['./public/*.glb', 'public/a.glb', true],
    ['public/', 'public/a/b.glb', true],
    ['{a,b}/**', 'b/x.glb', true],
    ['**/.hidden/**', 'x/.hidden/a.glb', true],
    ['**', '.a/b.glb', true],
    ['#a/**', '#a/b.glb', true],
    ['+(a)/b.glb', 'a/b.glb', false],
    ['models/hero.glb', 'models/Hero.glb', false],
  ])('%s on %s: %s', (pattern, path, expected) => expect(readPattern(pattern, '').matches(path)).toBe(expected));

  it.each([
    ['*a'.repeat(100), 'a'.repeat(4000)],
    [`${'*a'.repeat(60)}b[cd]`, 'ab'.repeat(2000)],
    [`${'*[ab]'.repeat(50)}[cd]`, 'ab'.repeat(2000)],
    [`${'**/*a*b*/'.repeat(25)}x`, `${'aabb/'.repeat(800)}y`],
    [`${'**/?/'.repeat(40)}x`, `${'a/'.repeat(2000)}y`],
    [`${'**/a/**/'.repeat(30)}*[x]`, `${'a/'.repeat(2000)}b`],
  ])('%s is answered within a second', (pattern, path) => {
    const start = performance.now();
    readPattern(pattern, '').matches(path);
    expect(performance.now() - start).toBeLessThan(1000);
  });
});

describe('an original that was kept', () => {
  const keeping = parsePolicy({
    path: 'p.yml',
    text: "exclude: ['raw/**']\noverrides:\n  - files: ['s/**']\n    keep-original: suffix\n  - files: ['f/**']\n    keep-original: folder\n",
  });

  it.each([
    ['s/a.original.glb', 'kept as the original of s/a.glb (keep-original: suffix)'],
    ['.glb-originals/f/a.glb', 'kept as the original of f/a.glb (keep-original: folder)'],
    ['raw/a.original.glb', 'excluded by raw/** (p.yml:1:11)'],
  ])('%s is left alone: %s', (path, why) => {
    expect(explainRule(keeping, path)).toMatchObject({ selection: { kind: 'skipped', why }, origins: [] });
  });

  it('stays so in a run that keeps none itself', () => {
    expect(selectRule(keeping, 's/a.original.glb', { keepOriginal: 'none' }).kind).toBe('skipped');
  });

  it.each([
    'a.original.glb',
    '.glb-originals/a.glb',
    'f/a.original.glb',
    '.glb-originals/s/a.glb',
    '.glb-originals/raw/a.glb',
    // Ours is written in small letters.
    's/a.ORIGINAL.glb',
  ])('%s is an asset as any other: no rule keeps originals there', (path) => {
    expect(selectRule(keeping, path).kind).toBe('assigned');
  });
});
