/** Jobs as pages see them: the ledger's record, its children and its report, put together as a `WebJob`. */
import type {
  AssetMoment,
  JobBoard,
  JobRecord,
  ReportStore,
  ReviewDesk,
  ReviewJob,
  ReviewRecord,
  ReviewResult,
  StoredAsset,
  WebAsset,
  WebJob,
  WebJobStatus,
} from '../../src/index.ts';
import type { ArtifactLinks } from './links.ts';
import { UPLOAD_KEY } from './uploads.ts';

/** What the views are made of. */
export interface JobViewParts {
  readonly board: Pick<JobBoard, 'list'>;
  readonly desk: Pick<ReviewDesk, 'ahead' | 'results' | 'assets'>;
  readonly reports: Pick<ReportStore, 'read'>;
  readonly links: ArtifactLinks;
  /** `https://github.com`. */
  readonly serverUrl: string;
}

/** The id that pages use. */
export function publicId({ key, id }: JobRecord): string {
  return key.startsWith(UPLOAD_KEY) ? key.slice(UPLOAD_KEY.length) : id;
}

/** The review that a job of the ledger is for. */
export function reviewJobOf({ payload }: JobRecord): ReviewJob {
  // We wrote it.
  return (payload as { readonly job: ReviewJob }).job;
}

/** One job with all that is known of it. */
export async function viewJob(record: JobRecord, parts: JobViewParts): Promise<WebJob> {
  const review = record.state === 'done' ? await parts.reports.read(record.id) : undefined;
  const children = review === undefined ? await childrenOf(record, parts) : [];
  const isPlanned = children.length > 0 && (record.state === 'queued' || record.state === 'waiting');
  const isUntouched = children.every(({ state }) => state === 'queued' || state === 'delayed');
  // Between its children's end and its own it is in the queue again, for a moment that is nobody's business.
  const status = isPlanned ? (isUntouched ? 'queued' : 'running') : statusOf(record);
  const waitsFor = isPlanned ? children.findLast(({ state }) => state === 'queued') : record;
  const ahead = status === 'queued' && waitsFor !== undefined ? await parts.desk.ahead(waitsFor.id) : null;
  const assets =
    review === undefined ? assetsUnderWay(record, children, parts) : doneAssets(review.assets, parts.links);
  return {
    ...frame(record, parts),
    status,
    queuePosition: ahead === null ? null : ahead + 1,
    assets,
    durationMs: review?.durationMs ?? null,
    savedBytes: review?.report.totals.savedBytes ?? 0,
    ...linksOf(record, review),
  };
}

/** Many jobs for a list: what costs one question for all of them. */
export async function listJobs(records: readonly JobRecord[], parts: JobViewParts): Promise<readonly WebJob[]> {
  const done = records.filter(({ state }) => state === 'done').map(({ id }) => id);
  const [results, moments] = await Promise.all([parts.desk.results(done), parts.desk.assets(done, LISTED_ASSETS)]);
  const byId = new Map<string, ReviewResult>(results.map((result) => [result.id, result]));
  const views: WebJob[] = [];
  for (const record of records) {
    const result = byId.get(record.id);
    if (record.state !== 'done') views.push(await viewJob(record, parts));
    else {
      const own = moments.filter(({ review }) => review === record.id).map(assetOfMoment);
      views.push({
        ...frame(record, parts),
        assets: own,
        durationMs: result?.durationMs ?? null,
        savedBytes: result?.savedBytes ?? 0,
        // An upload without assets has expired: nothing is there to compare.
        compareUrl: result === undefined || own.length === 0 ? null : `/compare/${publicId(record)}`,
        downloadUrl: null,
      });
    }
  }
  return views;
}

const LISTED_ASSETS = 1000;
const CHILD_LIMIT = 1000;

const childrenOf = ({ id }: JobRecord, { board }: JobViewParts) => board.list({ parent: id, limit: CHILD_LIMIT });

function statusOf({ state }: JobRecord): WebJobStatus {
  switch (state) {
    case 'queued':
    case 'delayed':
      return 'queued';
    case 'active':
    case 'waiting':
      return 'running';
    case 'failed':
      return 'failed';
    // What a newer change has overtaken is over, and nobody is to try it again.
    default:
      return 'done';
  }
}

function frame(record: JobRecord, { serverUrl }: JobViewParts) {
  const { kind, repository, origin, upload } = reviewJobOf(record);
  const pullNumber = origin?.pullNumber ?? null;
  const text = (timeMs: number | null | undefined) =>
    timeMs === null || timeMs === undefined ? null : new Date(timeMs).toISOString();
  return {
    id: publicId(record),
    kind,
    status: statusOf(record),
    repository,
    pullNumber,
    pullUrl: pullNumber === null ? null : `${serverUrl}/${repository}/pull/${pullNumber}`,
    queuePosition: null,
    why: record.state === 'done' ? '' : (record.error ?? ''),
    createdAt: new Date(record.createdMs).toISOString(),
    finishedAt: text(record.finishedMs),
    expiresAt: text(upload?.expiresMs),
  };
}

function linksOf(record: JobRecord, review: ReviewRecord | undefined) {
  const id = publicId(record);
  const hasFiles = review?.assets.some((asset) => outputOf(asset) !== null) ?? false;
  return {
    compareUrl: review === undefined ? null : `/compare/${id}`,
    downloadUrl: hasFiles ? `/api/jobs/${id}/files.zip` : null,
  };
}

/** The file that a person may take home: also one that the guard did not pass, as its verdict says beside it. */
export function outputOf({
  report,
  model,
}: StoredAsset): { readonly digest: string; readonly byteLength: number } | null {
  const isResult = report.verdict === 'improved' || report.verdict === 'needs-review';
  return isResult ? (model?.after ?? null) : null;
}

function doneAssets(assets: readonly StoredAsset[], links: ArtifactLinks): readonly WebAsset[] {
  return assets.map((asset) => doneAsset(asset, links));
}

function doneAsset(asset: StoredAsset, links: ArtifactLinks): WebAsset {
  const { path, verdict, why, before, after, images } = asset.report;
  const output = outputOf(asset);
  const picture = asset.images.find(({ name }) => name === images.comparison);
  return {
    path,
    stage: 'done',
    detail: '',
    verdict,
    why,
    byteLengthBefore: before.byteLength,
    byteLengthAfter: after?.byteLength ?? null,
    pictureUrl: picture === undefined ? null : links.to(picture.digest, 'comparison.webp'),
    downloadUrl: output === null ? null : links.to(output.digest, path.split('/').at(-1) ?? path),
  };
}

const STAGES = ['reading', 'inspecting', 'optimizing', 'comparing', 'picturing', 'done'] as const;

function assetsUnderWay(
  record: JobRecord,
  children: readonly JobRecord[],
  { links }: JobViewParts,
): readonly WebAsset[] {
  const uploaded = reviewJobOf(record).upload?.files ?? [];
  const waiting = (path: string, byteLength: number): WebAsset => ({
    path,
    stage: 'waiting',
    detail: '',
    verdict: null,
    why: '',
    byteLengthBefore: byteLength,
    byteLengthAfter: null,
    pictureUrl: null,
    downloadUrl: null,
  });
  const views = new Map(uploaded.map(({ path, byteLength }) => [path, waiting(path, byteLength)]));
  // The list is the newest first; the plan was made in the order of the paths.
  for (const child of children.toReversed()) {
    const { asset } = child.payload as { readonly asset: { readonly path: string; readonly byteLength: number } };
    const { path } = asset;
    const told = (child.progress ?? {}) as { readonly stage?: string; readonly detail?: string };
    const base = views.get(path) ?? waiting(path, asset.byteLength);
    if (child.state === 'done') views.set(path, doneAsset(child.result as StoredAsset, links));
    else if (child.state === 'failed') views.set(path, { ...base, verdict: 'failed', why: child.error ?? '' });
    else if (child.state === 'active') {
      const stage = STAGES.find((name) => name === told.stage) ?? 'reading';
      views.set(path, { ...base, stage, detail: told.detail ?? '' });
    }
  }
  return [...views.values()];
}

function assetOfMoment({ path, verdict, byteLengthBefore, byteLengthAfter }: AssetMoment): WebAsset {
  return {
    path,
    stage: 'done',
    detail: '',
    verdict,
    why: '',
    byteLengthBefore,
    byteLengthAfter,
    pictureUrl: null,
    downloadUrl: null,
  };
}
