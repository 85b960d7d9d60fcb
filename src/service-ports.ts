/** The interfaces of the service: jobs, who wakes the workers, where bytes and reports are kept. Types only. */
import type { ProposedFile, ReviewJob } from './ports.ts';
import type { AssetReport, Report } from './report/report.ts';
import type { Digest } from './units.ts';

/** A job's number in the ledger, as text. */
export type JobId = string;

/** Where a job stands. `delayed` waits for its next try, `waiting` for its children; the last three are final. */
export type JobState = 'queued' | 'delayed' | 'active' | 'waiting' | 'done' | 'failed' | 'superseded';

/** What is asked of the ledger. It is stored, so it holds neither secrets nor bytes. */
export interface NewJob {
  /** Chooses the handler. */
  readonly kind: string;
  /** Unique: accepting twice is harmless. */
  readonly key: string;
  /** A newer job of the same kind in the same lane, such as `owner/name#12`, supersedes an older one. */
  readonly lane: string | null;
  /** The repository: jobs of different groups take turns. */
  readonly group: string;
  /** Larger goes first. */
  readonly priority: number;
  readonly payload: unknown;
  /** Tries before the job is given up; 5 unless said. */
  readonly maxAttempts?: number;
}

/** What the ledger did with a job. The id is null as long as the job waits in the spool for the ledger to come back. */
export interface Accepted {
  readonly outcome: 'accepted' | 'already-known';
  readonly id: JobId | null;
}

/** A job in the hands of one worker, for as long as its lease is renewed. */
export interface Claim extends Required<Omit<NewJob, 'lane'>> {
  readonly id: JobId;
  readonly lane: string | null;
  /** The fencing token: whoever settles with an old one is refused. */
  readonly token: string;
  /** From 1 on. */
  readonly attempt: number;
  /** What the job left for itself before it waited for its children; null before that. */
  readonly memo: unknown;
}

/** How a try ended. */
export type Outcome =
  | { readonly kind: 'done'; readonly result?: unknown }
  /** Tried again after so many milliseconds; without attempts left, it has failed. */
  | {
      readonly kind: 'again';
      readonly why: string;
      readonly afterMs: number;
      /** By another worker, as long as there may be one. */
      readonly isElsewhere?: boolean;
    }
  | { readonly kind: 'dead'; readonly why: string }
  /** Claimed again with the memo when all children are final. */
  | { readonly kind: 'waiting'; readonly memo: unknown }
  /** Given back unfinished, such as by a worker that stops; costs no attempt. */
  | { readonly kind: 'returned' };

/** The truth about jobs, and the database queue. Adapters: SQLite, Postgres. */
export interface JobLedger {
  /** All of them, or an error. Children of a claim are taken only as long as the claim is held. */
  accept(jobs: readonly NewJob[], parent?: Claim): Promise<readonly Accepted[]>;
  /** The best jobs that are ready, or exactly the one that is named. */
  claim(wish: { readonly limit: number; readonly id?: JobId }): Promise<readonly Claim[]>;
  /** `cancelled` and `lost` mean: stop. */
  renew(claim: Claim, progress?: unknown): Promise<'held' | 'cancelled' | 'lost'>;
  /** False: fenced off, somebody else has the job. */
  settle(claim: Claim, outcome: Outcome): Promise<boolean>;
  /** Frees what dead workers held, wakes what is due; gives jobs that have been ready for so long and nobody took. */
  tend(unclaimedMs: number): Promise<readonly JobId[]>;
}

/** A job as pages show it. Times are milliseconds since 1970. */
export interface JobRecord extends Omit<Claim, 'token' | 'maxAttempts' | 'memo'> {
  readonly parent: JobId | null;
  readonly state: JobState;
  readonly result: unknown;
  /** Why the last try failed. */
  readonly error: string | null;
  /** As the handler told last; null before that. */
  readonly progress: unknown;
  readonly createdMs: number;
  readonly startedMs: number | null;
  readonly finishedMs: number | null;
}

/** Which jobs to list, the newest first. */
export interface JobQuery {
  readonly states?: readonly JobState[];
  readonly kind?: string;
  readonly group?: string;
  readonly lane?: string;
  readonly parent?: JobId;
  /** Only those with smaller numbers: the last id of the page before. */
  readonly before?: JobId;
  readonly limit: number;
}

/** The ledger as people see it. Adapters: SQLite, Postgres. */
export interface JobBoard {
  find(wish: { readonly id: JobId } | { readonly key: string }): Promise<JobRecord | undefined>;
  list(query: JobQuery): Promise<readonly JobRecord[]>;
  /** Jobs that are not final, by state, and failed ones. */
  count(): Promise<Readonly<Record<Exclude<JobState, 'done' | 'superseded'>, number>>>;
  /** Puts a failed job back into the queue with new attempts; false when it is not failed. */
  retry(id: JobId): Promise<boolean>;
  /** Ends a job that is not final; one that runs is told at its next heartbeat. */
  cancel(id: JobId): Promise<boolean>;
}

/** Who wakes the workers. Holds no job: what it loses, the ledger still has. Adapters: BullMQ, LISTEN/NOTIFY, inline, tiers. */
export interface Dispatcher {
  ring(ids: readonly JobId[]): Promise<void>;
  /** Called for each ring; a busy worker answers late, so that another one gets the next. */
  listen(wake: (id?: JobId) => Promise<void>): Promise<void>;
  close(): Promise<void>;
}

/** Bytes by SHA-256. Adapters: directory, bucket. */
export interface ArtifactStore {
  /** Stores them once. Streams are for what is too large for memory. */
  put(bytes: Uint8Array | AsyncIterable<Uint8Array>): Promise<{ readonly digest: Digest; readonly byteLength: number }>;
  get(digest: Digest): Promise<Uint8Array<ArrayBuffer> | undefined>;
  stream(
    digest: Digest,
  ): Promise<{ readonly byteLength: number; readonly chunks: AsyncIterable<Uint8Array> } | undefined>;
  /** Deletes what was put longer ago; gives how many. */
  expire(olderThanMs: number): Promise<number>;
  /** Deletes one, unless somebody has put it since that time (milliseconds since 1970); gives whether it is gone. */
  forget(digest: Digest, putBeforeMs: number): Promise<boolean>;
}

/** What makes a result the same again: source digest, everything the recipe depends on, and the tool's version. */
export interface ResultKey {
  readonly sourceDigest: Digest;
  readonly recipeDigest: Digest;
  readonly toolVersion: string;
}

/** Small texts by key, for all machines of a ledger: what a home remembers between jobs. Adapters: SQLite, Postgres. */
export interface NoteStore {
  read(key: string): Promise<string | undefined>;
  write(key: string, text: string): Promise<void>;
  /** Writes only if the text is still what was read, undefined for none; false when somebody else was quicker. */
  swap(key: string, before: string | undefined, text: string): Promise<boolean>;
  /** Deletes notes whose key begins so and that nobody wrote for so long; gives how many. */
  expire(prefix: string, olderThanMs: number): Promise<number>;
}

/** Bytes in the artifact store. */
export interface StoredBytes {
  readonly digest: Digest;
  readonly byteLength: number;
}

/** A `ReviewedAsset` whose bytes are in the artifact store, so that it is JSON. */
export interface StoredAsset {
  readonly report: AssetReport;
  readonly file: (Omit<ProposedFile, 'content' | 'digest'> & StoredBytes) | null;
  readonly images: readonly (StoredBytes & { readonly name: string })[];
  readonly model: {
    readonly base?: StoredGlbBytes;
    readonly before: StoredGlbBytes;
    readonly after: StoredGlbBytes | null;
  } | null;
}

/** A GLB and its siblings in the artifact store. */
export interface StoredGlbBytes extends StoredBytes {
  readonly siblings: readonly (readonly [uri: string, bytes: StoredBytes])[];
}

/** Results of assets that were reviewed before. Adapters: SQLite, Postgres. */
export interface ResultStore {
  find(key: ResultKey): Promise<StoredAsset | undefined>;
  keep(key: ResultKey, asset: StoredAsset): Promise<void>;
  /** Results of a source whose bytes are deleted. */
  forget(sourceDigest: Digest): Promise<void>;
}

/** One review as it is kept. */
export interface ReviewRecord {
  readonly id: JobId;
  readonly job: ReviewJob;
  readonly report: Report;
  /** In the order of the report. */
  readonly assets: readonly StoredAsset[];
  /** From accepted to published. */
  readonly durationMs: number;
  readonly finishedMs: number;
}

/** One line of a list of reviews. */
export interface ReviewSummary extends Pick<Report['totals'], 'assetCount' | 'byteLengthBefore' | 'savedBytes'> {
  readonly id: JobId;
  readonly kind: ReviewJob['kind'];
  readonly repository: string | null;
  readonly pullNumber: number | null;
  readonly branch: string | null;
  readonly headCommit: string | null;
  readonly commit: string | null;
  readonly isPrivate: boolean;
  readonly failedCount: number;
  readonly durationMs: number;
  readonly finishedMs: number;
}

/** One asset at one commit. */
export interface AssetMoment {
  readonly review: JobId;
  readonly repository: string;
  readonly path: string;
  readonly headCommit: string | null;
  readonly verdict: AssetReport['verdict'];
  readonly byteLengthBefore: number;
  readonly byteLengthAfter: number;
  readonly sourceDigest: Digest | null;
  readonly outputDigest: Digest | null;
  readonly finishedMs: number;
}

/** Sums over reviews. */
export interface ReviewTotals {
  readonly reviewCount: number;
  /** Reviews that were given up. */
  readonly failedCount: number;
  readonly assetCount: number;
  readonly improvedCount: number;
  readonly byteLengthBefore: number;
  readonly savedBytes: number;
  /** The part of it that is in Git LFS. */
  readonly savedLfsBytes: number;
  readonly durationMs: number;
}

/** The dashboard's numbers. */
export interface Statistics {
  readonly totals: ReviewTotals;
  /** The oldest first; `day` is `2026-11-24`, in UTC. */
  readonly days: readonly (ReviewTotals & { readonly day: string; readonly medianMs: number | null })[];
  /** The largest saving first. */
  readonly repositories: readonly (ReviewTotals & { readonly repository: string })[];
  /** Of the last 1,000 reviews. */
  readonly duration: { readonly medianMs: number | null; readonly p95Ms: number | null };
}

/** Which reviews count; all that are not said do. Pages without sign-in pass the repositories that may be seen. */
export interface ReviewScope {
  readonly repositories?: readonly string[];
  readonly sinceMs?: number;
}

/** Reports and their statistics. Adapters: SQLite, Postgres. */
export interface ReportStore {
  /** Recording twice is harmless. Without a report: the review was given up. */
  record(
    review: ReviewRecord | { readonly id: JobId; readonly job: ReviewJob; readonly finishedMs: number },
  ): Promise<void>;
  read(id: JobId): Promise<ReviewRecord | undefined>;
  /** The newest first. */
  recent(scope: ReviewScope & { readonly before?: JobId; readonly limit: number }): Promise<readonly ReviewSummary[]>;
  /** One asset over its commits, the newest first; without a path all assets of the repository. */
  history(asset: {
    readonly repository: string;
    readonly path?: string;
    readonly limit: number;
  }): Promise<readonly AssetMoment[]>;
  statistics(scope: ReviewScope): Promise<Statistics>;
}
