/** A process that starts before the code that talks to it is loaded: both take a while, and neither needs the other. */
import { rmSync } from 'node:fs';
import type { Limits } from '../../src/index.ts';
import { bury, CHILD_PATH, type Launched, launch } from './launch.ts';
import { type Walls, wallsFor } from './walls.ts';
import { limitsOf, type SandboxLimits } from './watch.ts';

/** A process under way. End it. */
export interface Ahead {
  readonly walls: Promise<Walls>;
  /** Settled when the system has started it, or could not: loading much before that would keep it from starting. */
  readonly started: Promise<unknown>;
  /** The process, once; whoever takes it owns it. */
  take(): Promise<Launched> | undefined;
  /** Ends it where nobody took it. */
  end(): Promise<void>;
}

/** Starts one process with the limits that the sandbox will have. */
export function startAhead(fileLimits: Limits, processLimits: Partial<SandboxLimits>): Ahead {
  const limits = limitsOf(fileLimits, processLimits);
  const walls = wallsFor(limits);
  let waiting: Promise<Launched> | undefined = walls.then((found) => launch(found, limits, CHILD_PATH));
  let running: Launched | undefined;
  const started = waiting.then(
    (launched) => {
      running = launched;
    },
    // Whoever takes it hears of what went wrong.
    () => {},
  );
  // This process may end before anybody took it.
  const abandon = () => {
    running?.child.kill('SIGKILL');
    if (running !== undefined) rmSync(running.folder, { recursive: true, force: true });
  };
  process.once('exit', abandon);
  return {
    walls,
    started,
    take() {
      const taken = waiting;
      waiting = undefined;
      process.off('exit', abandon);
      return taken;
    },
    async end() {
      const launched = await this.take()?.catch(() => undefined);
      if (launched === undefined) return;
      launched.child.kill('SIGKILL');
      await bury(launched);
    },
  };
}
