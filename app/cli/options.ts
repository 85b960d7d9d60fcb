/** The options that all commands share, and their values, checked. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type Decoder, decoderSchema, presetSchema, type RuleFlags, targetSchema } from '../../src/index.ts';

/** The shared options as commander gives them. */
export interface SharedOptions {
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly preset?: NonNullable<RuleFlags['preset']>;
  readonly target?: NonNullable<RuleFlags['target']>;
  readonly decoders?: readonly Decoder[];
  readonly maxVisualDifference?: number;
  readonly policy?: string;
  readonly concurrency?: number;
  /** False after `--no-render`. */
  readonly render: boolean;
}

type SharedName = 'preset' | 'target' | 'decoders' | 'maxVisualDifference' | 'policy' | 'render' | 'concurrency';

const GROUP = 'Common options:';

/** Adds the shared options. All commands take all of them; help names those that change what this command does. */
export function addSharedOptions(command: Command, useful: readonly SharedName[]): Command {
  const options = [
    new Option('--preset <name>', 'how far to go (default: as the policy says, else balanced)').choices(
      presetSchema.options,
    ),
    new Option('--target <name>', 'what loads the files (default: as the policy says, else auto)').choices(
      targetSchema.options,
    ),
    new Option('--decoders <list>', 'decoders that your app registers: meshopt, draco, ktx2, or none').argParser(
      decoders,
    ),
    new Option('--max-visual-difference <D>', '0 identical, 1 invisible, visible from 1.5 on').argParser(difference),
    new Option('--policy <file>', 'use this policy file instead of the one in the repository'),
    new Option('--no-render', 'draw nothing: lossy results then need a review'),
    new Option('--concurrency <N>', 'files under way at once').argParser(concurrency),
    new Option('--json', 'one JSON document on stdout, everything else on stderr'),
    new Option('--quiet', 'no progress, only the result'),
  ];
  for (const option of options) {
    const name = option.attributeName();
    option.helpGroup(GROUP);
    if (name !== 'json' && name !== 'quiet' && !useful.some((known) => known === name)) option.hideHelp();
    command.addOption(option);
  }
  command.addHelpOption(new Option('-h, --help', 'this help').helpGroup(GROUP));
  return command;
}

/** The flags that win over the policy. */
export function ruleFlags(options: SharedOptions): RuleFlags {
  const { preset, target, decoders, maxVisualDifference } = options;
  return {
    ...(preset === undefined ? {} : { preset }),
    ...(target === undefined ? {} : { target }),
    ...(decoders === undefined ? {} : { decoders }),
    ...(maxVisualDifference === undefined ? {} : { maxVisualDifference }),
  };
}

function decoders(text: string): readonly Decoder[] {
  if (text === 'none') return [];
  return text.split(',').map((name) => {
    const parsed = decoderSchema.safeParse(name.trim());
    if (parsed.success) return parsed.data;
    throw new InvalidArgumentError(`Expected ${decoderSchema.options.join(', ')} with commas between them, or none.`);
  });
}

function difference(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value >= 0) return value;
  throw new InvalidArgumentError('Expected a number from 0 on, such as 1.5.');
}

function concurrency(text: string): number {
  return wholeNumber(text, 1, 64);
}

/** A whole number between two others, both included. */
export function wholeNumber(text: string, min: number, max: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return value;
  throw new InvalidArgumentError(`Expected a whole number from ${min} to ${max}.`);
}
