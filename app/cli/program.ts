/** The commands and their help. */
import { type Argument, Command } from 'commander';
import { TOOL } from '../../src/index.ts';
import { addCompare } from './compare.ts';
import { addInit } from './init.ts';
import { addInspect } from './inspect.ts';
import { addOptimize } from './optimize.ts';
import { addPolicyCommands } from './policy-commands.ts';
import { addPr } from './pr.ts';
import { addRender } from './render.ts';
import { addServe } from './serve.ts';
import type { Stage } from './stage.ts';
import { bold, dim } from './terminal.ts';

// Longer lines are hard to read.
const HELP_COLUMNS = { min: 60, max: 100 };

/** Builds the program; `finish` gets the exit code of the command that ran. */
export function buildProgram(stage: Stage, finish: (exitCode: number) => void): Command {
  const { terminal } = stage;
  const program = new Command(TOOL.name)
    .description(
      'Makes .glb files as small as they can be while they still work and still look the same, and proves both.',
    )
    .version(`${TOOL.name} ${TOOL.version}`, '-V, --version', 'the version')
    .helpOption('-h, --help', 'this help')
    .helpCommand('help [command]', 'help for a command')
    .exitOverride()
    .showSuggestionAfterError()
    .configureOutput({
      writeOut: terminal.out,
      writeErr: terminal.err,
      getOutHelpWidth: () => Math.min(HELP_COLUMNS.max, Math.max(HELP_COLUMNS.min, terminal.settings.columnCount)),
      getErrHelpWidth: () => HELP_COLUMNS.max,
      getOutHasColors: () => terminal.settings.useColor,
      getErrHasColors: () => terminal.settings.useColor,
      // Said once, by the caller.
      outputError: () => {},
    })
    .configureHelp({
      styleTitle: (title) => bold(terminal, title),
      styleOptionDescription: (text) => dim(terminal, text),
      optionDescription: ({ description, argChoices }) =>
        argChoices === undefined ? description : `${description}: ${argChoices.join(', ')}`,
      // Without "[options]": those are for the help of each command.
      subcommandTerm: (command) => [command.name(), ...command.registeredArguments.map(argumentTerm)].join(' '),
    })
    .addHelpText(
      'after',
      '\nExamples:\n' +
        '  $ glb-optimizer optimize hero.glb             one file\n' +
        '  $ glb-optimizer pr --commit                   everything that this branch changes\n\n' +
        'Exit codes: 0 fine, 1 findings that fail (a budget, a refused file), 2 wrong use, 3 our failure.',
    );
  addOptimize(program, stage, finish);
  addPr(program, stage, finish);
  addCompare(program, stage, finish);
  addRender(program, stage, finish);
  addInspect(program, stage, finish);
  addPolicyCommands(program, stage, finish);
  addInit(program, stage, finish);
  addServe(program, stage, finish);
  return program;
}

function argumentTerm(argument: Argument): string {
  const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
  return argument.required ? `<${name}>` : `[${name}]`;
}
