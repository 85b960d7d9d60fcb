/** What homes remember between jobs: ids of comments, refusals, who announced which check. */
import type { Dialect } from '../sql.ts';

/** The statements, in order. */
export function notes(_dialect: Dialect): readonly string[] {
  return [`create table note (key text primary key, text text not null, written_at bigint not null)`];
}
