/** Carries out a proposal on GitHub: commit, pictures, comment, check. Killed in between, the next try finds what is done. */
import {
  BotError,
  commitMessageFor,
  headline,
  type Notice,
  type Proposal,
  type ProposedFile,
  type Published,
  type Publisher,
  type Report,
  type ReviewJob,
  renderComment,
} from '../../src/index.ts';
import { type GitHubAccess, splitRepository } from './access.ts';
import { annotationsOf, type CheckRun, conclusionOf, openCheck } from './check-run.ts';
import { type CommentAnswer, writeComment } from './comment.ts';
import { type CommitOutcome, commitProposed } from './commit-proposed.ts';
import { isRefused, onGitHub } from './failure.ts';
import type { Notes } from './notes.ts';
import { openOwnPullRequest, ownBranch } from './own-pull-request.ts';
import type { PictureAddress, PictureHome } from './pictures.ts';
import { type PolicyChange, policyChange } from './policy-change.ts';
import { differingGlbs, superseded } from './pull-files.ts';
import type { CommitFiles, TreeFile } from './trees.ts';

/** What a publisher works with. */
export interface PublisherOptions {
  readonly access: GitHubAccess;
  readonly notes: Notes;
  readonly pictures: PictureHome;
  readonly check: CheckRun;
  /** A folder of this job alone. */
  readonly folder: string;
  /** The PATH on which git is found. */
  readonly gitPath: string;
  /** Where the whole report can be seen; undefined without a page for it. */
  readonly reportUrl: string | undefined;
  /** Whether that page shows both sides in 3D. */
  readonly hasViewer: boolean;
  /** What the pull request changes, both sides' files, to tell about its policy. */
  readonly change: {
    readonly base: CommitFiles;
    readonly head: CommitFiles;
    readonly text: (file: TreeFile) => Promise<string | undefined>;
  };
}

/** Publishes jobs with an `origin`. Throws `GITHUB_SUPERSEDED` when the branch has moved on. */
export function githubPublisher(options: PublisherOptions): Publisher {
  return {
    publish: (proposal) =>
      onGitHub('publishing', () =>
        proposal.job.origin?.pullNumber === null
          ? publishBackfill(proposal, options)
          : publishOnPullRequest(proposal, options),
      ),
  };
}

async function publishOnPullRequest(proposal: Proposal, options: PublisherOptions): Promise<Published> {
  const { job } = proposal;
  const { access, check } = options;
  const place = placeOf(job);
  const pull = await access.octokit.rest.pulls.get({ ...splitRepository(place.repository), pull_number: place.number });
  if (pull.data.state !== 'open') {
    await endCheck(check, 'neutral', 'The pull request is closed', 'Nothing was done.');
    return { commit: null };
  }
  const policy = await policyChange(options.change, await differingGlbs(options.change.base, options.change.head));
  const outcome = await commitAll(proposal, options, pull.data.node_id);
  if (outcome.kind === 'moved' || (outcome.commit === null && pull.data.head.sha !== job.headCommit)) {
    await endCheck(check, 'cancelled', 'A newer commit is looked at', 'The branch has moved on.');
    throw superseded({ headCommit: place.headCommit }, pull.data.head.sha);
  }
  const report = withCommit(proposal.report, outcome.commit);
  const notices = [...policy.notices, ...outcome.notices];
  const address = await options.pictures.store(proposal.images, {
    pullNumber: place.number,
    headCommit: place.headCommit,
  });
  const answer = await comment(report, { ...options, notices, address, job });
  await conclude(report, { ...options, notices, address, policy }, outcome.commit, answer);
  return { commit: outcome.commit, notices, comment: answer };
}

interface Told extends PublisherOptions {
  readonly notices: readonly Notice[];
  readonly address: PictureAddress;
}

/** Files for the branch itself, then those for a pull request of our own. */
async function commitAll(proposal: Proposal, options: PublisherOptions, pullId: string): Promise<CommitOutcome> {
  const { job, files } = proposal;
  const direct = files.filter(({ delivery }) => delivery === undefined);
  const separate = files.filter(({ delivery }) => delivery === 'pull-request');
  const outcome = await commitProposed(proposal, direct, { ...options, pullId });
  if (outcome.kind === 'moved' || separate.length === 0) return outcome;
  if (job.origin?.headRepository !== job.repository) {
    const notice: Notice = { kind: 'fork', headRepository: job.origin?.headRepository ?? '' };
    return { ...outcome, notices: [...outcome.notices, notice] };
  }
  const notice = await deliverSeparately(proposal, separate, options, outcome.commit ?? placeOf(job).headCommit);
  return { ...outcome, notices: [...outcome.notices, ...notice] };
}

async function deliverSeparately(
  proposal: Proposal,
  separate: readonly ProposedFile[],
  options: PublisherOptions,
  baseCommit: string,
): Promise<readonly Notice[]> {
  const { job, report } = proposal;
  const place = placeOf(job);
  const prepared = await commitProposed.prepare(proposal, separate, options);
  if (prepared.files.length === 0) return prepared.notices;
  const branch = ownBranch(job.origin?.pullNumber ?? null);
  const part = { ...report, assets: report.assets.filter(({ path }) => separate.some((file) => file.path === path)) };
  const message = commitMessageFor(report, prepared.taken);
  const answer = await openOwnPullRequest(
    options.access,
    {
      repository: place.repository,
      baseBranch: place.branch,
      baseCommit,
      branch,
      files: prepared.files,
      message,
      title: message.split('\n')[0] ?? headline(part, true),
      body: renderComment(part, textOptions(part, { ...options, notices: [], address: () => null }, job, true)),
    },
    { folder: options.folder, path: options.gitPath },
  );
  if (answer.kind === 'edited') return [...prepared.notices, { kind: 'own-branch-edited', branch }];
  if (answer.kind === 'declined') return prepared.notices;
  const { url, pullNumber } = answer;
  return [...prepared.notices, { kind: 'own-pull-request', url, pullNumber, fileCount: prepared.taken.length }];
}

async function publishBackfill(proposal: Proposal, options: PublisherOptions): Promise<Published> {
  const { job } = proposal;
  const notices =
    proposal.files.length === 0
      ? []
      : await deliverSeparately(proposal, proposal.files, options, placeOf(job).headCommit);
  const { report } = proposal;
  await conclude(report, { ...options, notices: [], address: () => null, policy: undefined }, null, undefined);
  return { commit: null, notices };
}

async function comment(
  report: Report,
  told: Told & { readonly job: ReviewJob },
): Promise<CommentAnswer | { readonly kind: 'refused' }> {
  const { repository, number } = placeOf(told.job);
  const body = renderComment(report, textOptions(report, told, told.job, report.job.commit !== null));
  try {
    return await writeComment(told.access, { repository, pullNumber: number, scope: repository }, told.notes, body);
  } catch (thrown) {
    // The commit may be made all the same, and the check tells of it.
    if (isRefused(thrown)) return { kind: 'refused' };
    throw thrown;
  }
}

function textOptions(
  report: Report,
  told: Pick<Told, 'notices' | 'address' | 'reportUrl' | 'hasViewer'>,
  job: ReviewJob,
  isCommitted: boolean,
) {
  return {
    imageUrl: told.address,
    scope: job.repository ?? '',
    isCommitted,
    home: 'github' as const,
    notices: told.notices,
    fullReport:
      told.reportUrl === undefined
        ? 'the report on the server, whose operator has to set `PUBLIC_URL` for a link to it'
        : `[the full report](<${told.reportUrl}>)`,
    ...(told.reportUrl !== undefined && told.hasViewer ? { viewerUrl: told.reportUrl } : {}),
    ...(report.assets.length === 0 ? { limitChars: 60_000 } : {}),
  };
}

// Also on the commit that we made: a required check looks at the newest one.
async function conclude(
  report: Report,
  told: Told & { readonly policy: PolicyChange | undefined },
  commit: string | null,
  answer: CommentAnswer | { readonly kind: 'refused' } | undefined,
): Promise<void> {
  const url = answer?.kind === 'written' ? answer.url : undefined;
  const text = renderComment(report, {
    ...textOptions(report, told, toJob(report), commit !== null),
    limitChars: 60_000,
  });
  const images = report.assets.flatMap(({ path, images: { comparison } }) => {
    const image_url = comparison === undefined ? null : told.address(comparison);
    return image_url === null ? [] : [{ alt: `Before, after and difference of ${path}`, image_url, caption: path }];
  });
  const isRed = told.policy?.isInvalid === true;
  const conclusion = {
    conclusion: isRed ? ('failure' as const) : conclusionOf(report),
    title: isRed ? 'The policy has an error' : headline(report, commit !== null),
    // The marker is the comment's.
    summary: `${url === undefined ? '' : `[The comment](${url})\n\n`}${text.slice(text.indexOf('\n') + 1)}`,
    annotations: [...(told.policy?.annotations ?? []), ...annotationsOf(report)],
    images: images.slice(0, 10),
  };
  await told.check.conclude(conclusion);
  if (commit === null || report.job.repository === null) return;
  await openCheck(told.access, report.job.repository, commit, told.reportUrl).conclude(conclusion);
}

function toJob(report: Report): ReviewJob {
  return report.job;
}

/** Ends the check without a report. */
export async function endCheck(
  check: CheckRun,
  conclusion: 'neutral' | 'cancelled' | 'failure' | 'success',
  title: string,
  summary: string,
): Promise<void> {
  await check.conclude({ conclusion, title, summary, annotations: [], images: [] });
}

function withCommit(report: Report, commit: string | null): Report {
  return { ...report, job: { ...report.job, commit } };
}

function placeOf(job: ReviewJob): { repository: string; number: number; headCommit: string; branch: string } {
  const { repository, headCommit, branch, origin } = job;
  if (repository === null || headCommit === null || origin === undefined) {
    throw new BotError('INTERNAL', 'the job has no place on GitHub.');
  }
  return { repository, number: origin.pullNumber ?? 0, headCommit, branch: branch ?? origin.baseBranch };
}
