/** Which rows of reports and sums a question is about. */
import type { ReviewScope } from '../../src/index.ts';
import { places, type SqlValue } from './sql.ts';

/** The conditions of a scope on a table with a repository and a time. */
export function within({ repositories, sinceMs }: ReviewScope, time: string): { where: string[]; values: SqlValue[] } {
  const values: SqlValue[] = [];
  const where: string[] = [];
  if (repositories !== undefined) {
    where.push(repositories.length === 0 ? 'false' : `repository in (${places(repositories.length, 1)})`);
    values.push(...repositories);
  }
  if (sinceMs !== undefined) where.push(`${time} >= $${values.push(sinceMs)}`);
  return { where, values };
}

/** `2026-11-24`, in UTC. */
export function dayOf(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 10);
}
