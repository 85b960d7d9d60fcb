/** Check runs and check suites. Only an App has them. */
import { emit } from '../events/emit.ts';
import { emitSuite, suiteOf } from '../events/push.ts';
import { describeObject, readCommit } from '../git/objects.ts';
import { resolveCommit } from '../git/refs.ts';
import { ApiError, notFound, unprocessable } from '../http/api-error.ts';
import {
  created,
  type Json,
  list,
  ok,
  type Reply,
  type RepositoryCall,
  type RepositoryRoute,
  reading,
  repositoryRoute,
  textIn,
  writing,
} from '../http/route.ts';
import { presentCheckRun, presentCheckSuite } from '../present/check.ts';
import { webUrl } from '../present/repository.ts';
import type { App } from '../world/app.ts';
import type { CheckRun, CheckSuite, Repository } from '../world/repository.ts';
import { type Account, now, type World } from '../world/world.ts';

// [GitHub docs, checks/create] 50 annotations a request, 65,535 characters each, three buttons.
const ANNOTATION_LIMIT = 50;
const TEXT_LIMIT_CHARS = 65_535;
const TITLE_LIMIT_CHARS = 255;
const MESSAGE_LIMIT_BYTES = 64 * 1024;
const ACTION_LIMITS = { label: 20, description: 40, identifier: 20 };

function appOf({ caller }: RepositoryCall): App {
  if (caller.kind !== 'installation') throw new ApiError(403, 'You must authenticate via a GitHub App.');
  return caller.token.installation.app;
}

function tooLong(what: string, limit: number): ApiError {
  return unprocessable(`Invalid request.\n\nOnly ${limit} characters are allowed; ${what} is longer.`);
}

function objectsIn(value: unknown): Json[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'object' && one !== null) : [];
}

/** Writes what a body says into a run. Throws 422 over a limit, before anything is changed. */
function apply(run: CheckRun, body: Json): void {
  const output: Json = typeof body.output === 'object' && body.output !== null ? { ...body.output } : {};
  const annotations = objectsIn(output.annotations);
  if (annotations.length > ANNOTATION_LIMIT) {
    throw unprocessable(
      `Invalid request.\n\nNo more than ${ANNOTATION_LIMIT} items are allowed; ${annotations.length} were supplied.`,
    );
  }
  if ((textIn(output, 'title')?.length ?? 0) > TITLE_LIMIT_CHARS) throw tooLong('title', TITLE_LIMIT_CHARS);
  for (const key of ['summary', 'text']) {
    if ((textIn(output, key)?.length ?? 0) > TEXT_LIMIT_CHARS) throw tooLong(key, TEXT_LIMIT_CHARS);
  }
  for (const annotation of annotations) {
    if (Buffer.byteLength(textIn(annotation, 'message') ?? '') > MESSAGE_LIMIT_BYTES)
      throw tooLong('message', MESSAGE_LIMIT_BYTES);
    if ((textIn(annotation, 'title')?.length ?? 0) > TITLE_LIMIT_CHARS) throw tooLong('title', TITLE_LIMIT_CHARS);
  }
  const actions = body.actions === undefined ? run.actions : objectsIn(body.actions).map(readAction);
  if (actions.length > 3) throw unprocessable('Invalid request.\n\nNo more than 3 items are allowed.');

  run.actions = actions;
  run.name = textIn(body, 'name') ?? run.name;
  run.externalId = textIn(body, 'external_id') ?? run.externalId;
  run.detailsUrl = textIn(body, 'details_url') ?? run.detailsUrl;
  run.startedAt = textIn(body, 'started_at') ?? run.startedAt;
  run.title = textIn(output, 'title') ?? run.title;
  run.summary = textIn(output, 'summary') ?? run.summary;
  run.text = textIn(output, 'text') ?? run.text;
  run.annotations.push(...annotations);
  if (output.images !== undefined) run.images.splice(0, run.images.length, ...objectsIn(output.images));
  const status = textIn(body, 'status');
  if (status === 'queued' || status === 'in_progress' || status === 'completed') run.status = status;
  const conclusion = textIn(body, 'conclusion');
  if (conclusion !== undefined) {
    run.conclusion = conclusion;
    // A conclusion completes the run by itself. [GitHub docs, checks/create]
    run.status = 'completed';
    run.completedAt = textIn(body, 'completed_at') ?? now();
  } else if (status !== undefined && status !== 'completed') {
    run.conclusion = null;
    run.completedAt = null;
  }
}

function readAction(action: Json) {
  const of = (key: keyof typeof ACTION_LIMITS) => {
    const text = textIn(action, key) ?? '';
    if (text.length > ACTION_LIMITS[key]) throw tooLong(`actions.${key}`, ACTION_LIMITS[key]);
    return text;
  };
  return { label: of('label'), description: of('description'), identifier: of('identifier') };
}

/** `check_run` with the action; what people press goes to the run's own App only. */
export function emitRun(
  world: World,
  repository: Repository,
  run: CheckRun,
  action: string,
  sender: Account,
  more: Json = {},
): void {
  const payload = { action, check_run: presentCheckRun(world, repository, run, true), ...more };
  const isPressed = action === 'rerequested' || action === 'requested_action';
  emit(world, { event: 'check_run', repository, sender, payload, ...(isPressed ? { app: run.suite.app } : {}) });
}

async function createRun(call: RepositoryCall): Promise<Reply> {
  const { world, repository, body } = call;
  const app = appOf(call);
  const headSha = textIn(body, 'head_sha') ?? '';
  if ((await describeObject(repository.directory, headSha))?.type !== 'commit')
    throw unprocessable(`No commit found for SHA: ${headSha}`);
  const suite = await suiteOf(world, repository, app, headSha, null, app.bot);
  const id = world.nextId();
  const run: CheckRun = {
    id,
    suite,
    headSha,
    name: '',
    externalId: '',
    detailsUrl: `${webUrl(world, repository)}/runs/${id}`,
    status: 'queued',
    conclusion: null,
    startedAt: now(),
    completedAt: null,
    title: null,
    summary: null,
    text: null,
    annotations: [],
    images: [],
    actions: [],
  };
  apply(run, body);
  repository.checkRuns.set(id, run);
  emitRun(world, repository, run, run.status === 'completed' ? 'completed' : 'created', app.bot);
  return created(presentCheckRun(world, repository, run));
}

function runIn({ repository, params }: RepositoryCall): CheckRun {
  const run = repository.checkRuns.get(Number(params.check_run_id));
  if (run === undefined) throw notFound();
  return run;
}

function updateRun(call: RepositoryCall): Reply {
  const { world, repository, body } = call;
  const run = runIn(call);
  const app = appOf(call);
  if (run.suite.app !== app)
    throw new ApiError(
      403,
      `Invalid app_id \`${app.id}\` - check run can only be modified by the GitHub App that created it.`,
    );
  const was = run.status;
  apply(run, body);
  if (was !== 'completed' && run.status === 'completed') emitRun(world, repository, run, 'completed', app.bot);
  return ok(presentCheckRun(world, repository, run));
}

async function listRuns(call: RepositoryCall): Promise<Reply> {
  const { world, repository, params, query } = call;
  const sha = await resolveCommit(repository.directory, params.ref ?? '');
  if (sha === null) throw unprocessable(`No commit found for SHA: ${params.ref}`);
  const matches = ({ name, status, suite, headSha }: CheckRun) =>
    headSha === sha &&
    (query.get('check_name') ?? name) === name &&
    (query.get('status') ?? status) === status &&
    (query.get('app_id') ?? String(suite.app.id)) === String(suite.app.id);
  const all = [...repository.checkRuns.values()].filter(matches);
  const isLatest = query.get('filter') !== 'all';
  const runs = all.filter(
    (run) =>
      !isLatest || !all.some((other) => other.id > run.id && other.name === run.name && other.suite === run.suite),
  );
  return list(
    runs.map((run) => presentCheckRun(world, repository, run)),
    (page) => ({ total_count: runs.length, check_runs: page }),
  );
}

function annotations(call: RepositoryCall): Reply {
  const run = runIn(call);
  const empty = { start_column: null, end_column: null, title: null, raw_details: null };
  const blob = `${webUrl(call.world, call.repository)}/blob/${run.headSha}/`;
  return list(
    run.annotations.map((annotation) => ({ ...empty, ...annotation, blob_href: `${blob}${annotation.path}` })),
  );
}

function rerequestRun(call: RepositoryCall): Reply {
  const run = runIn(call);
  emitRun(call.world, call.repository, run, 'rerequested', run.suite.app.bot);
  return created({});
}

async function suiteIn({ repository, params }: RepositoryCall) {
  const suite = repository.checkSuites.get(Number(params.check_suite_id));
  const commit = suite && (await readCommit(repository.directory, suite.headSha));
  if (!suite || !commit) throw notFound();
  return { suite, commit };
}

async function listSuites({ world, repository, params }: RepositoryCall): Promise<Reply> {
  const sha = await resolveCommit(repository.directory, params.ref ?? '');
  const commit = sha && (await readCommit(repository.directory, sha));
  if (!commit) throw unprocessable(`No commit found for SHA: ${params.ref}`);
  const suites = [...repository.checkSuites.values()].filter(({ headSha }) => headSha === sha);
  return list(
    suites.map((suite: CheckSuite) => presentCheckSuite(world, repository, suite, commit)),
    (page) => ({ total_count: suites.length, check_suites: page }),
  );
}

async function rerequestSuite(call: RepositoryCall): Promise<Reply> {
  const { suite, commit } = await suiteIn(call);
  emitSuite(call.world, call.repository, suite, commit, 'rerequested', suite.app.bot);
  return created({});
}

async function getSuite(call: RepositoryCall): Promise<Reply> {
  const { suite, commit } = await suiteIn(call);
  return ok(presentCheckSuite(call.world, call.repository, suite, commit));
}

const READ = reading('checks');
const WRITE = writing('checks');

/** The routes of checks. */
export const checkRoutes: readonly RepositoryRoute[] = [
  repositoryRoute('POST', '/check-runs', WRITE, createRun),
  repositoryRoute('GET', '/check-runs/{check_run_id}', READ, (call) =>
    ok(presentCheckRun(call.world, call.repository, runIn(call))),
  ),
  repositoryRoute('PATCH', '/check-runs/{check_run_id}', WRITE, updateRun),
  repositoryRoute('GET', '/check-runs/{check_run_id}/annotations', READ, annotations),
  repositoryRoute('POST', '/check-runs/{check_run_id}/rerequest', WRITE, rerequestRun),
  repositoryRoute('GET', '/check-suites/{check_suite_id}', READ, getSuite),
  repositoryRoute('POST', '/check-suites/{check_suite_id}/rerequest', WRITE, rerequestSuite),
  repositoryRoute('GET', '/commits/{ref}/check-runs', READ, listRuns),
  repositoryRoute('GET', '/commits/{ref}/check-suites', READ, listSuites),
];
