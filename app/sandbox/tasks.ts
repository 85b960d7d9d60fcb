/** What a child is asked to do, and what is made of its answer. */
import {
  type Assignment,
  BotError,
  type GlbFile,
  type Inspection,
  type Limits,
  type ReviewedAsset,
  type RuleFlags,
  readAnswer,
  readComparison,
  readInspection,
  stoppedAsset,
} from '../../src/index.ts';
import type { Ending, Task } from './cell.ts';
import type { Desk } from './desk.ts';

/** An ending that is an answer. */
export type Finished = Exclude<Ending, { kind: 'died' }>;

/** Who hears of a task, and who answers what it asks. */
type TaskEnds = Pick<Task, 'answer' | 'onStage' | 'signal'>;

/** To review an asset. */
export function reviewTask({ bytes, base, ...assignment }: Assignment, limits: Limits, ends: TaskEnds): Task {
  const parts = base ? [bytes, base] : [bytes];
  return { message: { kind: 'review', assignment, limits }, parts, ...ends };
}

/** To inspect a file. */
export function inspectTask({ bytes }: GlbFile, limits: Limits, ends: TaskEnds): Task {
  return { message: { kind: 'inspect', limits }, parts: [bytes], ...ends };
}

/** To compare two files. */
export function compareTask(files: ComparedFiles, flags: RuleFlags, limits: Limits, ends: TaskEnds): Task {
  const { before, after } = files;
  return { message: { kind: 'compare', path: after.path, flags, limits }, parts: [before.bytes, after.bytes], ...ends };
}

/** The review that an ending gives. */
export function reviewedOf(ending: Finished, assignment: Assignment, { asset }: Desk): ReviewedAsset {
  if (ending.kind === 'stopped') return stoppedAsset(assignment.asset, assignment.bytes.byteLength, ending);
  const { message, parts } = ending;
  if (message.kind === 'threw' && message.isOutOfMemory) {
    const why = 'Processing the file takes more memory than there is.';
    return stoppedAsset(assignment.asset, assignment.bytes.byteLength, { code: 'LIMIT_MEMORY', why });
  }
  if (message.kind !== 'reviewed') throw unexpected(message, 'a review');
  const { report, isProposed, hasOutput, hasChangePicture } = message;
  const pictures = [...parts];
  const output = hasOutput ? (pictures.shift() ?? null) : null;
  const changePicture = hasChangePicture ? (pictures.pop() ?? null) : null;
  return readAnswer({ report, output, isProposed, pictures, changePicture }, assignment, asset.siblings);
}

/** The inspection that an ending gives. */
export function inspectionOf(ending: Finished): Inspection {
  if (ending.kind === 'stopped') throw new BotError('ASSET_REFUSED', ending.why);
  if (ending.message.kind !== 'inspected') throw unexpected(ending.message, 'an inspection');
  return readInspection(ending.message.inspection);
}

/** Two files, of which the report calls the second by its path. */
export interface ComparedFiles {
  readonly before: GlbFile;
  readonly after: GlbFile & { readonly path: string };
}

/** The comparison that an ending gives. */
export function comparedOf(ending: Finished, files: ComparedFiles): ReviewedAsset {
  if (ending.kind === 'stopped') throw new BotError('ASSET_REFUSED', ending.why);
  const { message, parts } = ending;
  if (message.kind !== 'compared') throw unexpected(message, 'a comparison');
  return readComparison({ report: message.report, pictures: parts }, files);
}

function unexpected(message: Extract<Finished, { kind: 'said' }>['message'], expected: string): BotError {
  if (message.kind !== 'threw') return new BotError('ANSWER_INVALID', `a ${message.kind} in place of ${expected}.`);
  return new BotError(message.code, message.message, message.at === null ? {} : { at: message.at });
}
