/** `compare`: two files, in numbers and pictures. */
import path from 'node:path';
import type { Command } from 'commander';
import { proposeComparison, type Report, writeReport } from '../../src/index.ts';
import { folderPublisher } from '../files/folder-publisher.ts';
import { writeReportHtml } from '../report-html.ts';
import { comparisonText } from './comparison-text.ts';
import { EXIT, exitCodeOfReport } from './exit-code.ts';
import { loadGlb } from './load-glb.ts';
import { addSharedOptions, ruleFlags, type SharedOptions } from './options.ts';
import { openLimitedSandbox, openRenderer, type Stage } from './stage.ts';
import { shown } from './terminal.ts';

interface CompareOptions extends SharedOptions {
  readonly out?: string;
}

/** Adds the command; `finish` gets its exit code. */
export function addCompare(program: Command, stage: Stage, finish: (exitCode: number) => void): void {
  const command = program
    .command('compare')
    .argument('<before.glb>')
    .argument('<after.glb>')
    .summary('say how two files differ, in numbers and pictures')
    .description(
      'Measures both files, draws them from the same cameras in the same browser, and says how visible the difference ' +
        'is: 0 is identical, up to 1 invisible, visible from 1.5 on. It does not matter who made the files.\n\n' +
        'Use it to judge another tool, a setting, or what a colleague changed; with --max-visual-difference it fails ' +
        '(exit code 1) when they differ by more.',
    )
    .option('--out <dir>', 'write report.json, comment.md, report.html and images/ there')
    .addHelpText('after', '\nExample:\n  $ glb-optimizer compare old.glb new.glb --out difference');
  addSharedOptions(command, ['render', 'maxVisualDifference']);
  command.action(async (before: string, after: string, options: CompareOptions) => {
    finish(await compare(stage, [before, after], options));
  });
}

async function compare(stage: Stage, names: readonly [string, string], options: CompareOptions): Promise<number> {
  const { terminal, signal } = stage;
  const [before, after] = [await loadGlb(stage, names[0]), await loadGlb(stage, names[1])];
  const sandbox = openLimitedSandbox(stage, 1);
  const renderer = await openRenderer(stage, options);
  try {
    const compared = await sandbox.compare({ before, after }, renderer, { flags: ruleFlags(options), signal });
    const proposal = proposeComparison(compared);
    if (options.out !== undefined) {
      await folderPublisher(path.resolve(terminal.settings.folder, options.out), writeReportHtml).publish(proposal);
    }
    if (options.json) terminal.out(writeReport(proposal.report));
    else {
      const [asset] = proposal.report.assets;
      if (asset !== undefined) terminal.out(comparisonText(terminal, names, asset));
      if (options.out !== undefined) terminal.out(`\nReport: ${shown(path.join(options.out, 'report.html'))}\n`);
    }
    const code = exitCodeOfReport(proposal.report);
    return code === EXIT.fine && isBeyond(proposal.report, options) ? EXIT.findings : code;
  } finally {
    await sandbox.close();
    await renderer.close();
  }
}

/** Only a limit that was asked for fails; without one the number is for reading. */
function isBeyond({ assets }: Report, { maxVisualDifference: limit }: CompareOptions): boolean {
  return limit !== undefined && assets.some(({ visual }) => !('skipped' in visual) && visual.score > limit);
}
