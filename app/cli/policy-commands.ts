/** `validate` and `explain`: the policy file, before anybody depends on it. */
import path from 'node:path';
import type { Command } from 'commander';
import { BotError, checkPolicy, type Explanation, explainRule, parsePolicy } from '../../src/index.ts';
import { shownPath } from '../files/find-files.ts';
import { EXIT } from './exit-code.ts';
import { findLocalPolicy, type LocalPolicy } from './local-policy.ts';
import { addSharedOptions, ruleFlags, type SharedOptions } from './options.ts';
import { readNamedFile, readPolicyOption, type Stage } from './stage.ts';
import { bold, dim, shown, writeJson } from './terminal.ts';

/** Adds both commands; `finish` gets their exit code. */
export function addPolicyCommands(program: Command, stage: Stage, finish: (exitCode: number) => void): void {
  const checked = program
    .command('validate')
    .argument('[policy]', 'the file (default: .github/glb-optimizer.yml, .yaml, .json or .jsonc, here or above)')
    .summary('check a policy file')
    .description(
      'Reads a policy file and names everything that is wrong with it at once: line, column, what was expected, what ' +
        'was found and what to do.\n\n' +
        'Use it before you commit a policy: an error in one stops every review until it is mended.',
    )
    .addHelpText('after', '\nExamples:\n  $ glb-optimizer validate\n  $ glb-optimizer validate drafts/policy.yml');
  addSharedOptions(checked, []);
  checked.action(async (name: string | undefined, options: SharedOptions) =>
    finish(await validate(stage, name, options)),
  );

  const explained = program
    .command('explain')
    .argument('<path>', 'as in the repository; the file need not exist')
    .summary('say which rule governs a path, and why')
    .description(
      'Says whether a path is optimized or left alone, which pattern decided it, and where each setting comes from: ' +
        'a default, the preset, the policy, an override or a flag, with line and column.\n\n' +
        'Use it when a file is treated in a way you did not expect.',
    )
    .addHelpText('after', '\nExample:\n  $ glb-optimizer explain public/hero/knight.glb');
  addSharedOptions(explained, ['preset', 'target', 'decoders', 'maxVisualDifference', 'policy']);
  explained.action(async (name: string, options: SharedOptions) => finish(await explain(stage, name, options)));
}

async function validate(stage: Stage, name: string | undefined, options: SharedOptions): Promise<number> {
  const { terminal } = stage;
  const file = await policyFile(stage, name ?? options.policy);
  const result = checkPolicy(file);
  if (result.kind === 'invalid') {
    if (options.json) writeJson(terminal, { path: file.path, valid: false, errors: result.issues });
    else terminal.out(`${result.issues.map((issue) => shown(issue.message)).join('\n')}\n`);
    return EXIT.findings;
  }
  if (options.json) writeJson(terminal, { path: file.path, valid: true, errors: [] });
  else terminal.out(`${shown(file.path)} is a sound policy.\n`);
  return EXIT.fine;
}

async function policyFile(stage: Stage, name: string | undefined): Promise<{ path: string; text: string }> {
  if (name !== undefined) return { path: name, text: await readNamedFile(stage, name, name) };
  const found = await findLocalPolicy(stage.terminal.settings.folder);
  if (found !== undefined) return found;
  throw new BotError('FILE_NOT_FOUND', 'there is no policy here.', {
    expected: '.github/glb-optimizer.yml, .yaml, .json or .jsonc in this folder or one above it',
    hint: 'Name the file, or do without: everything has a default.',
  });
}

async function explain(stage: Stage, name: string, options: SharedOptions): Promise<number> {
  const { folder } = stage.terminal.settings;
  const local: LocalPolicy | undefined = options.policy === undefined ? await findLocalPolicy(folder) : undefined;
  const file = (await readPolicyOption(stage, options)) ?? local;
  const policy = file === undefined ? undefined : parsePolicy(file);
  const inRepository = shownPath(path.resolve(folder, name), local?.root ?? folder);
  const explanation = explainRule(policy, inRepository, ruleFlags(options));
  if (options.json) writeJson(stage.terminal, explanation);
  else stage.terminal.out(explanationText(stage, explanation));
  return EXIT.fine;
}

function explanationText(
  { terminal }: Stage,
  { path, selection, policy, decidedBy, matched, origins }: Explanation,
): string {
  const lines = [
    bold(terminal, shown(path)),
    policy === null ? 'There is no policy: defaults hold.' : `Policy: ${shown(policy)}`,
  ];
  if (selection.kind === 'skipped') return `${[...lines, `Left alone: ${shown(selection.why)}.`].join('\n')}\n`;
  if (decidedBy !== null)
    lines.push(
      `Optimized: ${shown(decidedBy.text)} matches${decidedBy.at === null ? ' (default)' : ` (${shown(decidedBy.at)})`}.`,
    );
  for (const { name, pattern, at } of matched) lines.push(`${name} matches: ${shown(pattern)} (${shown(at)}).`);
  const rows = origins.map(
    ({ key, value, from, at }) => [key, valueText(value), `${from}${at === null ? '' : ` (${at})`}`] as const,
  );
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column === 0 ? 0 : 1].length)));
  for (const [key, value, from] of rows) {
    lines.push(`  ${key.padEnd(widths[0] ?? 0)}  ${value.padEnd(widths[1] ?? 0)}  ${dim(terminal, shown(from))}`);
  }
  return `${lines.join('\n')}\n`;
}

function valueText(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.join(', ');
  return value === null ? 'unlimited' : shown(String(value));
}
