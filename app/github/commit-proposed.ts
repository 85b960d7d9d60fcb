/** Commits proposed files on the branch of a pull request, or says why that cannot be. */
import {
  BotError,
  commitMessageFor,
  messageOf,
  type Notice,
  type Proposal,
  type ProposedFile,
} from '../../src/index.ts';
import type { GitHubAccess } from './access.ts';
import { makeCommit } from './commit.ts';
import { type PreparedFiles, prepareFiles } from './commit-files.ts';
import { isRefused } from './failure.ts';
import { headersOf, statusOf } from './octokit.ts';

/** What came of it. `moved`: another head is there, nothing was written. */
export type CommitOutcome =
  | { readonly kind: 'settled'; readonly commit: string | null; readonly notices: readonly Notice[] }
  | { readonly kind: 'moved' };

/** What it takes. */
export interface CommitOptions {
  readonly access: GitHubAccess;
  readonly folder: string;
  readonly gitPath: string;
  /** GraphQL's id of the pull request, to ask whether it waits in a merge queue. */
  readonly pullId: string;
}

/** Makes one commit of the files; a fork, a missing permission or a lock is a notice, not an error. */
export async function commitProposed(
  proposal: Proposal,
  files: readonly ProposedFile[],
  options: CommitOptions,
): Promise<CommitOutcome> {
  const { repository, branch, headCommit, origin } = proposal.job;
  if (files.length === 0) return { kind: 'settled', commit: null, notices: [] };
  if (repository === null || branch === null || headCommit === null || origin === undefined) {
    throw new BotError('INTERNAL', 'the job has no branch on GitHub.');
  }
  const isFork = origin.headRepository !== repository;
  const settled = (notice: Notice): CommitOutcome => ({ kind: 'settled', commit: null, notices: [notice] });
  if (await isInMergeQueue(options.access, options.pullId)) return settled({ kind: 'in-merge-queue' });
  try {
    const prepared = await prepare(proposal, files, options);
    // Objects go to a fork only where commits go. [GitHub docs, collaboration with Git LFS, "Pushing large files to forks"]
    const isUploadRefused = prepared.notices.length > 0 && prepared.notices.every(({ kind }) => kind === 'lfs-refused');
    if (prepared.files.length === 0 && isFork && isUploadRefused) {
      return settled({ kind: 'fork', headRepository: origin.headRepository });
    }
    if (prepared.files.length === 0) return { kind: 'settled', commit: null, notices: prepared.notices };
    const answer = await makeCommit(
      options.access,
      {
        repository: origin.headRepository,
        branch,
        tip: headCommit,
        otherParents: [],
        treeOf: headCommit,
        message: commitMessageFor(proposal.report, prepared.taken),
        files: prepared.files,
      },
      { folder: options.folder, path: options.gitPath },
    );
    if (answer.kind === 'made') return { kind: 'settled', commit: answer.commit, notices: prepared.notices };
    // Of a private fork we do not even see the branch.
    if (isFork && answer.tip === null) return settled({ kind: 'fork', headRepository: origin.headRepository });
    return { kind: 'moved' };
  } catch (thrown) {
    if (isFork && isRefused(thrown)) return settled({ kind: 'fork', headRepository: origin.headRepository });
    const notice = notPermitted(thrown);
    if (notice === undefined) throw thrown;
    return settled(notice);
  }
}

function prepare(
  { job }: Proposal,
  files: readonly ProposedFile[],
  { access, folder }: Pick<CommitOptions, 'access' | 'folder'>,
): Promise<PreparedFiles> {
  const { repository, branch, headCommit, origin } = job;
  if (repository === null || headCommit === null || origin === undefined) {
    throw new BotError('INTERNAL', 'the job has no place on GitHub.');
  }
  const target = { repository, headRepository: origin.headRepository, branch: branch ?? origin.baseBranch, headCommit };
  return prepareFiles(access, { ...target, folder }, files);
}

/** The first half: uploads and checks, no commit. */
commitProposed.prepare = prepare;

// 403: the token may not. 422 with the branch where it was: a rule of the repository, such as a protected branch.
function notPermitted(thrown: unknown): Notice | undefined {
  if (!isRefused(thrown) && statusOf(thrown) !== 422) return undefined;
  const wanted = headersOf(thrown)['x-accepted-github-permissions'];
  const permission = typeof wanted === 'string' && wanted !== '' ? wanted : 'contents: write';
  const words =
    messageOf(thrown)
      .split('\n')[0]
      ?.replace(/ - https:\/\/\S+$/, '') ?? '';
  return { kind: 'not-permitted', permission, why: `GitHub refuses the commit: ${words}.` };
}

const QUEUE_QUERY = 'query ($id: ID!) { node(id: $id) { ... on PullRequest { isInMergeQueue } } }';

async function isInMergeQueue(access: GitHubAccess, pullId: string): Promise<boolean> {
  type Answer = { node?: { isInMergeQueue?: boolean } | null };
  // An Enterprise Server may not know the field: then there is no queue.
  const answer = await access.octokit.graphql<Answer>(QUEUE_QUERY, { id: pullId }).catch(() => undefined);
  return answer?.node?.isInMergeQueue === true;
}
