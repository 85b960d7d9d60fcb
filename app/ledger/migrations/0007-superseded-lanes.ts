/** What a newer job of a lane has superseded is found without reading all that its repository ever had. */
import type { Dialect } from '../sql.ts';

/** The statements, in order. */
export function supersededLanes(_dialect: Dialect): readonly string[] {
  return [`create index job_superseded on job (lane, id) where lane is not null and state = 'superseded'`];
}
