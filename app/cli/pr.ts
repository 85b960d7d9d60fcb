/** `pr`: the whole main job on a local clone. */
import path from 'node:path';
import type { Command } from 'commander';
import {
  BotError,
  formatCount,
  messageOf,
  type Proposal,
  type Published,
  type Publisher,
  renderSummary,
  reviewChange,
  writeReport,
} from '../../src/index.ts';
import { folderPublisher } from '../files/folder-publisher.ts';
import { findChange } from '../git/change.ts';
import { checkCommittable } from '../git/clean-tree.ts';
import { openRepository, type Repository } from '../git/repository.ts';
import { worktreePublisher } from '../git/worktree-publisher.ts';
import { worktreeSource } from '../git/worktree-source.ts';
import { writeReportHtml } from '../report-html.ts';
import { exitCodeOfReport } from './exit-code.ts';
import { addSharedOptions, ruleFlags, type SharedOptions } from './options.ts';
import { openProgress } from './progress.ts';
import { fileLimitsOf, openLimitedSandbox, openRenderer, readPolicyOption, type Stage } from './stage.ts';
import { shown } from './terminal.ts';

interface PrOptions extends SharedOptions {
  readonly repo?: string;
  readonly base?: string;
  readonly head?: string;
  readonly commit?: boolean;
  readonly out?: string;
}

/** Adds the command; `finish` gets its exit code. */
export function addPr(program: Command, stage: Stage, finish: (exitCode: number) => void): void {
  const command = program
    .command('pr')
    .summary('review a branch as the bot would, offline')
    .description(
      'Finds every .glb that differs between the merge base and the head of a branch, makes each as small as it can ' +
        'be while it still works and still looks the same, and says what that would change. The files are read from ' +
        'Git, never from the work tree, and nothing is written without --commit or --out.\n\n' +
        'Use it before you push, to see and keep what the bot would do on the pull request; or where there is no bot.',
    )
    .option('--repo <dir>', 'the repository, or any folder in it (default: this folder)')
    .option(
      '--base <ref>',
      'what the branch will be merged into (default: the default branch of origin, main or master)',
    )
    .option('--head <ref>', 'the branch to review (default: what is checked out)')
    .option('--commit', 'add one commit with the optimized files; needs the branch checked out and nothing uncommitted')
    .option('--out <dir>', 'write report.json, comment.md, report.html and images/ there')
    .addHelpText(
      'after',
      '\nExamples:\n' +
        '  $ glb-optimizer pr                            what would be saved on this branch\n' +
        '  $ glb-optimizer pr --commit                   … and keep it, as one commit\n' +
        '  $ glb-optimizer pr --base origin/develop --out review\n' +
        '                                                … with pictures, and a page to compare in',
    );
  addSharedOptions(command, ['preset', 'target', 'decoders', 'maxVisualDifference', 'policy', 'render', 'concurrency']);
  command.action(async (options: PrOptions) => finish(await pr(stage, options)));
}

async function pr(stage: Stage, options: PrOptions): Promise<number> {
  const { terminal, signal, now } = stage;
  const { folder, environment } = terminal.settings;
  const directory = path.resolve(folder, options.repo ?? '.');
  const repository = await openRepository({ directory, environment, signal });
  const { base, head } = options;
  const change = await findChange(repository, {
    ...(base === undefined ? {} : { base }),
    ...(head === undefined ? {} : { head }),
  });
  // Before the work, not after it.
  if (options.commit) await checkCommittable(repository, change.job);
  if (options.quiet !== true) {
    const compared = `${shown(change.job.branch ?? change.job.headCommit ?? 'HEAD')} with ${shown(change.base)}`;
    terminal.err(`Comparing ${compared} (${change.baseWhy}).\n`);
  }
  const policy = await readPolicyOption(stage, options);
  const progress = openProgress(terminal, options.quiet === true, now);
  await using source = worktreeSource(repository, change.job);
  const concurrency = options.concurrency ?? terminal.settings.concurrency;
  const sandbox = openLimitedSandbox(stage, concurrency);
  const renderer = await openRenderer(stage, options);
  const reviewer = sandbox.openReviewer(renderer);
  try {
    const out = options.out === undefined ? undefined : path.resolve(folder, options.out);
    const { report, published } = await reviewChange(
      change.job,
      {
        source,
        reviewer,
        publisher: publisherOf(repository, options.commit === true, out),
        limits: fileLimitsOf(stage),
      },
      {
        flags: ruleFlags(options),
        ...(policy === undefined ? {} : { policy }),
        concurrency,
        onProgress: progress.onProgress,
        signal,
      },
    );
    progress.end();
    if (options.json) terminal.out(writeReport(report));
    else {
      terminal.out(
        renderSummary(report, { isCommitted: published.commit !== null, color: terminal.settings.useColor }),
      );
      terminal.out(closing(options, published, report.assets.filter(({ verdict }) => verdict === 'improved').length));
    }
    return exitCodeOfReport(report);
  } finally {
    progress.end();
    await sandbox.close();
    await renderer.close();
  }
}

function closing(options: PrOptions, published: Published, improvedCount: number): string {
  const lines: string[] = [];
  if (published.commit !== null)
    lines.push(`Committed as ${published.commit.slice(0, 12)}. Undo: git revert ${published.commit.slice(0, 12)}`);
  else if (options.commit) lines.push('Nothing to commit.');
  else if (improvedCount > 0)
    lines.push(
      `Nothing was written. To keep ${improvedCount === 1 ? 'it' : `these ${formatCount(improvedCount)}`}: --commit`,
    );
  if (options.out !== undefined) lines.push(`Report: ${shown(path.join(options.out, 'report.html'))}`);
  return lines.length === 0 ? '' : `\n${lines.join('\n')}\n`;
}

/** A commit first, so that the report can name it; and the report even when the commit could not be made. */
function publisherOf(repository: Repository, isCommitted: boolean, out: string | undefined): Publisher {
  const commits = isCommitted ? worktreePublisher(repository) : undefined;
  const folder = out === undefined ? undefined : folderPublisher(out, writeReportHtml);
  return {
    async publish(proposal) {
      let published: Published = { commit: null };
      try {
        published = (await commits?.publish(proposal)) ?? published;
      } finally {
        await folder?.publish(withCommit(proposal, published.commit)).catch((cause: unknown) => {
          const made = published.commit === null ? '' : `commit ${published.commit} is made, but `;
          const code = cause instanceof BotError ? cause.code : 'INTERNAL';
          throw new BotError(code, `${made}the report cannot be written: ${messageOf(cause)}`, { cause });
        });
      }
      return published;
    },
  };
}

function withCommit(proposal: Proposal, commit: string | null): Proposal {
  return { ...proposal, report: { ...proposal.report, job: { ...proposal.report.job, commit } } };
}
