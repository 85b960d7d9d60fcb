import { afterAll, describe, expect, it } from 'vitest';
import { openSandbox } from '../../app/sandbox/pool.ts';
import { limitVariable, readLimits } from '../../app/settings/limits.ts';
import { LIMIT_NOTES, LIMITS } from '../../src/index.ts';
import { set } from '../hostile/input.ts';

describe('the limits of the operator', () => {
  const sandbox = openSandbox({ fileLimits: readLimits({ LIMIT_JSON_DEPTH: '5' }).file });
  afterAll(() => sandbox.close());

  it('are the usual ones where the environment says nothing', () => {
    expect(readLimits({})).toEqual({ file: LIMITS, process: {} });
  });

  it('are read by name, and only whole numbers are', () => {
    expect(limitVariable('imagePixels')).toBe('LIMIT_IMAGE_PIXELS');
    const { file, process } = readLimits({ LIMIT_IMAGE_PIXELS: '1000', LIMIT_CPU_MS: '5', LIMIT_BYTE_LENGTH: '7' });
    expect([file.imagePixels, process, file.byteLength]).toEqual([1000, { cpuMs: 5 }, LIMITS.byteLength]);
    for (const text of ['-1', '0', '1e9', 'many', '1.5'])
      expect(() => readLimits({ LIMIT_IMAGE_PIXELS: text })).toThrow('LIMIT_IMAGE_PIXELS');
  });

  it('hold in the process of the asset', async () => {
    const bytes = set('/asset/extras', { a: { b: { c: 1 } } });
    const ask = { bytes, siblings: new Map() };
    const { findings } = await sandbox.inspect(ask, new AbortController().signal);
    expect(findings).toMatchObject([{ code: 'LIMIT_DEPTH' }]);
  });

  it('all have a note that says which finding they lead to', () => {
    expect(Object.keys(LIMIT_NOTES)).toEqual(Object.keys(LIMITS));
  });
});
