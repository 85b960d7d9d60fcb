import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { makePmremInBrowser } from '../../scripts/make-environment.ts';
import { ENVIRONMENT_PIXELS, packEnvironment, unpackEnvironment } from '../../viewer/environment.ts';
import { browserForTests } from '../renderer-fixtures.ts';

const digestOf = (halves: Uint16Array) =>
  createHash('sha256')
    .update(new Uint8Array(halves.buffer, halves.byteOffset, halves.byteLength))
    .digest('hex');

it('reads back every half float that it packs, with alpha 1', () => {
  // 7,919 and 65,536 have no common divisor: all values occur.
  const rgba = Uint16Array.from({ length: ENVIRONMENT_PIXELS * 4 }, (_, i) =>
    i % 4 === 3 ? 0x3c00 : (i * 7919) & 0xffff,
  );
  expect(digestOf(unpackEnvironment(packEnvironment(rgba)))).toBe(digestOf(rgba));
});

it('keeps in its file exactly the light that three makes at run time', async () => {
  browserForTests();
  const stored = gunzipSync(readFileSync(new URL('../../viewer/assets/environment.bin', import.meta.url)));
  const made = await makePmremInBrowser();
  expect(made.some((half, i) => i % 4 !== 3 && half !== 0)).toBe(true);
  expect(digestOf(unpackEnvironment(stored))).toBe(digestOf(made));
}, 120_000);
