import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nearest } from '../../src/policy/check.ts';
import { checkPolicy, PolicyError, parsePolicy } from '../../src/policy/policy.ts';
import { blankComments } from '../../src/policy/source.ts';

const PATH = '.github/glb-optimizer.yml';

/** The first lines of all messages, without the path. */
function complaints(text: string, path = PATH): readonly string[] {
  const checked = checkPolicy({ path, text });
  return checked.kind === 'valid' ? [] : checked.issues.map(({ message }) => message.replace(`${path}:`, ''));
}

const FULL = `# yaml-language-server: $schema=https://example.com/policy.schema.json
target: three
decoders: [meshopt, ktx2]
preset: small
mode: report
keep-original: suffix
min-saved: { bytes: 4 KiB, ratio: 0.1 }
max-visual-difference: 1.2
budgets: { byteLength: 5 MB, triangleCount: 200000, drawCallCount: 100, gpuByteLength: 64 MiB, textureSize: 2048 }
textures: { maxSize: 4096 }
structure: merge
without-renderer: commit
include: ['**/*.glb']
exclude: ['fixtures/**']
overrides:
  - files: ['public/hero/**']
    preset: lossless
    textures: { maxSize: 2048 }
extends: owner/.github
`;

describe('parsePolicy', () => {
  it('reads every key, sizes in bytes', () => {
    const policy = parsePolicy({ path: PATH, text: FULL });
    expect(policy.top.settings).toEqual({
      target: 'three',
      decoders: ['meshopt', 'ktx2'],
      preset: 'small',
      mode: 'report',
      keepOriginal: 'suffix',
      minSavedBytes: 4096,
      minSavedRatio: 0.1,
      maxVisualDifference: 1.2,
      budget: {
        byteLength: 5_000_000,
        triangleCount: 200_000,
        drawCallCount: 100,
        gpuByteLength: 67_108_864,
        textureSize: 2048,
      },
      textureMaxSizePx: 4096,
      structure: 'merge',
      withoutRenderer: 'commit',
    });
    expect(policy.extends).toBe('owner/.github');
    expect(policy.overrides[0]?.settings).toMatchObject({ preset: 'lossless', textureMaxSizePx: 2048 });
  });

  it('knows where each key stands', () => {
    const policy = parsePolicy({ path: PATH, text: FULL });
    expect(policy.top.at('min-saved.ratio')).toBe(`${PATH}:7:35`);
    expect(policy.overrides[0]?.at('preset')).toBe(`${PATH}:17:13`);
  });

  it.each([
    ['an empty file', '', PATH],
    ['a file of comments', '# nothing yet\n', PATH],
    ['an empty JSON object', '{}', 'glb-optimizer.json'],
  ])('%s is a policy of defaults', (_sentence, text, path) => {
    const policy = parsePolicy({ path, text });
    expect(Object.values(policy.top.settings).every((value) => value === undefined)).toBe(true);
    expect(policy.include.map((pattern) => pattern.text)).toEqual(['**/*.glb', '**/*.GLB']);
  });

  it('reads JSONC with comments, tabs and a trailing comma', () => {
    const text =
      '{\n\t// who reads it: "http://x"\n\t"$schema": "http://x/y", /* and\n\tso on */\n\t"preset": "small",\n}\n';
    expect(parsePolicy({ path: 'p.jsonc', text }).top.settings.preset).toBe('small');
  });

  it('keeps zero: it is a value', () => {
    const policy = parsePolicy({ path: PATH, text: 'min-saved: { bytes: 0, ratio: 0 }\nmax-visual-difference: 0' });
    expect(policy.top.settings).toMatchObject({ minSavedBytes: 0, minSavedRatio: 0, maxVisualDifference: 0 });
  });
});

describe('a complaint', () => {
  it.each([
    [
      'names the key that was meant',
      'preset: small\ntaget: three',
      '2:1 taget: expected a key that the policy knows, found "taget". Did you mean target?',
    ],
    [
      'understands camel case',
      'keepOriginal: none',
      '1:1 keepOriginal: expected a key that the policy knows, found "keepOriginal". Did you mean keep-original?',
    ],
    [
      'knows the group a key belongs to',
      'triangleCount: 5',
      '1:1 triangleCount: expected a key that the policy knows, found "triangleCount". Did you mean triangleCount under budgets?',
    ],
    [
      'knows what belongs at the top',
      'overrides:\n  - files: [a]\n    exclude: [b]',
      '3:5 overrides[0].exclude: expected a key that the policy knows, found "exclude". exclude belongs at the top level.',
    ],
    [
      'turns percent into a ratio',
      'min-saved:\n  ratio: 5%',
      '2:10 min-saved.ratio: expected a ratio from 0 to 1, such as 0.05, found "5%". Write 0.05.',
    ],
    [
      'suspects a percentage in a number over 1',
      'min-saved: { ratio: 5 }',
      '1:21 min-saved.ratio: expected a ratio from 0 to 1, such as 0.05, found 5. Write 0.05 for 5 %.',
    ],
    [
      'names the nearest choice',
      'preset: Balnced',
      '1:9 preset: expected one of lossless, balanced, small, vram, found "Balnced". Did you mean balanced?',
    ],
    [
      'lists the choices when none is near',
      'mode: yolo',
      '1:7 mode: expected one of commit, report, pull-request, found "yolo".',
    ],
    [
      'turns a single pattern into a list',
      "include: '**/*.glb'",
      '1:10 include: expected a list of patterns, found "**/*.glb". Write ["**/*.glb"].',
    ],
    [
      'tells an empty key from a missing one',
      'preset: small\nexclude:\n#  - a',
      '2:9 exclude: expected a list of patterns, found nothing. Give the key a value or take it out.',
    ],
    [
      'takes quotes off a number',
      "budgets: { triangleCount: '200,000' }",
      '1:27 budgets.triangleCount: expected a whole number, 0 or more, found "200,000". Write 200000, without quotes.',
    ],
    [
      'explains sizes',
      'budgets: { byteLength: 5 megabytes }',
      '1:24 budgets.byteLength: expected a whole number of bytes or a size such as 5 MB or 64 MiB, found "5 megabytes".',
    ],
    ['sees a key twice', 'preset: small\npreset: vram', '2:1 preset: this key is here twice.'],
    [
      'refuses a file that is not a mapping',
      '- a\n- b',
      '1:1: expected a mapping of $schema, target, decoders, preset, mode, keep-original, min-saved, max-visual-difference, budgets, textures, structure, without-renderer, include, exclude, overrides, extends, found a list of 2.',
    ],
    [
      'asks an override for its files',
      'overrides:\n  - preset: small',
      '2:5 overrides[0].files: expected a list of patterns, found nothing.',
    ],
    [
      'sends "!" to exclude',
      "include: ['!a']",
      '1:11 include[0]: expected a pattern without "!"; files to leave alone belong into exclude, found "!a".',
    ],
    [
      'refuses extends that is no repository',
      'extends: ../x',
      '1:10 extends: expected owner/repository, found "../x".',
    ],
  ])('%s', (_sentence, text, expected) => expect(complaints(text)).toEqual([expected]));

  it('never comes alone when there are more', () => {
    expect(complaints('preset: tiny\nmin-saved: { ratio: 5%, byte: 1 }\nincude: []')).toHaveLength(4);
  });

  it('carries its code, its list and one line each', () => {
    const parse = () => parsePolicy({ path: PATH, text: 'a: 1\nb: 2' });
    expect(parse).toThrow(PolicyError);
    expect(parse).toThrow(
      expect.objectContaining({ code: 'POLICY_INVALID', issues: [expect.anything(), expect.anything()] }),
    );
    expect(parse).toThrow(/:1:1 a: .*\n.*:2:1 b: /);
  });

  it('gives the line of broken YAML and of broken JSON', () => {
    expect(complaints('preset: small\ntarget: [three')[0]).toMatch(/^2:\d+: /);
    expect(complaints('{\n  "preset": "small"\n  "mode": "report"\n}', 'p.json')[0]).toMatch(/^3:\d+: /);
  });

  it('counts columns behind a blanked comment as the editor does', () => {
    expect(complaints('{ /* x */ "preset": 5 }', 'p.jsonc')[0]).toMatch(/^1:21 preset: /);
  });
});

describe('a hostile policy', () => {
  const aliases = `a: &a [x,x,x,x,x,x,x,x,x]\n${[...'bcdefgh'].map((key, index) => `${key}: &${key} [${`*${'abcdefgh'[index]},`.repeat(9)}]`).join('\n')}`;
  it.each([
    ['aliases that stand for millions', aliases],
    ['an alias of itself', 'a: &a [*a]'],
    // yaml's own toJS takes 211 s here.
    ['keys within keys', '? '.repeat(32_000)],
    ['brackets without end', '['.repeat(64_000)],
    ['ten thousand keys', Array.from({ length: 10_000 }, (_, index) => `k${index}:`).join('\n')],
    ['a megabyte', `# ${'x'.repeat(1_000_000)}`],
    ['braces that stand for 2^40 patterns', `include: ['${'{a,b}'.repeat(40)}']`],
    ['a range of a million', "include: ['{1..1000000}']"],
    ['a pattern of 300 characters', `include: ['${'a'.repeat(300)}']`],
    ['101 patterns in two lists', `include: [${'a,'.repeat(51)}]\nexclude: [${'a,'.repeat(50)}]`],
    ['a prototype', '__proto__: { preset: small }'],
    ['a tag', 'preset: !!js/function "x"'],
    ['two documents', 'preset: small\n---\npreset: vram'],
  ])('with %s is refused within two seconds', (_sentence, text) => {
    const start = performance.now();
    expect(complaints(text).length).toBeGreaterThan(0);
    expect(performance.now() - start).toBeLessThan(2000);
  });

  it('gets an answer, never a crash, whatever it says', () => {
    const words = fc.constantFrom(
      'preset',
      'include',
      'overrides',
      ': ',
      '- ',
      '\n',
      '  ',
      '[',
      ']',
      '{',
      '}',
      '&a ',
      '*a',
      '? ',
      '"',
      '//',
      '/*',
      '5%',
      '!x ',
      '|\n',
      '\t',
      '<<',
    );
    fc.assert(
      fc.property(
        fc.array(fc.oneof(words, fc.string()), { maxLength: 60 }),
        fc.constantFrom('p.yml', 'p.jsonc'),
        (parts, path) => {
          const checked = checkPolicy({ path, text: parts.join('') });
          if (checked.kind === 'invalid') {
            expect(checked.issues.length).toBeGreaterThan(0);
            for (const issue of checked.issues) expect(issue.message).toMatch(/^p\.\w+:\d+:\d+/);
          }
        },
      ),
      { numRuns: 1000 },
    );
  });
});

describe('nearest', () => {
  it.each([
    ['trianglecount', ['triangleCount'], 'triangleCount'],
    ['meshoptt', ['meshopt', 'draco'], 'meshopt'],
    ['xyz', ['meshopt', 'draco'], undefined],
  ])('%s of %j is %s', (word, choices, expected) => expect(nearest(word, choices)).toBe(expected));
});

describe('blankComments', () => {
  it('leaves JSON as it is, whatever its strings hold', () => {
    fc.assert(
      fc.property(fc.json(), (json) => {
        expect(blankComments(json)).toBe(json);
      }),
    );
  });
  it('keeps the length and the line breaks', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('/', '*', '"', '\\', '\n', 'a') }), (text) => {
        const blanked = blankComments(text);
        expect(blanked.length).toBe(text.length);
        expect(blanked.split('\n').length).toBe(text.split('\n').length);
      }),
    );
  });
});
