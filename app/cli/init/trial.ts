/** A first look at what could be saved: the largest files of a repository, optimized and thrown away. */
import { type Report, type ReviewJob, type RuleFlags, reviewChange } from '../../../src/index.ts';
import type { Repository } from '../../git/repository.ts';
import { worktreeSource } from '../../git/worktree-source.ts';
import { noRenderer } from '../../renderer/none.ts';
import { openProgress } from '../progress.ts';
import { fileLimitsOf, openLimitedSandbox, type Stage } from '../stage.ts';
import type { Survey, SurveyedAsset } from './survey.ts';

/** What the largest files would become, without the visual check. */
export interface Trial {
  readonly assetCount: number;
  readonly byteLengthBefore: number;
  readonly byteLengthAfter: number;
}

// The largest files hold most of the bytes; a handful of them say enough, and take seconds and not an hour.
const TRIAL_LIMIT = Object.freeze({ assetCount: 5, byteLength: 60_000_000 });

/** What a trial works on. */
export interface TrialParts {
  readonly repository: Repository;
  readonly job: ReviewJob;
  readonly found: Survey;
  readonly flags: RuleFlags;
  readonly isQuiet: boolean;
  readonly concurrency: number;
}

/** Tries them; undefined when there is none, or none could be opened. */
export async function tryLargest(stage: Stage, parts: TrialParts): Promise<Trial | undefined> {
  const sample = sampleOf(parts.found.assets);
  if (sample.length === 0) return undefined;
  await using source = worktreeSource(parts.repository, parts.job);
  const progress = openProgress(stage.terminal, parts.isQuiet, stage.now);
  // No browser: it may not be there yet, and this is a first look. What the guard would refuse is therefore counted.
  const renderer = noRenderer('a first look draws nothing');
  const sandbox = openLimitedSandbox(stage, Math.min(sample.length, parts.concurrency));
  const reviewer = sandbox.openReviewer(renderer);
  try {
    const { report } = await reviewChange(
      parts.job,
      {
        source: { ...source, listChanges: async () => sample.map(({ asset }) => asset) },
        reviewer,
        publisher: { publish: async () => ({ commit: null }) },
        limits: fileLimitsOf(stage),
      },
      {
        flags: { ...parts.flags, withoutRenderer: 'commit' },
        concurrency: parts.concurrency,
        onProgress: progress.onProgress,
        signal: stage.signal,
      },
    );
    return trialOf(report);
  } finally {
    progress.end();
    await sandbox.close();
  }
}

/** As many of the largest as fit into the limits. */
function sampleOf(assets: readonly SurveyedAsset[]): readonly SurveyedAsset[] {
  let byteLength = 0;
  return assets
    .filter((one) => {
      const fits = byteLength + one.byteLength <= TRIAL_LIMIT.byteLength;
      if (fits) byteLength += one.byteLength;
      return fits;
    })
    .slice(0, TRIAL_LIMIT.assetCount);
}

function trialOf({ assets, totals }: Report): Trial | undefined {
  // A file that is not here (an LFS object that nobody pulled) or not sound says nothing; all its counts are 0.
  const opened = assets.filter(({ before }) => before.nodeCount > 0);
  if (opened.length === 0) return undefined;
  const byteLengthBefore = opened.reduce((sum, { before }) => sum + before.byteLength, 0);
  return { assetCount: opened.length, byteLengthBefore, byteLengthAfter: byteLengthBefore - totals.savedBytes };
}
