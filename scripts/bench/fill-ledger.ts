/** Writes finished reviews into a ledger, as the service leaves them: for benchmarks, and for pictures of the dashboard. */
import type { DatabaseSync } from 'node:sqlite';
import { dayOf } from '../../app/ledger/scope.ts';

/** One finished review with one asset. */
export interface FinishedReview {
  readonly key: string;
  readonly repository: string;
  readonly pullNumber: number;
  readonly path: string;
  readonly commit: string;
  /** Milliseconds since 1970. */
  readonly atMs: number;
  readonly durationMs: number;
  readonly byteLengthBefore: number;
  readonly byteLengthAfter: number;
  readonly isLfs: boolean;
  /** Null for one that went well. */
  readonly failedWhy: string | null;
}

/** Writes them in their order, in one transaction. */
export function fillLedger(database: DatabaseSync, reviews: Iterable<FinishedReview>): void {
  const job = database.prepare(
    `insert into job (key, kind, grp, priority, turn, payload, state, max_attempts, ready_at, created_at, started_at, finished_at, error)
     values (?, 'review', ?, 20, 0, ?, ?, 5, ?, ?, ?, ?, ?) returning id`,
  );
  const review = database.prepare(
    `insert into review values (?, 'pull-request', ?, ?, 1, 'b', ?, null, 1, 0, ?, ?, ?, ?, '{}', '{}', '[]')`,
  );
  const asset = database.prepare(`insert into asset values (?, 0, ?, ?, ?, 'improved', ?, ?, 'd', 'e', ?)`);
  const counted = database.prepare('insert into counted (id, failed_day) values (?, ?)');
  const day = database.prepare(
    `insert into day (day, repository, review_count, failed_count, asset_count, improved_count, bytes_before, saved_bytes, duration_ms, saved_lfs_bytes)
     values (?, ?, 1, ?, ?, ?, ?, ?, ?, ?) on conflict (day, repository) do update set review_count = review_count + 1,
     failed_count = failed_count + excluded.failed_count, asset_count = asset_count + excluded.asset_count,
     improved_count = improved_count + excluded.improved_count, bytes_before = bytes_before + excluded.bytes_before,
     saved_bytes = saved_bytes + excluded.saved_bytes, duration_ms = duration_ms + excluded.duration_ms,
     saved_lfs_bytes = saved_lfs_bytes + excluded.saved_lfs_bytes`,
  );
  database.exec('begin');
  for (const one of reviews) {
    const { repository, pullNumber, path, commit, atMs, durationMs, byteLengthBefore, failedWhy } = one;
    const startMs = atMs - durationMs;
    const payload = { job: { kind: 'pull-request', repository, headCommit: commit, origin: { pullNumber } } };
    const state = failedWhy === null ? 'done' : 'failed';
    const row = job.get(
      one.key,
      repository,
      JSON.stringify(payload),
      state,
      startMs,
      startMs,
      startMs,
      atMs,
      failedWhy,
    );
    const id = Number(row?.id);
    const saved = byteLengthBefore - one.byteLengthAfter;
    const today = dayOf(atMs);
    counted.run(id, failedWhy === null ? null : today);
    if (failedWhy !== null) {
      day.run(today, repository, 1, 0, 0, 0, 0, 0, 0);
      continue;
    }
    review.run(id, repository, pullNumber, commit, byteLengthBefore, saved, durationMs, atMs);
    asset.run(id, repository, path, commit, byteLengthBefore, one.byteLengthAfter, atMs);
    day.run(today, repository, 0, 1, 1, byteLengthBefore, saved, durationMs, one.isLfs ? saved : 0);
  }
  database.exec('commit');
}
