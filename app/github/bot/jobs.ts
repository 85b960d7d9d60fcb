/** The handlers of all jobs that have to do with GitHub, and what a review gets around it when it is about a pull request. */
import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import {
  type Accepted,
  BotError,
  type Claim,
  type JobBoard,
  messageOf,
  type NewJob,
  type NoteStore,
  type OpenHome,
  type Outcome,
  type ReviewJob,
} from '../../../src/index.ts';
import { type GitHubAccess, type GitHubApp, splitRepository } from '../access.ts';
import { CHECK_NAME, openCheck } from '../check-run.ts';
import { asBotError } from '../failure.ts';
import { openGitHubHome } from '../home.ts';
import { isOwnCommit } from '../own-commits.ts';
import type { PictureHome } from '../pictures.ts';
import { endCheck } from '../publisher.ts';
import { isSkipped } from '../wishes.ts';
import { type AnnounceParts, announce, announcedOf, endSuperseded, openAnnouncer } from './announce.ts';
import {
  type CommandPayload,
  type MergeGroupPayload,
  newLook,
  newReview,
  PRIORITY,
  type PullReviewPayload,
  reviewJobOf,
} from './events.ts';
import { runCommand } from './run-command.ts';
import { sweep } from './sweep.ts';

/** Works on one claim; the worker's own type, as far as it is used here. */
export type GitHubHandler<Tools extends { readonly signal: AbortSignal }> = (
  claim: Claim,
  tools: Tools,
) => Promise<Outcome>;

/** Takes jobs into the ledger. */
export type Enqueue = (jobs: readonly NewJob[]) => Promise<readonly Accepted[]>;

/** What the GitHub side of the service works with. */
export interface GitHubParts {
  /** Null as long as no App is registered. */
  readonly app: () => GitHubApp | null;
  readonly notes: NoteStore;
  readonly board: Pick<JobBoard, 'find' | 'list'>;
  readonly enqueue: Enqueue;
  /** Folders of jobs are made in here. */
  readonly scratchFolder: string;
  /** The PATH on which git is found. */
  readonly gitPath: string;
  readonly pictures: 'branch' | 'none' | PictureHome;
  /** The page of a review by its id in the ledger; undefined without a public address. */
  readonly reportUrl: (reviewId: string) => string | undefined;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly onTrouble: (what: string) => void;
}

/** Opens homes of jobs with an `origin`. */
export function gitHubHomes(parts: GitHubParts): OpenHome {
  return (job, signal, reviewId) =>
    openGitHubHome(job, accessTo(parts, job.repository, job.origin?.installationId, signal), {
      ...parts,
      reportUrl: reviewId === undefined ? undefined : parts.reportUrl(reviewId),
      hasViewer: true,
    });
}

/** Takes jobs, and lets GitHub know of the reviews among them: after the answer, so that nobody waits for it. */
export function announcing(parts: GitHubParts, signal: AbortSignal): Enqueue {
  const tell = openAnnouncer(announceParts(parts, signal));
  return async (jobs) => {
    const accepted = await parts.enqueue(jobs);
    tell(announcedOf(jobs, accepted));
    return accepted;
  };
}

function announceParts(parts: GitHubParts, signal: AbortSignal): AnnounceParts {
  const access = (job: ReviewJob) => accessTo(parts, job.repository, job.origin?.installationId, signal);
  return { ...parts, accessTo: access };
}

/** The handlers by kind; `review` is the service's own, with GitHub's circumstances around it. */
export function gitHubHandlers<Tools extends { readonly signal: AbortSignal }>(
  parts: GitHubParts,
  review: GitHubHandler<Tools>,
): Readonly<Record<'review' | 'look' | 'command' | 'merge-group' | 'sweep', GitHubHandler<Tools>>> {
  return {
    review: (claim, tools) => settled(claim, () => reviewOnGitHub(claim, tools, parts, review)),
    look: (claim, tools) => settled(claim, () => look(claim, tools.signal, parts)),
    command: (claim, tools) => settled(claim, () => command(claim, tools.signal, parts)),
    'merge-group': (claim, tools) => settled(claim, () => answerMergeGroup(claim, tools.signal, parts)),
    sweep: (claim) =>
      settled(claim, async () => {
        const app = parts.app();
        return app === null ? { kind: 'done' } : { kind: 'done', result: await sweep(app, claim.payload, parts) };
      }),
  };
}

function accessTo(
  parts: Pick<GitHubParts, 'app'>,
  repository: string | null,
  installationId: number | null | undefined,
  signal: AbortSignal,
): GitHubAccess {
  const app = parts.app();
  if (app === null || installationId === null || installationId === undefined || repository === null) {
    throw new BotError('GITHUB_REFUSED', 'no App is registered here that could reach the repository.', {
      at: repository ?? '',
      hint: 'Open /setup, or set APP_ID, PRIVATE_KEY and WEBHOOK_SECRET.',
    });
  }
  return app.installation(installationId, repository, signal);
}

const REFUSED_ATTEMPTS = 3;

/** A limit is waited out, and a newer head is no failure. */
async function settled(claim: Claim, work: () => Promise<Outcome>): Promise<Outcome> {
  try {
    return await work();
  } catch (thrown) {
    const error = asBotError(claim.kind, thrown);
    if (!(error instanceof BotError)) throw error;
    if (error.code === 'GITHUB_SUPERSEDED') return { kind: 'done', result: { superseded: true } };
    // What asks to wait gets a second more: clocks differ.
    if (error.code === 'GITHUB_LIMITED') {
      return { kind: 'again', why: error.message, afterMs: (error.detail.retryAfterMs ?? 60_000) + 1000 };
    }
    // A permission may be granted in these minutes; after that nobody is helped by asking on.
    if (error.code === 'GITHUB_REFUSED' && claim.attempt >= REFUSED_ATTEMPTS)
      return { kind: 'dead', why: error.message };
    throw error;
  }
}

async function reviewOnGitHub<Tools extends { readonly signal: AbortSignal }>(
  claim: Claim,
  tools: Tools,
  parts: GitHubParts,
  review: GitHubHandler<Tools>,
): Promise<Outcome> {
  const { job } = claim.payload as PullReviewPayload;
  const { repository, headCommit, origin } = job;
  if (origin === undefined || repository === null || headCommit === null) return review(claim, tools);
  const access = accessTo(parts, repository, origin.installationId, tools.signal);
  const check = openCheck(access, repository, headCommit, parts.reportUrl(claim.id));
  const announced = announceParts(parts, tools.signal);
  // Checks of other commits, and one that is only announced, are worth no review.
  const trouble = (thrown: unknown) => {
    tools.signal.throwIfAborted();
    parts.onTrouble(`the checks beside the review: ${messageOf(thrown)}`);
  };
  if (claim.memo === null && origin.pullNumber !== null) {
    await announce({ id: claim.id, key: claim.key, job }, announced, tools.signal).catch(trouble);
    await endSuperseded(claim, 'never begun', access, announced).catch(trouble);
    if (await isSkipped(parts.notes, repository, origin.pullNumber)) {
      await endCheck(check, 'neutral', 'Left alone, as somebody asked', 'Comment `/glb optimize` to change that.');
      return { kind: 'done', result: { skipped: true } };
    }
  }
  try {
    const outcome = await review(claim, tools);
    // What it has done is done, whatever happens to checks of commits that nobody looks at any more.
    if (outcome.kind === 'done') await endSuperseded(claim, 'all', access, announced).catch(trouble);
    return outcome;
  } catch (thrown) {
    tools.signal.throwIfAborted();
    const error = asBotError('review', thrown);
    if (error instanceof BotError && error.code === 'GITHUB_SUPERSEDED') {
      await endCheck(check, 'cancelled', 'A newer commit is looked at', 'The branch has moved on.');
      await followHead(access, claim, parts);
    } else if (claim.attempt >= claim.maxAttempts) {
      // Nobody shall wait for a check that no one works on.
      await endCheck(check, 'failure', `${CHECK_NAME} failed`, `    ${messageOf(error)}`).catch(() => {});
    }
    throw error;
  }
}

// Webhooks may come out of order: the job of an older head may have superseded that of the newest.
async function followHead(access: GitHubAccess, claim: Claim, parts: GitHubParts): Promise<void> {
  const { job } = claim.payload as PullReviewPayload;
  const { repository, origin } = job;
  if (repository === null || origin?.pullNumber === undefined || origin.pullNumber === null) return;
  const place = { ...splitRepository(repository), pull_number: origin.pullNumber };
  const { data: pull } = await access.octokit.rest.pulls.get(place);
  if (pull.state !== 'open' || pull.draft === true || pull.head.sha === job.headCommit) return;
  const { installationId, isPrivate } = origin;
  if (installationId === null) return;
  const next = reviewJobOf(pull, { repository, installationId, isPrivate });
  const known = await parts.board.find({ key: newReview({ job: next }, null, PRIORITY.review).key });
  if (known === undefined) await parts.enqueue([newLook(next, PRIORITY.review)]);
  else if (known.state === 'superseded') {
    await parts.enqueue([newReview({ job: next }, `after-${claim.id}`, PRIORITY.review)]);
  }
}

/** Actor and trailers say whether a head is ours; a push of anybody else is reviewed. */
async function look(claim: Claim, signal: AbortSignal, parts: GitHubParts): Promise<Outcome> {
  const { job } = claim.payload as PullReviewPayload;
  const access = accessTo(parts, job.repository, job.origin?.installationId, signal);
  if (await isOwnCommit(access, job.repository ?? '', job.headCommit ?? '')) return { kind: 'done', result: 'own' };
  const [accepted] = await parts.enqueue([newReview({ job }, null, claim.priority)]);
  return { kind: 'done', result: accepted?.outcome };
}

async function command(claim: Claim, signal: AbortSignal, parts: GitHubParts): Promise<Outcome> {
  const payload = claim.payload as CommandPayload;
  const folder = await mkdtemp(path.join(parts.scratchFolder, 'command-'));
  try {
    const access = accessTo(parts, payload.repository, payload.installationId, signal);
    const result = await runCommand(payload, { ...parts, access, folder, occasion: `command-${claim.id}` });
    return { kind: 'done', result };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Nothing is optimized in a queue, and a required check that nobody reports would hold it up. */
async function answerMergeGroup(claim: Claim, signal: AbortSignal, parts: GitHubParts): Promise<Outcome> {
  const { repository, installationId, headCommit } = claim.payload as MergeGroupPayload;
  const access = accessTo(parts, repository, installationId, signal);
  await endCheck(
    openCheck(access, repository, headCommit, undefined),
    'success',
    'Looked at in the pull request',
    'A merge queue is never pushed to.',
  );
  return { kind: 'done' };
}
