import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contentOf } from '../src/content.ts';
import type { ReviewJob } from '../src/ports.ts';
import { commentOf, imageName, propose, type ReviewedAsset } from '../src/propose.ts';
import { readReport, writeReport } from '../src/report/report.ts';
import { readTrailers } from '../src/report/trailers.ts';
import { makeAsset, PROP, SCENE } from './report/make-report.ts';

const job: ReviewJob = {
  kind: 'pull-request',
  repository: 'octo/shop',
  baseCommit: '1'.repeat(40),
  headCommit: '2'.repeat(40),
  branch: 'add-models',
};
const reviewed = (report: ReviewedAsset['report'], part: Partial<ReviewedAsset> = {}): ReviewedAsset => ({
  report,
  file: null,
  images: [],
  model: null,
  ...part,
});
const file = {
  path: SCENE.path,
  mode: '100755',
  sourceBlob: 'b'.repeat(40),
  content: contentOf(new Uint8Array([1])),
  digest: 'c'.repeat(64),
  originalPath: null,
};

describe('propose', () => {
  it('commits the files that have one, and names them in the trailers', () => {
    const proposal = propose(job, [reviewed(SCENE, { file }), reviewed(makeAsset())]);
    expect(proposal.files).toEqual([file]);
    expect(proposal.commitMessage).toMatch(/^Optimize 1 GLB file: 51\.9 MB → 4\.43 MB \(−91\.5 %\)\n/);
    expect(readTrailers(proposal.commitMessage)?.assets).toEqual([
      { outputDigest: file.digest, sourceBlob: file.sourceBlob, path: file.path },
    ]);
  });

  it('has no commit message when there is nothing to commit', () => {
    const proposal = propose(job, [reviewed(SCENE)]);
    expect(proposal).toMatchObject({ files: [], commitMessage: '' });
  });

  it('counts in the report only what improved', () => {
    const { report } = propose(job, [reviewed(SCENE, { file }), reviewed(PROP), reviewed(makeAsset())]);
    // 51.9 + 1.2 + 1.2 MB before; 4.43 + 0.52 + 1.2 MB after.
    expect(report.totals).toMatchObject({ assetCount: 3, byteLengthBefore: 54_300_000, byteLengthAfter: 6_150_000 });
    expect(report.job).toEqual({ ...job, commit: null });
    expect(readReport(writeReport(report))).toEqual(report);
  });

  it('is content with no asset at all', () => {
    expect(propose(job, [])).toMatchObject({ files: [], images: [], models: [], commitMessage: '' });
  });
});

describe('commentOf', () => {
  const { report } = propose(job, [reviewed(SCENE, { file }), reviewed(makeAsset())]);

  it('speaks of a commit once there is one, and names it to undo it', () => {
    const comment = commentOf({ ...report, job: { ...report.job, commit: 'd'.repeat(40) } });
    expect(comment).toContain('1 of 2 GLB files optimized');
    expect(comment).toContain('run `git revert dddddddddddd`');
  });

  it('says "can be smaller", and nothing of undoing, where none was made', () => {
    const comment = commentOf(report);
    expect(comment).toContain('1 of 2 GLB files can be smaller: 51.9 MB → 4.43 MB');
    expect(comment).not.toMatch(/undo|revert/i);
  });
});

describe('imageName', () => {
  it('is readable', () => {
    expect(imageName('models/Hero 1.glb', 'a'.repeat(64), 'sheet')).toMatch(
      /^images\/models-hero-1-[0-9a-f]{8}-sheet\.webp$/,
    );
  });
  it('is safe on every file system, whatever the path', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (path) => {
        expect(imageName(path, 'a'.repeat(64), 'hero')).toMatch(
          /^images\/[a-z0-9](-?[a-z0-9])*-[0-9a-f]{8}-hero\.webp$/,
        );
      }),
    );
  });
  it('parts equal files in two folders, and paths whose odd letters the slug drops', () => {
    const name = (path: string) => imageName(path, 'a'.repeat(64), 'sheet');
    expect(new Set(['a/x.glb', 'b/x.glb', 'a-x.glb', 'a/X.glb', 'a/é.glb', 'a/ü.glb'].map(name)).size).toBe(6);
  });
});
