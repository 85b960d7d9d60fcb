/** What an outcome writes into the row of its job. */
import type { Outcome } from '../../src/index.ts';
import type { Sql, SqlValue } from './sql.ts';

/** From $3 on: $1 and $2 name the claim. */
export function settlement(
  outcome: Exclude<Outcome, { kind: 'done' }>,
  { dialect: { now } }: Sql,
): { readonly set: string; readonly values: readonly SqlValue[] } {
  const final = (open: string, end: string) =>
    `state = case when cancelled = 1 then 'superseded' else ${open} end, finished_at = ${end}`;
  switch (outcome.kind) {
    case 'again':
      return {
        set: `error = $3, ready_at = ${now} + $4, avoid = ${outcome.isElsewhere === true ? 'worker' : 'null'}, ${final(
          `case when attempt >= max_attempts then 'failed' else 'delayed' end`,
          `case when cancelled = 1 or attempt >= max_attempts then ${now} else null end`,
        )}`,
        values: [outcome.why, Math.round(outcome.afterMs)],
      };
    case 'dead':
      return { set: `error = $3, ${final(`'failed'`, now)}`, values: [outcome.why] };
    case 'waiting':
      // What comes after the children is a work of its own, with all its attempts.
      return {
        set: `memo = $3, attempt = 0, ${final(`'waiting'`, `case when cancelled = 1 then ${now} else null end`)}`,
        values: [JSON.stringify(outcome.memo)],
      };
    case 'returned':
      return {
        set: `attempt = attempt - 1, ready_at = ${now}, ${final(`'queued'`, `case when cancelled = 1 then ${now} else null end`)}`,
        values: [],
      };
  }
}
