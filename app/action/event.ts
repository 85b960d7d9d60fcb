/** The event that started the step -> what is to be done. Pure: nothing is asked, nothing is written. */
import * as z from 'zod';
import { BotError, type ReviewJob } from '../../src/index.ts';
import type { ActionSettings } from '../settings/action.ts';

/** What the step is for. */
export type ActionPlan =
  | { readonly kind: 'review'; readonly job: ReviewJob; readonly pullUrl: string }
  | { readonly kind: 'command'; readonly command: CommentedCommand }
  | { readonly kind: 'backfill'; readonly job: ReviewJob }
  | { readonly kind: 'nothing'; readonly why: string; readonly conclusion: 'success' | 'neutral' };

/** A comment that may be a command. Whether its author may give one is to be asked. */
export interface CommentedCommand {
  readonly pullNumber: number;
  readonly commentId: number;
  readonly login: string;
  readonly text: string;
  readonly isPrivate: boolean;
}

// GitHub's payloads are large; only what is used is checked.
const repository = z.object({ full_name: z.string(), private: z.boolean() });
const pullEvent = z.object({
  action: z.string(),
  pull_request: z.object({
    number: z.number(),
    state: z.string(),
    draft: z.boolean().optional(),
    html_url: z.string(),
    head: z.object({ sha: z.string(), ref: z.string(), repo: z.object({ full_name: z.string() }).nullable() }),
    base: z.object({ sha: z.string(), ref: z.string() }),
  }),
  repository,
});
const commentEvent = z.object({
  action: z.string(),
  comment: z.object({ id: z.number(), body: z.string().nullable() }),
  issue: z.object({ number: z.number(), state: z.string(), pull_request: z.object({}).optional() }),
  repository,
  sender: z.object({ login: z.string(), type: z.string() }),
});
const anyEvent = z.object({ repository: repository.optional() });

/** The events that we answer to. */
export const ACTION_EVENTS = [
  'pull_request',
  'pull_request_target',
  'issue_comment',
  'workflow_dispatch',
  'schedule',
  'merge_group',
] as const;

/** What to do about the event; throws a `USAGE` error about one that is not ours, or whose payload is none. */
export function planOf(settings: Pick<ActionSettings, 'eventName' | 'repository' | 'sha' | 'ref'>, payload: unknown) {
  switch (settings.eventName) {
    case 'pull_request':
    case 'pull_request_target':
      return onPull(parsed(pullEvent, settings.eventName, payload));
    case 'issue_comment':
      return onComment(parsed(commentEvent, settings.eventName, payload));
    case 'workflow_dispatch':
    case 'schedule':
      return onWholeRepository(settings, parsed(anyEvent, settings.eventName, payload).repository?.private ?? true);
    case 'merge_group':
      // [docs: managing a merge queue] A required check that does not answer here holds the queue.
      return nothing('A merge queue asks, and its pull requests were checked before they came into it.', 'success');
    default:
      throw new BotError('USAGE', 'this event is not one that the Action answers to.', {
        at: `on: ${settings.eventName}`,
        expected: ACTION_EVENTS.join(', '),
        hint: 'Take it out of the workflow.',
      });
  }
}

function onPull({ action, pull_request: pull, repository: at }: z.infer<typeof pullEvent>): ActionPlan {
  if (action === 'closed' || pull.state !== 'open') return nothing('The pull request is closed.');
  if (pull.draft === true) {
    return nothing('The pull request is a draft. It is looked at when it is ready for review, or by /glb optimize.');
  }
  return {
    kind: 'review',
    pullUrl: pull.html_url,
    job: {
      kind: 'pull-request',
      repository: at.full_name,
      baseCommit: pull.base.sha,
      headCommit: pull.head.sha,
      branch: pull.head.ref,
      origin: {
        installationId: null,
        pullNumber: pull.number,
        baseBranch: pull.base.ref,
        // The fork may be deleted by now; then nothing can be pushed to it.
        headRepository: pull.head.repo?.full_name ?? `${at.full_name.split('/')[0]}/deleted-fork`,
        isPrivate: at.private,
      },
    },
  };
}

function onComment({ action, comment, issue, sender, repository: at }: z.infer<typeof commentEvent>): ActionPlan {
  const text = comment.body ?? '';
  if (issue.pull_request === undefined) return nothing('The comment is on an issue, not on a pull request.');
  if (issue.state !== 'open') return nothing('The pull request is closed.');
  // Not when edited: what was asked once was asked by who wrote it first.
  if (action !== 'created') return nothing('Only new comments are read.');
  if (sender.type === 'Bot') return nothing('The comment is by a bot.');
  if (!/^\/glb(\s|$)/m.test(text)) return nothing('The comment holds no /glb command.');
  const { login } = sender;
  const command = { pullNumber: issue.number, commentId: comment.id, login, text, isPrivate: at.private };
  return { kind: 'command', command };
}

function onWholeRepository(
  { repository: name, sha, ref }: Pick<ActionSettings, 'repository' | 'sha' | 'ref'>,
  isPrivate: boolean,
): ActionPlan {
  const [, branch] = /^refs\/heads\/(.+)$/.exec(ref) ?? [];
  if (branch === undefined || sha === '') {
    throw new BotError('USAGE', 'a whole repository is looked at on a branch.', {
      at: 'GITHUB_REF',
      expected: 'refs/heads/…',
      received: `"${ref}"`,
      hint: 'Start the workflow on a branch, not on a tag.',
    });
  }
  const origin = { installationId: null, pullNumber: null, baseBranch: branch, headRepository: name, isPrivate };
  return {
    kind: 'backfill',
    job: { kind: 'backfill', repository: name, baseCommit: sha, headCommit: sha, branch, origin },
  };
}

function nothing(why: string, conclusion: 'success' | 'neutral' = 'neutral'): ActionPlan {
  return { kind: 'nothing', why, conclusion };
}

function parsed<T extends z.ZodType>(schema: T, eventName: string, payload: unknown): z.infer<T> {
  const result = schema.safeParse(payload);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new BotError('USAGE', 'this is no payload of GitHub.', {
    at: `event ${eventName}`,
    expected: `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`,
    hint: 'GITHUB_EVENT_PATH must name the file that the runner wrote.',
  });
}
