import { describe, expect, it } from 'vitest';
import { BotError, type ErrorDetail } from '../src/errors.ts';

describe('the message of an error', () => {
  it.each<[string, ErrorDetail, string]>([
    ['the viewer is not built', { hint: 'Run `npm run build`.' }, 'the viewer is not built. Run `npm run build`.'],
    ['It is gone.', { at: 'a.glb', hint: 'Look again.' }, 'a.glb: It is gone. Look again.'],
    ['no number', { at: 'a.yml:1', expected: '1', received: 'one' }, 'a.yml:1: no number. Expected 1, found one.'],
    ['alone', {}, 'alone'],
  ])('says %s in sentences', (message, detail, whole) => {
    expect(new BotError('INTERNAL', message, detail).message).toBe(whole);
  });
});
