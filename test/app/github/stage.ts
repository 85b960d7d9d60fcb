/** A pull request on the stand-in, and our side of it without a queue: for tests of source and publisher. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gitHubPlace, openApp } from '../../../app/github/access.ts';
import { type HomeOptions, openGitHubHome } from '../../../app/github/home.ts';
import type { Notes } from '../../../app/github/notes.ts';
import { openLedger } from '../../../app/ledger/open.ts';
import { inProcessReviewer, type ReviewJob, reviewChange } from '../../../src/index.ts';
import { flatColour } from '../../doubles/memory.ts';
import type { PullHandle } from '../../github-stand-in/driver/pull-handle.ts';
import { type GitHub, type StartOptions, startGitHub } from '../../github-stand-in/github.ts';

/** The stand-in with one repository and one installed App. Close it: it throws when anything violated GitHub's description. */
export async function openStage(options: StartOptions = {}) {
  const github = await startGitHub(options);
  const folder = await mkdtemp(path.join(tmpdir(), 'glb-github-'));
  const app = github.app();
  const signal = new AbortController().signal;
  const place = gitHubPlace(github.host, 'http');
  const key = { appId: app.id, privateKey: app.privateKey };
  const ours = openApp(key, { place, isPaced: false, signal });
  const ledger = openLedger({ folder }, { leaseMs: 30_000, worker: 'test' });
  await ledger.migrate();
  const { notes } = ledger;
  return {
    github,
    app,
    ours,
    notes,
    folder,
    signal,
    access: (installationId: number, repository: string) => ours.installation(installationId, repository, signal),
    async [Symbol.asyncDispose]() {
      await ledger.close();
      await rm(folder, { recursive: true, force: true });
      await github.close();
    },
  };
}

/** An open stage. */
export type Stage = Awaited<ReturnType<typeof openStage>>;

/** The job that a webhook about the pull request makes. */
export function jobOf(pull: PullHandle, installationId: number): ReviewJob {
  const { repository, head, baseBranch, headSha } = pull.state;
  return {
    kind: 'pull-request',
    repository: repository.fullName,
    baseCommit: null,
    headCommit: headSha,
    branch: head.branch,
    origin: {
      installationId,
      pullNumber: pull.number,
      baseBranch,
      headRepository: head.repository.fullName,
      isPrivate: repository.isPrivate,
    },
  };
}

/** Reviews and publishes in this process; pictures are drawn in one colour. */
export async function review(
  stage: Stage,
  job: ReviewJob,
  change: { readonly notes?: Notes; readonly home?: Partial<HomeOptions> } = {},
) {
  const { origin, repository } = job;
  const access = stage.access(origin?.installationId ?? 0, repository ?? '');
  const home = await openGitHubHome(job, access, {
    notes: change.notes ?? stage.notes,
    scratchFolder: stage.folder,
    gitPath: process.env.PATH ?? '',
    pictures: 'branch',
    now: () => Date.now(),
    onTrouble: (what) => {
      throw new Error(what);
    },
    ...change.home,
  });
  try {
    return await reviewChange(
      job,
      {
        source: home.source,
        publisher: home.publisher,
        reviewer: inProcessReviewer({ renderer: flatColour(), now: () => 0 }),
      },
      { flags: {}, concurrency: 1, onProgress: home.onProgress, signal: stage.signal },
    );
  } finally {
    await home.close();
  }
}

/** The text of GitHub's description, should it have been violated. */
export function violations(github: GitHub): readonly string[] {
  return github.takeViolations();
}
