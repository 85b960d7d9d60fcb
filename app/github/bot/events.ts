/** Webhooks -> jobs. Pure: what GitHub says in, what the ledger shall keep out; no call, no secret, no bytes. */
import * as z from 'zod';
import type { NewJob, ReviewJob } from '../../../src/index.ts';
import { CHECK_NAME } from '../check-run.ts';
import { readCommand } from './command.ts';

/** What a job of kind `review` carries, when a webhook makes it; and one of kind `look`. */
export interface PullReviewPayload {
  readonly job: ReviewJob;
}

/** What a job of kind `command` carries. */
export interface CommandPayload {
  readonly repository: string;
  readonly installationId: number;
  /** Null: to be found by the commit. */
  readonly pullNumber: number | null;
  readonly headCommit: string | null;
  /** Who asks. */
  readonly login: string;
  /** The comment's text, or a command that a button stands for. */
  readonly text: string;
  /** To react to; null for a button. */
  readonly commentId: number | null;
  readonly isPrivate: boolean;
}

/** What a job of kind `merge-group` carries. */
export interface MergeGroupPayload {
  readonly repository: string;
  readonly installationId: number;
  readonly headCommit: string;
}

/** Commands before pushes, pushes before whole repositories. */
export const PRIORITY = Object.freeze({ answer: 40, command: 30, review: 20, backfill: 0, sweep: 10 } as const);

// GitHub's payloads are large; only what is used is checked.
const repository = z.object({ full_name: z.string(), private: z.boolean(), default_branch: z.string().optional() });
const installation = z.object({ id: z.number() });
const account = z.object({ login: z.string(), type: z.string().optional() });
const pull = z.object({
  number: z.number(),
  state: z.string(),
  draft: z.boolean().optional(),
  head: z.object({
    sha: z.string(),
    ref: z.string(),
    repo: z.object({ full_name: z.string() }).nullable(),
  }),
  base: z.object({ sha: z.string(), ref: z.string() }),
});
const pullEvent = z.object({
  action: z.string(),
  pull_request: pull,
  repository,
  installation,
  sender: account,
});
const commentEvent = z.object({
  action: z.string(),
  comment: z.object({ id: z.number(), body: z.string().nullable(), user: account.nullable() }),
  issue: z.object({ number: z.number(), state: z.string(), pull_request: z.object({}).optional() }),
  repository,
  installation,
  sender: account,
});
const checkEvent = z.object({
  action: z.string(),
  check_run: z.object({
    name: z.string(),
    head_sha: z.string(),
    pull_requests: z.array(z.object({ number: z.number() })),
  }),
  requested_action: z.object({ identifier: z.string() }).optional(),
  repository,
  installation,
  sender: account,
});
const mergeGroupEvent = z.object({
  action: z.string(),
  merge_group: z.object({ head_sha: z.string() }),
  repository,
  installation,
});

/** A pull request as the API and webhooks describe it. */
export type PullDescription = z.infer<typeof pull>;

/** The events and actions that mean work for us. */
export const EVENTS = Object.freeze(['pull_request', 'issue_comment', 'check_run', 'merge_group'] as const);

/** The jobs of a webhook; none for what is not for us. `delivery` is GitHub's id: the same for a redelivery. */
export function jobsOf(event: string, payload: unknown, delivery: string): readonly NewJob[] {
  switch (event) {
    case 'pull_request':
      return onPull(payload, delivery);
    case 'issue_comment':
      return onComment(payload);
    case 'check_run':
      return onCheck(payload, delivery);
    case 'merge_group':
      return onMergeGroup(payload);
    default:
      return [];
  }
}

function onPull(payload: unknown, delivery: string): readonly NewJob[] {
  const event = pullEvent.safeParse(payload);
  if (!event.success) return [];
  const { action, pull_request, sender } = event.data;
  const isAgain = action === 'reopened' || action === 'ready_for_review';
  if (!isAgain && action !== 'opened' && action !== 'synchronize') return [];
  // A draft is somebody's desk; `ready_for_review` comes when it is not.
  if (pull_request.draft === true || pull_request.state !== 'open') return [];
  const { repository: at, installation: by } = event.data;
  const job = reviewJobOf(pull_request, { repository: at.full_name, installationId: by.id, isPrivate: at.private });
  if (sender.type === 'Bot') return [newLook(job, PRIORITY.review)];
  return [newReview({ job }, isAgain ? delivery : null, PRIORITY.review)];
}

/** The review of a pull request as it stands. */
export function reviewJobOf(
  { number, head, base }: PullDescription,
  place: { readonly repository: string; readonly installationId: number; readonly isPrivate: boolean },
): ReviewJob {
  return {
    kind: 'pull-request',
    repository: place.repository,
    baseCommit: base.sha,
    headCommit: head.sha,
    branch: head.ref,
    origin: {
      installationId: place.installationId,
      pullNumber: number,
      baseBranch: base.ref,
      // The fork may be deleted by now; then nothing can be pushed to it.
      headRepository: head.repo?.full_name ?? `${place.repository.split('/')[0]}/deleted-fork`,
      isPrivate: place.isPrivate,
    },
  };
}

/**
 * A review as a job of the ledger. It is named by the head commit, so that any number of deliveries make one job;
 * `occasion` (a delivery, a comment) names a repetition that somebody asked for.
 */
export function newReview(
  payload: PullReviewPayload & { readonly flags?: unknown },
  occasion: string | null,
  priority: number,
): NewJob {
  const { repository: name, origin, headCommit } = payload.job;
  const lane = `${name}#${origin?.pullNumber ?? origin?.baseBranch ?? ''}`;
  return {
    kind: 'review',
    key: `review/${lane}/${headCommit}${occasion === null ? '' : `/${occasion}`}`,
    lane,
    group: name ?? '',
    priority,
    payload,
    // A rate limit costs a try, too.
    maxAttempts: 10,
  };
}

/**
 * A look at a head that may be our own commit; if it is not, a review follows. It has no lane: our own push must not
 * supersede the very job that made it.
 */
export function newLook(job: ReviewJob, priority: number): NewJob {
  const { key, group } = newReview({ job }, null, priority);
  return { kind: 'look', key: key.replace(/^review/, 'look'), lane: null, group, priority, payload: { job } };
}

function onComment(payload: unknown): readonly NewJob[] {
  const event = commentEvent.safeParse(payload);
  if (!event.success) return [];
  const { action, comment, issue, sender, repository: at, installation: by } = event.data;
  // Not when edited: what was asked once was asked by who wrote it first.
  if (action !== 'created' || issue.pull_request === undefined || issue.state !== 'open') return [];
  if (sender.type === 'Bot' || comment.user?.login !== sender.login) return [];
  const text = comment.body ?? '';
  if (readCommand(text) === undefined) return [];
  return [
    newCommand(`comment-${comment.id}`, {
      repository: at.full_name,
      installationId: by.id,
      pullNumber: issue.number,
      headCommit: null,
      login: sender.login,
      text: text.slice(0, 4000),
      commentId: comment.id,
      isPrivate: at.private,
    }),
  ];
}

const BUTTONS: Readonly<Record<string, string>> = Object.freeze({
  optimize: '/glb optimize',
  undo: '/glb undo',
  skip: '/glb skip',
});

function onCheck(payload: unknown, delivery: string): readonly NewJob[] {
  const event = checkEvent.safeParse(payload);
  if (!event.success || event.data.check_run.name !== CHECK_NAME) return [];
  const { action, check_run, requested_action, repository: at, installation: by, sender } = event.data;
  const text =
    action === 'rerequested'
      ? BUTTONS.optimize
      : action === 'requested_action'
        ? BUTTONS[requested_action?.identifier ?? '']
        : undefined;
  if (text === undefined) return [];
  return [
    newCommand(delivery, {
      repository: at.full_name,
      installationId: by.id,
      // Empty for a fork's pull request.
      pullNumber: check_run.pull_requests[0]?.number ?? null,
      headCommit: check_run.head_sha,
      login: sender.login,
      text,
      commentId: null,
      isPrivate: at.private,
    }),
  ];
}

function newCommand(occasion: string, payload: CommandPayload): NewJob {
  const key = `command/${payload.repository}/${occasion}`;
  return { kind: 'command', key, lane: null, group: payload.repository, priority: PRIORITY.command, payload };
}

function onMergeGroup(payload: unknown): readonly NewJob[] {
  const event = mergeGroupEvent.safeParse(payload);
  if (!event.success || event.data.action !== 'checks_requested') return [];
  const { merge_group, repository: at, installation: by } = event.data;
  const about: MergeGroupPayload = {
    repository: at.full_name,
    installationId: by.id,
    headCommit: merge_group.head_sha,
  };
  const key = `merge-group/${at.full_name}/${merge_group.head_sha}`;
  return [{ kind: 'merge-group', key, lane: null, group: at.full_name, priority: PRIORITY.answer, payload: about }];
}
