/** The main job: the steps in order, and nothing else. */
import { conform } from './asset/conform.ts';
import { readGlb } from './asset/glb.ts';
import { LIMITS } from './asset/limits.ts';
import { unopenedStats } from './asset/measure.ts';
import { externalUris } from './asset/sibling.ts';
import { messageOf } from './errors.ts';
import { parsePolicy, type RuleFlags } from './policy/policy.ts';
import { selectRule } from './policy/select.ts';
import type {
  ChangedAsset,
  GitSource,
  GlbFile,
  OnProgress,
  Progress,
  Published,
  Publisher,
  ReviewJob,
} from './ports.ts';
import { propose, type ReviewedAsset } from './propose.ts';
import type { Report } from './report/report.ts';
import { type AssetPorts, type Assignment, leaveAlone, reviewAsset } from './review.ts';
import { formatBytes } from './units.ts';
import { type UnreadSibling, unreadAsset, unreadSibling } from './unread.ts';

/** What a review needs of the world. */
export interface ReviewPorts extends AssetPorts {
  readonly source: GitSource;
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
  const policy = policyFile === undefined ? undefined : parsePolicy(policyFile);
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
    const read = await ports.source.readBytes(asset, LIMITS.byteLength);
    if (read.kind !== 'bytes') return unreadAsset(asset, read);
    const file = await withSiblings(asset, read.bytes, ports.source);
    if ('uri' in file) return unreadSibling(asset, read.bytes.byteLength, file);
    // Under `three` they tell which release loads the file.
    const isTold = rule.target !== 'auto' && rule.target !== 'three';
    const manifests = isTold ? [] : await ports.source.readManifests(asset);
    return await reviewAsset({ asset, rule, file, manifests }, ports, { onStage, signal });
  } catch (thrown) {
    signal.throwIfAborted();
    // One asset that we fail on does not stop the others; the report says so, and the exit code too.
    return leaveAlone(asset, {
      verdict: 'failed',
      why: messageOf(thrown),
      before: unopenedStats(asset.byteLength),
      findings: [],
    });
  }
}

/** The external images of a file, through the source alone; or the first that it cannot read. */
async function withSiblings(
  asset: ChangedAsset,
  bytes: Uint8Array<ArrayBuffer>,
  source: GitSource,
): Promise<GlbFile | UnreadSibling> {
  const opened = readGlb(bytes);
  const siblings = new Map<string, Uint8Array<ArrayBuffer>>();
  // A file that is not even sound names nothing; its review says why.
  if (!('json' in opened) || conform(opened).some(({ severity }) => severity === 'error')) return { bytes, siblings };
  for (const uri of externalUris(opened.json)) {
    const read = await source.readSibling(asset, uri, LIMITS.byteLength);
    if (read.kind !== 'bytes') return { uri, read };
    siblings.set(uri, read.bytes);
  }
  return { bytes, siblings };
}
