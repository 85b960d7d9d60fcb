/** The jobs of a review: one `review` that plans and publishes, one `asset` for each file, on any worker. */
import {
  type ArtifactStore,
  BotError,
  type Claim,
  type Digest,
  digestOf,
  type ErrorCode,
  failedAsset,
  isAboutJob,
  type JobBoard,
  LIMITS,
  type Limits,
  messageOf,
  type NewJob,
  type OpenHome,
  type Outcome,
  type Planned,
  planReview,
  publishReview,
  type ReportStore,
  type ResultKey,
  type ResultStore,
  type ReviewedAsset,
  type ReviewHome,
  type ReviewJob,
  type RuleFlags,
  readAssignment,
  type StoredAsset,
  TOOL,
} from '../src/index.ts';
import type { LentReviewer } from './shared-reviewers.ts';
import { loadAsset, storeAsset } from './stored-asset.ts';
import type { Handler, JobTools } from './worker.ts';

/** What a job of kind `review` carries. */
export interface ReviewPayload {
  readonly job: ReviewJob;
  /** What a command or an upload asked for; wins over the policy. */
  readonly flags?: RuleFlags;
}

/** What a job of kind `asset` carries. */
interface AssetPayload extends Planned {
  readonly job: ReviewJob;
  readonly digest: Digest;
  /** Of the file at the merge base; absent for an added one. */
  readonly baseDigest?: Digest;
  readonly isLfs?: boolean;
  /** The review that it is a part of; absent in jobs of older versions. */
  readonly review?: string;
  readonly manifests: readonly { readonly path: string; readonly text: string }[];
  readonly key: ResultKey;
  /** Of a result that holds in this pull request alone; absent outside of one. */
  readonly laneKey?: ResultKey;
  /** Which of the change's assets it is, from 0, and how many there are. */
  readonly place: number;
  readonly total: number;
}

/** What the handlers need. */
export interface ReviewJobPorts {
  readonly openHome: OpenHome;
  /** For one asset of a review, named by its id; closed with its job. */
  readonly openReviewer: (review: string) => LentReviewer;
  readonly artifacts: ArtifactStore;
  readonly results: ResultStore;
  readonly reports: ReportStore;
  readonly board: JobBoard;
  /** Whether pictures are drawn: results without a look are not used where one is possible. */
  readonly hasRenderer: boolean;
  /** The operator's; the usual ones when left out. */
  readonly limits?: Limits;
}

/** One asset of the plan: its entry, or the job that makes it. */
type Entry = { readonly stored: StoredAsset } | { readonly childKey: string; readonly planned: Planned };

interface Memo {
  readonly entries: readonly Entry[];
}

// A process that dies, or takes too much memory, is tried once more, elsewhere; a third time would only cost.
const ASSET_ATTEMPTS = 2;
// The same input fails the same way: a repetition helps nobody.
const HOPELESS: ReadonlySet<ErrorCode> = new Set(['POLICY_INVALID', 'USAGE', 'GIT_HEAD_MOVED']);

const READ_ATTEMPTS = 3;
function isUnreadable(thrown: unknown): boolean {
  return thrown instanceof BotError && thrown.code === 'FILE_UNREADABLE';
}

/** The handlers by kind. */
export function reviewHandlers(ports: ReviewJobPorts): Readonly<Record<'review' | 'asset', Handler>> {
  return {
    review: (claim, tools) => review(claim, tools, ports),
    asset: (claim, tools) => reviewStored(claim, tools, ports),
  };
}

async function review(claim: Claim, tools: JobTools, ports: ReviewJobPorts): Promise<Outcome> {
  const { job, flags } = claim.payload as ReviewPayload;
  const home = await ports.openHome(job, tools.signal, claim.id);
  try {
    const memo = claim.memo === null ? undefined : (claim.memo as Memo);
    if (memo !== undefined) return await publish(claim, memo, home, tools, ports);
    const { entries, children } = await plan(claim, home, { job, flags: flags ?? {} }, tools, ports);
    if (children.length === 0) return await publish(claim, { entries }, home, tools, ports);
    await tools.enqueue(children);
    return { kind: 'waiting', memo: { entries } satisfies Memo };
  } catch (thrown) {
    tools.signal.throwIfAborted();
    const isHopeless = thrown instanceof BotError && HOPELESS.has(thrown.code);
    if (isHopeless || claim.attempt >= claim.maxAttempts)
      await ports.reports.record({ id: claim.id, job, finishedMs: Date.now() });
    if (isHopeless) return { kind: 'dead', why: messageOf(thrown) };
    throw thrown;
  } finally {
    await home.close();
  }
}

/** Lists, selects, reads: bytes go into the artifact store, one file after the other. */
async function plan(
  claim: Claim,
  home: ReviewHome,
  { job, flags }: Required<ReviewPayload>,
  tools: JobTools,
  ports: ReviewJobPorts,
): Promise<{ readonly entries: readonly Entry[]; readonly children: readonly NewJob[] }> {
  const planned = await planReview(job, home.source, { flags });
  const entries: Entry[] = [];
  const children: NewJob[] = [];
  for (const [place, one] of planned.entries()) {
    tools.signal.throwIfAborted();
    tools.tell({ stage: 'reading', path: one.asset.path, done: place, total: planned.length });
    const read = await readAssignment(one, {
      source: home.source,
      ...(ports.limits && { limits: ports.limits }),
    }).catch((thrown: unknown) => {
      tools.signal.throwIfAborted();
      // Another try may read it; after that it is one failed file among others.
      if (isAboutJob(thrown) || (claim.attempt < READ_ATTEMPTS && !isUnreadable(thrown))) throw thrown;
      return { kind: 'unread' as const, reviewed: failedAsset(one.asset, messageOf(thrown)) };
    });
    if (read.kind === 'unread') {
      entries.push({ stored: await storeAsset(read.reviewed, ports.artifacts) });
      continue;
    }
    const { bytes, base, isLfs, manifests } = read.assignment;
    const { digest } = await ports.artifacts.put(bytes);
    const baseDigest = base === undefined ? {} : { baseDigest: (await ports.artifacts.put(base)).digest };
    const key = resultKey(one, digest, manifests, ports.hasRenderer);
    const laneKey = claim.lane === null ? undefined : keyIn(claim.lane, key);
    const known = (await ports.results.find(key)) ?? (laneKey && (await ports.results.find(laneKey)));
    if (known !== undefined) {
      entries.push({ stored: known });
      continue;
    }
    const childKey = `${claim.key}/asset/${digestOf(new TextEncoder().encode(one.asset.path)).slice(0, 16)}`;
    const lfs = isLfs === undefined ? {} : { isLfs };
    const counted = { place, total: planned.length };
    const payload: AssetPayload = {
      ...one,
      ...baseDigest,
      ...lfs,
      ...counted,
      review: claim.id,
      job,
      digest,
      manifests,
      key,
      ...(laneKey && { laneKey }),
    };
    children.push({
      kind: 'asset',
      key: childKey,
      lane: null,
      group: claim.group,
      priority: claim.priority,
      payload,
      maxAttempts: ASSET_ATTEMPTS,
    });
    entries.push({ childKey, planned: one });
  }
  return { entries, children };
}

function resultKey(
  { asset, rule }: Planned,
  sourceDigest: Digest,
  manifests: AssetPayload['manifests'],
  hasRenderer: boolean,
): ResultKey {
  const { path, blob, mode, base, wish } = asset;
  const recipe = JSON.stringify([rule, path, blob, mode, manifests, hasRenderer, base ?? null, wish ?? null]);
  return { sourceDigest, recipeDigest: digestOf(new TextEncoder().encode(recipe)), toolVersion: TOOL.version };
}

// What is believed in one pull request alone.
function keyIn(lane: string, key: ResultKey): ResultKey {
  return { ...key, recipeDigest: digestOf(new TextEncoder().encode(`${lane}\n${key.recipeDigest}`)) };
}

/** The one step that touches the world: fenced, and asked by the home whether it was done before. */
async function publish(
  claim: Claim,
  { entries }: Memo,
  home: ReviewHome,
  tools: JobTools,
  ports: ReviewJobPorts,
): Promise<Outcome> {
  const { job } = claim.payload as ReviewPayload;
  const children = await childrenOf(claim, ports.board);
  const assets: StoredAsset[] = [];
  for (const entry of entries) {
    if ('stored' in entry) assets.push(entry.stored);
    else {
      const child = children.get(entry.childKey);
      const result = child?.result as StoredAsset | null | undefined;
      const why = child?.error ?? 'its job is gone';
      assets.push(result ?? (await storeAsset(failedAsset(entry.planned.asset, why), ports.artifacts)));
    }
  }
  const reviewed: ReviewedAsset[] = assets.map((asset) => loadAsset(asset, ports.artifacts));
  await tools.fence();
  const { report, published } = await publishReview(job, reviewed, home.publisher);
  const record = await ports.board.find({ id: claim.id });
  const finishedMs = Date.now();
  const durationMs = Math.max(0, finishedMs - (record?.createdMs ?? finishedMs));
  await ports.reports.record({ id: claim.id, job, report, assets, durationMs, finishedMs });
  return { kind: 'done', result: { commit: published.commit, totals: report.totals } };
}

const PAGE = 500;

async function childrenOf(claim: Claim, board: JobBoard) {
  const found = new Map<string, { readonly result: unknown; readonly error: string | null }>();
  for (let before: string | undefined; ; ) {
    const page = await board.list({ parent: claim.id, limit: PAGE, ...(before === undefined ? {} : { before }) });
    for (const { key, result, error } of page) found.set(key, { result, error });
    before = page.at(-1)?.id;
    if (page.length < PAGE) return found;
  }
}

/** Tells the check run which asset is under way, ten times a review at most: each telling costs calls of the API. */
async function tellHome(
  { job, asset, place, total, review }: AssetPayload,
  tools: JobTools,
  ports: ReviewJobPorts,
): Promise<ReviewHome | undefined> {
  if (job.origin === undefined || place % Math.ceil(total / 10) !== 0) return undefined;
  // Whoever cannot be told now is told the result.
  const home = await ports.openHome(job, tools.signal, review).catch(() => undefined);
  home?.onProgress({ path: asset.path, stage: 'optimizing', detail: '', done: place, total });
  return home;
}

/** One asset, out of the artifact store and into it. */
async function reviewStored(claim: Claim, tools: JobTools, ports: ReviewJobPorts): Promise<Outcome> {
  const payload = claim.payload as AssetPayload;
  const { job, asset, rule, digest, baseDigest, isLfs, manifests, key } = payload;
  const bytes = await ports.artifacts.get(digest);
  // Without the base the review is as good; only what its author changed is not shown.
  const base = baseDigest === undefined ? undefined : await ports.artifacts.get(baseDigest);
  if (bytes === undefined) return { kind: 'dead', why: 'its bytes have expired in the artifact store' };
  let home = await tellHome(payload, tools, ports);
  let hasSiblings = false;
  // The files of a whole repository are many people's: there, none shares a process with another.
  const reviewer = ports.openReviewer(job.kind === 'backfill' ? claim.id : (payload.review ?? claim.id));
  try {
    const reviewed = await reviewer.review(
      { asset, rule, bytes, manifests, ...(base && { base }), ...(isLfs === undefined ? {} : { isLfs }) },
      {
        // Few files name others; only for those the source is opened again.
        readSibling: async (uri) => {
          hasSiblings = true;
          home ??= await ports.openHome(job, tools.signal, payload.review);
          return home.source.readSibling(asset, uri, (ports.limits ?? LIMITS).byteLength);
        },
        onStage: (stage, detail) => tools.tell({ stage, detail, path: asset.path }),
        signal: tools.signal,
      },
    );
    if (reviewed.stopped === 'LIMIT_MEMORY' && claim.attempt < claim.maxAttempts)
      return { kind: 'again', why: reviewed.report.why, afterMs: 0, isElsewhere: true };
    const stored = await storeAsset(reviewed, ports.artifacts);
    // With other siblings the same bytes may give another result; our failures may not repeat, and elsewhere is more memory.
    if (!hasSiblings && stored.report.verdict !== 'failed' && reviewed.stopped !== 'LIMIT_MEMORY') {
      // What a process gave that had other files of this pull request before, no other pull request shall believe.
      const kept = reviewer.hasSeenOthers() ? payload.laneKey : key;
      if (kept !== undefined) await ports.results.keep(kept, stored);
    }
    return { kind: 'done', result: stored };
  } finally {
    await reviewer.close();
    await home?.close();
  }
}
