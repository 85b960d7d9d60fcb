import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readMarker, writeMarker } from '../../src/report/marker.ts';

describe('the marker', () => {
  it('reads back what it wrote, whatever the scope', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (scope, rest) => {
        expect(readMarker(`${writeMarker({ scope })}\n${rest}`)).toEqual({ scope });
      }),
    );
  });

  it('is one HTML comment that nothing in the scope can end', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('-', '>', '<', '!', ' ', 'a', '\n') }), (scope) => {
        expect(writeMarker({ scope })).toMatch(/^<!-- [^<>\n]* -->$/);
        expect(writeMarker({ scope }).slice(4, -3)).not.toContain('--');
      }),
    );
  });

  it('is spelled as documented', () => {
    expect(writeMarker({ scope: 'octo/shop' })).toBe('<!-- glb-optimizer:v1 scope=octo%2Fshop -->');
  });

  it.each([
    ['a quoted marker', '> <!-- glb-optimizer:v1 scope=a -->'],
    ['a marker further down', 'Hello\n<!-- glb-optimizer:v1 scope=a -->'],
    ['another version', '<!-- glb-optimizer:v2 scope=a -->'],
    ['a broken scope', '<!-- glb-optimizer:v1 scope=%E0%A4%A -->'],
    ['nothing', ''],
  ])('is not found in %s', (_sentence, body) => expect(readMarker(body)).toBeUndefined());
});
