/** Child processes for assets: warm ones wait, none serves two masters, and no death inside is a death outside. */
import {
  type AssetReviewer,
  BotError,
  type GlbFile,
  type Inspection,
  LIMITS,
  type Limits,
  type Renderer,
  type ReviewedAsset,
  type RuleFlags,
} from '../../src/index.ts';
import type { Ahead } from './ahead.ts';
import { type Cell, openCell, type Task } from './cell.ts';
import { type Desk, type DeskFiles, openDesk, type ReadableGlb } from './desk.ts';
import { CHILD_PATH, launch } from './launch.ts';
import { comparedOf, compareTask, type Finished, inspectionOf, inspectTask, reviewedOf, reviewTask } from './tasks.ts';
import { type Walls, wallsFor } from './walls.ts';
import { limitsOf, type SandboxLimits } from './watch.ts';

/** How the sandbox works; all have defaults. */
export interface SandboxOptions {
  readonly limits?: Partial<SandboxLimits>;
  /** What a file may claim. Its memory limit is the process's, too, unless `limits` has another. */
  readonly fileLimits?: Limits;
  /** Processes that wait for work, so that nobody waits for them. */
  readonly spareCount?: number;
  /** Tasks that will be under way at once, where that is known: a spare beyond them would wait for nothing. */
  readonly mostAtOnce?: number;
  /** When the first of them are started; whoever opens the sandbox may have something better to do at once. */
  readonly sparesAfterMs?: number;
  /** The child's program, where it does not lie beside this one. */
  readonly childPath?: string;
  /** A process with the same limits that is under way already: the first one. */
  readonly ahead?: Ahead;
}

/** Processes behind a wall. Close it. */
export interface Sandbox {
  /** A reviewer for one review: its processes see the assets of no other. Close it with the review. */
  openReviewer(renderer: Renderer): AssetReviewer;
  /** Stats and findings of one file, and the file with those beside it that it names. */
  inspect(file: ReadableGlb, signal: AbortSignal): Promise<{ readonly inspection: Inspection; readonly file: GlbFile }>;
  /** Two files side by side, as `compareFiles` does it. Throws `ASSET_REFUSED` when one cannot be opened. */
  compare(
    files: { readonly before: ReadableGlb; readonly after: ReadableGlb & { readonly path: string } },
    renderer: Renderer,
    options: { readonly flags: RuleFlags; readonly signal: AbortSignal },
  ): Promise<ReviewedAsset>;
  /** What stands around the processes on this machine. */
  walls(): Promise<Walls>;
  /** Of the processes that run now. */
  pids(): readonly number[];
  close(): Promise<void>;
}

const MIB = 2 ** 20;
const PICTURES_BYTES = 64 * MIB;

/** Opens the sandbox, and starts its spare processes. */
export function openSandbox(options: SandboxOptions = {}): Sandbox {
  const { spareCount = 1, sparesAfterMs = 0, childPath = CHILD_PATH, fileLimits = LIMITS, ahead } = options;
  const { mostAtOnce = Number.POSITIVE_INFINITY } = options;
  const limits = {
    // A candidate may be larger than its source, and an answer holds two pictures besides.
    answerByteLength: fileLimits.byteLength + Math.max(fileLimits.byteLength, PICTURES_BYTES),
    ...limitsOf(fileLimits, options.limits),
  };
  const walls = ahead?.walls ?? wallsFor(limits);
  const cells = new Set<Cell>();
  const spares: Promise<Cell>[] = [];
  /** Processes that were started and are not gone. */
  let aliveCount = 0;
  let isClosed = false;

  const start = async (): Promise<Cell> => {
    aliveCount++;
    const launched = ahead?.take() ?? walls.then((found) => launch(found, limits, childPath));
    const cell = await launched
      .then((process) => openCell(process, limits))
      .catch((thrown: unknown) => {
        aliveCount--;
        throw thrown;
      });
    cells.add(cell);
    if (!isClosed) return cell;
    await end(cell);
    throw new BotError('SANDBOX_FAILED', 'the sandbox is closed.');
  };
  const end = async (cell: Cell): Promise<void> => {
    await cell.close();
    if (cells.delete(cell)) aliveCount--;
  };
  const refill = (): void => {
    while (!isClosed && spares.length < spareCount && aliveCount < mostAtOnce) {
      const spare = start();
      // Whoever takes it hears of it.
      spare.catch(() => {});
      spares.push(spare);
    }
  };
  const take = async (): Promise<Cell> => {
    if (isClosed) throw new BotError('SANDBOX_FAILED', 'the sandbox is closed.');
    const cell = spares.shift() ?? start();
    refill();
    // A spare may have failed or died while nobody looked.
    return cell.catch(start);
  };
  const warming = setTimeout(refill, sparesAfterMs).unref();
  // Whoever leaves without closing still leaves nothing behind.
  const abandon = (): void => {
    for (const cell of cells) cell.abandon();
  };
  process.once('exit', abandon);

  /** Runs a task over these files, once more in a fresh process when the first one dies or gives nonsense. */
  const run = async <T>(
    seat: Seat,
    files: DeskFiles,
    renderer: Renderer,
    { signal, onStage = () => {} }: Pick<Task, 'signal'> & Partial<Task>,
    taskOf: (desk: Desk, ends: Pick<Task, 'answer' | 'onStage' | 'signal'>) => Task,
    read: (ending: Finished, desk: Desk) => T,
  ): Promise<T> => {
    for (let attempt = 1; ; attempt++) {
      const cell = attempt === 1 ? await seat.borrow() : await take();
      const isUsed = cell.taskCount > 0;
      let isHealthy = false;
      try {
        await using desk = openDesk(files, renderer, fileLimits.byteLength, signal);
        const ending = await cell.run(taskOf(desk, { answer: desk.answer, onStage, signal }));
        if (ending.kind === 'died')
          throw new BotError('SANDBOX_FAILED', `the process for the asset died: ${ending.why}`);
        // What others left in its memory is not this asset's fault.
        if (ending.kind === 'stopped' && ending.code === 'LIMIT_MEMORY' && isUsed && attempt === 1) continue;
        const answer = read(ending, desk);
        isHealthy = ending.kind === 'said';
        return answer;
      } catch (thrown) {
        if (attempt > 1 || !(thrown instanceof BotError) || !RETRIED.has(thrown.code)) throw thrown;
      } finally {
        if (isHealthy) seat.giveBack(cell);
        else await end(cell);
      }
    }
  };
  // For one task, and nobody after it.
  const once: Seat = { borrow: take, giveBack: (cell) => void end(cell) };

  return {
    openReviewer(renderer) {
      const idle: Cell[] = [];
      let isReviewerClosed = false;
      const giveBack = (cell: Cell): void => {
        if (isReviewerClosed || cell.taskCount >= TASKS_PER_CELL) void end(cell);
        else idle.push(cell);
      };
      return {
        review: (assignment, { readSibling, ...ends }) =>
          run(
            { borrow: async () => idle.pop() ?? (await take()), giveBack },
            { asset: { bytes: assignment.bytes, readSibling }, base: assignment.base },
            renderer,
            ends,
            (_desk, asked) => reviewTask(assignment, fileLimits, asked),
            (ending, desk) => reviewedOf(ending, assignment, desk),
          ),
        async close() {
          isReviewerClosed = true;
          await Promise.all(idle.splice(0).map(end));
        },
      };
    },
    inspect: (asset, signal) =>
      run(
        once,
        { asset },
        NOBODY,
        { signal },
        (desk, ends) => inspectTask(desk.asset, fileLimits, ends),
        (ending, desk) => ({ inspection: inspectionOf(ending), file: desk.asset }),
      ),
    compare({ before, after }, renderer, { flags, signal }) {
      const filesOf = (desk: Desk) => ({
        before: desk.asset,
        after: { bytes: after.bytes, siblings: new Map(), ...desk.after, path: after.path },
      });
      return run(
        once,
        { asset: before, after },
        renderer,
        { signal },
        (desk, ends) => compareTask(filesOf(desk), flags, fileLimits, ends),
        (ending, desk) => comparedOf(ending, filesOf(desk)),
      );
    },
    walls: () => walls,
    pids: () => [...cells].map(({ pid }) => pid),
    async close() {
      isClosed = true;
      clearTimeout(warming);
      process.off('exit', abandon);
      await Promise.all(spares.splice(0).map((spare) => spare.then(end, () => {})));
      await Promise.all([...cells].map(end));
    },
  };
}

const RETRIED: ReadonlySet<string> = new Set(['SANDBOX_FAILED', 'ANSWER_INVALID', 'REPORT_INVALID']);
/** A process is replaced after so many assets, so that a leak in a codec never grows large. */
const TASKS_PER_CELL = 200;

/** Where the process of a task comes from, and where it goes when it is still sound. */
interface Seat {
  readonly borrow: () => Promise<Cell>;
  readonly giveBack: (cell: Cell) => void;
}

const NOBODY: Renderer = {
  open: async () => ({ kind: 'not-rendered', why: 'an inspection draws nothing' }),
  close: async () => {},
};
