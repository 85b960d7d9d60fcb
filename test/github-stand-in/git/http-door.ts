/** Clone, fetch and push over HTTP: `git http-backend`, with GitHub's permissions in front and events behind. */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import path from 'node:path';
import { afterMove } from '../events/push.ts';
import { canPush, canSee } from '../http/access.ts';
import { ApiError } from '../http/api-error.ts';
import { type Caller, callerName, readCaller } from '../http/caller.ts';
import type { Door } from '../http/server.ts';
import type { Repository } from '../world/repository.ts';
import { findRepository, type World } from '../world/world.ts';
import { listRefs } from './refs.ts';
import { GIT_ENVIRONMENT } from './run.ts';

/** Serves `/owner/name.git/…`; without `.git` works as well. */
export const gitDoor: Door = async (world, request, response, url) => {
  const found = /^\/([^/]+\/[^/]+?)(?:\.git)?\/(info\/refs|git-upload-pack|git-receive-pack)$/.exec(url.pathname);
  if (found === null) return false;
  const [, name = '', tail = ''] = found;
  const service = tail === 'info/refs' ? (url.searchParams.get('service') ?? '') : tail;
  const refuse = (status: number, text: string) => {
    const ask: Record<string, string> = status === 401 ? { 'www-authenticate': 'Basic realm="GitHub"' } : {};
    response.writeHead(status, { 'content-type': 'text/plain', ...ask }).end(text);
    return true;
  };
  let caller: Caller;
  try {
    caller = readCaller(world, request.headers.authorization);
  } catch (cause) {
    if (cause instanceof ApiError) return refuse(401, 'Invalid username or token.');
    throw cause;
  }
  const repository = findRepository(world, name);
  if (repository === undefined || !canSee(caller, repository))
    return refuse(caller.kind === 'anonymous' ? 401 : 404, 'Repository not found.');
  if (service !== 'git-receive-pack') {
    await runBackend(request, response, url, repository, tail, caller);
    return true;
  }
  if (caller.kind === 'anonymous') return refuse(401, 'No anonymous write access.');
  if (caller.kind === 'app') return refuse(401, 'Invalid username or token.');
  if (!canPushSomewhere(world, caller, repository))
    return refuse(403, `Permission to ${repository.fullName}.git denied to ${callerName(caller)}.`);
  if (tail === 'info/refs') {
    await runBackend(request, response, url, repository, tail, caller);
    return true;
  }
  await push(world, request, response, url, repository, caller);
  return true;
};

const HEADS = 'refs/heads/';
// Stands for a branch that is not there yet.
const ANY_BRANCH = ' ';

/** Whether any branch may be moved; the hook asks for each one. */
function canPushSomewhere(world: World, caller: Caller, repository: Repository): boolean {
  const pulls = [...world.repositories.values()].flatMap((base) => [...base.pulls.values()]);
  return [ANY_BRANCH, ...pulls.map(({ head }) => head.branch)].some((branch) =>
    canPush(world, caller, repository, branch),
  );
}

/** Pushes, then follows what git says was moved: by the repository's own hooks, which are the stand-in's. */
async function push(
  world: World,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
  repository: Repository,
  caller: Extract<Caller, { account: unknown }>,
): Promise<void> {
  const branches = await listRefs(repository.directory, HEADS);
  const denied = branches
    .map(({ name }) => name)
    .filter((name) => !canPush(world, caller, repository, name.slice(HEADS.length)));
  const pushed = path.join(world.directory, `${randomUUID()}.pushed`);
  const isMember = canPush(world, caller, repository, ANY_BRANCH);
  await runBackend(request, response, url, repository, 'git-receive-pack', caller, {
    STAND_IN_PUSHED: pushed,
    STAND_IN_DENIED: denied.map((name) => ` ${name} `).join(''),
    STAND_IN_MAY_CREATE: isMember ? 'yes' : 'no',
  });
  const lines = await readFile(pushed, 'utf8').catch(() => '');
  await rm(pushed, { force: true });
  for (const line of lines.split('\n').filter(Boolean)) {
    const [before = '', after = '', ref = ''] = line.split(' ');
    const orNull = (sha: string) => (/^0+$/.test(sha) ? null : sha);
    await afterMove(world, repository, caller.account, { ref, before: orNull(before), after: orNull(after) });
  }
  // Git waits for the end of the answer: whoever pushed finds the pull request moved.
  response.end();
}

/** Runs `git http-backend` as CGI; ends the answer, except after a push. */
async function runBackend(
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
  repository: Repository,
  tail: string,
  caller: Caller,
  environment: Readonly<Record<string, string>> = {},
): Promise<void> {
  const child = spawn('git', ['http-backend'], {
    env: {
      ...GIT_ENVIRONMENT,
      ...environment,
      GIT_PROJECT_ROOT: repository.directory,
      GIT_HTTP_EXPORT_ALL: '1',
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
      PATH_INFO: `/${tail}`,
      QUERY_STRING: url.searchParams.toString(),
      REQUEST_METHOD: request.method ?? 'GET',
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: String(request.headers['content-encoding'] ?? ''),
      REMOTE_USER: callerName(caller),
      REMOTE_ADDR: '127.0.0.1',
    },
  });
  child.stdin.on('error', () => {});
  request.pipe(child.stdin);
  let head = Buffer.alloc(0);
  child.stdout.on('data', (chunk: Buffer) => {
    if (response.headersSent) {
      response.write(chunk);
      return;
    }
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf('\r\n\r\n');
    if (end < 0) return;
    const headers = head
      .subarray(0, end)
      .toString()
      .split('\r\n')
      .map((line) => line.split(/:\s*/, 2));
    const status = headers.find(([name]) => name === 'Status')?.[1];
    for (const [name = '', value = ''] of headers) if (name !== 'Status') response.setHeader(name, value);
    response.writeHead(status === undefined ? 200 : Number.parseInt(status, 10));
    response.write(head.subarray(end + 4));
  });
  await new Promise<void>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', () => resolve());
  });
  if (!response.headersSent) response.writeHead(500);
  if (tail !== 'git-receive-pack') response.end();
}
