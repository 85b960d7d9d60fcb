/** The home of a job on GitHub: its source, its publisher, and a check run that tells what is going on. */
import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import {
  BotError,
  checkPolicy,
  type GitSource,
  messageOf,
  type Notice,
  POLICY_LIMIT_BYTES,
  type PolicyText,
  type Progress,
  type ReviewHome,
  type ReviewJob,
  renderComment,
  TOOL,
} from '../../src/index.ts';
import type { GitHubAccess } from './access.ts';
import { openBlobs } from './blobs.ts';
import { type CheckRun, openCheck, progressTitle } from './check-run.ts';
import { writeComment } from './comment.ts';
import { isRefused, onGitHub } from './failure.ts';
import type { Notes } from './notes.ts';
import { branchPictures, noPictures, type PictureHome } from './pictures.ts';
import { policyAnnotations } from './policy-change.ts';
import { githubPublisher } from './publisher.ts';
import { githubSource } from './source.ts';
import { openTrees } from './trees.ts';
import { readWishes } from './wishes.ts';

/** What homes are made with. */
export interface HomeOptions {
  readonly notes: Notes;
  /** Folders of jobs are made in here. */
  readonly scratchFolder: string;
  /** The PATH on which git is found. */
  readonly gitPath: string;
  readonly pictures: 'branch' | 'none' | PictureHome;
  /** The page that the check run links to; undefined without a server. */
  readonly reportUrl?: string | undefined;
  /** Whether that page shows both sides in 3D. */
  readonly hasViewer?: boolean;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Told what went wrong and did not matter. */
  readonly onTrouble: (what: string) => void;
}

// A check that moves more often costs calls and tells nobody more.
const PROGRESS_EVERY_MS = 5000;

/** Opens the home of a job with an `origin`. Nothing is written before something is to tell. */
export async function openGitHubHome(job: ReviewJob, access: GitHubAccess, options: HomeOptions): Promise<ReviewHome> {
  const { repository, headCommit, origin } = job;
  if (repository === null || headCommit === null || origin === undefined) {
    throw new BotError('INTERNAL', 'the job has no place on GitHub.');
  }
  const folder = await mkdtemp(path.join(options.scratchFolder, 'github-'));
  const { reportUrl } = options;
  const check = openCheck(access, repository, headCommit, reportUrl);
  const trees = openTrees(access, repository);
  const blobs = openBlobs(access, repository, folder);
  const wishes = await readWishes(options.notes, repository, origin.pullNumber);
  const source = githubSource(job, { access, folder, wishes, only: origin.only ?? null });
  const { now, onTrouble } = options;
  const publisher = githubPublisher({
    access,
    notes: options.notes,
    pictures: picturesOf(options.pictures, () => branchPictures(access, repository, now, onTrouble)),
    check,
    folder,
    gitPath: options.gitPath,
    reportUrl,
    hasViewer: options.hasViewer === true,
    change: {
      base: trees.at(job.baseCommit ?? headCommit),
      head: trees.at(headCommit),
      text: (file) => blobs.text(file, POLICY_LIMIT_BYTES),
    },
  });
  const progress = tellProgress(check, options);
  return {
    source: withPolicyErrors(source, job, { access, check, notes: options.notes }),
    publisher: {
      async publish(proposal) {
        await progress.settled();
        return publisher.publish(proposal);
      },
    },
    onProgress: progress.tell,
    async close() {
      await progress.settled();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function picturesOf(wish: HomeOptions['pictures'], onBranch: () => PictureHome): PictureHome {
  if (wish === 'branch') return onBranch();
  return wish === 'none' ? noPictures : wish;
}

function tellProgress(check: CheckRun, { now, onTrouble }: HomeOptions) {
  let lastMs = Number.NEGATIVE_INFINITY;
  let underway: Promise<void> = Promise.resolve();
  return {
    tell(progress: Progress): void {
      if (now() - lastMs < PROGRESS_EVERY_MS || progress.stage === 'done') return;
      lastMs = now();
      underway = underway
        .then(() => check.progress(progressTitle(progress)))
        .catch((thrown: unknown) => onTrouble(`check run: ${messageOf(thrown)}`));
    },
    settled: () => underway,
  };
}

/** A policy that cannot be read makes the check red and is told in the comment, at its lines, before the job ends. */
function withPolicyErrors(
  source: GitSource,
  job: ReviewJob,
  told: { readonly access: GitHubAccess; readonly check: CheckRun; readonly notes: Notes },
): GitSource {
  const readSound = async (): Promise<PolicyText | undefined> => {
    const policy = await source.readPolicy(job);
    for (const file of policy === undefined ? [] : [policy, ...(policy.extended ? [policy.extended] : [])]) {
      const checked = checkPolicy(file);
      if (checked.kind === 'invalid') throw new PolicyTrouble(file.path, checked.issues);
    }
    return policy;
  };
  return {
    ...source,
    async readPolicy() {
      try {
        return await readSound();
      } catch (thrown) {
        if (!(thrown instanceof BotError) || thrown.code !== 'POLICY_INVALID') throw thrown;
        await onGitHub('telling of the policy', () => tellPolicyError(job, thrown, told)).catch((cause: unknown) => {
          // A token that may not comment must not hide what is wrong.
          if (!isRefused(cause)) throw cause;
        });
        throw thrown;
      }
    },
  };
}

class PolicyTrouble extends BotError {
  readonly path: string;
  readonly issues: readonly { readonly line: number; readonly column: number; readonly message: string }[];

  constructor(path: string, issues: PolicyTrouble['issues']) {
    super('POLICY_INVALID', issues.map(({ message }) => message).join('\n'));
    this.path = path;
    this.issues = issues;
  }
}

async function tellPolicyError(
  job: ReviewJob,
  error: BotError,
  { access, check, notes }: { readonly access: GitHubAccess; readonly check: CheckRun; readonly notes: Notes },
): Promise<void> {
  const path = error instanceof PolicyTrouble ? error.path : (error.detail.at?.split(/[ :]/)[0] ?? 'policy');
  const issues = error instanceof PolicyTrouble ? error.issues : [{ line: 1, column: 1, message: error.message }];
  const messages = issues.map(({ message }) => message);
  const notice: Notice = { kind: 'policy-invalid', path, messages };
  const totals = { assetCount: 0, byteLengthBefore: 0, byteLengthAfter: 0, savedBytes: 0, savedRatio: 0 };
  const report = { schemaVersion: 1 as const, tool: { ...TOOL }, job: { ...job, commit: null }, totals, assets: [] };
  const body = renderComment(report, {
    imageUrl: () => null,
    scope: job.repository ?? '',
    isCommitted: false,
    home: 'github',
    notices: [notice],
    fullReport: 'the check run',
  });
  const pullNumber = job.origin?.pullNumber ?? null;
  if (pullNumber !== null && job.repository !== null) {
    await writeComment(access, { repository: job.repository, pullNumber, scope: job.repository }, notes, body);
  }
  await check.conclude({
    conclusion: 'failure',
    title: 'The policy has an error',
    summary: messages.map((message) => `    ${message}`).join('\n'),
    annotations: policyAnnotations(path, issues),
    images: [],
  });
}
