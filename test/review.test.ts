import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inspect } from '../src/inspect.ts';
import { selectRule } from '../src/policy/select.ts';
import type { ChangedAsset } from '../src/ports.ts';
import { reviewAsset } from '../src/review.ts';
import { flatColour } from './doubles/memory.ts';
import { picture, random } from './make-glb.ts';
import { choices, generate } from './optimize/generated-glb.ts';
import { digestOfHouse } from './optimize/same-bytes.ts';

const ASSET: ChangedAsset = { path: 'a.glb', change: 'added', blob: 'b'.repeat(40), mode: '100644', byteLength: 1 };

async function review(bytes: Uint8Array<ArrayBuffer>, target: 'three' | 'universal' | 'babylon') {
  const selection = selectRule(undefined, 'a.glb', { target, minSavedBytes: 0, minSavedRatio: 0 });
  if (selection.kind !== 'assigned') throw new Error(selection.why);
  const assignment = { asset: ASSET, rule: selection.rule, file: { bytes, siblings: new Map() }, manifests: [] };
  const options = { onStage: () => {}, signal: new AbortController().signal };
  return reviewAsset(assignment, { renderer: flatColour(), now: () => 0 }, options);
}

describe('reviewAsset', () => {
  it('never makes a file larger, and finds nothing to do on its own output', { timeout: 600_000 }, async () => {
    const next = random(3);
    const noise = await picture([16, 16], 'png', () => [next() * 255, next() * 255, next() * 255]);
    const targets = fc.constantFrom('three' as const, 'universal' as const, 'babylon' as const);
    await fc.assert(
      fc.asyncProperty(choices, targets, async (chosen, target) => {
        const source = generate(chosen, noise);
        const { report, file } = await review(source.bytes, target);
        expect(['improved', 'unchanged']).toContain(report.verdict);
        if (file === null) return;
        expect(file.bytes.byteLength).toBeLessThan(source.bytes.byteLength);
        expect((await inspect(file.bytes, new Map())).kind).toBe('inspected');
        const again = await review(file.bytes, target);
        expect(again.report).toMatchObject({ verdict: 'unchanged', why: 'already optimized' });
        expect(await review(source.bytes, target)).toMatchObject({ file: { digest: file.digest } });
      }),
      { seed: 61, numRuns: Number(process.env.PROPERTY_RUNS ?? 30) },
    );
  });

  it('gives the same bytes in another process', async () => {
    const script = fileURLToPath(new URL('optimize/same-bytes.ts', import.meta.url));
    const other = spawnSync(process.execPath, [script], { encoding: 'utf8' });
    expect([other.stderr, other.stdout]).toEqual([expect.any(String), await digestOfHouse()]);
  });
});
