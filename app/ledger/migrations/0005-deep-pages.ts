/** Lists of jobs far back: a page is found in the index alone, and only its own rows are read. */
import type { Dialect } from '../sql.ts';

/** The statements, in order. */
export function deepPages(_dialect: Dialect): readonly string[] {
  return [
    'drop index job_review_list',
    `create index job_review_page on job (id, created_at, state, grp) where kind = 'review'`,
    `create index job_review_state on job (state, id, created_at, grp) where kind = 'review'`,
    'drop index job_review_group',
    `create index job_review_group_page on job (grp, id, created_at, state) where kind = 'review'`,
  ];
}
