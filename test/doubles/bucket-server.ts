/** A small server that speaks as much S3 as a store of artifacts asks for: put, get, head, list, delete; one bucket, in memory. */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

/** A bucket that can be looked into, aged and broken. */
export interface BucketServer {
  readonly endpoint: string;
  readonly objects: Map<string, { readonly bytes: Buffer; modifiedMs: number }>;
  /** So many of the next requests are answered with 503. */
  failNext: number;
  /** Requests without a signature; there must be none. */
  unsigned: number;
  close(): Promise<void>;
}

/** Starts it; objects are in `bucket`. */
export async function startBucket(bucket: string): Promise<BucketServer> {
  const objects: BucketServer['objects'] = new Map();
  const state: BucketServer = { endpoint: '', objects, failNext: 0, unsigned: 0, close: async () => {} };
  const server = createServer(async (request, response) => {
    const body = await bytesOf(request);
    if (!/^AWS4-HMAC-SHA256 /.test(request.headers.authorization ?? '')) state.unsigned++;
    if (state.failNext > 0) {
      state.failNext--;
      return answer(response, 503, '<Error><Code>SlowDown</Code></Error>');
    }
    const url = new URL(request.url ?? '/', 'http://bucket');
    const [, name, ...rest] = decodeURIComponent(url.pathname).split('/');
    if (name !== bucket) return answer(response, 404, '<Error><Code>NoSuchBucket</Code></Error>');
    const key = rest.join('/');
    if (request.method === 'POST' && url.searchParams.has('delete')) {
      for (const [, old = ''] of body.toString().matchAll(/<Key>([^<]*)<\/Key>/g)) objects.delete(old);
      return answer(response, 200, '<DeleteResult/>');
    }
    if (key === '') return request.method === 'HEAD' ? answer(response, 200, '') : list(response, url, objects);
    return object(request, response, key, body, objects);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return Object.assign(state, {
    endpoint: `http://127.0.0.1:${address.port}`,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  });
}

// Two a page, so that whoever lists has to turn pages.
const PAGE = 2;

function list(response: ServerResponse, url: URL, objects: BucketServer['objects']): void {
  const prefix = url.searchParams.get('prefix') ?? '';
  const after = url.searchParams.get('continuation-token') ?? '';
  const keys = [...objects.keys()].filter((key) => key.startsWith(prefix) && key > after).sort();
  const page = keys.slice(0, PAGE);
  const contents = page.map((key) => {
    const modified = new Date(objects.get(key)?.modifiedMs ?? 0).toISOString();
    return `<Contents><Key>${key}</Key><LastModified>${modified}</LastModified></Contents>`;
  });
  const more = keys.length > PAGE;
  const next = more ? `<NextContinuationToken>${page.at(-1)}</NextContinuationToken>` : '';
  answer(
    response,
    200,
    `<ListBucketResult><IsTruncated>${more}</IsTruncated>${next}${contents.join('')}</ListBucketResult>`,
  );
}

function object(
  request: IncomingMessage,
  response: ServerResponse,
  key: string,
  body: Buffer,
  objects: BucketServer['objects'],
): void {
  const found = objects.get(key);
  if (request.method === 'PUT') {
    objects.set(key, { bytes: body, modifiedMs: Date.now() });
    response.setHeader('etag', `"${createHash('md5').update(body).digest('hex')}"`);
    answer(response, 200, '');
  } else if (found === undefined) {
    answer(response, 404, request.method === 'HEAD' ? '' : '<Error><Code>NoSuchKey</Code></Error>');
  } else {
    response.setHeader('content-length', found.bytes.byteLength);
    response.setHeader('last-modified', new Date(found.modifiedMs).toUTCString());
    response.end(request.method === 'HEAD' ? undefined : found.bytes);
  }
}

function answer(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'application/xml' }).end(text);
}

async function bytesOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  // A stream may come in signed chunks: `<hex length>;chunk-signature=…\r\n<bytes>\r\n`. [docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html]
  if (!/aws-chunked/.test(String(request.headers['content-encoding'] ?? ''))) return body;
  const parts: Buffer[] = [];
  for (let at = 0; at < body.length; ) {
    const end = body.indexOf('\r\n', at);
    const length = Number.parseInt(body.subarray(at, end).toString(), 16);
    if (!(length > 0)) break;
    parts.push(body.subarray(end + 2, end + 2 + length));
    at = end + 2 + length + 2;
  }
  return Buffer.concat(parts);
}
