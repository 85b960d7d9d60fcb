/** Verdicts -> proposal: what to commit, to comment and to show, as data. */
import { digestOf } from './asset/glb.ts';
import { contentOf } from './content.ts';
import { keptPath } from './policy/kept-original.ts';
import type { Rule } from './policy/policy.ts';
import type {
  ChangedAsset,
  GlbFile,
  Proposal,
  ProposedFile,
  ReportImage,
  ReportModel,
  ReviewJob,
  StoredGlb,
} from './ports.ts';
import { commitMessage } from './report/commit-message.ts';
import { renderComment } from './report/markdown.ts';
import { type AssetReport, REPORT_SCHEMA_VERSION, type Report, totalsOf } from './report/report.ts';
import type { Digest } from './units.ts';
import { TOOL } from './version.ts';

/** One asset after its review. */
export interface ReviewedAsset {
  readonly report: AssetReport;
  /** What to commit; null when the file stays as it is, or the policy only wants a report. */
  readonly file: ProposedFile | null;
  readonly images: readonly ReportImage[];
  readonly model: ReportModel | null;
  /** Its process was ended for taking too much, by a limit of this machine: elsewhere it may end otherwise. */
  readonly stopped?: 'LIMIT_MEMORY' | 'LIMIT_TIME';
}

/** A result as the file of a commit: its place, its mode and how it is delivered come from the asset and its rule. */
export function proposedFile(
  { path, mode, blob }: Pick<ChangedAsset, 'path' | 'mode' | 'blob'>,
  rule: Pick<Rule, 'mode' | 'keepOriginal'>,
  bytes: Uint8Array<ArrayBuffer>,
  digest: Digest,
): ProposedFile {
  return {
    path,
    mode,
    sourceBlob: blob,
    content: contentOf(bytes),
    digest,
    ...(rule.mode === 'pull-request' ? { delivery: 'pull-request' as const } : {}),
    originalPath: keptPath(path, rule.keepOriginal),
  };
}

/** A file in memory, as a report carries it. */
export function storedGlb({ bytes, siblings }: GlbFile): StoredGlb {
  const contents = [...siblings].map(([uri, sibling]) => [uri, contentOf(sibling)] as const);
  return { content: contentOf(bytes), siblings: new Map(contents) };
}

/** What we would do about a change. */
export function propose(job: ReviewJob, reviewed: readonly ReviewedAsset[]): Proposal {
  const report: Report = {
    schemaVersion: REPORT_SCHEMA_VERSION,
    tool: { ...TOOL },
    job: { ...reportJobOf(job), commit: null },
    totals: totalsOf(reviewed.map((asset) => asset.report)),
    assets: reviewed.map((asset) => asset.report),
  };
  const committed = reviewed.flatMap(({ report: asset, file }) => (file === null ? [] : [{ asset, file }]));
  return {
    job,
    report,
    files: committed.map(({ file }) => file),
    commitMessage: committed.length === 0 ? '' : messageOf(committed),
    images: reviewed.flatMap(({ images }) => images),
    models: reviewed.flatMap(({ model }) => (model === null ? [] : [model])),
  };
}

// The rest of a job is for us: where on GitHub it belongs, where its bytes are.
function reportJobOf({ kind, repository, baseCommit, headCommit, branch }: ReviewJob): Omit<Report['job'], 'commit'> {
  return { kind, repository, baseCommit, headCommit, branch };
}

/** The comment beside a report in a folder, once it is known whether there is a commit; its pictures are where the folder has them. */
export function commentOf(report: Report): string {
  return renderComment(report, {
    imageUrl: (name) => name,
    scope: report.job.repository ?? '',
    isCommitted: report.job.commit !== null,
    home: 'git',
    fullReport: '`report.json` and `report.html`',
  });
}

/** The commit message for some of a report's files: what is left out of a commit is not in its message either. */
export function commitMessageFor(report: Report, files: readonly ProposedFile[]): string {
  const committed = files.flatMap((file) => {
    const asset = report.assets.find(({ path }) => path === file.path);
    return asset === undefined ? [] : [{ asset, file }];
  });
  return committed.length === 0 ? '' : messageOf(committed);
}

function messageOf(committed: readonly { readonly asset: AssetReport; readonly file: ProposedFile }[]): string {
  const trailers = committed.map(({ file: { digest, sourceBlob, path } }) => ({
    outputDigest: digest,
    sourceBlob,
    path,
  }));
  return commitMessage(
    committed.map(({ asset }) => asset),
    trailers,
    TOOL.version,
  );
}

/**
 * The name of a picture beside the report: readable, the same on every file system, and its own for each path and digest.
 * `imageName('models/Hero 1.glb', digest, 'sheet')` is `images/models-hero-1-3f2a9c01-sheet.webp`.
 */
export function imageName(path: string, digest: Digest, kind: 'comparison' | 'sheet' | 'hero'): string {
  const slug = path
    .replace(/\.glb$/i, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    // The end of a path says more than its beginning.
    .slice(-60)
    .replace(/^-+|-+$/g, '');
  // The path is hashed too: copies of one file in two folders, or names that differ in one odd letter, are two pictures.
  const tag = digestOf(new TextEncoder().encode(`${path}\0${digest}`)).slice(0, 8);
  return `images/${slug === '' ? 'asset' : slug}-${tag}-${kind}.webp`;
}

/** The name of the picture that shows what the author of a change did: the file at the base beside the one at the head. */
export function changeImageName(path: string, headDigest: Digest): string {
  return imageName(`base of ${path}`, headDigest, 'comparison');
}
