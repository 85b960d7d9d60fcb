/** Carries out what people ask for in comments and by buttons: permission first, a reaction, then the work. */
import {
  type Accepted,
  COMMENT_COMMANDS,
  type JobBoard,
  type NewJob,
  plural,
  type Report,
  type ReviewJob,
  renderComment,
  TOOL,
} from '../../../src/index.ts';
import { type GitHubAccess, splitRepository } from '../access.ts';
import { openCheck } from '../check-run.ts';
import { writeComment } from '../comment.ts';
import { branchTip } from '../commit.ts';
import type { Notes } from '../notes.ts';
import { ownCommits } from '../own-commits.ts';
import { endCheck } from '../publisher.ts';
import { forgetLeft, rememberAccepted, rememberSkipped } from '../wishes.ts';
import { type Command, readCommand } from './command.ts';
import { type CommandPayload, newReview, PRIORITY, type PullDescription, reviewJobOf } from './events.ts';
import { answer, mayWrite, react } from './reply.ts';
import { findPull, undo } from './undo.ts';

/** What a command works with. */
export interface CommandOptions {
  readonly access: GitHubAccess;
  readonly notes: Notes;
  /** Null without a ledger: then nobody knows of other reviews. */
  readonly board: Pick<JobBoard, 'list'> | null;
  readonly enqueue: (jobs: readonly NewJob[]) => Promise<readonly Accepted[]>;
  /** A name for repetitions: two commands never share it. */
  readonly occasion: string;
  readonly folder: string;
  readonly gitPath: string;
  readonly now: () => number;
}

/** How a command ended, for the ledger. */
export interface CommandResult {
  readonly command: string;
  readonly outcome: 'done' | 'not-permitted' | 'too-many' | 'unclear' | 'no-pull-request' | 'nothing' | 'moved';
}

// Per pull request: who types faster does not read the answers.
const LIMIT_COUNT = 20;
const LIMIT_WINDOW_MS = 10 * 60_000;

/** Runs one command. Who may not write gets a reaction and nothing else. */
export async function runCommand(payload: CommandPayload, options: CommandOptions): Promise<CommandResult> {
  const { access } = options;
  const command = readCommand(payload.text);
  const result = (outcome: CommandResult['outcome']): CommandResult => ({ command: command?.kind ?? '', outcome });
  if (command === undefined) return result('unclear');
  if (await isTooMuch(payload, options)) return result('too-many');
  if (!(await mayWrite(access, payload.repository, payload.login))) {
    await react(access, payload, '-1');
    return result('not-permitted');
  }
  const pull = await findPull(access, payload.repository, payload);
  if (pull === undefined || pull.state !== 'open') return result('no-pull-request');
  if (command.kind === 'unclear') {
    await react(access, payload, 'confused');
    await answer(access, payload, pull.number, `I did not understand that: ${command.why}.\n\n${helpText()}`);
    return result('unclear');
  }
  await react(access, payload, 'eyes');
  return result(await carryOut(command, pull, payload, options));
}

async function carryOut(
  command: Command,
  pull: PullDescription,
  payload: CommandPayload,
  options: CommandOptions,
): Promise<CommandResult['outcome']> {
  const { access, notes } = options;
  const { repository } = payload;
  switch (command.kind) {
    case 'optimize':
      await rememberSkipped(notes, repository, pull.number, false);
      await forgetRefusals(repository, pull.number, command.path, options);
      await reviewAgain(pull, payload, options, command);
      return 'done';
    case 'accept':
      await rememberSkipped(notes, repository, pull.number, false);
      await rememberAccepted(notes, repository, pull.number, command.path ?? '*');
      await reviewAgain(pull, payload, options, { preset: null, path: null });
      return 'done';
    case 'undo':
      return undoAndTell(pull, payload, options);
    case 'skip':
      await rememberSkipped(notes, repository, pull.number, true);
      await endCheck(
        openCheck(access, repository, pull.head.sha, undefined),
        'neutral',
        'Left alone, as somebody asked',
        'Comment `/glb optimize` to change that.',
      );
      return 'done';
    case 'status':
      await answer(access, payload, pull.number, await statusText(pull, payload, options));
      return 'done';
    case 'backfill':
      await backfill(pull, payload, options);
      return 'done';
    case 'help':
      await answer(access, payload, pull.number, helpText());
      return 'done';
  }
}

async function reviewAgain(
  pull: PullDescription,
  payload: CommandPayload,
  options: CommandOptions,
  { preset, path }: Pick<Extract<Command, { kind: 'optimize' }>, 'preset' | 'path'>,
): Promise<void> {
  const base = reviewJobOf(pull, payload);
  const { origin } = base;
  const job: ReviewJob = path === null || origin === undefined ? base : { ...base, origin: { ...origin, only: path } };
  const flags = preset === null ? {} : { flags: { preset } };
  await options.enqueue([newReview({ job, ...flags }, options.occasion, PRIORITY.command)]);
}

// Who asks for a file again takes the refusal back.
async function forgetRefusals(
  repository: string,
  pullNumber: number,
  path: string | null,
  { access, notes }: CommandOptions,
): Promise<void> {
  const own = await ownCommits(access, repository, pullNumber);
  const blobs = own.flatMap(({ assets }) =>
    assets.filter((asset) => path === null || asset.path === path || asset.path.startsWith(`${path}/`)),
  );
  if (blobs.length > 0)
    await forgetLeft(
      notes,
      repository,
      blobs.map(({ sourceBlob }) => sourceBlob),
    );
}

async function undoAndTell(
  pull: PullDescription,
  payload: CommandPayload,
  options: CommandOptions,
): Promise<CommandResult['outcome']> {
  const { access, notes } = options;
  const { repository } = payload;
  const undone = await undo(repository, pull, options);
  if (undone.kind !== 'undone') {
    if (undone.kind === 'nothing') {
      await answer(access, payload, pull.number, 'There is nothing to take back: no file here is as I left it.');
    }
    return undone.kind;
  }
  const job = { ...reviewJobOf(pull, payload), commit: undone.commit };
  const totals = { assetCount: 0, byteLengthBefore: 0, byteLengthAfter: 0, savedBytes: 0, savedRatio: 0 };
  const report: Report = { schemaVersion: 1, tool: { ...TOOL }, job, totals, assets: [] };
  const body = renderComment(report, {
    imageUrl: () => null,
    scope: repository,
    isCommitted: false,
    home: 'github',
    notices: [undone.notice],
    fullReport: 'the check run',
  });
  await writeComment(access, { repository, pullNumber: pull.number, scope: repository }, notes, body);
  return 'done';
}

async function backfill(pull: PullDescription, payload: CommandPayload, options: CommandOptions): Promise<void> {
  const { access } = options;
  const { data } = await access.octokit.rest.repos.get(splitRepository(payload.repository));
  const branch = data.default_branch;
  const head = await branchTip(access, payload.repository, branch);
  if (head === undefined) return;
  const base = reviewJobOf(pull, payload);
  const job: ReviewJob = {
    ...base,
    kind: 'backfill',
    baseCommit: head,
    headCommit: head,
    branch,
    origin: {
      installationId: payload.installationId,
      pullNumber: null,
      baseBranch: branch,
      headRepository: payload.repository,
      isPrivate: payload.isPrivate,
    },
  };
  // A pull request of its own, whatever the policy says about commits.
  const flags = { mode: 'pull-request' };
  await options.enqueue([newReview({ job, flags }, options.occasion, PRIORITY.backfill)]);
}

async function statusText(
  pull: PullDescription,
  { repository }: CommandPayload,
  { board }: CommandOptions,
): Promise<string> {
  const head = `\`${pull.head.sha.slice(0, 12)}\``;
  if (board === null) {
    return `The newest commit is ${head}. Each run of the workflow is among the checks of this pull request; I know of no other.`;
  }
  const jobs = await board.list({ kind: 'review', group: repository, limit: 100 });
  const mine = jobs.filter(({ lane }) => lane === `${repository}#${pull.number}`);
  const [latest] = mine;
  if (latest === undefined) return 'Nothing was asked of me here yet. `/glb optimize` starts.';
  const open = mine.filter(({ state }) => ['queued', 'delayed', 'active', 'waiting'].includes(state));
  const state = { queued: 'waits for a worker', delayed: 'waits for its next try', active: 'is being worked on' };
  const words: string =
    latest.state in state
      ? state[latest.state as keyof typeof state]
      : latest.state === 'waiting'
        ? 'waits for its files'
        : `ended: ${latest.state}`;
  return `The newest commit is ${head}. The last review ${words}; ${plural(open.length, 'review')} under way.`;
}

function helpText(): string {
  const rows = COMMENT_COMMANDS.map(([command, meaning]) => `| \`${command}\` | ${meaning} |`);
  return ['| Comment | What happens |', '| :-- | :-- |', ...rows].join('\n');
}

async function isTooMuch({ repository, pullNumber }: CommandPayload, { notes, now }: CommandOptions): Promise<boolean> {
  const key = `commands ${repository.toLowerCase()}#${pullNumber}`;
  const sinceMs = now() - LIMIT_WINDOW_MS;
  const times = ((await notes.read(key)) ?? '')
    .split(' ')
    .map(Number)
    .filter((time) => time > sinceMs);
  if (times.length >= LIMIT_COUNT) return true;
  await notes.write(key, [...times, now()].join(' '));
  return false;
}
