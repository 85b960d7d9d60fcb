/** `init`: from a repository without a bot to one with, after a look at what is in it. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import { BotError, formatBytes, formatSaved, POLICY_PATHS, plural, type ReviewJob, TOOL } from '../../src/index.ts';
import { writeWhole } from '../files/write-file.ts';
import { headCommit } from '../git/change.ts';
import { openRepository, type Repository, repositoryName } from '../git/repository.ts';
import { worktreeSource } from '../git/worktree-source.ts';
import { EXIT } from './exit-code.ts';
import { type Survey, survey, targetsOf } from './init/survey.ts';
import { ACTION_USES, POLICY_PATH, policyText, WORKFLOW_PATH, workflowText } from './init/templates.ts';
import { type Trial, tryLargest } from './init/trial.ts';
import { addSharedOptions, ruleFlags, type SharedOptions } from './options.ts';
import type { Stage } from './stage.ts';
import { shown, writeJson } from './terminal.ts';

interface InitOptions extends SharedOptions {
  readonly repo?: string;
  readonly uses: string;
  readonly force?: boolean;
  /** False after `--no-trial`. */
  readonly trial: boolean;
}

/** A file that was asked for: written, or left as it was. */
interface InitFile {
  readonly path: string;
  readonly outcome: 'written' | 'replaced' | 'kept';
}

/** Adds the command; `finish` gets its exit code. */
export function addInit(program: Command, stage: Stage, finish: (exitCode: number) => void): void {
  const command = program
    .command('init')
    .summary('set up the GitHub Action in a repository')
    .description(
      'Looks at which .glb files a repository tracks, whether they are in Git LFS, who loads them and what could be ' +
        `saved; then writes ${WORKFLOW_PATH} and ${POLICY_PATH}, in which everything is explained ` +
        'and nothing is set. Neither is committed, and a file that is there already stays as it is.\n\n' +
        'Use it once, read the two files, and open a pull request with them.',
    )
    .option('--repo <dir>', 'the repository, or any folder in it (default: this folder)')
    .option('--uses <action>', 'the action that the workflow uses', ACTION_USES)
    .option('--force', 'write over files that are there already')
    .option('--no-trial', 'do not try what the largest files would become')
    .addHelpText('after', '\nExamples:\n  $ glb-optimizer init\n  $ glb-optimizer init --no-trial --repo ../web-shop');
  addSharedOptions(command, ['preset', 'target', 'decoders']);
  command.action(async (options: InitOptions) => finish(await init(stage, options)));
}

async function init(stage: Stage, options: InitOptions): Promise<number> {
  const { terminal, signal } = stage;
  if (!/^[\w.-]+\/[\w.-]+(\/[\w./-]+)?@[\w./-]+$/.test(options.uses)) {
    throw new BotError('USAGE', 'this is no action.', {
      at: '--uses',
      expected: 'owner/repository@version',
      received: `"${shown(options.uses)}"`,
    });
  }
  const directory = path.resolve(terminal.settings.folder, options.repo ?? '.');
  const repository = await openRepository({ directory, environment: terminal.settings.environment, signal });
  if (repository.isBare) {
    throw new BotError('USAGE', 'a bare repository has no files to write.', {
      at: options.repo ?? '.',
      hint: 'Run it in a clone.',
    });
  }
  const commit = (await headCommit(repository)) ?? null;
  const job: ReviewJob = {
    kind: 'backfill',
    repository: await repositoryName(repository),
    baseCommit: commit,
    headCommit: commit,
    branch: null,
  };
  const found = await survey(repository, commit);
  await using source = worktreeSource(repository, job);
  const targets = await targetsOf(source, found.assets);
  if (!options.json) terminal.out(foundText(found, targets));
  const trial = options.trial
    ? await tryLargest(stage, {
        repository,
        job,
        found,
        flags: ruleFlags(options),
        isQuiet: options.quiet === true,
        concurrency: options.concurrency ?? terminal.settings.concurrency,
      })
    : undefined;
  const files = await writeFiles(repository, options, found, targets);
  if (options.json) {
    const { assets, byteLength, lfsCount } = found;
    writeJson(terminal, { assetCount: assets.length, byteLength, lfsCount, targets, trial: trial ?? null, files });
  } else terminal.out(`${trialText(trial, found)}${filesText(files, options.uses)}`);
  return EXIT.fine;
}

async function writeFiles(
  repository: Repository,
  options: InitOptions,
  found: Survey,
  targets: readonly string[],
): Promise<readonly InitFile[]> {
  const exists = async (name: string) =>
    stat(path.join(repository.directory, name)).then(
      () => true,
      () => false,
    );
  const write = async (name: string, text: string): Promise<InitFile> => {
    const isThere = await exists(name);
    if (isThere && options.force !== true) return { path: name, outcome: 'kept' };
    await writeWhole(path.join(repository.directory, name), text);
    return { path: name, outcome: isThere ? 'replaced' : 'written' };
  };
  const workflow = await write(WORKFLOW_PATH, workflowText(options.uses));
  // A second policy beside another would be an error; only the one that we would write is ever replaced.
  const others: string[] = [];
  for (const name of POLICY_PATHS) if (name !== POLICY_PATH && (await exists(name))) others.push(name);
  const [other] = others;
  if (other !== undefined) return [workflow, { path: other, outcome: 'kept' }];
  const [largest] = found.assets;
  const facts = {
    target: targets.length === 0 ? 'three (there is no .glb file yet)' : targets.join('; '),
    lfsCount: found.lfsCount,
    assetCount: found.assets.length,
    largest: largest === undefined ? undefined : `${formatBytes(largest.byteLength)}, ${largest.asset.path}`,
  };
  const schemaUrl = `https://unpkg.com/${TOOL.name}@${TOOL.version}/dist/policy.schema.json`;
  return [workflow, await write(POLICY_PATH, policyText(facts, schemaUrl))];
}

function foundText(found: Survey, targets: readonly string[]): string {
  const { assets, byteLength, lfsCount } = found;
  if (assets.length === 0) return 'This repository tracks no .glb file yet.\n';
  const lfs = lfsCount === 0 ? '' : `, ${lfsCount === assets.length ? 'all' : lfsCount} in Git LFS`;
  const rows = assets
    .slice(0, 5)
    .map((one) => `  ${formatBytes(one.byteLength).padStart(8)}  ${shown(one.asset.path)}`);
  const rest = assets.length > rows.length ? [`  and ${plural(assets.length - rows.length, 'more file')}`] : [];
  return `${[
    `${plural(assets.length, '.glb file')}, ${formatBytes(byteLength)}${lfs}`,
    ...rows,
    ...rest,
    `Loaded by: ${shown(targets.join('; '))}`,
  ].join('\n')}\n`;
}

function trialText(trial: Trial | undefined, found: Survey): string {
  if (trial === undefined) return '\n';
  const { assetCount, byteLengthBefore: before, byteLengthAfter: after } = trial;
  const which = assetCount === found.assets.length ? 'All of it' : `${assetCount} of the largest files`;
  const change = `${formatBytes(before)} → ${formatBytes(after)} (${formatSaved(before === 0 ? 0 : 1 - after / before)})`;
  return `\nTried, before the visual check: ${which} ${change}\n\n`;
}

function filesText(files: readonly InitFile[], uses: string): string {
  const lines = files.map(({ path: name, outcome }) =>
    outcome === 'kept'
      ? `Kept ${shown(name)}: it is there already (--force writes over it)`
      : `${outcome === 'written' ? 'Wrote' : 'Replaced'} ${name}`,
  );
  const note =
    uses === ACTION_USES ? [`The workflow names ${uses}: put the owner of your copy there (or --uses).`] : [];
  const next = files.some(({ outcome }) => outcome !== 'kept')
    ? ['Next: read them, commit them on a branch, open a pull request.']
    : [];
  return `${[...lines, ...note, ...next].join('\n')}\n`;
}
