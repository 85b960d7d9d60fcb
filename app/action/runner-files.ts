/** What the runner reads after the step: outputs and the summary of the job. */
import { randomUUID } from 'node:crypto';
import { appendFile } from 'node:fs/promises';
import { ACTION_OUTPUTS, type ActionOutputName } from '../settings/action.ts';

/** Every output, as text. */
export type ActionOutputs = { readonly [K in ActionOutputName]: string };

/** What the outputs are when nothing was done. */
export const NO_OUTPUTS: ActionOutputs = Object.freeze({
  'saved-bytes': '0',
  'saved-percent': '0',
  'optimized-count': '0',
  report: '',
  markdown: '',
  'comment-url': '',
  'commit-sha': '',
  conclusion: 'neutral',
});

// [docs: workflow-commands] 1 MiB for a step; a summary over it is thrown away whole.
const SUMMARY_LIMIT_BYTES = 1024 * 1024;

/** Appends all outputs to the runner's file; without one, nothing reads them. */
export async function writeOutputs(file: string | undefined, outputs: ActionOutputs): Promise<void> {
  if (file === undefined) return;
  const entries = Object.keys(ACTION_OUTPUTS) as ActionOutputName[];
  await appendFile(file, entries.map((name) => entry(name, outputs[name])).join(''));
}

/** [actions/toolkit packages/core/src/file-command.ts] A value ends at its delimiter, which no value can guess. */
function entry(name: string, value: string): string {
  const delimiter = `ghadelimiter_${randomUUID()}`;
  return `${name}<<${delimiter}\n${value}\n${delimiter}\n`;
}

/** Appends to the job's summary, cut at a line so that it stays within what a step may write. */
export async function writeSummary(file: string | undefined, markdown: string): Promise<void> {
  if (file === undefined) return;
  await appendFile(file, `${cutToBytes(markdown, SUMMARY_LIMIT_BYTES - 1024)}\n`);
}

/** The text, or as many of its lines as fit, with a note. */
export function cutToBytes(text: string, limitBytes: number): string {
  const note = '\n\n> Cut here: a summary holds 1 MiB.';
  if (Buffer.byteLength(text) <= limitBytes) return text;
  const lines = text.split('\n');
  let byteLength = Buffer.byteLength(note);
  const kept = lines.findIndex((line) => {
    byteLength += Buffer.byteLength(line) + 1;
    return byteLength > limitBytes;
  });
  return lines.slice(0, kept).join('\n') + note;
}
