/** The interfaces between computing and the world, and the jobs they carry. Types only. */
import type { Content } from './content.ts';
import type { Notice } from './report/notices.ts';
import type { AssetReport, Report } from './report/report.ts';
import type { Digest } from './units.ts';

/** What to review: one head commit against its merge base. */
export interface ReviewJob {
  readonly kind: 'pull-request' | 'files' | 'upload' | 'backfill';
  /** `owner/name`, or a folder's name; null when there is none. */
  readonly repository: string | null;
  /** The merge base; null when nothing is compared. */
  readonly baseCommit: string | null;
  readonly headCommit: string | null;
  readonly branch: string | null;
  /** Where on GitHub the job belongs; absent for work on this machine. */
  readonly origin?: GitHubOrigin;
  /** What somebody uploaded. */
  readonly upload?: Upload;
}

/** The files of one upload, and until when its results are shown. */
export interface Upload {
  readonly files: readonly UploadedFile[];
  /** Milliseconds since 1970. */
  readonly expiresMs: number;
}

/** A file that somebody uploaded; its bytes are in the artifact store. */
export interface UploadedFile {
  /** As the person called it, without folders; unlike those of the other files. */
  readonly path: string;
  readonly digest: Digest;
  readonly byteLength: number;
}

/** A pull request, or a whole repository, as the GitHub API names it. Holds no secret: jobs are stored. */
export interface GitHubOrigin {
  /** The App's installation; null where a token was given, as in an Action. */
  readonly installationId: number | null;
  /** Null for a backfill. */
  readonly pullNumber: number | null;
  /** The branch that the pull request asks to be merged into. */
  readonly baseBranch: string;
  /** `owner/name` of the repository that holds the head branch; another one than `repository` for a fork. */
  readonly headRepository: string;
  readonly isPrivate: boolean;
  /** Only this file or folder; absent for all. */
  readonly only?: string;
}

/** Where a job comes from and where its answer goes. `close` gives back what was opened. */
export interface ReviewHome {
  readonly source: GitSource;
  readonly publisher: Publisher;
  /** Told what happens, for a check run or a page. */
  readonly onProgress: OnProgress;
  close(): Promise<void>;
}

/** Opens the home of a job: GitHub, an upload, a clone. The id is the review's in the ledger, which its page is named by. */
export type OpenHome = (job: ReviewJob, signal: AbortSignal, reviewId?: string) => Promise<ReviewHome>;

/** One `.glb` that differs between merge base and head. Git lists it; nothing of it has been read yet. */
export interface ChangedAsset {
  /** From the repository's root, `/` between the parts, exactly as Git has it. */
  readonly path: string;
  readonly change: 'added' | 'modified' | 'renamed';
  /** The blob at the head. */
  readonly blob: string;
  /** Git's file mode, `100644` or `100755`; symlinks and submodules are never listed. */
  readonly mode: string;
  /** Bytes of the blob; of an LFS pointer, of the pointer. */
  readonly byteLength: number;
  /** What the path had at the merge base, where the source can tell. Absent for an added file. */
  readonly base?: { readonly path: string; readonly blob: string; readonly byteLength: number };
  /** What people said about it: `leave` it as it is (`/glb undo`), or `accept` it whatever the guard says (`/glb accept`). */
  readonly wish?: 'leave' | 'accept';
}

/** An asset's bytes, or why they are not here. */
export type ReadAsset =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array<ArrayBuffer>; readonly isLfs?: boolean }
  | { readonly kind: 'lfs-pointer'; readonly digest: Digest; readonly byteLength: number; readonly why: string }
  | { readonly kind: 'over-limit'; readonly byteLength: number; readonly limitBytes: number };

/** The bytes of a file that an asset names, or why they are not here. `missing` is also what the uri may not name. */
export type ReadSibling = ReadAsset | { readonly kind: 'missing' };

/** A policy file, with the one that it `extends`, where the source can read that. */
export interface PolicyText {
  readonly path: string;
  readonly text: string;
  readonly extended?: { readonly path: string; readonly text: string };
}

/** Reads a change. Adapters: worktree, files, GitHub. */
export interface GitSource {
  listChanges(job: ReviewJob): Promise<readonly ChangedAsset[]>;
  /** The policy file at the merge base, with its path; undefined when there is none. */
  readPolicy(job: ReviewJob): Promise<PolicyText | undefined>;
  readBytes(asset: ChangedAsset, limitBytes: number): Promise<ReadAsset>;
  /** A tracked regular file of the same commit, named by a uri relative to the asset. */
  readSibling(asset: ChangedAsset, uri: string, limitBytes: number): Promise<ReadSibling>;
  /**
   * package.json and its like at the head, nearest to the path first; behind them, where looking is cheap, the lines of code
   * that register decoders, by file. For `target: auto` and `three`.
   */
  readManifests(asset: ChangedAsset): Promise<readonly { readonly path: string; readonly text: string }[]>;
  /** The bytes of `asset.base`. Absent where the source knows no base. */
  readBase?(asset: ChangedAsset, limitBytes: number): Promise<ReadAsset>;
}

/** One file of the commit we propose. */
export interface ProposedFile {
  readonly path: string;
  readonly mode: string;
  readonly sourceBlob: string;
  readonly content: Content;
  readonly digest: Digest;
  /** In a pull request of its own (`mode: pull-request`); absent: onto the branch itself. */
  readonly delivery?: 'pull-request';
  /** Where the source blob stays besides, by `keep-original`; null when it does not. */
  readonly originalPath: string | null;
}

/** A picture beside the report, as WebP. `name` is a path relative to the report. */
export interface ReportImage {
  readonly name: string;
  readonly content: Content;
}

/** What we would do, as data. */
export interface Proposal {
  readonly job: ReviewJob;
  readonly report: Report;
  /** Empty when there is nothing to commit. */
  readonly files: readonly ProposedFile[];
  readonly commitMessage: string;
  readonly images: readonly ReportImage[];
  /** Before and after of every asset that the viewer can show. */
  readonly models: readonly ReportModel[];
}

/** The files behind one asset of the report, for the interactive viewer. */
export interface ReportModel {
  readonly path: string;
  /** What the asset was at the merge base, when the change is to an existing one. */
  readonly base?: StoredGlb | null;
  readonly before: StoredGlb;
  readonly after: StoredGlb | null;
}

/** A GLB and the external files that its uris name, wherever their bytes lie. */
export interface StoredGlb {
  readonly content: Content;
  readonly siblings: ReadonlyMap<string, Content>;
}

/** What was done. `commit` is null when no commit was made. */
export interface Published {
  readonly commit: string | null;
  /** What the reader must know besides, such as why there is no commit. */
  readonly notices?: readonly Notice[];
  /** Of the comment, where there can be one. */
  readonly comment?: { readonly kind: 'written'; readonly url: string } | { readonly kind: 'deleted' | 'refused' };
}

/** Carries out a proposal. Adapters: folder, worktree (GitHub later). */
export interface Publisher {
  publish(proposal: Proposal): Promise<Published>;
}

/** A GLB and the external files that its uris name, by uri as written in the file. */
export interface GlbFile {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly siblings: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
}

/** Why no picture could be made. */
export interface NotRendered {
  readonly kind: 'not-rendered';
  readonly why: string;
}

/** How alike two files look, from all cameras; see `reference` in docs/visual-guard.md. */
export interface VisualComparison {
  readonly kind: 'compared';
  /** `FLIP-D`. */
  readonly metric: string;
  /** The worst view's D: 0 identical, 1 invisible, from 1.5 on visible. */
  readonly score: number;
  readonly views: readonly { readonly name: string; readonly score: number }[];
  /** Browser and GL back end. */
  readonly renderer: string;
  readonly beforeLoadTimeMs: number;
  readonly afterLoadTimeMs: number;
}

/** Short texts drawn onto the cards. */
export interface PictureLabels {
  /** Such as `3.66 MB`. */
  readonly beforeSize: string;
  readonly afterSize: string;
  /** Such as `−92.4 %`; empty when nothing was saved. */
  readonly saved: string;
  /** Such as `6,952 triangles · 1 texture`. */
  readonly beforeNote: string;
  readonly afterNote: string;
}

/** The pictures of one asset, as WebP. */
export interface Pictures {
  /** Before | after | difference of the worst view, 1668 × 544 px. */
  readonly comparison: Uint8Array<ArrayBuffer>;
  /** Four views, before above after. */
  readonly sheet: Uint8Array<ArrayBuffer>;
}

/** One original on the table. Candidates are drawn in the same page, from the same cameras. */
export interface Studio extends AsyncDisposable {
  /** 512 px to search, 1024 px to decide. */
  compare(candidate: GlbFile, sizePx: 512 | 1024): Promise<VisualComparison | NotRendered>;
  /** Pictures of the original beside the candidate. */
  pictures(candidate: GlbFile, labels: PictureLabels): Promise<Pictures | NotRendered>;
  /** The original alone, three-quarter view with shadow; as WebP unless it is asked for as PNG. */
  hero(sizePx: number, format?: 'webp' | 'png'): Promise<Uint8Array<ArrayBuffer> | NotRendered>;
}

/** Draws GLBs. Adapters: Chromium, none. */
export interface Renderer {
  /** Loads the original once. A file that the viewer cannot load is `not-rendered`, with the loader's words. */
  open(original: GlbFile, signal: AbortSignal): Promise<Studio | NotRendered>;
  close(): Promise<void>;
}

/** What happens right now, for progress bars and check runs. `done` and `total` count assets. */
export interface Progress {
  readonly path: string;
  readonly stage: 'reading' | 'inspecting' | 'optimizing' | 'comparing' | 'picturing' | 'done';
  readonly detail: string;
  readonly done: number;
  readonly total: number;
  /** With `done`. */
  readonly asset?: AssetReport;
}

/** Told what happens; must not throw. */
export type OnProgress = (progress: Progress) => void;
