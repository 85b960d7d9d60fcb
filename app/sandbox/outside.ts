/** The outside as the child sees it: it can be told things and asked things, by messages on one descriptor. */
import { Socket } from 'node:net';
import { type Frame, readFrames, writeFrame } from './frames.ts';
import type { Asked, Inward, Outward } from './protocol.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/** The other side of the wall. */
export interface Outside {
  tell(message: Outward, parts?: readonly Bytes[]): void;
  ask(
    question: Asked,
    parts?: readonly Bytes[],
  ): Promise<{ readonly value: unknown; readonly parts: readonly Bytes[] }>;
}

/** Where the other side put our end. */
const DESCRIPTOR = 3;

// What comes from outside is ours; these only keep a mistake from growing.
const LIMITS = { headByteLength: 2 ** 28, partsByteLength: 2 ** 40, partCount: 2 ** 20 };

/** Opens the conversation; `onWork` gets what is to be done. Ends the process when the other side is gone. */
export function openOutside(
  onWork: (work: Exclude<Inward, { kind: 'answer' | 'refusal' }>, frame: Frame) => void,
): Outside {
  const socket = new Socket({ fd: DESCRIPTOR });
  const waiting = new Map<number, PromiseWithResolvers<{ value: unknown; parts: readonly Bytes[] }>>();
  let asked = 0;
  socket.on('error', () => process.exit(1));
  socket.on('close', () => process.exit(0));
  const onFrame = (frame: Frame) => {
    const message = frame.head as Inward;
    if (message.kind === 'answer') waiting.get(message.id)?.resolve({ value: message.value, parts: frame.parts });
    else if (message.kind === 'refusal') waiting.get(message.id)?.reject(new Error(message.message));
    else return onWork(message, frame);
    waiting.delete(message.id);
  };
  readFrames(socket, LIMITS, onFrame, () => process.exit(1));
  const tell = (head: Outward, parts: readonly Bytes[] = []) => writeFrame(socket, { head, parts });
  return {
    tell,
    ask(question, parts) {
      const answer = Promise.withResolvers<{ value: unknown; parts: readonly Bytes[] }>();
      const id = asked++;
      waiting.set(id, answer);
      tell({ kind: 'ask', id, ...question }, parts);
      return answer.promise;
    },
  };
}
