/** What webhooks missed: deliveries that failed are asked for again, open pull requests that nobody told of are looked at. */
import { type Accepted, messageOf, type NewJob, type NoteStore } from '../../../src/index.ts';
import { type GitHubApp, splitRepository } from '../access.ts';
import { unless } from '../octokit.ts';
import { CHECK_NOTES } from './announce.ts';
import { newLook, PRIORITY, reviewJobOf } from './events.ts';

/** What a job of kind `sweep` carries. */
export interface SweepPayload {
  /** Pull requests too, which costs calls for each repository. */
  readonly isDeep: boolean;
}

/** What a sweep found. */
export interface SweepResult {
  readonly redelivered: number;
  readonly accepted: number;
}

/** What it works with. */
export interface SweepParts {
  readonly enqueue: (jobs: readonly NewJob[]) => Promise<readonly Accepted[]>;
  readonly notes: Pick<NoteStore, 'expire'>;
  readonly now: () => number;
  readonly onTrouble: (what: string) => void;
}

// GitHub keeps deliveries for three days. [docs: redelivering webhooks] The last attempts are enough for each sweep.
const WINDOW_MS = 3 * 86_400_000;
const PAGE_LIMIT_COUNT = 20;
// What fails this often fails for a reason that another delivery does not cure.
const ATTEMPT_LIMIT_COUNT = 5;
// A review that takes longer than a week has failed.
const CHECK_NOTES_KEPT_MS = 7 * 86_400_000;

/** A sweep as a job. `occasion` names it: a period, so that many processes ask for one; or a start. */
export function newSweep(occasion: string, isDeep: boolean): NewJob {
  const key = `sweep/${isDeep ? 'deep' : 'deliveries'}/${occasion}`;
  const payload: SweepPayload = { isDeep };
  return { kind: 'sweep', key, lane: null, group: 'sweep', priority: PRIORITY.sweep, payload, maxAttempts: 3 };
}

/** Sweeps. What one repository refuses does not stop the others. */
export async function sweep(app: GitHubApp, payload: unknown, parts: SweepParts): Promise<SweepResult> {
  const redelivered = await redeliver(app, parts.now());
  const { isDeep } = payload as SweepPayload;
  if (!isDeep) return { redelivered, accepted: 0 };
  await parts.notes.expire(CHECK_NOTES, CHECK_NOTES_KEPT_MS);
  return { redelivered, accepted: await lookAtPulls(app, parts) };
}

async function redeliver(app: GitHubApp, nowMs: number): Promise<number> {
  const attempts = new Map<string, { readonly id: number; count: number; isDone: boolean }>();
  let pages = 0;
  for await (const { data } of app.octokit.paginate.iterator(app.octokit.rest.apps.listWebhookDeliveries, {
    per_page: 100,
  })) {
    for (const { id, guid, status_code } of data) {
      const known = attempts.get(guid) ?? { id, count: 0, isDone: false };
      known.count++;
      known.isDone ||= status_code >= 200 && status_code < 300;
      attempts.set(guid, known);
    }
    const oldest = data.at(-1)?.delivered_at;
    if (++pages >= PAGE_LIMIT_COUNT || oldest === undefined || Date.parse(oldest) < nowMs - WINDOW_MS) break;
  }
  const failed = [...attempts.values()].filter(({ isDone, count }) => !isDone && count < ATTEMPT_LIMIT_COUNT);
  for (const { id } of failed) {
    await unless([404, 422], app.octokit.rest.apps.redeliverWebhookDelivery({ delivery_id: id }));
  }
  return failed.length;
}

async function lookAtPulls(app: GitHubApp, parts: SweepParts): Promise<number> {
  let accepted = 0;
  const installations = await app.octokit.paginate(app.octokit.rest.apps.listInstallations, { per_page: 100 });
  for (const { id, suspended_at } of installations) {
    if (suspended_at !== null && suspended_at !== undefined) continue;
    try {
      const { octokit } = app.wholeInstallation(id);
      const repositories = await octokit.paginate(octokit.rest.apps.listReposAccessibleToInstallation, {
        per_page: 100,
      });
      for (const repository of repositories) {
        const jobs = await missedIn(octokit, repository, id, parts.now());
        const answers = jobs.length === 0 ? [] : await parts.enqueue(jobs);
        accepted += answers.filter(({ outcome }) => outcome === 'accepted').length;
      }
    } catch (thrown) {
      parts.onTrouble(`sweep of installation ${id}: ${messageOf(thrown)}`);
    }
  }
  return accepted;
}

// A job that the ledger knows is not made twice, so every pull request may be named here.
async function missedIn(
  octokit: GitHubApp['octokit'],
  repository: { readonly full_name: string; readonly private: boolean },
  installationId: number,
  nowMs: number,
): Promise<readonly NewJob[]> {
  const { data } = await octokit.rest.pulls.list({
    ...splitRepository(repository.full_name),
    state: 'open',
    sort: 'updated',
    direction: 'desc',
    per_page: 100,
  });
  const place = { repository: repository.full_name, installationId, isPrivate: repository.private };
  return data
    .filter(({ draft, updated_at }) => draft !== true && Date.parse(updated_at) > nowMs - WINDOW_MS)
    .map((pull) => newLook(reviewJobOf(pull, place), PRIORITY.sweep));
}
