/** The services behind `@actions/artifact` and `@actions/cache`: Twirp methods with JSON bodies. */
import type { Json } from '../http/route.ts';
import { textIn } from '../http/route.ts';
import { type Door, readBytes } from '../http/server.ts';
import { now, type World } from '../world/world.ts';
import { blobUrl } from './blobs.ts';
import { type Artifact, type CacheEntry, type Job, makeBlob } from './runtime.ts';

/** An error as Twirp has it. */
class TwirpError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

type Method = (world: World, job: Job, body: Json) => unknown;

/** A protobuf wrapper (`StringValue`) as JSON: the bare value. */
function digestIn(body: Json): string | null {
  return textIn(body, 'hash') ?? null;
}

function findArtifact(world: World, job: Job, name: string | undefined): Artifact {
  const found = world.runtime.artifacts.find((one) => one.runId === job.runId && one.name === name);
  if (found === undefined) throw new TwirpError(404, 'not_found', 'artifact not found');
  return found;
}

const ARTIFACTS: Readonly<Record<string, Method>> = {
  CreateArtifact(world, job, body) {
    const name = textIn(body, 'name') ?? '';
    const twin = world.runtime.artifacts.find((one) => one.runId === job.runId && one.name === name);
    if (twin !== undefined) {
      throw new TwirpError(409, 'already_exists', 'an artifact with this name already exists on the workflow run');
    }
    const blob = makeBlob(world, textIn(body, 'mime_type') ?? 'application/zip');
    const { runId, jobId } = job;
    const databaseId = world.nextId();
    const state = { createdAt: now(), digest: null, byteLength: 0, isFinal: false };
    world.runtime.artifacts.push({ databaseId, runId, jobId, name, blob, ...state });
    return { ok: true, signed_upload_url: blobUrl(world, blob) };
  },
  FinalizeArtifact(world, job, body) {
    const artifact = findArtifact(world, job, textIn(body, 'name'));
    if (!artifact.blob.isWritten) throw new TwirpError(412, 'failed_precondition', 'nothing was uploaded');
    artifact.digest = digestIn(body);
    artifact.byteLength = Number(body.size ?? 0);
    artifact.isFinal = true;
    return { ok: true, artifact_id: String(artifact.databaseId) };
  },
  ListArtifacts(world, job, body) {
    const name = textIn(body, 'name_filter');
    const own = world.runtime.artifacts.filter(
      (one) => one.runId === job.runId && one.isFinal && (name ?? one.name) === one.name,
    );
    const artifacts = own.map((one) => ({
      workflow_run_backend_id: one.runId,
      workflow_job_run_backend_id: one.jobId,
      database_id: String(one.databaseId),
      name: one.name,
      size: String(one.byteLength),
      created_at: one.createdAt,
      ...(one.digest === null ? {} : { digest: one.digest }),
    }));
    return { artifacts };
  },
  GetSignedArtifactURL: (world, job, body) => ({
    signed_url: blobUrl(world, findArtifact(world, job, textIn(body, 'name')).blob),
  }),
  DeleteArtifact(world, job, body) {
    const artifact = findArtifact(world, job, textIn(body, 'name'));
    world.runtime.artifacts.splice(world.runtime.artifacts.indexOf(artifact), 1);
    return { ok: true, artifact_id: String(artifact.databaseId) };
  },
};

function ownEntry(world: World, job: Job, body: Json): CacheEntry | undefined {
  return world.runtime.caches.find(
    (one) =>
      one.repositoryId === job.repository.id &&
      one.ref === job.ref &&
      one.key === body.key &&
      one.version === body.version,
  );
}

const CACHE: Readonly<Record<string, Method>> = {
  CreateCacheEntry(world, job, body) {
    if (ownEntry(world, job, body) !== undefined)
      throw new TwirpError(409, 'already_exists', 'cache entry with the same key, version, and scope already exists');
    const blob = makeBlob(world, 'application/octet-stream');
    const [key, version] = [textIn(body, 'key') ?? '', textIn(body, 'version') ?? ''];
    const entry = { id: world.nextId(), repositoryId: job.repository.id, ref: job.ref, key, version, blob };
    world.runtime.caches.push({ ...entry, byteLength: 0, isFinal: false });
    return { ok: true, signed_upload_url: blobUrl(world, blob) };
  },
  FinalizeCacheEntryUpload(world, job, body) {
    const entry = ownEntry(world, job, body);
    if (entry === undefined || !entry.blob.isWritten) throw new TwirpError(404, 'not_found', 'cache entry not found');
    entry.byteLength = Number(body.size_bytes ?? 0);
    entry.isFinal = true;
    return { ok: true, entry_id: String(entry.id) };
  },
  GetCacheEntryDownloadURL(world, job, body) {
    const keys = [body.key, ...(Array.isArray(body.restore_keys) ? body.restore_keys : [])].map(String);
    // The nearest ref first; within it the exact key, then the newest of a prefix. [GitHub docs, "Cache key matching"]
    for (const ref of job.readableRefs) {
      const held = world.runtime.caches
        .filter(
          (one) =>
            one.repositoryId === job.repository.id && one.ref === ref && one.isFinal && one.version === body.version,
        )
        .reverse();
      for (const key of keys) {
        const entry = held.find((one) => one.key === key) ?? held.find((one) => one.key.startsWith(key));
        if (entry !== undefined)
          return { ok: true, signed_download_url: blobUrl(world, entry.blob), matched_key: entry.key };
      }
    }
    return { ok: false, signed_download_url: '', matched_key: '' };
  },
};

const SERVICES: Readonly<Record<string, Readonly<Record<string, Method>>>> = {
  'github.actions.results.api.v1.ArtifactService': ARTIFACTS,
  'github.actions.results.api.v1.CacheService': CACHE,
};

/** `POST /twirp/<service>/<method>`, by a job's runtime token. */
export const servicesDoor: Door = async (world, request, response, url) => {
  const found = /^\/twirp\/([^/]+)\/([^/]+)$/.exec(url.pathname);
  if (found === null) return false;
  const [, service = '', method = ''] = found;
  const reply = (status: number, json: unknown) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(json));
  };
  try {
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
    const job = token === undefined ? undefined : world.runtime.jobs.get(token);
    if (job === undefined) throw new TwirpError(401, 'unauthenticated', 'the runtime token is unknown');
    const body: Json = JSON.parse((await readBytes(request)).toString());
    const known = SERVICES[service]?.[method];
    if (known === undefined) throw new TwirpError(404, 'bad_route', `no ${service}/${method}`);
    reply(200, known(world, job, body));
  } catch (cause) {
    if (!(cause instanceof TwirpError)) throw cause;
    reply(cause.status, { code: cause.code, msg: cause.message });
  }
  return true;
};
