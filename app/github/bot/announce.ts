/**
 * The check run says `queued` as soon as a review is accepted, not when a worker has time: outside of the request that accepts
 * it, and made by whoever of us comes first. A check of a review that will never run is ended.
 */
import { type Claim, type JobBoard, messageOf, type NewJob, type ReviewJob } from '../../../src/index.ts';
import type { GitHubAccess } from '../access.ts';
import { announceCheck, cancelCheck } from '../check-run.ts';
import { isAboutThis, waitOf } from '../failure.ts';
import type { Notes } from '../notes.ts';

/** What announcing takes. */
export interface AnnounceParts {
  readonly notes: Notes;
  readonly board: Pick<JobBoard, 'find' | 'list'>;
  readonly accessTo: (job: ReviewJob) => GitHubAccess;
  /** The page of a review by its id in the ledger. */
  readonly reportUrl: (reviewId: string) => string | undefined;
  readonly onTrouble: (what: string) => void;
}

/** A review in the ledger. */
export interface Announced {
  readonly id: string;
  readonly key: string;
  readonly job: ReviewJob;
}

const COMING = 'coming';
const NO_CHECK = 'none';
const ENDED = 'ended';
// Whoever makes the check may be killed at it: after so long the worker makes it itself.
const WAIT_MS = 10_000;
const LOOK_EVERY_MS = 100;
const SUPERSEDED = 'The branch has moved on.';

/** Notes of checks begin so; they are of no use once their reviews are over. */
export const CHECK_NOTES = 'check ';

const noteOf = (key: string) => `${CHECK_NOTES}${key}`;

/** Makes the check of a review, or waits until somebody else has; used by the worker before it begins. */
export async function announce(review: Announced, parts: AnnounceParts, signal: AbortSignal): Promise<void> {
  if (await makeOnce(review, parts)) return;
  const endMs = performance.now() + WAIT_MS;
  while ((await parts.notes.read(noteOf(review.key))) === COMING) {
    signal.throwIfAborted();
    if (performance.now() > endMs) return make(review, parts);
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

/** False when somebody else makes it, or has. */
async function makeOnce(review: Announced, parts: AnnounceParts): Promise<boolean> {
  if (!(await parts.notes.swap(noteOf(review.key), undefined, COMING))) return false;
  await make(review, parts);
  return true;
}

async function make({ id, key, job }: Announced, parts: AnnounceParts): Promise<void> {
  const access = parts.accessTo(job);
  const { repository, headCommit } = job;
  let check: number | undefined;
  try {
    check = await announceCheck(access, repository ?? '', headCommit ?? '', parts.reportUrl(id));
  } finally {
    // After a failure as well: the first word about the work makes the check then.
    await parts.notes.write(noteOf(key), check === undefined ? NO_CHECK : String(check));
  }
  const record = await parts.board.find({ id });
  if (record?.state === 'superseded') await end(access, job, key, parts);
}

/** Ends the checks of reviews that this one has superseded; those that began only once this one is over, too. */
export async function endSuperseded(
  claim: Pick<Claim, 'lane'>,
  which: 'never begun' | 'all',
  access: GitHubAccess,
  parts: AnnounceParts,
): Promise<void> {
  if (claim.lane === null) return;
  const query = { kind: 'review', lane: claim.lane, states: ['superseded'], limit: 50 } as const;
  for (const { key, startedMs, payload } of await parts.board.list(query)) {
    if (which === 'never begun' && startedMs !== null) continue;
    await end(access, (payload as { readonly job: ReviewJob }).job, key, parts);
  }
}

async function end(access: GitHubAccess, job: ReviewJob, key: string, { notes }: AnnounceParts): Promise<void> {
  const check = Number((await notes.read(noteOf(key))) ?? Number.NaN);
  if (!Number.isInteger(check)) return;
  await cancelCheck(access, job.repository ?? '', check, SUPERSEDED);
  await notes.write(noteOf(key), ENDED);
}

// So many at once, beside what the workers ask; so many may wait, and the rest is announced by its worker.
const AT_ONCE_COUNT = 4;
const WAITING_LIMIT_COUNT = 500;

// When GitHub does not answer it is left alone for so long, and as long as it says when it asks to wait: asking for each review in
// vain costs more than accepting it. A worker that begins one meanwhile makes its check.
const REST_MS = 5000;
/** GitHub counts by the hour. */
const MOST_REST_MS = 3_600_000;

/** Announces in the background what was accepted. */
export function openAnnouncer(parts: AnnounceParts, restMs = REST_MS): (reviews: readonly Announced[]) => void {
  const waiting: Announced[] = [];
  let activeCount = 0;
  let isResting = false;
  const take = () => (isResting ? undefined : waiting.shift());
  const start = () => {
    while (!isResting && activeCount < AT_ONCE_COUNT && waiting.length > 0) void next();
  };
  const rest = (forMs: number) => {
    if (isResting) return;
    isResting = true;
    setTimeout(() => {
      isResting = false;
      start();
    }, forMs).unref();
  };
  const next = async (): Promise<void> => {
    activeCount++;
    for (let review = take(); review !== undefined; review = take()) {
      try {
        await makeOnce(review, parts);
      } catch (thrown) {
        parts.onTrouble(`the check cannot be announced: ${messageOf(thrown)}`);
        // What is not permitted, or not there, in one repository is in another.
        if (!isAboutThis(thrown)) rest(Math.min(Math.max(restMs, waitOf(thrown) ?? 0), MOST_REST_MS));
      }
    }
    activeCount--;
  };
  return (reviews) => {
    waiting.push(...reviews.slice(0, Math.max(0, WAITING_LIMIT_COUNT - waiting.length)));
    start();
  };
}

/** The reviews of pull requests among jobs that the ledger took. */
export function announcedOf(
  jobs: readonly NewJob[],
  accepted: readonly { readonly outcome: string; readonly id: string | null }[],
): readonly Announced[] {
  return jobs.flatMap(({ kind, key, payload }, place) => {
    const answer = accepted[place];
    if (kind !== 'review' || answer?.outcome !== 'accepted' || answer.id === null) return [];
    // We wrote it.
    const { job } = payload as { readonly job: ReviewJob };
    return (job.origin?.pullNumber ?? null) === null ? [] : [{ id: answer.id, key, job }];
  });
}
