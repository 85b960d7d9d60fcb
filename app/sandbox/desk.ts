/** Answers what a child asks while it reviews one asset: files beside it, and pictures, which the browser on this side draws. */
import {
  type AssetOptions,
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

/** A file, and how the files beside it are read once it names some. */
export interface ReadableGlb {
  readonly bytes: Bytes;
  readonly readSibling: AssetOptions['readSibling'];
}

/** What lies on the desk. */
export interface DeskFiles {
  readonly asset: ReadableGlb;
  readonly base?: Bytes | undefined;
  /** What `asset` is compared with, where that is known; else whatever the child makes of it. */
  readonly after?: ReadableGlb;
}

/** Open while one asset is under review. */
export interface Desk extends AsyncDisposable {
  answer(question: Question, parts: readonly Bytes[]): Promise<DeskAnswer>;
  /** The files with what was read for the child so far. */
  readonly asset: GlbFile;
  readonly after: GlbFile | undefined;
}

// A climb asks some thirty times. More is no climb, but somebody who wants to keep the browser for himself.
const MOST_QUESTIONS = 2000;

const NONE: GlbFile['siblings'] = new Map();

/** Opens the desk for an asset; `siblingLimitBytes` is what the files beside one model may have together. */
export function openDesk(files: DeskFiles, renderer: Renderer, siblingLimitBytes: number, signal: AbortSignal): Desk {
  const { base } = files;
  const read = { asset: new Map<string, Bytes>(), after: new Map<string, Bytes>() };
  const asset: GlbFile = { bytes: files.asset.bytes, siblings: read.asset };
  const after: GlbFile | undefined = files.after && { bytes: files.after.bytes, siblings: read.after };
  let studio: Studio | undefined;
  let latest: { readonly candidate: number; readonly file: GlbFile } | undefined;
  let questionCount = 0;
  let siblingByteLength = 0;

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
    if (after !== undefined) return after;
    if (sent !== undefined) latest = { candidate, file: { bytes: sent, siblings: asset.siblings } };
    if (latest?.candidate === candidate) return latest.file;
    throw new BotError('ANSWER_INVALID', 'the process in the sandbox asked about a file that it did not send.');
  };
  return {
    asset,
    after,
    async answer(question, parts) {
      if (++questionCount > MOST_QUESTIONS)
        throw new BotError('ANSWER_INVALID', 'the process in the sandbox asks without end.');
      switch (question.ask) {
        case 'sibling': {
          const found = await files[question.of]?.readSibling(question.uri);
          if (found?.kind !== 'bytes') return { value: found ?? { kind: 'missing' }, parts: [] };
          siblingByteLength += found.bytes.byteLength;
          // Of the asset and of what it is compared with.
          if (siblingByteLength > 2 * siblingLimitBytes)
            throw new BotError(
              'ANSWER_INVALID',
              'the process in the sandbox asks for more files than an asset may have.',
            );
          read[question.of].set(question.uri, found.bytes);
          return { value: null, parts: [found.bytes] };
        }
        case 'open': {
          await clear();
          const original = question.of === 'asset' ? asset : base && { bytes: base, siblings: NONE };
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
