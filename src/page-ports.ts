/** The interfaces of the service's pages: lists of jobs, and uploads that are to be forgotten. Types only. */
import type { AssetMoment, JobId, JobRecord, JobState, StoredAsset } from './service-ports.ts';
import type { Digest } from './units.ts';

/** Which reviews a page lists, the newest first; without repositories all, uploads too. */
export interface ReviewPageQuery {
  readonly repositories?: readonly string[];
  readonly states?: readonly JobState[];
  readonly sinceMs?: number;
  readonly offset: number;
  readonly limit: number;
}

/** What a finished review came to. */
export interface ReviewResult {
  readonly id: JobId;
  readonly savedBytes: number;
  readonly durationMs: number;
}

/** What pages ask of ledger and reports together. Adapters: SQLite, Postgres. */
export interface ReviewDesk {
  page(query: ReviewPageQuery): Promise<readonly JobRecord[]>;
  /** How many the query finds on all its pages. */
  count(query: Omit<ReviewPageQuery, 'offset' | 'limit'>): Promise<number>;
  /** How many jobs are taken before this one; null when it does not wait. */
  ahead(id: JobId): Promise<number | null>;
  results(ids: readonly JobId[]): Promise<readonly ReviewResult[]>;
  /** The assets of these reviews, in the order of their reports; at most so many. */
  assets(ids: readonly JobId[], limit: number): Promise<readonly AssetMoment[]>;
}

/** An upload whose time is over, and what is still kept of it. */
export interface ExpiredUpload {
  readonly id: JobId;
  /** Milliseconds since 1970. */
  readonly finishedMs: number;
  readonly files: readonly Digest[];
  readonly assets: readonly StoredAsset[];
}

/** Uploads that are to be forgotten. Adapters: SQLite, Postgres. */
export interface UploadShelf {
  /** Ended and expired, the oldest first. */
  expired(nowMs: number, limit: number): Promise<readonly ExpiredUpload[]>;
  /** Those of the digests that another review, which is kept, read or made. */
  inOtherReviews(digests: readonly Digest[], id: JobId): Promise<ReadonlySet<Digest>>;
  /** Those of the digests that open jobs name, or that their children name or have made. */
  inOpenJobs(digests: readonly Digest[]): Promise<ReadonlySet<Digest>>;
  /** Keeps its numbers, and nothing that says what was in it. */
  forget(id: JobId): Promise<void>;
}
