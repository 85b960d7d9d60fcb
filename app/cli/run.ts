/** Runs one command line from its words to its exit code. */
import { CommanderError } from 'commander';
import { BotError } from '../../src/index.ts';
import type { Ahead } from '../sandbox/ahead.ts';
import { EXIT, exitCodeOf } from './exit-code.ts';
import { buildProgram } from './program.ts';
import { sayError, type Terminal } from './terminal.ts';

/** Runs the command; never throws. */
export async function runCli(terminal: Terminal, signal: AbortSignal, ahead?: Ahead): Promise<number> {
  const { words } = terminal.settings;
  const isJson = words.includes('--json');
  let exitCode: number | undefined;
  const stage = { terminal, signal, now: () => performance.now(), ...(ahead && { ahead }) };
  const program = buildProgram(stage, (code) => {
    exitCode = code;
  });
  try {
    if (words.length === 0) {
      program.outputHelp({ error: true });
      return EXIT.usage;
    }
    await program.parseAsync(words, { from: 'user' });
    return exitCode ?? (signal.aborted ? EXIT.stopped : EXIT.fine);
  } catch (thrown) {
    if (signal.aborted) {
      sayError(terminal, new BotError('CANCELLED', 'stopped'), isJson);
      return EXIT.stopped;
    }
    if (!(thrown instanceof CommanderError)) {
      sayError(terminal, thrown, isJson);
      return exitCodeOf(thrown);
    }
    // Help and version end the same way, with success.
    if (thrown.exitCode === 0) return EXIT.fine;
    // `help` for a command that there is not has shown all commands already.
    if (thrown.code !== 'commander.help') sayError(terminal, usageError(thrown, words), isJson);
    return EXIT.usage;
  }
}

function usageError(thrown: CommanderError, words: readonly string[]): BotError {
  const message = thrown.message.replace(/^error: /, '').replace(/\n\(Did you mean (.*?)\?\)$/, '. Did you mean $1?');
  const command = words.find((word) => !word.startsWith('-'));
  const help = thrown.code === 'commander.unknownCommand' || command === undefined ? '' : `${command} `;
  return new BotError('USAGE', /[.?!]$/.test(message) ? message : `${message}.`, {
    hint: `See glb-optimizer ${help}--help.`,
  });
}
