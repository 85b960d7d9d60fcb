/** `/api/jobs/:id` and what hangs on it: report, page, events, all files, another try. */
import type { Context, Hono } from 'hono';
import { streamSSE } from 'hono/streaming';
import {
  type ArtifactStore,
  type JobBoard,
  type JobRecord,
  type PageModel,
  type ReportPage,
  type ReportStore,
  type ReviewRecord,
  type StoredGlbBytes,
  writeReport,
} from '../../src/index.ts';
import type { Access } from './access.ts';
import { notHere, Refusal } from './answer.ts';
import { disposition } from './file-name.ts';
import { type JobFeed, openJobFeed } from './job-feed.ts';
import { type JobViewParts, outputOf, publicId, reviewJobOf, viewJob } from './job-view.ts';
import type { ArtifactLinks } from './links.ts';
import type { Throttle } from './throttle.ts';
import { UPLOAD_KEY } from './uploads.ts';
import { maySee } from './visitor.ts';
import { zipOf } from './zip.ts';

/** What the routes need. */
export interface JobParts extends JobViewParts {
  readonly access: Pick<Access, 'known'>;
  readonly board: Pick<JobBoard, 'find' | 'list' | 'retry'>;
  readonly reports: Pick<ReportStore, 'read'>;
  readonly artifacts: Pick<ArtifactStore, 'stream'>;
  readonly links: ArtifactLinks;
  /** Wakes a worker for it. */
  readonly ring: (id: string) => Promise<void>;
  /** For open event streams. */
  readonly throttle: Throttle;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

// A proxy that hears nothing for a minute ends the connection.
const HEARTBEAT_MS = 15_000;

/** Mounts them. */
export function mountJobs(web: Hono, parts: JobParts): void {
  const feed = openJobFeed((id) => findJob(id, parts).then((record) => record && viewJob(record, parts)));
  const found = async (context: Context): Promise<JobRecord> => {
    const visitor = await parts.access.known(context);
    const record = await findJob(context.req.param('id') ?? '', parts);
    if (record !== undefined && maySee(visitor, reviewJobOf(record).repository)) return record;
    throw notHere('This job');
  };
  const reviewed = async (context: Context): Promise<ReviewRecord> => {
    const review = await parts.reports.read((await found(context)).id);
    if (review === undefined) throw notHere('The report of this job');
    return review;
  };

  web.get('/api/jobs/:id', async (context) => context.json(await viewJob(await found(context), parts)));
  web.get('/api/jobs/:id/events', async (context) => events(context, publicId(await found(context)), feed, parts));
  web.get('/api/jobs/:id/report', async (context) => {
    const { report } = await reviewed(context);
    return context.body(writeReport(report), 200, { 'content-type': 'application/json' });
  });
  web.get('/api/jobs/:id/page', async (context) => context.json(pageOf(await reviewed(context), parts.links)));
  web.get('/api/jobs/:id/files.zip', async (context) => {
    const { assets } = await reviewed(context);
    const files = assets.flatMap((asset) => {
      const output = outputOf(asset);
      return output === null ? [] : [{ name: asset.report.path, ...output }];
    });
    const zip = await zipOf(files, (digest) => parts.artifacts.stream(digest));
    if (zip === undefined) throw notHere('One of the files');
    return context.body(zip.body, 200, {
      'content-type': 'application/zip',
      'content-length': String(zip.byteLength),
      'content-disposition': disposition('attachment', 'optimized.zip'),
    });
  });
  web.post('/api/jobs/:id/retry', async (context) => {
    const { id, state } = await found(context);
    if (!(await parts.board.retry(id))) {
      throw new Refusal(409, 'NOT_FAILED', `Only a failed job can be tried again; this one is ${state}.`);
    }
    await parts.ring(id);
    return context.json({ id: context.req.param('id') }, 202);
  });
}

/** A review by the id of pages. The ledger's own number does not open an upload: it could be guessed. */
export async function findJob(
  id: string,
  { board, now }: Pick<JobParts, 'board' | 'now'>,
): Promise<JobRecord | undefined> {
  const isNumber = /^[1-9]\d{0,14}$/.test(id);
  if (!isNumber && !/^u[\w-]{24}$/.test(id)) return undefined;
  const record = await board.find(isNumber ? { id } : { key: `${UPLOAD_KEY}${id}` });
  if (record?.kind !== 'review' || publicId(record) !== id) return undefined;
  const { upload } = reviewJobOf(record);
  return upload === undefined || now() < upload.expiresMs ? record : undefined;
}

function events(context: Context, id: string, feed: JobFeed, { throttle, access }: JobParts): Promise<Response> {
  return access.known(context).then((visitor) => {
    const leave = throttle.enter(visitor.kind === 'person' ? visitor.login : visitor.kind);
    context.header('cache-control', 'no-store');
    // nginx would hold events back.
    context.header('x-accel-buffering', 'no');
    return streamSSE(context, async (stream) => {
      const over = Promise.withResolvers<void>();
      let written: Promise<void> = Promise.resolve();
      const stop = feed.follow(id, {
        onState(data) {
          written = written.then(() => stream.writeSSE({ event: 'state', data, retry: 1000 })).catch(over.resolve);
        },
        onEnd: () => void written.then(over.resolve),
      });
      const beat = setInterval(() => stream.write(':\n\n').catch(over.resolve), HEARTBEAT_MS);
      stream.onAbort(over.resolve);
      await over.promise;
      clearInterval(beat);
      stop();
      leave();
    });
  });
}

function pageOf({ report, assets }: ReviewRecord, links: ArtifactLinks): ReportPage {
  const linked = (glb: StoredGlbBytes, name: string): PageModel => ({
    kind: 'linked',
    url: links.to(glb.digest, name),
    byteLength: glb.byteLength,
    siblings: glb.siblings.map(([uri, sibling]) => [uri, links.to(sibling.digest, 'sibling.bin')]),
  });
  return {
    report,
    stage: { kind: 'linked', base: '/viewer/' },
    images: assets.flatMap(({ images }) =>
      images.map(({ name, digest }) => [name, links.to(digest, name.split('/').at(-1) ?? name)] as const),
    ),
    pairs: assets.flatMap(({ model, report: { path } }) => {
      if (model === null) return [];
      const name = path.split('/').at(-1) ?? path;
      return [
        {
          path,
          ...(model.base === undefined ? {} : { base: linked(model.base, name) }),
          before: linked(model.before, name),
          after: model.after && linked(model.after, name),
        },
      ];
    }),
  };
}
