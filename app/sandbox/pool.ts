/** Child processes for assets: warm ones wait, none serves two masters, and no death inside is a death outside. */
import {
  type AssetOptions,
  type AssetReviewer,
  type Assignment,
  BotError,
  type GlbFile,
  type Inspection,
  LIMITS,
  type Limits,
  type Renderer,
  type ReviewedAsset,
  readAnswer,
  readInspection,
  stoppedAsset,
} from '../../src/index.ts';
import { type Cell, CHILD_PATH, type Ending, startCell, type Task } from './cell.ts';
import { openDesk } from './desk.ts';
import { findWalls, type Walls } from './walls.ts';
import { SANDBOX_DEFAULTS, type SandboxLimits } from './watch.ts';

/** How the sandbox works; all have defaults. */
export interface SandboxOptions {
  readonly limits?: Partial<SandboxLimits>;
  /** What a file may claim. Its memory limit is the process's, too, unless `limits` has another. */
  readonly fileLimits?: Limits;
  /** Processes that wait for work, so that nobody waits for them. */
  readonly spareCount?: number;
  /** When the first of them are started; whoever opens the sandbox may have something better to do at once. */
  readonly sparesAfterMs?: number;
  /** The child's program, where it does not lie beside this one. */
  readonly childPath?: string;
}

/** Processes behind a wall. Close it. */
export interface Sandbox {
  /** A reviewer for one job: its processes see the assets of no other job. Close it with the job. */
  openReviewer(renderer: Renderer): AssetReviewer;
  /** Stats and findings of one file. */
  inspect(file: GlbFile, signal: AbortSignal): Promise<Inspection>;
  /** What stands around the processes on this machine. */
  walls(): Promise<Walls>;
  /** Of the processes that run now. */
  pids(): readonly number[];
  close(): Promise<void>;
}

const MIB = 2 ** 20;
// What Node has mapped writable before it does anything: 705 MB with Node 24, most of it never touched.
const IDLE_DATA_BYTES = 1024 * MIB;

/** Opens the sandbox, and starts its spare processes. */
export function openSandbox(options: SandboxOptions = {}): Sandbox {
  const { spareCount = 1, sparesAfterMs = 0, childPath = CHILD_PATH, fileLimits = LIMITS } = options;
  const limits = { ...SANDBOX_DEFAULTS, memoryByteLength: fileLimits.memoryByteLength, ...options.limits };
  const walls = findWalls(limits.memoryByteLength + IDLE_DATA_BYTES, Math.ceil((limits.cpuMs * 2) / 1000) + 60);
  const cells = new Set<Cell>();
  const spares: Promise<Cell>[] = [];
  let isClosed = false;

  const start = async (): Promise<Cell> => {
    const cell = await startCell(await walls, limits, childPath);
    cells.add(cell);
    if (!isClosed) return cell;
    await end(cell);
    throw new BotError('SANDBOX_FAILED', 'the sandbox is closed.');
  };
  const end = async (cell: Cell): Promise<void> => {
    await cell.close();
    cells.delete(cell);
  };
  const refill = (): void => {
    while (!isClosed && spares.length < spareCount) {
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

  /** Runs a task, once more in a fresh process when the first one dies or gives nonsense. */
  const run = async <T>(
    borrow: () => Promise<Cell>,
    giveBack: (cell: Cell) => void,
    work: (cell: Cell) => Promise<Ending>,
    read: (ending: Exclude<Ending, { kind: 'died' }>) => T,
  ): Promise<T> => {
    for (let attempt = 1; ; attempt++) {
      const cell = attempt === 1 ? await borrow() : await take();
      const isUsed = cell.taskCount > 0;
      let isHealthy = false;
      try {
        const ending = await work(cell);
        if (ending.kind === 'died')
          throw new BotError('SANDBOX_FAILED', `the process for the asset died: ${ending.why}`);
        // What others left in its memory is not this asset's fault.
        if (ending.kind === 'stopped' && ending.code === 'LIMIT_MEMORY' && isUsed && attempt === 1) continue;
        const answer = read(ending);
        isHealthy = ending.kind === 'said';
        return answer;
      } catch (thrown) {
        if (attempt > 1 || !(thrown instanceof BotError) || !RETRIED.has(thrown.code)) throw thrown;
      } finally {
        if (isHealthy) giveBack(cell);
        else await end(cell);
      }
    }
  };

  return {
    openReviewer(renderer) {
      const idle: Cell[] = [];
      let isReviewerClosed = false;
      const giveBack = (cell: Cell): void => {
        if (isReviewerClosed || cell.taskCount >= TASKS_PER_CELL) void end(cell);
        else idle.push(cell);
      };
      return {
        async review(assignment, assetOptions) {
          let siblings: GlbFile['siblings'] = new Map();
          return run(
            async () => idle.pop() ?? (await take()),
            giveBack,
            async (cell) => {
              await using desk = openDesk(assignment, renderer, assetOptions);
              siblings = desk.siblings;
              return cell.run(reviewTask(assignment, fileLimits, assetOptions, desk.answer));
            },
            (ending) => reviewedOf(ending, assignment, siblings),
          );
        },
        async close() {
          isReviewerClosed = true;
          await Promise.all(idle.splice(0).map(end));
        },
      };
    },
    inspect: (file, signal) =>
      run(
        take,
        (cell) => void end(cell),
        (cell) => cell.run(inspectTask(file, fileLimits, signal)),
        inspectionOf,
      ),
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

function reviewTask(
  { bytes, base, ...assignment }: Assignment,
  limits: Limits,
  options: AssetOptions,
  answer: Task['answer'],
): Task {
  const { signal, onStage } = options;
  const parts = base ? [bytes, base] : [bytes];
  return { message: { kind: 'review', assignment, limits }, parts, onStage, answer, signal };
}

function inspectTask({ bytes, siblings }: GlbFile, limits: Limits, signal: AbortSignal): Task {
  return {
    message: { kind: 'inspect', uris: [...siblings.keys()], limits },
    parts: [bytes, ...siblings.values()],
    onStage: () => {},
    answer: () => Promise.reject(new BotError('ANSWER_INVALID', 'an inspection asks nothing.')),
    signal,
  };
}

type Finished = Exclude<Ending, { kind: 'died' }>;

function reviewedOf(ending: Finished, assignment: Assignment, siblings: GlbFile['siblings']): ReviewedAsset {
  if (ending.kind === 'stopped') return stoppedAsset(assignment.asset, assignment.bytes.byteLength, ending);
  const { message, parts } = ending;
  if (message.kind === 'threw' && message.isOutOfMemory) {
    const why = 'Processing the file takes more memory than there is.';
    return stoppedAsset(assignment.asset, assignment.bytes.byteLength, { code: 'LIMIT_MEMORY', why });
  }
  if (message.kind === 'threw') throw new BotError('INTERNAL', message.message);
  if (message.kind !== 'reviewed') throw new BotError('ANSWER_INVALID', `a ${message.kind} in place of a review.`);
  const { report, isProposed, hasOutput, hasChangePicture } = message;
  const pictures = [...parts];
  const output = hasOutput ? (pictures.shift() ?? null) : null;
  const changePicture = hasChangePicture ? (pictures.pop() ?? null) : null;
  return readAnswer({ report, output, isProposed, pictures, changePicture }, assignment, siblings);
}

function inspectionOf(ending: Finished): Inspection {
  if (ending.kind === 'stopped') throw new BotError('ASSET_REFUSED', ending.why);
  if (ending.message.kind === 'inspected') return readInspection(ending.message.inspection);
  throw new BotError('INTERNAL', ending.message.kind === 'threw' ? ending.message.message : 'no inspection came.');
}
