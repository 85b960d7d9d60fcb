/** The main job: the steps in order, and nothing else. */
import { LIMITS, type Limits } from './asset/limits.ts';
import { isAboutJob, messageOf } from './errors.ts';
import { parsePolicies } from './policy/extend.ts';
import type { RuleFlags } from './policy/policy.ts';
import { selectRule } from './policy/select.ts';
import type { GitSource, OnProgress, Progress, Published, Publisher, ReviewJob } from './ports.ts';
import { propose, type ReviewedAsset } from './propose.ts';
import type { Report } from './report/report.ts';
import type { AssetReviewer, Assignment } from './review.ts';
import { formatBytes } from './units.ts';
import { failedAsset, leftByWish, readBase, unreadAsset } from './unread.ts';

/** What a review needs of the world. */
export interface ReviewPorts {
  readonly source: GitSource;
  readonly reviewer: AssetReviewer;
  readonly publisher: Publisher;
  /** The operator's; the usual ones when left out. */
  readonly limits?: Limits;
}

/** How a review is made. */
export interface ReviewOptions {
  /** Flags that win over the policy file. */
  readonly flags: RuleFlags;
  /** Replaces the policy at the merge base. */
  readonly policy?: { readonly path: string; readonly text: string };
  /** Assets under way at once; at least 1. */
  readonly concurrency: number;
  readonly onProgress: OnProgress;
  readonly signal: AbortSignal;
}

/** The whole flow in one process: list, select, read, inspect, optimize, compare, decide, propose, publish. */
export async function reviewChange(
  job: ReviewJob,
  ports: ReviewPorts,
  options: ReviewOptions,
): Promise<PublishedReview> {
  const planned = await planReview(job, ports.source, options);
  return publishReview(job, await reviewAll(planned, ports, options), ports.publisher);
}

/** An asset and the rule that governs it; nothing of it has been read. */
export type Planned = Pick<Assignment, 'asset' | 'rule'>;

/** Lists and selects: which assets will be reviewed, under which rules. */
export async function planReview(
  job: ReviewJob,
  source: GitSource,
  options: Pick<ReviewOptions, 'flags' | 'policy'>,
): Promise<readonly Planned[]> {
  const policyFile = options.policy ?? (await source.readPolicy(job));
  const policy = policyFile === undefined ? undefined : parsePolicies(policyFile);
  const assets = await source.listChanges(job);
  return assets.flatMap((asset) => {
    const selection = selectRule(policy, asset.path, options.flags);
    return selection.kind === 'assigned' ? [{ asset, rule: selection.rule }] : [];
  });
}

/** Reads: the assignment for the reviewer, or the entry of an asset whose bytes are not here. */
export async function readAssignment(
  { asset, rule }: Planned,
  { source, limits: { byteLength } = LIMITS }: Pick<ReviewPorts, 'source' | 'limits'>,
): Promise<
  | { readonly kind: 'read'; readonly assignment: Assignment }
  | { readonly kind: 'unread'; readonly reviewed: ReviewedAsset }
> {
  if (asset.wish === 'leave') return { kind: 'unread', reviewed: leftByWish(asset) };
  const read = await source.readBytes(asset, byteLength);
  if (read.kind !== 'bytes') return { kind: 'unread', reviewed: unreadAsset(asset, read) };
  const base = await readBase(asset, source, byteLength);
  const manifests = ['auto', 'three'].includes(rule.target) ? await source.readManifests(asset) : [];
  return { kind: 'read', assignment: { asset, rule, ...read, manifests, ...(base && { base }) } };
}

/** Proposes and publishes; the report names the commit that was made. */
export async function publishReview(
  job: ReviewJob,
  reviewed: readonly ReviewedAsset[],
  publisher: Publisher,
): Promise<PublishedReview> {
  const proposal = propose(job, reviewed);
  const published = await publisher.publish(proposal);
  return { report: { ...proposal.report, job: { ...proposal.report.job, commit: published.commit } }, published };
}

/** A report, and what was done about it. */
export interface PublishedReview {
  readonly report: Report;
  readonly published: Published;
}

/** Reviews assets side by side; their order stays. */
async function reviewAll(
  planned: readonly Planned[],
  ports: ReviewPorts,
  options: ReviewOptions,
): Promise<readonly ReviewedAsset[]> {
  const reviewed: ReviewedAsset[] = [];
  const queue = [...planned.entries()];
  let done = 0;
  const tell = (path: string, stage: Progress['stage'], detail: string, asset?: ReviewedAsset): void =>
    options.onProgress({
      path,
      stage,
      detail,
      done,
      total: planned.length,
      ...(asset === undefined ? {} : { asset: asset.report }),
    });
  const work = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      options.signal.throwIfAborted();
      const [place, one] = next;
      const { path } = one.asset;
      tell(path, 'reading', formatBytes(one.asset.byteLength));
      const result = await reviewOne(one, ports, options.signal, (stage, detail) => tell(path, stage, detail));
      reviewed[place] = result;
      done++;
      tell(path, 'done', result.report.why, result);
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, options.concurrency) }, work));
  return reviewed;
}

async function reviewOne(
  planned: Planned,
  ports: ReviewPorts,
  signal: AbortSignal,
  onStage: (stage: Progress['stage'], detail: string) => void,
): Promise<ReviewedAsset> {
  try {
    const read = await readAssignment(planned, ports);
    if (read.kind === 'unread') return read.reviewed;
    const { source, reviewer, limits = LIMITS } = ports;
    const readSibling = (uri: string) => source.readSibling(planned.asset, uri, limits.byteLength);
    return await reviewer.review(read.assignment, { readSibling, onStage, signal });
  } catch (thrown) {
    signal.throwIfAborted();
    if (isAboutJob(thrown)) throw thrown;
    return failedAsset(planned.asset, messageOf(thrown));
  }
}
