/** A job whose process died here is tried elsewhere. */
import type { Dialect } from '../sql.ts';

/** The statements, in order. */
export function elsewhere(_dialect: Dialect): readonly string[] {
  // The worker that shall not have it next; null: anybody.
  return [`alter table job add column avoid text`];
}
