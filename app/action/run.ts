/** One step from its event to its exit code. */
import { readFile } from 'node:fs/promises';
import { BotError, clean, messageOf, type ReviewJob, TOOL } from '../../src/index.ts';
import { type ActionSettings, readActionSettings } from '../settings/action.ts';
import { planOf } from './event.ts';
import { type ActionLog, actionLog } from './log.ts';
import { isOwnCommit } from './own-commit.ts';
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
  const parts: StepParts = { settings, access, log, signal };
  if (plan.kind === 'command') throw new BotError('INTERNAL', 'commands are not there yet.');
  if (plan.kind === 'backfill') return review(plan.job, parts);
  if (!(await isOwnCommit(access, plan.job))) return review(plan.job, parts);
  log.line('The head is our own commit: it is measured against the budgets, and nothing is written.');
  return review(plan.job, parts, { isQuiet: true });
}

async function review(job: ReviewJob, parts: StepParts, wish: ReviewWish = {}): Promise<number> {
  parts.log.group('Files');
  const done = await reviewInStep(job, parts, wish);
  const conclusion = await tellReview(done, parts);
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
