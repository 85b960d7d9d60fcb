import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clean, cleanPath, code, codeBlock, html, plain, table } from '../../src/report/text.ts';
import { renderGfm, textOf } from './render-gfm.ts';

/** Text made of what Markdown, HTML and GitHub give a meaning to. */
const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ...[
          '|',
          '`',
          '``',
          '*',
          '_',
          '__',
          '~~',
          '[',
          ']',
          '(',
          ')',
          '<',
          '>',
          '&',
          '&amp;',
          '&#35;',
          '!',
          '#',
          '##',
          '\\',
          '\\|',
          '$',
          '-',
          '+',
          '=',
          '1.',
          '\n',
          '\r\n',
          '\t',
          ' ',
          '  ',
          '@octocat',
          '#12',
          'GH-3',
          'o/r#4',
          'http://x.y',
          'https://x.y/z',
          'www.x.y',
          'a@b.c',
          ':tada:',
          '<b>',
          '<!--',
          '-->',
          '<img src=x>',
          '[x](y)',
          '![x](y)',
          '\u202E',
          '\u200B',
          '\u0000',
          '\u001B[31m',
          '\uD800',
          '```',
          '---',
          '> ',
          '- ',
          '    ',
        ],
      ),
      fc.string({ unit: 'grapheme', maxLength: 5 }),
    ),
    { maxLength: 20 },
  )
  .map((parts) => parts.join(''));

const withoutBreaks = (text: string) => text.replaceAll('\u200B', '');

describe('plain', () => {
  it('shows exactly the clean text, with no markup at all', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const page = renderGfm(plain(text, 500));
        expect(page.replace(/^<p>|<\/p>$/g, '')).not.toMatch(/<[a-z!/]/i);
        expect(withoutBreaks(textOf(page)).trim()).toBe(clean(text, 500));
      }),
      { numRuns: 2000 },
    );
  });

  it('stays in its cell of a table', () => {
    fc.assert(
      fc.property(hostile, hostile, (left, right) => {
        const page = renderGfm(table(['A', 'B'], 'lr', [[plain(left, 80), code(right, 80)]]));
        const cells = [...page.matchAll(/<td[^>]*>([\s\S]*?)<\/td>/g)].map((cell) =>
          withoutBreaks(textOf(cell[1] ?? '')).trim(),
        );
        expect(cells).toEqual([clean(left, 80), cleanPath(right, 80)]);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['a mention', 'by @octocat', /@(?=[a-z])/],
    ['an issue', 'fixes #12', /#(?=\d)/],
    ['an issue of another repository', 'o/r#12', /#(?=\d)/],
    ['an issue by prefix', 'GH-12', /GH-(?=\d)/],
    ['an emoji', ':tada:', /:tada:/],
    ['a bare address behind an underscore', 'a_www.x.y', /www\./],
    ['an address', 'https://x.y', /https:\/\//],
    ['a bare address', 'www.x.y', /www\./],
  ])('breaks up %s', (_sentence, text, pattern) => expect(textOf(renderGfm(plain(text, 80)))).not.toMatch(pattern));

  it('leaves plain words readable in the source too', () => {
    expect(plain('36 images to WebP, node_3 kept (1.5 MB)', 80)).toBe('36 images to WebP, node_3 kept (1.5 MB)');
  });
});

describe('code', () => {
  it.each([
    ['a path is a code span', 'models/@scope/a_b.glb', '`models/@scope/a_b.glb`'],
    ['a pipe goes into an element', 'a|b.glb', '<code>a&#124;b.glb</code>'],
    ['nothing is an empty element', '', '<code></code>'],
    ['a line break becomes a space', 'a\nb', '`a b`'],
    ['a bidirectional control becomes visible', 'a\u202Eb', '`a\uFFFDb`'],
  ])('%s', (_sentence, text, expected) => expect(code(text)).toBe(expected));
});

describe('codeBlock', () => {
  it('ends where it should, whatever is in it', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const page = renderGfm(`${codeBlock(text, 'js')}\n\nbehind`);
        expect(page).toMatch(/^<pre><code class="language-js">[\s\S]*<\/code><\/pre>\n<p>behind<\/p>$/);
      }),
    );
  });
});

describe('clean', () => {
  it('never exceeds its limit and keeps to one line', () => {
    fc.assert(
      fc.property(hostile, fc.integer({ min: 1, max: 40 }), (text, limit) => {
        expect([...clean(text, limit)].length).toBeLessThanOrEqual(limit);
        expect([...cleanPath(text, limit)].length).toBeLessThanOrEqual(limit);
        expect(clean(text, limit)).not.toMatch(/[\p{Cc}\p{Cf}]/u);
      }),
    );
  });
  it('cuts a path in its middle', () =>
    expect(cleanPath('models/very/long/folder/hero.glb', 16)).toBe('model…r/hero.glb'));
  it('answers a megabyte at once', () => {
    const start = performance.now();
    expect([...plain('@|'.repeat(500_000), 60)].length).toBeLessThan(1000);
    expect(performance.now() - start).toBeLessThan(100);
  });
});

describe('html', () => {
  it('reads back as the same text, without a tag', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(html(text)).not.toMatch(/[<>"']/);
        expect(textOf(html(text))).toBe(text);
      }),
    );
  });
});
