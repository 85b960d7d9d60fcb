/** `POST /api/uploads`: files stream into the artifact store, and become a job like any other. */
import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { getConnInfo } from '@hono/node-server/conninfo';
import type { Context, Hono } from 'hono';
import {
  type Accepted,
  type ArtifactStore,
  type NewJob,
  presetSchema,
  type ReviewJob,
  type RuleFlags,
  targetSchema,
  type UploadAccepted,
} from '../../src/index.ts';
import type { Access } from './access.ts';
import { Refusal } from './answer.ts';
import { receiveForm } from './multipart.ts';
import type { Throttle } from './throttle.ts';

/** What uploads need. */
export interface UploadParts {
  readonly access: Pick<Access, 'known' | 'base'>;
  readonly artifacts: Pick<ArtifactStore, 'put'>;
  readonly accept: (jobs: readonly NewJob[]) => Promise<readonly Accepted[]>;
  readonly throttle: Throttle;
  readonly limitBytes: number;
  readonly keptMs: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly onUpload: (seen: { readonly id: string; readonly fileCount: number; readonly byteLength: number }) => void;
}

/** The ledger's key of an upload's job begins with this; the rest is the id that pages use. */
export const UPLOAD_KEY = 'upload/';

// Somebody sits and waits: before pull requests, after commands.
const PRIORITY = 25;
const ID_BYTES = 18;

/** Mounts it. */
export function mountUploads(web: Hono, parts: UploadParts): void {
  web.post('/api/uploads', async (context) => {
    const visitor = await parts.access.known(context);
    const who = visitor.kind === 'person' ? `@${visitor.login}` : (getConnInfo(context).remote.address ?? '');
    const leave = parts.throttle.enter(who);
    try {
      const { files, fields } = await receive(context, parts);
      const flags = wishesOf(fields);
      // Nobody finds another's upload by guessing: 144 bits.
      const id = `u${randomBytes(ID_BYTES).toString('base64url')}`;
      const job: ReviewJob = {
        kind: 'upload',
        repository: null,
        baseCommit: null,
        headCommit: null,
        branch: null,
        upload: { files, expiresMs: parts.now() + parts.keptMs },
      };
      const group = visitor.kind === 'person' ? `uploads:${visitor.login}` : 'uploads';
      const payload = { job, flags };
      await parts.accept([
        { kind: 'review', key: `${UPLOAD_KEY}${id}`, lane: null, group, priority: PRIORITY, payload },
      ]);
      const byteLength = files.reduce((sum, file) => sum + file.byteLength, 0);
      parts.onUpload({ id, fileCount: files.length, byteLength });
      const accepted: UploadAccepted = { id, url: `${parts.access.base(context)}/upload#${id}` };
      context.header('location', `/api/jobs/${id}`);
      return context.json(accepted, 202);
    } finally {
      leave();
    }
  });
}

async function receive(context: Context, { artifacts, limitBytes }: UploadParts) {
  const { raw } = context.req;
  if (raw.body === null) throw new Refusal(400, 'NO_FILE', 'There is no file in this upload.');
  // The types of the web and of Node are two declarations of one stream.
  const body = Readable.fromWeb(raw.body as ReadableStream<Uint8Array>);
  return receiveForm(body, context.req.header(), { put: (chunks) => artifacts.put(chunks), limitBytes });
}

function wishesOf(fields: ReadonlyMap<string, string>): RuleFlags {
  const preset = presetSchema.optional().safeParse(fields.get('preset') || undefined);
  const target = targetSchema.optional().safeParse(fields.get('target') || undefined);
  for (const [name, wish] of [
    ['preset', preset],
    ['target', target],
  ] as const) {
    if (wish.success) continue;
    const expected = wish.error.issues[0]?.message ?? '';
    throw new Refusal(400, 'WRONG_WISH', `${name}: expected ${expected}, found “${fields.get(name)?.slice(0, 40)}”.`);
  }
  return {
    ...(preset.data === undefined ? {} : { preset: preset.data }),
    ...(target.data === undefined ? {} : { target: target.data }),
  };
}
