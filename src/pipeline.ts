/** The main job: the steps in order, and nothing else. */
import { LIMITS } from './asset/limits.ts';
import { unopenedStats } from './asset/measure.ts';
import { BotError, type ErrorCode, messageOf } from './errors.ts';
import { parsePolicies } from './policy/extend.ts';
import type { RuleFlags } from './policy/policy.ts';
import { selectRule } from './policy/select.ts';
import type { GitSource, OnProgress, Progress, Published, Publisher, ReviewJob } from './ports.ts';
import { propose, type ReviewedAsset } from './propose.ts';
import type { Report } from './report/report.ts';
import type { AssetReviewer, Assignment } from './review.ts';
import { formatBytes } from './units.ts';
import { leaveAlone, leftByWish, readBase, unreadAsset } from './unread.ts';

/** What a review needs of the world. */
export interface ReviewPorts {
  readonly source: GitSource;
  readonly reviewer: AssetReviewer;
  readonly publisher: Publisher;
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

/** The whole flow: list, select, read, inspect, optimize, compare, decide, propose, publish. */
export async function reviewChange(
  job: ReviewJob,
  ports: ReviewPorts,
  options: ReviewOptions,
): Promise<{ readonly report: Report; readonly published: Published }> {
  const policyFile = options.policy ?? (await ports.source.readPolicy(job));
  const policy = policyFile === undefined ? undefined : parsePolicies(policyFile);
  const assets = await ports.source.listChanges(job);
  const assigned = assets.flatMap((asset) => {
    const selection = selectRule(policy, asset.path, options.flags);
    return selection.kind === 'assigned' ? [{ asset, rule: selection.rule }] : [];
  });
  const reviewed = await reviewAll(assigned, ports, options);
  const proposal = propose(job, reviewed);
  const published = await ports.publisher.publish(proposal);
  return { report: { ...proposal.report, job: { ...proposal.report.job, commit: published.commit } }, published };
}

/** Errors that end the whole job: another try, or a newer job, does better. */
const ABOUT_ALL: ReadonlySet<ErrorCode> = new Set(['GITHUB_LIMITED', 'GITHUB_SUPERSEDED', 'CANCELLED']);

type Assigned = Pick<Assignment, 'asset' | 'rule'>;

/** Reviews assets side by side; their order stays. */
async function reviewAll(
  assigned: readonly Assigned[],
  ports: ReviewPorts,
  options: ReviewOptions,
): Promise<readonly ReviewedAsset[]> {
  const reviewed: ReviewedAsset[] = [];
  const queue = [...assigned.entries()];
  let done = 0;
  const tell = (path: string, stage: Progress['stage'], detail: string, asset?: ReviewedAsset): void =>
    options.onProgress({
      path,
      stage,
      detail,
      done,
      total: assigned.length,
      ...(asset === undefined ? {} : { asset: asset.report }),
    });
  const work = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      options.signal.throwIfAborted();
      const [place, one] = next;
      const { path } = one.asset;
      tell(path, 'reading', formatBytes(one.asset.byteLength));
      const result = await reviewOne(one, ports, options, (stage, detail) => tell(path, stage, detail));
      reviewed[place] = result;
      done++;
      tell(path, 'done', result.report.why, result);
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, options.concurrency) }, work));
  return reviewed;
}

async function reviewOne(
  { asset, rule }: Assigned,
  ports: ReviewPorts,
  { signal }: ReviewOptions,
  onStage: (stage: Progress['stage'], detail: string) => void,
): Promise<ReviewedAsset> {
  try {
    if (asset.wish === 'leave') return leftByWish(asset);
    const read = await ports.source.readBytes(asset, LIMITS.byteLength);
    if (read.kind !== 'bytes') return unreadAsset(asset, read);
    const base = await readBase(asset, ports.source);
    const manifests = rule.target === 'auto' ? await ports.source.readManifests(asset) : [];
    const readSibling = (uri: string) => ports.source.readSibling(asset, uri, LIMITS.byteLength);
    const assignment = { asset, rule, bytes: read.bytes, manifests, ...(base === undefined ? {} : { base }) };
    const reviewed = await ports.reviewer.review(assignment, { readSibling, onStage, signal });
    return read.isLfs === true ? { ...reviewed, report: { ...reviewed.report, isLfs: true } } : reviewed;
  } catch (thrown) {
    signal.throwIfAborted();
    if (thrown instanceof BotError && ABOUT_ALL.has(thrown.code)) throw thrown;
    // One asset that we fail on does not stop the others; the report says so, and the exit code too.
    return leaveAlone(asset, {
      verdict: 'failed',
      why: messageOf(thrown),
      before: unopenedStats(asset.byteLength),
      findings: [],
    });
  }
}
