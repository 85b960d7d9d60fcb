/** The inside of the wall: takes one asset at a time, gives its answer, and holds nothing that is worth stealing. */
import {
  type Assignment,
  inProcessReviewer,
  inspectGlb,
  type Limits,
  messageOf,
  type ReadSibling,
  writeAnswer,
} from '../../src/index.ts';
import { askingRenderer } from './asking-renderer.ts';
import type { Frame } from './frames.ts';
import { openOutside } from './outside.ts';
import type { Inward } from './protocol.ts';

const outside = openOutside((work, frame) => void workOff(work, frame).catch(confess));
let base: Uint8Array<ArrayBuffer> | undefined;
const renderer = askingRenderer(outside, ({ bytes }) => (bytes === base ? 'base' : 'asset'));
outside.tell({ kind: 'ready' });

async function workOff(work: Exclude<Inward, { kind: 'answer' | 'refusal' }>, { parts }: Frame): Promise<void> {
  const [bytes = new Uint8Array(), ...rest] = parts;
  if (work.kind === 'inspect') {
    const siblings = new Map(work.uris.map((uri, place) => [uri, rest[place] ?? new Uint8Array()]));
    outside.tell({ kind: 'inspected', inspection: await inspectGlb(bytes, siblings, work.limits) });
    return;
  }
  [base] = rest;
  await review({ ...work.assignment, bytes, ...(base && { base }) }, work.limits);
}

async function review(assignment: Assignment, limits: Limits): Promise<void> {
  const reviewer = inProcessReviewer({ renderer, now: () => performance.now(), limits });
  const reviewed = await reviewer.review(assignment, {
    readSibling,
    onStage: (stage, detail) => {
      if (stage !== 'reading' && stage !== 'done')
        outside.tell({ kind: 'stage', stage, detail: detail.slice(0, 1000) });
    },
    // Whoever wants us to stop ends the process.
    signal: new AbortController().signal,
  });
  const { report, output, isProposed, pictures, changePicture } = await writeAnswer(reviewed);
  const [hasOutput, hasChangePicture] = [output !== null, changePicture !== null];
  const parts = [output, ...pictures, changePicture].filter((part) => part !== null);
  outside.tell({ kind: 'reviewed', report, hasOutput, isProposed, hasChangePicture }, parts);
}

async function readSibling(uri: string): Promise<ReadSibling> {
  const { value, parts } = await outside.ask({ ask: 'sibling', uri });
  const [bytes] = parts;
  return bytes === undefined ? (value as ReadSibling) : { kind: 'bytes', bytes };
}

function confess(thrown: unknown): void {
  const isOutOfMemory = thrown instanceof RangeError && /alloc|memory/i.test(thrown.message);
  outside.tell({ kind: 'threw', message: messageOf(thrown).slice(0, 10_000), isOutOfMemory });
}
