/** What the server's routes answer, as `app` writes and `viewer` reads it. Types only; times are ISO 8601 in UTC. */
import type { VerdictName } from './report.ts';

/** How far a job is. */
export type WebJobStatus = 'queued' | 'running' | 'done' | 'failed';

/** `POST /api/uploads`, 202: one job for each request, one asset for each file. `url` is the page of the job. */
export interface UploadAccepted {
  readonly id: string;
  readonly url: string;
}

/** `GET /auth/session`: who asks. `name` is a login of GitHub; `canSignOut` is false where nobody had to sign in. */
export interface WebSession {
  readonly kind: 'local' | 'operator' | 'person' | 'stranger';
  readonly name: string | null;
  readonly canSignOut: boolean;
}

/** Any refusal of a route, with a fitting HTTP status. */
export interface WebError {
  readonly error: { readonly code: string; readonly message: string; readonly hint?: string };
}

/** One asset of a job, now or at its end. */
export interface WebAsset {
  readonly path: string;
  readonly stage: 'waiting' | 'reading' | 'inspecting' | 'optimizing' | 'comparing' | 'picturing' | 'done';
  /** Such as `textures: 3 of 5`; '' when there is nothing to add. */
  readonly detail: string;
  /** Null until it is done, and so are the four below it that belong to the result. */
  readonly verdict: VerdictName | null;
  readonly why: string;
  readonly byteLengthBefore: number;
  readonly byteLengthAfter: number | null;
  /** Before | after | difference, and the optimized file. */
  readonly pictureUrl: string | null;
  readonly downloadUrl: string | null;
}

/** `GET /api/jobs/:id`, and the data of each `state` event of `GET /api/jobs/:id/events`. */
export interface WebJob {
  readonly id: string;
  readonly kind: 'pull-request' | 'files' | 'upload' | 'backfill';
  readonly status: WebJobStatus;
  /** `owner/name`; null for an upload. */
  readonly repository: string | null;
  readonly pullNumber: number | null;
  /** On GitHub; null for an upload. */
  readonly pullUrl: string | null;
  /** 1 is next; null when it does not wait. */
  readonly queuePosition: number | null;
  readonly assets: readonly WebAsset[];
  readonly why: string;
  readonly createdAt: string;
  readonly finishedAt: string | null;
  readonly durationMs: number | null;
  readonly savedBytes: number;
  /** `/compare/:id`, once there is a report. */
  readonly compareUrl: string | null;
  /** All optimized files in one archive, once there is one. */
  readonly downloadUrl: string | null;
  readonly expiresAt: string | null;
}

/** A tier of the broker, best first. */
export interface WebTier {
  readonly name: string;
  readonly state: 'active' | 'standby' | 'down' | 'off';
  readonly since: string;
  readonly lastError: string | null;
}

/** One point of the plots: what finished from `from` on, until the next point. */
export interface StatsPoint {
  readonly from: string;
  readonly completed: number;
  readonly failed: number;
  readonly savedBytes: number;
  readonly medianMs: number | null;
}

/** A row of the table of repositories. */
export interface RepositoryStats {
  readonly repository: string;
  readonly completed: number;
  readonly failed: number;
  readonly savedBytes: number;
  readonly savedRatio: number;
}

/** One version of an asset. */
export interface AssetVersion {
  readonly repository: string;
  readonly path: string;
  readonly commit: string;
  readonly jobId: string;
  readonly at: string;
  readonly verdict: VerdictName;
  readonly byteLengthBefore: number;
  readonly byteLengthAfter: number | null;
}

/** `GET /api/assets?repository=owner/name&path=…`: newest first, at most 200. */
export interface AssetHistory {
  readonly versions: readonly AssetVersion[];
}

/** `GET /api/stats?days=30&status=…&repository=…&page=1`; `GET /api/stats.csv` gives the jobs of the same query as rows. */
export interface StatsDocument {
  readonly totals: {
    readonly jobCount: number;
    readonly completed: number;
    readonly failed: number;
    /** 0 to 1; null before the first job has ended. */
    readonly successRatio: number | null;
    readonly savedBytes: number;
    /** Bytes of Git LFS that no clone has to fetch any more. */
    readonly savedLfsBytes: number;
    readonly medianMs: number | null;
    readonly p95Ms: number | null;
    readonly queueDepth: number;
  };
  readonly points: readonly StatsPoint[];
  readonly repositories: readonly RepositoryStats[];
  /** One page of the jobs that the query asks for, newest first. */
  readonly jobs: readonly WebJob[];
  readonly page: number;
  readonly pageCount: number;
  readonly running: readonly WebJob[];
  readonly broker: { readonly active: string; readonly tiers: readonly WebTier[] };
}
