/** Answers what a child asks while it reviews one asset: files beside it, and pictures, which the browser on this side draws. */
import {
  type AssetOptions,
  type Assignment,
  BotError,
  type GlbFile,
  type NotRendered,
  type Renderer,
  type Studio,
} from '../../src/index.ts';
import type { Question } from './protocol.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/** What goes back: plain data, and bytes. */
export interface DeskAnswer {
  readonly value: unknown;
  readonly parts: readonly Bytes[];
}

/** Open while one asset is under review. */
export interface Desk extends AsyncDisposable {
  answer(question: Question, parts: readonly Bytes[]): Promise<DeskAnswer>;
  /** What was read for the child so far, by uri. */
  readonly siblings: GlbFile['siblings'];
}

// A climb asks some thirty times. More is no climb, but somebody who wants to keep the browser for himself.
const MOST_QUESTIONS = 2000;

const NONE: GlbFile['siblings'] = new Map();

/** Opens the desk for an asset. */
export function openDesk(
  { bytes, base }: Pick<Assignment, 'bytes' | 'base'>,
  renderer: Renderer,
  { readSibling, signal }: Pick<AssetOptions, 'readSibling' | 'signal'>,
): Desk {
  const siblings = new Map<string, Bytes>();
  let studio: Studio | undefined;
  let latest: { readonly candidate: number; readonly file: GlbFile } | undefined;
  let questionCount = 0;

  const clear = async () => {
    const open = studio;
    studio = undefined;
    latest = undefined;
    await open?.[Symbol.asyncDispose]();
  };
  const onTable = (): Studio => {
    if (studio !== undefined) return studio;
    throw new BotError('ANSWER_INVALID', 'the process in the sandbox asked for a picture of nothing.');
  };
  const presented = (candidate: number, [sent]: readonly Bytes[]): GlbFile => {
    if (sent !== undefined) latest = { candidate, file: { bytes: sent, siblings } };
    if (latest?.candidate === candidate) return latest.file;
    throw new BotError('ANSWER_INVALID', 'the process in the sandbox asked about a file that it did not send.');
  };
  return {
    siblings,
    async answer(question, parts) {
      if (++questionCount > MOST_QUESTIONS)
        throw new BotError('ANSWER_INVALID', 'the process in the sandbox asks without end.');
      switch (question.ask) {
        case 'sibling': {
          const read = await readSibling(question.uri);
          if (read.kind !== 'bytes') return { value: read, parts: [] };
          siblings.set(question.uri, read.bytes);
          return { value: null, parts: [read.bytes] };
        }
        case 'open': {
          await clear();
          const original = question.of === 'asset' ? { bytes, siblings } : base && { bytes: base, siblings: NONE };
          if (original === undefined) throw new BotError('ANSWER_INVALID', 'the process asked for a base that is not.');
          const opened: Studio | NotRendered = await renderer.open(original, signal);
          if ('kind' in opened) return { value: opened, parts: [] };
          studio = opened;
          return { value: null, parts: [] };
        }
        case 'compare': {
          const value = await onTable().compare(presented(question.candidate, parts), question.sizePx);
          return { value, parts: [] };
        }
        case 'pictures': {
          const drawn = await onTable().pictures(presented(question.candidate, parts), question.labels);
          return 'kind' in drawn
            ? { value: drawn, parts: [] }
            : { value: null, parts: [drawn.comparison, drawn.sheet] };
        }
        case 'clear': {
          await clear();
          return { value: null, parts: [] };
        }
      }
    },
    [Symbol.asyncDispose]: clear,
  };
}
