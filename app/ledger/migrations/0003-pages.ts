/** What the pages ask: lists of reviews by time, state and repository; savings in Git LFS; a failure that a retry made good. */
import type { Dialect } from '../sql.ts';

/** The statements, in order. */
export function pages(_dialect: Dialect): readonly string[] {
  return [
    `create index job_review_list on job (id) where kind = 'review'`,
    `create index job_review_time on job (created_at, state, grp) where kind = 'review'`,
    `create index job_review_group on job (grp, id) where kind = 'review'`,
    `create index review_repository_time on review (repository, finished_at, duration_ms)`,
    `alter table day add column saved_lfs_bytes bigint not null default 0`,
    // The day on which a review was counted as failed; null once it is done.
    `alter table counted add column failed_day text`,
  ];
}
