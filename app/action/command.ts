/** A `/glb` command in a comment: answered as the App answers it, and what it starts is done in this very step. */
import { mkdir, mkdtemp } from 'node:fs/promises';
import path from 'node:path';
import type { NewJob, ReviewJob, RuleFlags } from '../../src/index.ts';
import type { PullReviewPayload } from '../github/bot/events.ts';
import { runCommand } from '../github/bot/run-command.ts';
import type { CommentedCommand } from './event.ts';
import { patiently } from './patience.ts';
import type { StepParts } from './review.ts';

/** What a command ended with, and the reviews that it asks for. */
export interface CommandOutcome {
  readonly text: string;
  readonly reviews: readonly { readonly job: ReviewJob; readonly flags: RuleFlags }[];
}

const SENTENCES = {
  done: 'The command is carried out.',
  'not-permitted': 'Its author may not write to this repository: a reaction is the answer.',
  'too-many': 'Too many commands in a short time.',
  unclear: 'The command is not one that we know.',
  'no-pull-request': 'There is no open pull request for it.',
  nothing: 'There was nothing to do.',
  moved: 'The branch has moved on meanwhile; ask again.',
} as const;

/** Carries out the command up to the reviews that it wants. */
export async function commandInStep(command: CommentedCommand, parts: StepParts): Promise<CommandOutcome> {
  const { settings, access, notes, signal, log } = parts;
  const scratch = path.join(settings.tempFolder, 'glb-optimizer-scratch');
  await mkdir(scratch, { recursive: true });
  const folder = await mkdtemp(path.join(scratch, 'command-'));
  const wanted: NewJob[] = [];
  const result = await patiently(
    () =>
      runCommand(
        {
          repository: settings.repository,
          // There is none: the token is the workflow's.
          installationId: 0,
          pullNumber: command.pullNumber,
          headCommit: null,
          login: command.login,
          text: command.text,
          commentId: command.commentId,
          isPrivate: command.isPrivate,
        },
        {
          access,
          notes,
          folder,
          gitPath: settings.environment.PATH ?? '',
          occasion: `comment-${command.commentId}`,
          now: () => Date.now(),
          // No queue and no ledger: what is enqueued is done next.
          board: null,
          enqueue: async (jobs) => {
            wanted.push(...jobs);
            return jobs.map(() => ({ outcome: 'accepted', id: null }));
          },
        },
      ),
    signal,
    (text) => log.line(text),
  );
  const reviews = wanted.flatMap(({ kind, payload }) => {
    if (kind !== 'review') return [];
    const { job, flags } = payload as PullReviewPayload & { readonly flags?: RuleFlags };
    return [{ job, flags: flags ?? {} }];
  });
  return { text: `/glb ${result.command}: ${SENTENCES[result.outcome]}`, reviews };
}
