/** Environment and flags -> settings. The only file that reads them. */
import { availableParallelism } from 'node:os';

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What the command line is told by its surroundings. */
export interface CliSettings {
  /** Without program and script. */
  readonly words: readonly string[];
  /** Relative paths start here. */
  readonly folder: string;
  /** As it is. Git and the browser take from it only what they need. */
  readonly environment: Environment;
  /** Somebody watches the error stream, so that a line may be drawn again and again. */
  readonly isInteractive: boolean;
  readonly useColor: boolean;
  /** Width of the terminal in characters. */
  readonly columnCount: number;
  /** Assets under way at once, unless asked otherwise. */
  readonly concurrency: number;
}

/** The parts of `process` that settings come from. */
export interface Surroundings {
  readonly argv: readonly string[];
  readonly env: Environment;
  readonly cwd: () => string;
  readonly stdout: { readonly isTTY?: boolean | undefined; readonly columns?: number | undefined };
  readonly stderr: { readonly isTTY?: boolean | undefined; readonly columns?: number | undefined };
}

// Each asset under way may hold its textures decoded: hundreds of megabytes. More than four gain little.
const CONCURRENCY_LIMIT = 4;

/** Reads the settings of the command line. */
export function readCliSettings(from: Surroundings, processorCount: number = availableParallelism()): CliSettings {
  const { env } = from;
  // [no-color.org] Any value but the empty one; a dumb terminal cannot go back in its line, and a CI log keeps every line.
  const isDumb = env.TERM === 'dumb' || (env.CI !== undefined && env.CI !== '' && env.CI !== 'false');
  const hasNoColor = env.NO_COLOR !== undefined && env.NO_COLOR !== '';
  return {
    words: from.argv.slice(2),
    folder: from.cwd(),
    environment: env,
    isInteractive: from.stderr.isTTY === true && !isDumb,
    useColor: from.stdout.isTTY === true && from.stderr.isTTY === true && !isDumb && !hasNoColor,
    columnCount: from.stderr.columns ?? from.stdout.columns ?? 80,
    concurrency: Math.max(1, Math.min(CONCURRENCY_LIMIT, processorCount)),
  };
}
