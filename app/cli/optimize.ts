/** `optimize`: files, outside of any review. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import { BotError, FILES_JOB, plural, renderSummary, reviewChange, writeReport } from '../../src/index.ts';
import { checkOutput, type FilesOutput, filesPublisher, type WrittenFile } from '../files/files-publisher.ts';
import { filesSource } from '../files/files-source.ts';
import { type FoundFile, findGlbs } from '../files/find-files.ts';
import { EXIT, exitCodeOfReport } from './exit-code.ts';
import { findLocalPolicy } from './local-policy.ts';
import { addSharedOptions, ruleFlags, type SharedOptions } from './options.ts';
import { openProgress } from './progress.ts';
import { fileLimitsOf, openLimitedSandbox, openRenderer, readPolicyOption, type Stage } from './stage.ts';
import { shown } from './terminal.ts';

interface OptimizeOptions extends SharedOptions {
  readonly output?: string;
  readonly inPlace?: boolean;
}

/** Adds the command; `finish` gets its exit code. */
export function addOptimize(program: Command, stage: Stage, finish: (exitCode: number) => void): void {
  const command = program
    .command('optimize')
    .argument('<files...>', 'files, folders (searched through) or quoted globs')
    .summary('make .glb files small')
    .description(
      'Makes each .glb the smallest file that still works and still looks the same, and proves both: names, animations ' +
        'and extensions are compared, and pictures of both files are drawn and measured. Where that cannot be proven, ' +
        'the original is kept and the reason is given.\n\n' +
        'Use it on exports before they go anywhere. The sources stay as they are unless you say --in-place.',
    )
    .option('-o, --output <path>', 'one file, or a folder (default: <name>.optimized.glb beside each)')
    .option('--in-place', 'replace each source whose result is proven')
    .addHelpText(
      'after',
      '\nExamples:\n' +
        '  $ glb-optimizer optimize hero.glb             writes hero.optimized.glb\n' +
        '  $ glb-optimizer optimize hero.glb -o web/hero.glb --target three\n' +
        "  $ glb-optimizer optimize 'models/**/*.glb' --in-place --preset small",
    );
  addSharedOptions(command, ['preset', 'target', 'decoders', 'maxVisualDifference', 'policy', 'render', 'concurrency']);
  command.action(async (files: string[], options: OptimizeOptions) => finish(await optimize(stage, files, options)));
}

async function optimize(stage: Stage, named: readonly string[], options: OptimizeOptions): Promise<number> {
  const { terminal, signal, now } = stage;
  const { folder, concurrency } = terminal.settings;
  const local = options.policy === undefined ? await findLocalPolicy(folder) : undefined;
  const policy = (await readPolicyOption(stage, options)) ?? local;
  // A policy's patterns start at its own root, and so do the paths that they are asked about.
  const files = await findGlbs(named, { from: folder, shownFrom: local?.root ?? folder });
  const output = await outputOf(files, named, options, folder);
  await checkOutput(files, output);
  const publisher = filesPublisher(files, output, folder);
  const progress = openProgress(terminal, options.quiet === true, now);
  const atOnce = options.concurrency ?? concurrency;
  const sandbox = openLimitedSandbox(stage, Math.min(files.length, atOnce));
  const renderer = await openRenderer(stage, options);
  const reviewer = sandbox.openReviewer(renderer);
  try {
    const { report } = await reviewChange(
      FILES_JOB,
      { source: filesSource(files, policy), reviewer, publisher, limits: fileLimitsOf(stage) },
      {
        // Who runs this wants files, whatever the policy wants of pull requests.
        flags: { ...ruleFlags(options), mode: 'commit', keepOriginal: 'none' },
        ...(policy === undefined ? {} : { policy }),
        concurrency: atOnce,
        onProgress: progress.onProgress,
        signal,
      },
    );
    progress.end();
    const reviewed = new Set(report.assets.map((asset) => asset.path));
    for (const { path: name } of files.filter((file) => !reviewed.has(file.path))) {
      terminal.err(`note: ${shown(name)} is left alone by the policy; see glb-optimizer explain.\n`);
    }
    const changed = publisher.written.filter((file) => file.kind === 'changed');
    for (const { path: name } of changed) {
      terminal.err(`note: ${shown(name)} changed while it was optimized and is left as it is; run it again.\n`);
    }
    if (options.json) terminal.out(writeReport(report));
    else
      terminal.out(
        renderSummary(report, {
          isCommitted: publisher.written.some((file) => file.kind === 'optimized'),
          color: terminal.settings.useColor,
        }) + closing(publisher.written),
      );
    return Math.max(exitCodeOfReport(report), changed.length > 0 ? EXIT.findings : EXIT.fine);
  } finally {
    progress.end();
    await sandbox.close();
    await renderer.close();
  }
}

async function outputOf(
  files: readonly FoundFile[],
  named: readonly string[],
  options: OptimizeOptions,
  folder: string,
): Promise<FilesOutput> {
  const { output, inPlace } = options;
  if (output === undefined) return inPlace ? { kind: 'in-place' } : { kind: 'beside' };
  if (inPlace) {
    throw new BotError('USAGE', '--in-place and --output exclude each other.', { hint: 'Give one of them.' });
  }
  const place = path.resolve(folder, output);
  const isFolder = await stat(place).then(
    (found) => found.isDirectory(),
    () => isFolderName(output),
  );
  if (isFolder) return { kind: 'folder', place };
  const [only] = files;
  if (files.length === 1 && named.length === 1 && only !== undefined) return { kind: 'file', place };
  throw new BotError('USAGE', `${plural(files.length, 'file')} cannot go into one.`, {
    at: `-o ${output}`,
    hint: 'Name a folder: -o optimized/',
  });
}

/** What is not there yet is a folder unless it ends in `.glb`; another ending is more likely a slip than a folder of that name. */
function isFolderName(output: string): boolean {
  if (/[\\/]$/.test(output)) return true;
  const ending = path.extname(output);
  if (ending === '' || /^\.glb$/i.test(ending)) return ending === '';
  throw new BotError('USAGE', `a file that ends in ${ending} is no .glb.`, {
    at: `-o ${output}`,
    hint: `Name a .glb, or a folder with a slash at its end: -o ${output}/`,
  });
}

const SAID: Readonly<Record<WrittenFile['kind'], string>> = {
  optimized: '',
  unproven: ' (smaller, but not proven to look the same: look before you use it)',
  copied: ' (a copy of the source)',
  changed: '',
  nothing: '',
};

function closing(written: readonly WrittenFile[]): string {
  const lines = written.flatMap((file) =>
    file.output === null ? [] : [`Wrote ${shown(file.output)}${SAID[file.kind]}`],
  );
  return lines.length === 0 ? '' : `\n${lines.join('\n')}\n`;
}
