/** One step from its event to its exit code. */
import { readFile } from 'node:fs/promises';
import { BotError, clean, messageOf, type ReviewJob, TOOL } from '../../src/index.ts';
import { branchNotes } from '../github/branch-notes.ts';
import { onGitHub } from '../github/failure.ts';
import { isOwnCommit } from '../github/own-commits.ts';
import { isSkipped } from '../github/wishes.ts';
import { type ActionSettings, readActionSettings } from '../settings/action.ts';
import { commandInStep } from './command.ts';
import { type ActionPlan, planOf } from './event.ts';
import { type ActionLog, actionLog } from './log.ts';

import { openAccess, type ReviewWish, reviewInStep, type StepParts } from './review.ts';
import { NO_OUTPUTS, writeOutputs, writeSummary } from './runner-files.ts';
import { tellReview } from './tell.ts';

type Surroundings = Parameters<typeof readActionSettings>[0];

/** Runs the step; never throws. 0 fine, 1 the step is red. */
export async function runAction(
  from: Surroundings,
  write: (text: string) => void,
  signal: AbortSignal,
): Promise<number> {
  const log = actionLog(write);
  let settings: ActionSettings | undefined;
  try {
    settings = readActionSettings(from);
    log.mask(settings.inputs.token);
    log.line(`${TOOL.name} ${TOOL.version} for ${settings.repository}, event ${settings.eventName}`);
    return await runEvent(settings, log, signal);
  } catch (thrown) {
    log.endGroup();
    if (settings === undefined) return fail(thrown, log);
    if (thrown instanceof BotError && thrown.code === 'GITHUB_SUPERSEDED') {
      const why = 'The branch has moved on while this run looked at it. The run of the newest commit takes over.';
      await end(settings, log, why, 'superseded');
      return 0;
    }
    await writeSummary(settings.summaryFile, `## ${titleOf(thrown)}\n\n${asCode(messageOf(thrown))}`);
    await writeOutputs(settings.outputFile, { ...NO_OUTPUTS, conclusion: 'failure' });
    return fail(thrown, log);
  }
}

async function runEvent(settings: ActionSettings, log: ActionLog, signal: AbortSignal): Promise<number> {
  const plan = planOf(settings, JSON.parse(await readFile(settings.eventPath, 'utf8')));
  if (plan.kind === 'nothing') {
    await end(settings, log, plan.why, plan.conclusion);
    return 0;
  }
  // A pull request takes a handful of writes; a whole repository may take hundreds, and GitHub wants a second between them.
  const access = openAccess(settings, plan.kind === 'backfill', signal);
  const notes = branchNotes(access, settings.repository, (what) => log.line(`note: ${what}`));
  const parts: StepParts = { settings, access, notes, log, signal };
  if (plan.kind === 'command') return runCommented(plan, parts);
  if (plan.kind === 'backfill') return review(plan.job, parts);
  return reviewPull(plan.job, parts);
}

async function reviewPull(job: ReviewJob, parts: StepParts): Promise<number> {
  const { access, notes, settings, log } = parts;
  const repository = job.repository ?? '';
  const number = job.origin?.pullNumber ?? 0;
  const [isOurs, isLeft] = await onGitHub('looking at the pull request', async () => [
    await isOwnCommit(access, repository, job.headCommit ?? ''),
    await isSkipped(notes, repository, number),
  ]);
  if (isLeft) {
    await end(settings, log, 'Left alone, as somebody asked by /glb skip. /glb optimize changes that.', 'neutral');
    return 0;
  }
  if (isOurs) log.line('The head is our own commit: it is measured against the budgets, and nothing is written.');
  return review(job, parts, { isQuiet: isOurs });
}

async function runCommented(plan: Extract<ActionPlan, { kind: 'command' }>, parts: StepParts): Promise<number> {
  const { text, reviews } = await commandInStep(plan.command, parts);
  if (reviews.length === 0) {
    await end(parts.settings, parts.log, text, 'success');
    return 0;
  }
  parts.log.line(text);
  const codes: number[] = [];
  for (const { job, flags } of reviews) codes.push(await review(job, parts, { flags }));
  return Math.max(...codes);
}

async function review(job: ReviewJob, parts: StepParts, wish: ReviewWish = {}): Promise<number> {
  parts.log.group('Files');
  const done = await reviewInStep(job, parts, wish);
  const conclusion = await tellReview(done, parts);
  await done.keep();
  parts.log.line(`Conclusion: ${conclusion}`);
  return conclusion === 'failure' ? 1 : 0;
}

async function end(
  settings: ActionSettings,
  log: ActionLog,
  why: string,
  conclusion: 'success' | 'neutral' | 'superseded',
): Promise<void> {
  log.line(why);
  await writeSummary(settings.summaryFile, why);
  await writeOutputs(settings.outputFile, { ...NO_OUTPUTS, conclusion });
}

function fail(thrown: unknown, log: ActionLog): number {
  for (const message of messageOf(thrown).split('\n'))
    log.annotate('error', titleOf(thrown), message, placeOf(message));
  if (!(thrown instanceof BotError) && thrown instanceof Error) {
    for (const line of (thrown.stack ?? '').split('\n')) log.line(line);
  }
  return 1;
}

function titleOf(thrown: unknown): string {
  if (!(thrown instanceof BotError)) return 'GLB Optimizer failed';
  switch (thrown.code) {
    case 'USAGE':
      return 'Wrong input';
    case 'POLICY_INVALID':
      return 'The policy has an error';
    case 'GITHUB_REFUSED':
      return 'GitHub refuses';
    default:
      return 'GLB Optimizer failed';
  }
}

// `.github/glb-optimizer.yml:7:3 …`: the annotation stands at the line.
function placeOf(message: string) {
  const [, file, line, column] = /^(\.github\/glb-optimizer\.\w+):(\d+):(\d+)/.exec(message) ?? [];
  return file === undefined ? undefined : { file, line: Number(line), column: Number(column) };
}

// A code block that no message can end.
function asCode(text: string): string {
  return text
    .split('\n')
    .map((line) => `    ${clean(line, 1000)}`)
    .join('\n');
}
