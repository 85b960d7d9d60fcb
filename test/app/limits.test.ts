import { afterAll, describe, expect, it } from 'vitest';
import { openSandbox } from '../../app/sandbox/pool.ts';
import { limitVariable, readLimits } from '../../app/settings/limits.ts';
import { LIMIT_NOTES, LIMITS, reviewChange } from '../../src/index.ts';
import { selectRule } from '../../src/policy/select.ts';
import { flatColour, memoryPublisher, memorySource } from '../doubles/memory.ts';
import { set } from '../hostile/input.ts';

/** With what stands around it, ten levels. */
const DEEP = { a: { b: { c: { d: { e: { f: { g: 1 } } } } } } };

describe('the limits of the operator', () => {
  const sandbox = openSandbox({ fileLimits: readLimits({ LIMIT_JSON_DEPTH: '7' }).file });
  afterAll(() => sandbox.close());

  it('are the usual ones where the environment says nothing', () => {
    expect(readLimits({})).toEqual({ file: LIMITS, process: {} });
  });

  it('are read by name, and only whole numbers are', () => {
    expect(limitVariable('imagePixels')).toBe('LIMIT_IMAGE_PIXELS');
    const { file, process } = readLimits({ LIMIT_IMAGE_PIXELS: '1000', LIMIT_CPU_MS: '5', LIMIT_BYTE_LENGTH: '7' });
    expect([file.imagePixels, process, file.byteLength]).toEqual([1000, { cpuMs: 5 }, 7]);
    for (const text of ['-1', '0', '1e9', 'many', '1.5'])
      expect(() => readLimits({ LIMIT_IMAGE_PIXELS: text })).toThrow('LIMIT_IMAGE_PIXELS');
    // More than a browser holds in one piece.
    expect(() => readLimits({ LIMIT_BYTE_LENGTH: String(2 ** 31) })).toThrow('at most 2147483647');
  });

  it('hold in the process of the asset', async () => {
    const bytes = set('/asset/extras', DEEP);
    const ask = { bytes, readSibling: async () => ({ kind: 'missing' }) as const };
    const { inspection } = await sandbox.inspect(ask, new AbortController().signal);
    expect(inspection.findings).toMatchObject([{ code: 'LIMIT_DEPTH' }]);
  });

  it('hold for the file at the base, too: it is not opened, and the review of the head goes on', async () => {
    const selected = selectRule(undefined, 'a.glb', { target: 'three' });
    if (selected.kind !== 'assigned') throw new Error(selected.why);
    const [bytes, base] = [set('/asset/extras', 1), set('/asset/extras', DEEP)];
    const { byteLength } = bytes;
    const asset = { path: 'a.glb', change: 'modified', blob: 'b', mode: '100644', byteLength } as const;
    const reviewer = sandbox.openReviewer(flatColour());
    const of = (old: Uint8Array<ArrayBuffer>) =>
      reviewer.review(
        { asset, rule: selected.rule, bytes, base: old, manifests: [] },
        {
          readSibling: async () => ({ kind: 'missing' }),
          onStage: () => {},
          signal: new AbortController().signal,
        },
      );
    const { report } = await of(base);
    expect(report.verdict).not.toBe('refused');
    expect(report.change?.visual).toEqual({ skipped: expect.stringMatching(/nest|deep|level/i) });
    expect((await of(set('/asset/extras', 2))).report.change?.visual).toHaveProperty('score');
    await reviewer.close();
  });

  it('hold before a file, its base or the files beside it are read', async () => {
    const { file: limits } = readLimits({ LIMIT_BYTE_LENGTH: '4000' });
    const asked: [string, number][] = [];
    const source = memorySource({
      'small.glb': set('/asset/extras', 1),
      'large.glb': set('/asset/extras', 'x'.repeat(5000)),
    });
    const { readBytes } = source;
    const reviewed = await reviewChange(
      { kind: 'files', repository: null, baseCommit: null, headCommit: null, branch: null },
      {
        source: {
          ...source,
          readBytes: (asset, limitBytes) => {
            asked.push([asset.path, limitBytes]);
            return readBytes(asset, limitBytes);
          },
        },
        reviewer: sandbox.openReviewer(flatColour()),
        publisher: memoryPublisher(),
        limits,
      },
      { flags: {}, concurrency: 1, onProgress: () => {}, signal: new AbortController().signal },
    );
    expect(asked.map(([, limitBytes]) => limitBytes)).toEqual([4000, 4000]);
    const large = reviewed.report.assets.find(({ path }) => path === 'large.glb');
    expect(large).toMatchObject({ verdict: 'refused', findings: [{ code: 'LIMIT_BYTES' }] });
  });

  it('all have a note that says which finding they lead to', () => {
    expect(Object.keys(LIMIT_NOTES)).toEqual(Object.keys(LIMITS));
  });
});
