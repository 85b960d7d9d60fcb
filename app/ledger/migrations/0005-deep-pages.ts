/** Lists of jobs far back: a page is found in the index alone, and only its own rows are read. And uploads that are to be forgotten. */
import type { Dialect } from '../sql.ts';

/** The statements, in order. */
export function deepPages(_dialect: Dialect): readonly string[] {
  return [
    'drop index job_review_list',
    `create index job_review_page on job (id, created_at, state, grp) where kind = 'review'`,
    `create index job_review_state on job (state, id, created_at, grp) where kind = 'review'`,
    'drop index job_review_group',
    `create index job_review_group_page on job (grp, id, created_at, state) where kind = 'review'`,
    'alter table job add column forgotten_at bigint',
    `create index job_upload on job (finished_at) where grp like 'uploads%' and kind = 'review' and forgotten_at is null`,
    'create index asset_source on asset (source_digest)',
    'create index asset_output on asset (output_digest)',
  ];
}
