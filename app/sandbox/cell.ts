/** One child process behind the wall, as seen from outside: started, given work, watched, killed. */
import { rmSync } from 'node:fs';
import { Duplex } from 'node:stream';
import { BotError, messageOf } from '../../src/index.ts';
import { type Frame, readFrames, writeFrame } from './frames.ts';
import { bury, connectionOf, type Launched } from './launch.ts';
import { type Inward, type Outward, outwardSchema, type Question } from './protocol.ts';
import { childOf } from './usage.ts';
import { type SandboxLimits, type Stop, watch } from './watch.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/** How a task ended. `said` is what the child says last: it may be a lie. */
export type Ending =
  | { readonly kind: 'said'; readonly message: Outward; readonly parts: readonly Bytes[] }
  | ({ readonly kind: 'stopped' } & Stop)
  | { readonly kind: 'died'; readonly why: string };

/** One piece of work. */
export interface Task {
  readonly message: Inward;
  readonly parts: readonly Bytes[];
  readonly onStage: (stage: 'inspecting' | 'optimizing' | 'comparing' | 'picturing', detail: string) => void;
  readonly answer: (question: Question, parts: readonly Bytes[]) => Promise<Pick<Frame, 'parts'> & { value: unknown }>;
  readonly signal: AbortSignal;
}

/** A running child process. */
export interface Cell {
  /** Of the process that works, as this side sees it. */
  readonly pid: number;
  /** Tasks that it was given. */
  readonly taskCount: number;
  /** Once at a time. Throws when it is aborted, and the process is gone then. */
  run(task: Task): Promise<Ending>;
  /** Kills the process and removes its folder. */
  close(): Promise<void>;
  /** The same at once, for when this process is ending. */
  abandon(): void;
}

const START_TIMEOUT_MS = 60_000;
// Findings of the validator may be many: 100,000 of 300 bytes.
const HEAD_LIMIT_BYTES = 64 * 1024 * 1024;
const OUTER_PATIENCE_MS = 1000;
const STDERR_KEPT_CHARS = 4000;
const OUT_OF_MEMORY = /out of memory|heap limit|bad_alloc|allocation fail|Cannot allocate/i;

/** Opens the conversation with a process; it is given when it is ready to work. */
export async function openCell(
  launched: Launched,
  limits: SandboxLimits & { readonly answerByteLength: number },
): Promise<Cell> {
  const { child, walls } = launched;
  let talk: Conversation | undefined;
  try {
    talk = new Conversation(launched, limits.answerByteLength);
    await talk.ready();
    const pid = walls.isIsolated ? await childOf(child.pid ?? 0) : child.pid;
    if (pid === undefined) throw failed('it cannot be watched');
    return talk.asCell(pid, limits);
  } catch (thrown) {
    await (talk === undefined ? bury(launched) : talk.close());
    throw thrown;
  }
}

/** A class because it is opened and closed: it owns a process and a folder. */
class Conversation {
  readonly #launched: Launched;
  readonly #stream: Duplex;
  #stderr = '';
  #innerPid: number | undefined;
  #onMessage: (message: Outward, parts: readonly Bytes[]) => void = () => {};
  #onFault: (why: string) => void = () => {};
  #ready = Promise.withResolvers<void>();

  constructor(launched: Launched, answerByteLength: number) {
    this.#launched = launched;
    const { child } = launched;
    const stream = connectionOf(child);
    if (!(stream instanceof Duplex)) throw failed('it has no connection');
    this.#stream = stream;
    stream.on('error', () => {});
    child.stderr?.on('data', (chunk: Buffer) => {
      this.#stderr = (this.#stderr + chunk.toString('utf8')).slice(-STDERR_KEPT_CHARS);
    });
    const limits = { headByteLength: HEAD_LIMIT_BYTES, partsByteLength: answerByteLength, partCount: 8 };
    readFrames(
      stream,
      limits,
      (frame) => this.#take(frame),
      (fault) => this.#fault(fault),
    );
  }

  async ready(): Promise<void> {
    const end = new AbortController();
    const late = new Promise<never>((_, reject) => {
      const timer = setTimeout(() => reject(failed('it did not start in time')), START_TIMEOUT_MS);
      end.signal.addEventListener('abort', () => clearTimeout(timer));
    });
    const died = this.#launched.ended.then((why) =>
      Promise.reject(failed(`${why}. ${this.#stderr.trim().slice(-500)}`)),
    );
    try {
      await Promise.race([this.#ready.promise, late, died]);
    } finally {
      end.abort();
    }
  }

  #take(frame: Frame): void {
    const parsed = outwardSchema.safeParse(frame.head);
    if (!parsed.success) this.#fault(new BotError('ANSWER_INVALID', parsed.error.issues[0]?.message ?? 'nonsense'));
    else if (parsed.data.kind === 'ready') this.#ready.resolve();
    else this.#onMessage(parsed.data, frame.parts);
  }

  #fault(fault: BotError): void {
    this.#onFault(fault.message);
    this.kill();
  }

  /** The inner process first, so that the outer one buries it: an orphan may stay a zombie where init is no init. */
  kill(): void {
    const { child } = this.#launched;
    if (child.exitCode !== null || child.signalCode !== null) return;
    try {
      if (this.#innerPid !== undefined) process.kill(this.#innerPid, 'SIGKILL');
    } catch {}
    if (this.#innerPid === undefined) child.kill('SIGKILL');
    else setTimeout(() => child.kill('SIGKILL'), OUTER_PATIENCE_MS).unref();
  }

  async close(): Promise<void> {
    this.kill();
    await bury(this.#launched);
  }

  asCell(pid: number, limits: SandboxLimits): Cell {
    if (pid !== this.#launched.child.pid) this.#innerPid = pid;
    let taskCount = 0;
    return {
      pid,
      get taskCount() {
        return taskCount;
      },
      run: async (task) => {
        taskCount++;
        return this.#run(task, pid, limits);
      },
      close: () => this.close(),
      abandon: () => {
        this.kill();
        rmSync(this.#launched.folder, { recursive: true, force: true });
      },
    };
  }

  async #run(task: Task, pid: number, limits: SandboxLimits): Promise<Ending> {
    task.signal.throwIfAborted();
    const end = Promise.withResolvers<Ending>();
    let askedCount = 0;
    const watched = watch(
      pid,
      limits,
      () => askedCount > 0,
      (stop) => {
        end.resolve({ kind: 'stopped', ...stop });
        this.kill();
      },
    );
    const stop = () => this.kill();
    task.signal.addEventListener('abort', stop, { once: true });
    this.#onFault = (why) => end.resolve({ kind: 'died', why });
    this.#launched.ended.then((why) => end.resolve(this.#deathOf(why)));
    this.#onMessage = (message, parts) => {
      if (message.kind === 'stage') task.onStage(message.stage, message.detail);
      else if (message.kind !== 'ask') end.resolve({ kind: 'said', message, parts });
      else {
        askedCount++;
        void this.#answer(task, message, parts).finally(() => askedCount--);
      }
    };
    writeFrame(this.#stream, { head: task.message, parts: task.parts });
    try {
      const ending = await end.promise;
      task.signal.throwIfAborted();
      return ending;
    } finally {
      watched.end();
      task.signal.removeEventListener('abort', stop);
      this.#onMessage = () => {};
      this.#onFault = () => {};
    }
  }

  async #answer(task: Task, question: Question, sent: readonly Bytes[]): Promise<void> {
    const reply = (head: Inward, parts: readonly Bytes[] = []) => writeFrame(this.#stream, { head, parts });
    try {
      const { value, parts } = await task.answer(question, sent);
      reply({ kind: 'answer', id: question.id, value }, parts);
    } catch (thrown) {
      reply({ kind: 'refusal', id: question.id, message: messageOf(thrown) });
    }
  }

  #deathOf(why: string): Ending {
    if (!OUT_OF_MEMORY.test(this.#stderr)) return { kind: 'died', why };
    return { kind: 'stopped', code: 'LIMIT_MEMORY', why: 'Processing the file took more memory than there is.' };
  }
}

function failed(why: string): BotError {
  return new BotError('SANDBOX_FAILED', `the process for an asset failed: ${why}`);
}
