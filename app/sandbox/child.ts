/** The inside of the wall: takes one task at a time, gives its answer, and holds nothing that is worth stealing. */
import {
  type Assignment,
  BotError,
  compareFiles,
  inProcessReviewer,
  inspectGlb,
  type Limits,
  loadCodecs,
  loadReviews,
  messageOf,
  type ReadSibling,
  withSiblings,
  writeAnswer,
} from '../../src/index.ts';
import { askingRenderer } from './asking-renderer.ts';
import type { Frame } from './frames.ts';
import { openOutside } from './outside.ts';
import type { Inward } from './protocol.ts';

type Bytes = Uint8Array<ArrayBuffer>;

// Who has no work by then waits for some: time to load what only some files need.
const IDLE_MS = 100;
let idle: NodeJS.Timeout | undefined;

const outside = openOutside((work, frame) => {
  clearTimeout(idle);
  workOff(work, frame).catch(confess);
});
/** What lies on the other side besides the asset itself. */
let base: Bytes | undefined;
let known: Bytes | undefined;
const renderer = askingRenderer(
  outside,
  ({ bytes }) => (bytes === base ? 'base' : 'asset'),
  ({ bytes }) => bytes === known,
);
const now = () => performance.now();
// Whoever wants us to stop ends the process.
const { signal } = new AbortController();
await loadReviews();
// What cannot be loaded is said by the file that needs it.
idle = setTimeout(() => void loadCodecs().catch(() => {}), IDLE_MS);
outside.tell({ kind: 'ready' });

async function workOff(work: Exclude<Inward, { kind: 'answer' | 'refusal' }>, { parts }: Frame): Promise<void> {
  const [bytes = new Uint8Array(), second] = parts;
  const { limits } = work;
  switch (work.kind) {
    case 'inspect': {
      const { siblings } = await withSiblings(bytes, readSiblingOf('asset'), limits);
      return outside.tell({ kind: 'inspected', inspection: await inspectGlb(bytes, siblings, limits) });
    }
    case 'compare': {
      known = second ?? new Uint8Array();
      const before = await withSiblings(bytes, readSiblingOf('asset'), limits);
      const after = { ...(await withSiblings(known, readSiblingOf('after'), limits)), path: work.path };
      const { flags } = work;
      const compared = await compareFiles({ before, after }, { renderer, now, limits }, { flags, signal });
      const { report, pictures } = await writeAnswer(compared);
      return outside.tell({ kind: 'compared', report }, pictures);
    }
    case 'review':
      base = second;
      return review({ ...work.assignment, bytes, ...(base && { base }) }, limits);
  }
}

async function review(assignment: Assignment, limits: Limits): Promise<void> {
  const reviewer = inProcessReviewer({ renderer, now, limits });
  const reviewed = await reviewer.review(assignment, {
    readSibling: readSiblingOf('asset'),
    onStage: (stage, detail) => {
      if (stage !== 'reading' && stage !== 'done')
        outside.tell({ kind: 'stage', stage, detail: detail.slice(0, 1000) });
    },
    signal,
  });
  const { report, output, isProposed, pictures, changePicture } = await writeAnswer(reviewed);
  const [hasOutput, hasChangePicture] = [output !== null, changePicture !== null];
  const parts = [output, ...pictures, changePicture].filter((part) => part !== null);
  outside.tell({ kind: 'reviewed', report, hasOutput, isProposed, hasChangePicture }, parts);
}

function readSiblingOf(of: 'asset' | 'after') {
  return async (uri: string): Promise<ReadSibling> => {
    const { value, parts } = await outside.ask({ ask: 'sibling', of, uri });
    const [bytes] = parts;
    return bytes === undefined ? (value as ReadSibling) : { kind: 'bytes', bytes };
  };
}

function confess(thrown: unknown): void {
  const isOutOfMemory = thrown instanceof RangeError && /alloc|memory/i.test(thrown.message);
  const isAboutFile =
    thrown instanceof BotError && (thrown.code === 'ASSET_REFUSED' || thrown.code === 'FILE_UNREADABLE');
  const at = isAboutFile ? (thrown.detail.at ?? null) : null;
  const whole = messageOf(thrown);
  // The other side puts the place in front again.
  const message = (at === null ? whole : whole.slice(at.length + 2)).slice(0, 10_000);
  const code = isAboutFile ? (thrown.code as 'ASSET_REFUSED' | 'FILE_UNREADABLE') : 'INTERNAL';
  outside.tell({ kind: 'threw', code, at: at?.slice(0, 1000) ?? null, message, isOutOfMemory });
}
