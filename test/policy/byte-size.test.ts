import { describe, expect, it } from 'vitest';
import { parseByteSize } from '../../src/policy/schema.ts';

describe('parseByteSize', () => {
  it.each([
    ['5 MB', 5_000_000],
    ['64 MiB', 67_108_864],
    ['800 kB', 800_000],
    ['1.5GB', 1_500_000_000],
    ['0 B', 0],
    ['12', undefined],
    ['MB', undefined],
    ['-5 MB', undefined],
    ['5 MB/s', undefined],
  ])('%s is %s', (text, expected) => expect(parseByteSize(text)).toBe(expected));
});
