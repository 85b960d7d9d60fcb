/** Which command lines will need a process for files, told by their first word: everything else is found out while it starts. */
import { type Ahead, startAhead } from '../sandbox/ahead.ts';
import { readLimits } from '../settings/limits.ts';
import type { CliSettings } from '../settings.ts';

const COMMANDS: ReadonlySet<string | undefined> = new Set(['optimize', 'compare', 'inspect', 'render']);
const HELP: ReadonlySet<string> = new Set(['-h', '--help', '-V', '--version']);

/** Starts the process; undefined for commands without one. */
export function startForCommand({ words, environment }: CliSettings): Ahead | undefined {
  if (!COMMANDS.has(words[0]) || words.some((word) => HELP.has(word))) return undefined;
  try {
    const limits = readLimits(environment);
    return startAhead(limits.file, limits.process);
  } catch {
    // The command says what is wrong with the limits.
    return undefined;
  }
}
