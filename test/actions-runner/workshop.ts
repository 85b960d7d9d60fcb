/** A release beside a stand-in for GitHub: what tests of the Action work in. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { RepositoryHandle } from '../github-stand-in/driver/repository-handle.ts';
import { type GitHub, type RepositoryOptions, startGitHub } from '../github-stand-in/github.ts';
import { type FetchedRelease, fetchRelease } from './release.ts';
import { runStep, type Step, type StepResult } from './runner.ts';

/** What a test says about a step; the rest follows from the repository. */
export type WorkshopStep = Pick<Step, 'eventName' | 'payload'> &
  Partial<Pick<Step, 'with' | 'token' | 'sha' | 'ref' | 'env' | 'serverUrl'>> & {
    readonly repository: RepositoryHandle;
    /** With this machine's Chromium; else there is none on the runner. */
    readonly hasBrowser?: boolean;
  };

/** Open for a whole file of tests. Close it: it throws when anything violated GitHub's description. */
export interface Workshop extends AsyncDisposable {
  readonly github: GitHub;
  readonly release: FetchedRelease;
  /** A folder that two runs may share. */
  readonly temp: string;
  /** A repository of an owner of its own. */
  shop(name: string, files: Files, options?: RepositoryOptions): Promise<RepositoryHandle>;
  run(step: WorkshopStep): Promise<StepResult>;
  /** The payload of the newest event in a repository, as a workflow gets it. */
  payloadOf(event: string, repository: RepositoryHandle): Promise<Record<string, unknown>>;
}

type Files = NonNullable<RepositoryOptions['files']>;

/** Opens it. */
export async function openWorkshop(): Promise<Workshop> {
  const release = await fetchRelease();
  const github = await startGitHub();
  // Webhooks of an App and events of workflows have one payload; nobody listens, but what was sent is written down.
  const listener = github.app({ slug: 'event-listener', webhookUrl: 'http://127.0.0.1:9/' });
  const bare = realpathSync(mkdtempSync(path.join(tmpdir(), 'glb-optimizer-bare-')));
  mkdirSync(path.join(bare, 'bin'));
  mkdirSync(path.join(bare, 'temp'));
  symlinkSync(execFileSync('which', ['git']).toString().trim(), path.join(bare, 'bin/git'));
  return {
    github,
    release,
    temp: path.join(bare, 'temp'),
    async shop(name, files, options = {}) {
      const repository = await github.repository(`${name}-makers/${name}`, { ...options, files });
      listener.install(`${name}-makers`);
      return repository;
    },
    run({ repository, hasBrowser = false, env = {}, ...step }) {
      return runStep({
        action: release.folder,
        apiUrl: github.apiUrl,
        serverUrl: github.url,
        repository: repository.fullName,
        token: repository.workflowToken(),
        ...step,
        env: { ...(hasBrowser ? {} : { PATH: path.join(bare, 'bin'), CHROME_PATH: '' }), ...env },
      });
    },
    async payloadOf(event, repository) {
      await github.settled();
      const inRepository = github.deliveries(event).filter(({ repositoryId }) => repositoryId === repository.id);
      const newest = inRepository.at(-1);
      if (newest === undefined) throw new Error(`no event ${event} was sent`);
      const { installation: _none, ...payload } = newest.payload;
      return payload;
    },
    async [Symbol.asyncDispose]() {
      release[Symbol.dispose]();
      rmSync(bare, { recursive: true, force: true });
      await github.close();
    },
  };
}
