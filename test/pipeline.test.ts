import { beforeAll, describe, expect, it } from 'vitest';
import { writeGlb, writeLfsPointer } from '../src/asset/glb.ts';
import { reviewChange } from '../src/pipeline.ts';
import type { GitSource, Progress, Renderer, ReviewJob } from '../src/ports.ts';
import { readReport, writeReport } from '../src/report/report.ts';
import { inProcessReviewer } from '../src/reviewer.ts';
import { flatColour, memoryPublisher, memorySource, scriptedRenderer } from './doubles/memory.ts';
import { houseScene } from './house-scene.ts';
import { opened, picture } from './make-glb.ts';

const JOB: ReviewJob = {
  kind: 'pull-request',
  repository: 'octo/shop',
  baseCommit: 'a'.repeat(40),
  headCommit: 'b'.repeat(40),
  branch: 'art',
};

let good: Uint8Array<ArrayBuffer>;
let withTexture: Uint8Array<ArrayBuffer>;

beforeAll(async () => {
  good = (await houseScene()).bytes();
  const bench = await houseScene();
  bench.json.images = [{ uri: 'textures/a%20b.png' }];
  withTexture = bench.bytes();
});

async function review(
  source: GitSource,
  options: { readonly renderer?: Renderer; readonly signal?: AbortSignal; readonly concurrency?: number } = {},
) {
  const publisher = memoryPublisher();
  const told: Progress[] = [];
  let clock = 0;
  const reviewer = inProcessReviewer({ renderer: options.renderer ?? flatColour(), now: () => clock++ });
  const ports = { source, publisher, reviewer };
  const { report, published } = await reviewChange(JOB, ports, {
    flags: { target: 'three' },
    concurrency: options.concurrency ?? 2,
    onProgress: (progress) => told.push(progress),
    signal: options.signal ?? new AbortController().signal,
  });
  const verdicts = Object.fromEntries(report.assets.map(({ path, verdict }) => [path, verdict]));
  return { report, published, verdicts, told, proposal: publisher.proposals[0] };
}

describe('reviewChange', () => {
  it('refuses the broken, commits the good, and keeps their order', async () => {
    const files = { 'z.glb': good, 'broken.glb': good.slice(0, 500), 'a.glb': good, 'empty.glb': new Uint8Array(0) };
    const { verdicts, proposal, published, report } = await review(memorySource(files), { concurrency: 4 });
    expect(verdicts).toEqual({
      'z.glb': 'improved',
      'broken.glb': 'refused',
      'a.glb': 'improved',
      'empty.glb': 'refused',
    });
    expect(report.assets.map(({ path }) => path)).toEqual(['z.glb', 'broken.glb', 'a.glb', 'empty.glb']);
    expect(proposal?.files.map(({ path }) => path)).toEqual(['z.glb', 'a.glb']);
    expect(report.assets[1]?.findings).toMatchObject([{ code: 'GLB_LENGTH' }]);
    expect(report.job.commit).toBe(published.commit);
    expect(readReport(writeReport(report))).toEqual(report);
  });

  it('never makes a file larger, and leaves its own output alone, bit for bit', async () => {
    const first = await review(memorySource({ 'a.glb': good }));
    const [file] = first.proposal?.files ?? [];
    if (file === undefined) throw new Error('nothing was proposed');
    expect(file.content.byteLength).toBeLessThan(good.byteLength);
    const second = await review(memorySource({ 'a.glb': await file.content.read() }));
    expect(second.report.assets[0]).toMatchObject({ verdict: 'unchanged', why: 'already optimized' });
    expect(second.proposal?.files).toEqual([]);
    expect(second.published.commit).toBeNull();
  });

  it('optimizes its own output again once somebody has edited it', async () => {
    const first = await review(memorySource({ 'a.glb': good }));
    const edited = opened((await first.proposal?.files[0]?.content.read()) ?? good);
    const bytes = writeGlb({ ...edited.json, extras: { edited: true } }, edited.bin);
    const second = await review(memorySource({ 'a.glb': bytes }));
    expect(second.report.assets[0]?.why).not.toBe('already optimized');
  });

  it('leaves an LFS pointer whose object is not here, and says why', async () => {
    const digest = 'd'.repeat(64);
    const source = memorySource({
      'a.glb': { kind: 'lfs-pointer', digest, byteLength: 9e6, why: 'git lfs is not installed' },
    });
    const { report } = await review(source);
    expect(report.assets[0]).toMatchObject({
      verdict: 'unchanged',
      why: 'git lfs is not installed',
      before: { byteLength: 9e6 },
      findings: [{ code: 'LFS_POINTER' }],
    });
  });

  it('refuses the text of a pointer that came in place of bytes', async () => {
    const text = new TextEncoder().encode(writeLfsPointer({ digest: 'd'.repeat(64), byteLength: 9 }));
    const { report } = await review(memorySource({ 'a.glb': text }));
    expect(report.assets[0]).toMatchObject({ verdict: 'refused', findings: [{ code: 'GLB_NOT_A_GLB' }] });
  });

  it('refuses what is over the limit without opening it', async () => {
    const { report } = await review(
      memorySource({ 'a.glb': { kind: 'over-limit', byteLength: 3e9, limitBytes: 5e8 } }),
    );
    expect(report.assets[0]).toMatchObject({
      verdict: 'refused',
      findings: [{ code: 'LIMIT_BYTES' }],
      before: { byteLength: 3e9 },
    });
  });

  it('refuses a file whose image is not tracked', async () => {
    const { report } = await review(memorySource({ 'props/a.glb': withTexture }));
    expect(report.assets[0]).toMatchObject({
      verdict: 'refused',
      findings: [{ code: 'URI_REFUSED', pointer: '/images' }],
    });
  });

  it.each([
    [
      'leaves a file whose image is an LFS pointer, and says why',
      { kind: 'lfs-pointer', digest: 'd'.repeat(64), byteLength: 9, why: 'Run `git lfs pull`.' } as const,
      'unchanged',
      'LFS_POINTER',
      'It needs the file "textures/a%20b.png". Run `git lfs pull`.',
    ],
    [
      'refuses a file whose image is over the limit',
      { kind: 'over-limit', byteLength: 3e9, limitBytes: 5e8 } as const,
      'refused',
      'LIMIT_BYTES',
      'Its file "textures/a%20b.png" has 3.00 GB; the limit is 500 MB.',
    ],
  ])('%s', async (_sentence, image, verdict, code, why) => {
    const { report } = await review(memorySource({ 'props/a.glb': withTexture, 'props/textures/a b.png': image }));
    expect(report.assets[0]).toMatchObject({ verdict, why, findings: [{ code, pointer: '/images' }] });
  });

  it('keeps an external image external, and hands it to the renderer under the name the file uses', async () => {
    const renderer = flatColour();
    const image = await picture([8, 8], 'png', () => [9, 9, 9]);
    const { proposal, verdicts } = await review(
      memorySource({ 'props/a.glb': withTexture, 'props/textures/a b.png': image }),
      { renderer },
    );
    expect(verdicts).toEqual({ 'props/a.glb': 'improved' });
    expect(opened((await proposal?.files[0]?.content.read()) ?? good).json.images).toEqual([
      { uri: 'textures/a%20b.png' },
    ]);
    expect([...(renderer.seen[0]?.siblings ?? [])]).toEqual([['textures/a%20b.png', image]]);
  });

  it('reports our own failure on one asset, and goes on with the others', async () => {
    const source = memorySource({ 'a.glb': good, 'b.glb': new Error('the disk is gone'), 'c.glb': good });
    const { report, verdicts } = await review(source);
    expect(verdicts).toEqual({ 'a.glb': 'improved', 'b.glb': 'failed', 'c.glb': 'improved' });
    expect(report.assets[1]).toMatchObject({ why: 'the disk is gone' });
  });

  it('closes every studio it opened, also behind a renderer that throws', async () => {
    const renderer = scriptedRenderer(() => {
      throw new Error('the page crashed');
    });
    const { verdicts } = await review(memorySource({ 'a.glb': good }), { renderer });
    expect(verdicts).toEqual({ 'a.glb': 'failed' });
    expect([renderer.opened, renderer.closed]).toEqual([1, 1]);
  });

  it('skips what the policy excludes', async () => {
    const files = { 'a.glb': good, 'old/b.glb': good };
    const { verdicts } = await review(memorySource(files, { policy: "exclude: ['old/**']\n" }));
    expect(verdicts).toEqual({ 'a.glb': 'improved' });
  });

  it.each([
    ['suffix', ['a.glb', '.glb-originals/a.glb']],
    ['folder', ['a.glb', 'a.original.glb']],
    ['none', ['a.glb', 'a.original.glb', '.glb-originals/a.glb']],
  ])('skips only the originals that keep-original: %s puts aside; the name alone hides no file', async (keep, seen) => {
    const files = { 'a.glb': good, 'a.original.glb': good, '.glb-originals/a.glb': good };
    const { verdicts } = await review(memorySource(files, { policy: `keep-original: ${keep}\n` }));
    expect(Object.keys(verdicts)).toEqual(seen);
  });

  it('proposes no file where the policy only wants a report', async () => {
    const { proposal, verdicts } = await review(memorySource({ 'a.glb': good }, { policy: 'mode: report\n' }));
    expect([verdicts, proposal?.files]).toEqual([{ 'a.glb': 'improved' }, []]);
  });

  it('proposes no file that looks different', async () => {
    const { proposal, verdicts } = await review(memorySource({ 'a.glb': good }), {
      renderer: scriptedRenderer(() => 9),
    });
    expect([verdicts, proposal?.files]).toEqual([{ 'a.glb': 'needs-review' }, []]);
  });

  it('tells of every asset once that it is done, and counts', async () => {
    const { told } = await review(memorySource({ 'a.glb': good, 'b.glb': new Uint8Array(3) }), { concurrency: 1 });
    const done = told.filter(({ stage }) => stage === 'done');
    expect(done.map(({ path, done, total }) => [path, done, total])).toEqual([
      ['a.glb', 1, 2],
      ['b.glb', 2, 2],
    ]);
  });

  it('stops when it is told to, and publishes nothing', async () => {
    const publisher = memoryPublisher();
    const controller = new AbortController();
    const running = reviewChange(
      JOB,
      {
        source: memorySource({ 'a.glb': good, 'b.glb': good }),
        publisher,
        reviewer: inProcessReviewer({ renderer: flatColour(), now: () => 0 }),
      },
      {
        flags: {},
        concurrency: 1,
        onProgress: ({ stage }) => stage === 'done' && controller.abort(new Error('enough')),
        signal: controller.signal,
      },
    );
    await expect(running).rejects.toThrow('enough');
    expect(publisher.proposals).toEqual([]);
  });
});
