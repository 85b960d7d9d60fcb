/** `inspect`: what is in a file, and where its bytes are. */
import type { Command } from 'commander';
import { EXIT } from './exit-code.ts';
import { inspectionText } from './inspection-text.ts';
import { loadGlb } from './load-glb.ts';
import { addSharedOptions, type SharedOptions } from './options.ts';
import { inspectApart, type Stage } from './stage.ts';
import { writeJson } from './terminal.ts';

/** Adds the command; `finish` gets its exit code. */
export function addInspect(program: Command, stage: Stage, finish: (exitCode: number) => void): void {
  const command = program
    .command('inspect')
    .argument('<file.glb>')
    .summary('say what is in a file and where its bytes are')
    .description(
      'Counts what a file draws, what it costs on disk and on the GPU, checks it against the glTF 2.0 rules, and lists ' +
        'what its bytes are spent on. Changes nothing.\n\n' +
        'Use it to see why a file is large, or why another tool refuses it.',
    )
    .addHelpText(
      'after',
      '\nExamples:\n  $ glb-optimizer inspect hero.glb\n  $ glb-optimizer inspect hero.glb --json | jq .stats',
    );
  addSharedOptions(command, []);
  command.action(async (name: string, options: SharedOptions) => finish(await inspect(stage, name, options)));
}

async function inspect(stage: Stage, name: string, options: SharedOptions): Promise<number> {
  const { path, ...file } = await loadGlb(stage, name);
  const { inspection } = await inspectApart(stage, file);
  if (options.json) writeJson(stage.terminal, { path, ...inspection });
  else stage.terminal.out(inspectionText(stage.terminal, path, inspection));
  // The validator's complaints are for reading; a file that we would refuse fails.
  const isRefused = inspection.findings.some(
    (found) => found.severity === 'error' && !found.code.startsWith('VALIDATOR_'),
  );
  return isRefused ? EXIT.findings : EXIT.fine;
}
