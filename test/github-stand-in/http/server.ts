/** The HTTP server: faults, log, who asks, which route, and GitHub's description as judge of both sides. */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Description } from '../openapi/description.ts';
import { findRepository, type World } from '../world/world.ts';
import { requireAccess } from './access.ts';
import { ApiError, notFound } from './api-error.ts';
import { type Caller, callerName, readCaller } from './caller.ts';
import { type Faults, suffer } from './fault.ts';
import { cutPage } from './page.ts';
import { type Call, type Json, type Match, matcher, type Reply, type Route } from './route.ts';

/** Serves paths that are not the REST API, such as Git's; false when the path is none of its. */
export type Door = (world: World, request: IncomingMessage, response: ServerResponse, url: URL) => Promise<boolean>;

/** What the server is made of. */
export interface ServerParts {
  readonly world: World;
  readonly faults: Faults;
  readonly routes: readonly Route[];
  readonly doors: readonly Door[];
  readonly description: Description;
}

// Larger bodies get 413. A blob of 40 MiB is 53 MiB of base64.
const BODY_LIMIT_BYTES = 100 * 1024 * 1024;
const LOGGED_LIMIT_BYTES = 1024 * 1024;
const RATE_LIMIT = 5000;

/** Starts to listen on a free loopback port, and writes it into `world.origin`. */
export async function listen(parts: ServerParts, port = 0): Promise<Server> {
  const match = matcher(parts.routes);
  const startedMs = performance.now();
  const server = createServer((request, response) => {
    void serve(parts, match, startedMs, request, response).catch((cause: unknown) => {
      // What no handler foresaw is a defect of the stand-in: the test shall see it.
      parts.world.violations.push(`${request.method} ${request.url}: ${cause instanceof Error ? cause.stack : cause}`);
      if (!response.headersSent) response.writeHead(500, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ message: 'Server Error' }));
    });
  });
  server.requestTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the stand-in has no port');
  parts.world.origin = `http://127.0.0.1:${address.port}`;
  return server;
}

type Matcher = ReturnType<typeof matcher>;

async function serve(
  parts: ServerParts,
  match: Matcher,
  startedMs: number,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { world, faults } = parts;
  const url = new URL(request.url ?? '/', world.origin);
  const method = request.method ?? 'GET';
  const path = url.pathname.replace(/^\/api(\/v3(?=\/|$)|(?=\/graphql$))/, '') || '/';
  const entry = {
    method,
    path: path + url.search,
    route: null as string | null,
    actor: 'anonymous',
    body: undefined as unknown,
    status: 0,
    atMs: performance.now() - startedMs,
  };
  world.requests.push(entry);
  response.on('close', () => {
    entry.status = response.headersSent ? response.statusCode : 0;
  });

  const fault = faults.take(method, path + url.search);
  if (fault?.kind === 'cut') {
    request.socket.destroy();
    return;
  }
  let reply: Reply;
  let found: Match | undefined;
  try {
    if (fault !== undefined) await suffer(fault);
    for (const door of parts.doors) if (await door(world, request, response, url)) return;
    found = match(method, path);
    entry.route = found?.route.operation ?? null;
    const caller = readCaller(world, request.headers.authorization);
    entry.actor = callerName(caller);
    const body = await readJson(request);
    // A test reads what was said, not the bytes of files.
    entry.body = Number(request.headers['content-length'] ?? 0) > LOGGED_LIMIT_BYTES ? undefined : body;
    reply = await answer(parts, found, caller, url, request, body);
    if (fault?.kind === 'lost-answer') reply = errorReply(new ApiError(502, 'Bad Gateway'));
  } catch (cause) {
    if (!(cause instanceof ApiError)) throw cause;
    reply = errorReply(cause);
  }
  write(parts, found, request, response, url, reply, fault !== undefined);
}

async function answer(
  parts: ServerParts,
  found: Match | undefined,
  caller: Caller,
  url: URL,
  request: IncomingMessage,
  body: unknown,
): Promise<Reply> {
  const { world, description } = parts;
  if (found === undefined) {
    // A plain 404 would let a client believe that there is nothing, where only the stand-in has nothing.
    world.violations.push(`the stand-in knows no ${request.method} ${url.pathname}`);
    throw notFound();
  }
  const { route, params } = found;
  if (description.has(route.operation)) {
    world.violations.push(...description.checkRequest(route.operation, url.searchParams, body));
  }
  const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
  const call: Call = { world, caller, params, query: url.searchParams, headers, body: isJson(body) ? body : {} };
  if (!('need' in route)) return route.handle(call);
  const repository = findRepository(world, `${params.owner}/${params.repo}`);
  if (repository === undefined) throw notFound();
  try {
    requireAccess(world, caller, repository, route.need);
    return await route.handle({ ...call, repository });
  } catch (cause) {
    if (!(cause instanceof ApiError) || cause.status !== 403) throw cause;
    // GitHub names what the route accepts. [GitHub docs, "Troubleshooting the REST API": X-Accepted-GitHub-Permissions]
    const { resources, level } = route.need;
    const accepted = { 'x-accepted-github-permissions': resources.map((name) => `${name}=${level}`).join('; ') };
    throw new ApiError(cause.status, cause.message, cause.extra, { ...accepted, ...cause.headers });
  }
}

function errorReply(error: ApiError): Reply {
  return { status: error.status, json: error.body, headers: error.headers };
}

function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Reads a body to its end; throws 413 over the limit. */
export async function readBytes(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let byteLength = 0;
  for await (const chunk of request) {
    byteLength += chunk.byteLength;
    if (byteLength > BODY_LIMIT_BYTES) throw new ApiError(413, 'Payload Too Large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const bytes = await readBytes(request);
  if (bytes.byteLength === 0) return undefined;
  try {
    return JSON.parse(bytes.toString());
  } catch {
    throw new ApiError(400, 'Problems parsing JSON');
  }
}

function write(
  { world, description }: ServerParts,
  found: Match | undefined,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
  reply: Reply,
  isFaulty: boolean,
): void {
  let headers: Record<string, string> = {
    ...rateLimit(world),
    'x-github-request-id': `stand-in:${world.requests.length}`,
    'x-github-media-type': 'github.v3; format=json',
  };
  let bytes: Uint8Array;
  if ('bytes' in reply) {
    headers = { ...headers, 'content-type': 'application/octet-stream', ...reply.headers };
    bytes = reply.bytes;
  } else {
    const cut = 'list' in reply ? cutPage(reply.list, url) : undefined;
    const json = 'list' in reply ? (reply.wrap?.(cut?.page ?? []) ?? cut?.page) : reply.json;
    headers = {
      ...headers,
      'content-type': 'application/json; charset=utf-8',
      ...cut?.headers,
      ...('json' in reply ? reply.headers : {}),
    };
    bytes = Buffer.from(JSON.stringify(json));
    if (found !== undefined && !isFaulty && description.has(found.route.operation)) {
      // The description judges what was really sent.
      const sent: unknown = JSON.parse(bytes.toString());
      world.violations.push(...description.checkResponse(found.route.operation, reply.status, sent));
    }
  }
  if (request.method === 'GET' && reply.status === 200) {
    headers.etag = `W/"${createHash('sha256').update(bytes).digest('hex')}"`;
    if (request.headers['if-none-match'] === headers.etag) {
      response.writeHead(304, headers).end();
      return;
    }
  }
  headers['content-length'] = String(bytes.byteLength);
  response.writeHead(reply.status, headers).end(bytes);
}

function rateLimit(world: World): Record<string, string> {
  const used = world.requests.length;
  return {
    'x-ratelimit-limit': String(RATE_LIMIT),
    'x-ratelimit-remaining': String(Math.max(0, RATE_LIMIT - used)),
    'x-ratelimit-used': String(used),
    'x-ratelimit-reset': String(Math.ceil(Date.now() / 1000) + 3600),
    'x-ratelimit-resource': 'core',
  };
}
