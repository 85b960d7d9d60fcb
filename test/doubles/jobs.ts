/** Jobs for tests of the queue. */
import type { NewJob } from '../../src/index.ts';

let count = 0;

/** How many were made. */
export const jobCount = () => count;

/** A job that no other test has. */
export function job(fields: Partial<NewJob> = {}): NewJob {
  return {
    kind: 'test',
    key: `job ${++count}`,
    lane: null,
    group: 'octo/shop',
    priority: 0,
    payload: { n: count },
    ...fields,
  };
}
