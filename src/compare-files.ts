/** Any two files side by side: numbers, pictures and the visual difference; nothing is changed. What opens them is loaded with the first. */
import { LIMITS, type Limits } from './asset/limits.ts';
import { BotError } from './errors.ts';
import type { InspectedGlb } from './inspect.ts';
import type { RuleFlags } from './policy/policy.ts';
import type { GlbFile, Proposal, ReviewJob } from './ports.ts';
import { propose, type ReviewedAsset, storedGlb } from './propose.ts';
import type { AssetReport } from './report/report.ts';
import type { AssetPorts } from './review.ts';

/** A job outside of Git. */
export const FILES_JOB: ReviewJob = Object.freeze({
  kind: 'files',
  repository: null,
  baseCommit: null,
  headCommit: null,
  branch: null,
});

/** Compares `after` with `before`; the report calls the pair by the path of `after`. Throws `ASSET_REFUSED` when one cannot be opened. */
export async function compareFiles(
  files: { readonly before: GlbFile; readonly after: GlbFile & { readonly path: string } },
  ports: AssetPorts,
  options: { readonly flags: RuleFlags; readonly signal: AbortSignal },
): Promise<ReviewedAsset> {
  const startedMs = ports.now();
  const { selectRule } = await import('./policy/select.ts');
  const selected = selectRule(undefined, 'compared.glb', options.flags);
  if (selected.kind !== 'assigned')
    throw new BotError('INTERNAL', `the default policy skips .glb files: ${selected.why}`);
  const limit = selected.rule.maxVisualDifference;
  const limits = ports.limits ?? LIMITS;
  const [before, after] = [await open('before', files.before, limits), await open('after', files.after, limits)];
  const pair = {
    path: files.after.path,
    before: { inspected: before, file: files.before },
    after: { inspected: after, file: files.after },
  };
  const { drawn } = await import('./show.ts');
  const picture = await drawn(pair, limit, ports.renderer, options.signal);
  const isSame = before.source.digest === after.source.digest;
  const byteLengths = [before.source.bytes.byteLength, after.source.bytes.byteLength] as const;
  const answer = isSame ? EQUAL : judge(picture.visual, limit, byteLengths);
  const report: AssetReport = {
    path: files.after.path,
    ...answer,
    before: picture.before,
    after: picture.after,
    sourceDigest: before.source.digest,
    outputDigest: after.source.digest,
    sourceBlob: null,
    steps: [],
    visual: picture.visual,
    findings: [...after.validation.filter(({ severity }) => severity === 'error' || severity === 'warning')],
    requires: [],
    images: picture.images.names,
    durationMs: Math.round(ports.now() - startedMs),
  };
  const model = { path: files.after.path, before: storedGlb(files.before), after: storedGlb(files.after) };
  return { report, file: null, images: picture.images.files, model };
}

/** A comparison as a proposal that changes nothing. */
export function proposeComparison(compared: ReviewedAsset): Proposal {
  return propose(FILES_JOB, [compared]);
}

type Answer = Pick<AssetReport, 'verdict' | 'why'>;

const EQUAL: Answer = { verdict: 'unchanged', why: 'the files are equal, byte for byte' };

function judge(visual: AssetReport['visual'], limit: number, [before, after]: readonly [number, number]): Answer {
  if ('skipped' in visual) return { verdict: 'needs-review', why: `nobody looked: ${visual.skipped}` };
  if (visual.score > limit) return { verdict: 'needs-review', why: 'they look different' };
  if (after < before) return { verdict: 'improved', why: 'they look the same' };
  return { verdict: 'unchanged', why: 'they look the same, and the second is not smaller' };
}

async function open(side: 'before' | 'after', file: GlbFile, limits: Limits): Promise<InspectedGlb> {
  const { inspect } = await import('./inspect.ts');
  const inspected = await inspect(file.bytes, file.siblings, limits);
  if (inspected.kind === 'inspected') return inspected;
  throw new BotError('ASSET_REFUSED', inspected.findings[0]?.message ?? 'the file cannot be opened', {
    at: `the ${side} file`,
  });
}
