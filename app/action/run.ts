/** One step from its event to its exit code. */
import { readFile } from 'node:fs/promises';
import { BotError, messageOf, TOOL } from '../../src/index.ts';
import { type ActionSettings, readActionSettings } from '../settings/action.ts';
import { type ActionLog, actionLog } from './log.ts';
import { NO_OUTPUTS, writeOutputs, writeSummary } from './runner-files.ts';

type Surroundings = Parameters<typeof readActionSettings>[0];

/** Runs the step; never throws. 0 fine, 1 the step is red. */
export async function runAction(
  from: Surroundings,
  write: (text: string) => void,
  signal: AbortSignal,
): Promise<number> {
  const log = actionLog(write);
  try {
    const settings = readActionSettings(from);
    log.mask(settings.inputs.token);
    log.line(`${TOOL.name} ${TOOL.version} for ${settings.repository}, event ${settings.eventName}`);
    return await runEvent(settings, log, signal);
  } catch (thrown) {
    log.endGroup();
    for (const message of messageOf(thrown).split('\n')) log.annotate('error', titleOf(thrown), message);
    if (!(thrown instanceof BotError) && thrown instanceof Error) {
      for (const line of (thrown.stack ?? '').split('\n')) log.line(line);
    }
    return 1;
  }
}

function titleOf(thrown: unknown): string {
  if (!(thrown instanceof BotError)) return 'GLB Optimizer failed';
  return thrown.code === 'USAGE' ? 'Wrong input' : thrown.code === 'POLICY_INVALID' ? 'Invalid policy' : thrown.code;
}

async function runEvent(settings: ActionSettings, log: ActionLog, _signal: AbortSignal): Promise<number> {
  if (settings.eventName === 'merge_group') {
    // [docs: managing a merge queue] A required check that does not answer here holds the queue; all was checked before.
    log.line('A merge queue asks: every pull request in it was checked before it came here.');
    await writeSummary(settings.summaryFile, 'Nothing to do in a merge queue: its pull requests were checked before.');
    await writeOutputs(settings.outputFile, { ...NO_OUTPUTS, conclusion: 'success' });
    return 0;
  }
  JSON.parse(await readFile(settings.eventPath, 'utf8'));
  throw new BotError('USAGE', `the event ${settings.eventName} is not one of ours.`);
}
