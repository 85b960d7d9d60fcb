/** A job of a workflow: what a runner gives to an Action, and what came of it. */
import { readFile } from 'node:fs/promises';
import { blobFile } from '../actions/blobs.ts';
import { makeJob } from '../actions/runtime.ts';
import type { Repository } from '../world/repository.ts';
import type { World } from '../world/world.ts';

/** A job in the hands of a test. */
export interface JobHandle {
  /**
   * Environment variables of the services, and where GitHub is. The clients take a server at `*.localhost` for
   * github.com and all others for an Enterprise Server, which has neither this cache nor these artifacts.
   */
  readonly environment: Readonly<Record<string, string>>;
  /** Finished artifacts of the run, with their bytes (a ZIP, or the one file of `skipArchive`). */
  artifacts(): Promise<
    { readonly name: string; readonly mimeType: string; readonly digest: string | null; readonly bytes: Buffer }[]
  >;
  /** Keys of the repository's finished cache entries. */
  cacheKeys(): string[];
}

/** Starts a job at a ref; `baseRef` lets it read the base branch's caches. */
export function jobHandle(world: World, repository: Repository, ref: string, baseRef?: string): JobHandle {
  const job = makeJob(world, repository, ref, baseRef);
  return {
    environment: {
      ACTIONS_RESULTS_URL: `${world.origin}/`,
      ACTIONS_CACHE_URL: `${world.origin}/`,
      ACTIONS_RUNTIME_TOKEN: job.token,
      ACTIONS_CACHE_SERVICE_V2: 'true',
      GITHUB_SERVER_URL: world.origin.replace('127.0.0.1', 'github.localhost'),
      GITHUB_API_URL: `${world.origin}/api/v3`,
      GITHUB_GRAPHQL_URL: `${world.origin}/api/graphql`,
      GITHUB_REPOSITORY: repository.fullName,
      GITHUB_REPOSITORY_OWNER: repository.owner.login,
      GITHUB_REF: ref,
    },
    artifacts: () =>
      Promise.all(
        world.runtime.artifacts
          .filter(({ runId, isFinal }) => runId === job.runId && isFinal)
          .map(async ({ name, blob, digest }) => ({
            name,
            mimeType: blob.mimeType,
            digest,
            bytes: await readFile(blobFile(world, blob)),
          })),
      ),
    cacheKeys: () =>
      world.runtime.caches
        .filter(({ repositoryId, isFinal }) => repositoryId === repository.id && isFinal)
        .map(({ key }) => key),
  };
}
