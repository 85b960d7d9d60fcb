/** What the services of GitHub Actions hold: jobs by their token, artifacts, cache entries. */
import { randomUUID } from 'node:crypto';
import type { Repository } from '../world/repository.ts';
import { nodeId, type World } from '../world/world.ts';

/** One job of a workflow run, as its `ACTIONS_RUNTIME_TOKEN` names it. */
export interface Job {
  readonly token: string;
  readonly repository: Repository;
  readonly runId: string;
  readonly jobId: string;
  /** The ref that the job's caches are saved under, such as `refs/pull/1/merge`. */
  readonly ref: string;
  /** Refs whose caches it reads: its own, the base branch's, the default branch's. */
  readonly readableRefs: readonly string[];
}

/** A file of the run, or a cache's archive; its bytes are at `blobFile`. */
export interface StoredBlob {
  readonly id: string;
  readonly mimeType: string;
  /** Blocks that were sent and not yet put together. */
  readonly blocks: Map<string, Buffer>;
  isWritten: boolean;
}

/** An artifact of a workflow run. */
export interface Artifact {
  readonly databaseId: number;
  readonly runId: string;
  readonly jobId: string;
  readonly name: string;
  readonly blob: StoredBlob;
  readonly createdAt: string;
  /** `sha256:…`, as the client said. */
  digest: string | null;
  byteLength: number;
  isFinal: boolean;
}

/** An entry of the cache service. */
export interface CacheEntry {
  readonly id: number;
  readonly repositoryId: number;
  readonly ref: string;
  readonly key: string;
  readonly version: string;
  readonly blob: StoredBlob;
  byteLength: number;
  isFinal: boolean;
}

/** Everything of Actions. */
export interface Runtime {
  readonly jobs: Map<string, Job>;
  readonly blobs: Map<string, StoredBlob>;
  readonly artifacts: Artifact[];
  readonly caches: CacheEntry[];
}

/** Nothing yet. */
export function makeRuntime(): Runtime {
  return { jobs: new Map(), blobs: new Map(), artifacts: [], caches: [] };
}

/** Starts a job; its token is a JWT whose scopes name run and job, as the clients read it. */
export function makeJob(world: World, repository: Repository, ref: string, baseRef?: string): Job {
  const [runId, jobId] = [randomUUID(), randomUUID()];
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = {
    scp: `Actions.Results:${runId}:${jobId}`,
    exp: Math.floor(Date.now() / 1000) + 21_600,
    repository_id: repository.id,
  };
  const token = `${part({ alg: 'HS256', typ: 'JWT' })}.${part(claims)}.${nodeId('signature', jobId)}`;
  const readableRefs = [ref, ...(baseRef === undefined ? [] : [baseRef]), `refs/heads/${repository.defaultBranch}`];
  const job = { token, repository, runId, jobId, ref, readableRefs };
  world.runtime.jobs.set(token, job);
  return job;
}

/** A new blob, to be written by whoever knows its address. */
export function makeBlob(world: World, mimeType: string): StoredBlob {
  const blob: StoredBlob = { id: randomUUID(), mimeType, blocks: new Map(), isWritten: false };
  world.runtime.blobs.set(blob.id, blob);
  return blob;
}
