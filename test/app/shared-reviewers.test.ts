/** Which processes see which assets: real children, counted by their ids. */
import { expect, it } from 'vitest';
import { noRenderer } from '../../app/renderer/none.ts';
import { openSandbox } from '../../app/sandbox/pool.ts';
import { type LentReviewer, shareReviewers } from '../../app/shared-reviewers.ts';
import { selectRule } from '../../src/policy/select.ts';
import { model } from '../e2e/models.ts';

async function reviewOne(reviewer: LentReviewer, seed: number) {
  const selected = selectRule(undefined, 'a.glb', { target: 'three', withoutRenderer: 'commit' });
  if (selected.kind !== 'assigned') throw new Error(selected.why);
  const bytes = model(seed);
  const asset = {
    path: `${seed}.glb`,
    change: 'added',
    blob: '',
    mode: '100644',
    byteLength: bytes.byteLength,
  } as const;
  const signal = new AbortController().signal;
  const { report } = await reviewer.review(
    { asset, rule: selected.rule, bytes, manifests: [] },
    { readSibling: async () => ({ kind: 'missing' }), onStage: () => {}, signal },
  );
  await reviewer.close();
  return [report.verdict, reviewer.hasSeenOthers()];
}

it('assets of one review share a warm process, another review gets its own, and both end soon after', async () => {
  const sandbox = openSandbox({ spareCount: 0 });
  try {
    const reviewerOf = shareReviewers(() => sandbox.openReviewer(noRenderer('nothing is looked at here')), 2000);
    expect(await reviewOne(reviewerOf('1'), 1)).toEqual(['improved', false]);
    const first = sandbox.pids();
    expect(first).toHaveLength(1);
    expect(await reviewOne(reviewerOf('1'), 2)).toEqual(['improved', true]);
    expect(sandbox.pids()).toEqual(first);
    expect(await reviewOne(reviewerOf('2'), 3)).toEqual(['improved', false]);
    expect(sandbox.pids().filter((pid) => !first.includes(pid))).toHaveLength(1);
    await expect.poll(() => sandbox.pids(), { timeout: 20_000 }).toEqual([]);
  } finally {
    await sandbox.close();
  }
}, 60_000);

it('of many reviews that end at the same moment only four keep their processes for it', async () => {
  const sandbox = openSandbox({ spareCount: 0 });
  try {
    const reviewerOf = shareReviewers(() => sandbox.openReviewer(noRenderer('nothing is looked at here')), 60_000);
    const lastPids: number[][] = [];
    for (let review = 1; review <= 6; review++) {
      await reviewOne(reviewerOf(String(review)), review);
      lastPids.push([...sandbox.pids()]);
    }
    const first = lastPids[0] ?? [];
    // The oldest ended, although its minute is not over.
    await expect.poll(() => sandbox.pids().length, { timeout: 20_000 }).toBe(4);
    expect(sandbox.pids()).not.toEqual(expect.arrayContaining(first));
    // And is made anew for who asks again.
    expect(await reviewOne(reviewerOf('1'), 7)).toEqual(['improved', false]);
  } finally {
    await sandbox.close();
  }
}, 60_000);
