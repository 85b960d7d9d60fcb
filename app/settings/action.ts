/** The Action's inputs and surroundings -> settings. Every wrong input is named at once, with what is allowed. */
import { availableParallelism } from 'node:os';
import { BotError, clean, explainPattern, presetSchema, type RuleFlags, targetSchema } from '../../src/index.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** What the workflow asked for. */
export interface ActionInputs {
  /** A secret: never in a log, a report or an error. */
  readonly token: string;
  /** Undefined: as the policy says. */
  readonly mode: 'commit' | 'report' | 'pull-request' | undefined;
  /** The path of a policy file in the repository; undefined: where policies usually are. */
  readonly policy: string | undefined;
  /** Only these are looked at, besides what the policy leaves out; empty: as the policy says. */
  readonly paths: readonly string[];
  /** Flags that win over the policy. */
  readonly flags: RuleFlags;
  readonly failOn: 'budget' | 'failed' | 'never';
  readonly images: 'branch' | 'none';
  readonly hasViewerArtifact: boolean;
}

/** Where the job runs and what started it. Of `environment`, the browser takes only what it needs. */
export interface ActionSettings {
  readonly inputs: ActionInputs;
  readonly eventName: string;
  readonly eventPath: string;
  /** `owner/name`. */
  readonly repository: string;
  /** The commit and the ref that the run is about. */
  readonly sha: string;
  readonly ref: string;
  /** Without `/` at the end. */
  readonly apiUrl: string;
  readonly serverUrl: string;
  /** The page of this run, for links. */
  readonly runUrl: string;
  /** Files that the runner reads after the step; undefined outside of a runner. */
  readonly outputFile: string | undefined;
  readonly summaryFile: string | undefined;
  /** A folder that the runner empties after the job. */
  readonly tempFolder: string;
  /** The runner offers its artifact and cache services to this step. */
  readonly hasArtifacts: boolean;
  readonly hasCache: boolean;
  /** Assets under way at once. */
  readonly concurrency: number;
  readonly environment: Environment;
}

/** One input as `action.yml` and the README have it. */
export interface ActionInput {
  readonly name: string;
  /** As `action.yml` has it; '' leaves it to the policy. */
  readonly default: string;
  /** The values that are allowed, or a sentence that says which. */
  readonly allowed: readonly string[] | string;
  readonly what: string;
}

/** All inputs, in the order of the docs. `action.yml` and the README's table are tested against this list. */
export const ACTION_INPUTS = [
  {
    name: 'token',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: an expression of GitHub's, as action.yml has it
    default: '${{ github.token }}',
    allowed: 'a token of GitHub',
    what: "Reads the models, and writes the commit and the comment. An App's token makes the commit start your other checks.",
  },
  {
    name: 'mode',
    default: '',
    allowed: ['commit', 'report', 'pull-request'],
    what: 'What becomes of a smaller file: one commit on the branch, only the report, or a pull request into the branch.',
  },
  {
    name: 'policy',
    default: '',
    allowed: 'the path of a file in the repository',
    what: 'The policy file, read at the base commit. Usually `.github/glb-optimizer.yml`.',
  },
  {
    name: 'preset',
    default: '',
    allowed: presetSchema.options,
    what: 'How far the search for small files goes.',
  },
  {
    name: 'target',
    default: '',
    allowed: targetSchema.options,
    what: 'Who loads the files. `auto` looks into package.json.',
  },
  {
    name: 'paths',
    default: '',
    allowed: 'patterns such as `public/**/*.glb`, one a line',
    what: 'Only look at these, of the files that the policy includes.',
  },
  {
    name: 'max-visual-difference',
    default: '',
    allowed: 'a number from 0 on, such as 1.5',
    what: 'The limit of the visual guard: 0 identical, 1 invisible, visible from 1.5 on.',
  },
  {
    name: 'min-saved-percent',
    default: '',
    allowed: 'a number from 0 to 100, such as 5',
    what: 'Smaller savings are not worth a commit.',
  },
  {
    name: 'fail-on',
    default: 'budget',
    allowed: ['budget', 'failed', 'never'],
    what: 'What makes the step red: a budget that is exceeded or a file that is refused (and all that follows), only our own failures, or nothing.',
  },
  {
    name: 'images',
    default: 'branch',
    allowed: ['branch', 'none'],
    what: 'Where the pictures of the comment live: on an orphan branch of the repository, or nowhere.',
  },
  {
    name: 'viewer-artifact',
    default: 'true',
    allowed: ['true', 'false'],
    what: 'Upload `report.html`, the page to compare in, as an artifact that opens in the browser.',
  },
] as const satisfies readonly ActionInput[];

/** The name of an input. */
export type ActionInputName = (typeof ACTION_INPUTS)[number]['name'];

/** All outputs with what they hold, in the order of the docs. */
export const ACTION_OUTPUTS = {
  'saved-bytes': 'Bytes saved, over all files.',
  'saved-percent': 'The same in percent of what there was, such as `61.5`.',
  'optimized-count': 'Files that became smaller and were proven.',
  report: 'The path of `report.json` on the runner.',
  markdown: 'The comment, as Markdown; cut to 60,000 characters.',
  'comment-url': 'Where the comment is; empty when there is none.',
  'commit-sha': 'The commit that was made; empty when there is none.',
  conclusion: '`success`, `failure`, `neutral` (nothing to do), or `superseded` (the branch moved on).',
} as const;

/** The name of an output. */
export type ActionOutputName = keyof typeof ACTION_OUTPUTS;

const PATTERN_LIMIT_COUNT = 100;
// Each asset under way may hold its textures decoded: hundreds of megabytes. More than four gain little.
const CONCURRENCY_LIMIT = 4;

/** Reads the settings of an Action's step; throws a `USAGE` error that names every wrong input. */
export function readActionSettings(from: { readonly env: Environment }): ActionSettings {
  const { env } = from;
  const serverUrl = trimmedUrl(env.GITHUB_SERVER_URL) ?? 'https://github.com';
  const repository = required(env, 'GITHUB_REPOSITORY');
  return {
    inputs: readInputs(env),
    eventName: required(env, 'GITHUB_EVENT_NAME'),
    eventPath: required(env, 'GITHUB_EVENT_PATH'),
    repository,
    sha: env.GITHUB_SHA ?? '',
    ref: env.GITHUB_REF ?? '',
    apiUrl: trimmedUrl(env.GITHUB_API_URL) ?? 'https://api.github.com',
    serverUrl,
    runUrl: `${serverUrl}/${repository}/actions/runs/${env.GITHUB_RUN_ID ?? '0'}`,
    outputFile: filled(env.GITHUB_OUTPUT),
    summaryFile: filled(env.GITHUB_STEP_SUMMARY),
    tempFolder: required(env, 'RUNNER_TEMP'),
    hasArtifacts: filled(env.ACTIONS_RUNTIME_TOKEN) !== undefined && filled(env.ACTIONS_RESULTS_URL) !== undefined,
    hasCache:
      filled(env.ACTIONS_RUNTIME_TOKEN) !== undefined &&
      (filled(env.ACTIONS_RESULTS_URL) ?? filled(env.ACTIONS_CACHE_URL)) !== undefined,
    concurrency: Math.max(1, Math.min(CONCURRENCY_LIMIT, availableParallelism())),
    environment: env,
  };
}

function readInputs(env: Environment): ActionInputs {
  const wrong: string[] = [];
  const text = (name: ActionInputName): string => {
    const input = ACTION_INPUTS.find((one) => one.name === name);
    const given = inputOf(env, name);
    return given === '' && name !== 'token' ? (input?.default ?? '') : given;
  };
  const refuse = (name: ActionInputName): undefined => {
    const { allowed } = ACTION_INPUTS.find((one) => one.name === name) ?? { allowed: '' };
    const expected = typeof allowed === 'string' ? allowed : `one of ${allowed.join(', ')}`;
    wrong.push(`input ${name}: expected ${expected}, found "${clean(text(name), 80)}".`);
    return undefined;
  };
  const choice = <const T extends string>(name: ActionInputName, allowed: readonly T[]): T | undefined => {
    const given = text(name);
    return given === '' ? undefined : (allowed.find((one) => one === given) ?? refuse(name));
  };
  const number = (name: ActionInputName, max: number): number | undefined => {
    const given = text(name);
    if (given === '') return undefined;
    const value = /^\d+(\.\d+)?$/.test(given) ? Number(given) : Number.NaN;
    return value <= max ? value : refuse(name);
  };
  const paths = text('paths')
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const isBadPattern = (path: string) => path.length > 256 || explainPattern(path) !== undefined;
  if (paths.length > PATTERN_LIMIT_COUNT || paths.some(isBadPattern)) refuse('paths');
  const token = text('token');
  if (token === '') wrong.push('input token: expected a token of GitHub, found nothing. Leave it out for the default.');
  const policy = text('policy');
  if (/^\/|\\|(^|\/)\.\.?(\/|$)/.test(policy)) refuse('policy');
  const flags = {
    mode: choice('mode', ['commit', 'report', 'pull-request']),
    preset: choice('preset', presetSchema.options),
    target: choice('target', targetSchema.options),
    maxVisualDifference: number('max-visual-difference', Number.MAX_VALUE),
  };
  const minSavedPercent = number('min-saved-percent', 100);
  const inputs: ActionInputs = {
    token,
    mode: flags.mode,
    policy: policy === '' ? undefined : policy,
    paths,
    flags: withoutUndefined({
      ...flags,
      minSavedRatio: minSavedPercent === undefined ? undefined : minSavedPercent / 100,
    }),
    failOn: choice('fail-on', ['budget', 'failed', 'never']) ?? 'budget',
    images: choice('images', ['branch', 'none']) ?? 'branch',
    hasViewerArtifact: choice('viewer-artifact', ['true', 'false']) !== 'false',
  };
  if (wrong.length > 0) throw new BotError('USAGE', wrong.join('\n'));
  return inputs;
}

/** [actions/toolkit packages/core/src/core.ts] Upper case, blanks become `_`, hyphens stay. */
function inputOf(env: Environment, name: string): string {
  return (env[`INPUT_${name.replaceAll(' ', '_').toUpperCase()}`] ?? '').trim();
}

function required(env: Environment, name: string): string {
  const value = filled(env[name]);
  if (value !== undefined) return value;
  throw new BotError('USAGE', 'it is not set.', {
    at: name,
    hint: 'This file runs as a step of a GitHub workflow; elsewhere, use the command line.',
  });
}

function filled(value: string | undefined): string | undefined {
  return value === undefined || value === '' ? undefined : value;
}

function trimmedUrl(value: string | undefined): string | undefined {
  return filled(value)?.replace(/\/+$/, '');
}

type Defined<T> = { readonly [K in keyof T]?: Exclude<T[K], undefined> };

function withoutUndefined<T extends object>(value: T): Defined<T> {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as Defined<T>;
}
