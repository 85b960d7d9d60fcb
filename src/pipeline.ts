/** The main job: the steps in order, and nothing else. */
import type { OnProgress, Published, GitSource, Publisher, Renderer, ReviewJob } from './ports.ts';
import type { Rule } from './policy/policy.ts';
import type { Report } from './report/report.ts';

/** What a review needs of the world. */
export interface ReviewPorts {
  readonly source: GitSource;
  readonly renderer: Renderer;
  readonly publisher: Publisher;
  /** Milliseconds, monotonic. */
  readonly now: () => number;
}

/** How a review is made. */
export interface ReviewOptions {
  /** Flags that win over the policy file. */
  readonly flags: Partial<Omit<Rule, 'name'>>;
  /** Replaces the policy at the merge base. */
  readonly policy?: { readonly path: string; readonly text: string };
  /** Assets under way at once; at least 1. */
  readonly concurrency: number;
  readonly onProgress: OnProgress;
  readonly signal: AbortSignal;
}

/** The whole flow: list, select, read, inspect, optimize, compare, decide, propose, publish. */
export async function reviewChange(
  _job: ReviewJob,
  _ports: ReviewPorts,
  _options: ReviewOptions,
): Promise<{ readonly report: Report; readonly published: Published }> {
  throw new Error('not built yet');
}
