/** The main road of the App, by Octokit, against the stand-in. */
import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AppHandle } from './driver/app-handle.ts';
import type { PullHandle } from './driver/pull-handle.ts';
import type { RepositoryHandle } from './driver/repository-handle.ts';
import { type GitHub, startGitHub } from './github.ts';
import { octokitAs, octokitWith } from './octokit.ts';

interface Received {
  readonly event: string;
  readonly guid: string;
  readonly payload: Record<string, unknown>;
  readonly isSigned: boolean;
}

/** A webhook receiver; `status` is what it answers. */
async function startReceiver(secret: string) {
  const received: Received[] = [];
  const state = { status: 200 };
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const signature = `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
    received.push({
      event: String(request.headers['x-github-event']),
      guid: String(request.headers['x-github-delivery']),
      payload: JSON.parse(body.toString()),
      isSigned: request.headers['x-hub-signature-256'] === signature,
    });
    response.writeHead(state.status).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { url: `http://127.0.0.1:${address.port}/`, received, state, close: () => server.close() };
}

describe('the main road', () => {
  let github: GitHub;
  let repository: RepositoryHandle;
  let app: AppHandle;
  let installationId: number;
  let pull: PullHandle;
  let receiver: Awaited<ReturnType<typeof startReceiver>>;
  const at = { owner: 'acme', repo: 'models' };

  beforeAll(async () => {
    github = await startGitHub();
    app = github.app({ events: ['pull_request', 'push', 'issue_comment', 'check_run', 'check_suite', 'merge_group'] });
    receiver = await startReceiver(app.webhookSecret);
    app.setWebhookUrl(receiver.url);
    repository = await github.repository('acme/models', {
      files: { 'README.md': 'models\n', 'old.glb': Buffer.alloc(3000, 1) },
    });
    installationId = app.install('acme');
    await repository.commit(
      'chair',
      { 'models/chair.glb': Buffer.alloc(2000, 2), 'new.glb': Buffer.alloc(3000, 1), 'old.glb': null },
      { author: 'ada' },
    );
    pull = await repository.openPull({ head: 'chair', author: 'ada', title: 'A chair' });
  });
  afterAll(async () => {
    await github.close();
    receiver.close();
  });

  it('sends signed webhooks with GUIDs of their own', async () => {
    await github.settled();
    const names = receiver.received.map(({ event, payload }) => [event, payload.action].filter(Boolean).join('.'));
    expect(names.toSorted()).toEqual(['check_suite.requested', 'installation.created', 'pull_request.opened', 'push']);
    expect(receiver.received.every(({ isSigned }) => isSigned)).toBe(true);
    expect(new Set(receiver.received.map(({ guid }) => guid)).size).toBe(4);
    const opened = receiver.received.find(({ event }) => event === 'pull_request');
    expect(opened?.payload).toMatchObject({
      number: 1,
      pull_request: { head: { sha: pull.headSha, ref: 'chair' }, base: { ref: 'main' }, changed_files: 2 },
      installation: { id: installationId },
      sender: { login: 'ada' },
    });
  });

  it('knows the App by its JWT and gives narrowed tokens', async () => {
    const octokit = octokitAs(github, app);
    expect((await octokit.rest.apps.getAuthenticated()).data?.slug).toBe('glb-optimizer');
    expect((await octokit.rest.apps.listInstallations()).data).toHaveLength(1);
    expect((await octokit.rest.apps.getRepoInstallation(at)).data.id).toBe(installationId);
    const { data } = await octokit.rest.apps.createInstallationAccessToken({
      installation_id: installationId,
      repositories: ['models'],
      permissions: { contents: 'read' },
    });
    expect(data).toMatchObject({
      permissions: { contents: 'read', metadata: 'read' },
      repository_selection: 'selected',
    });
    const narrowed = octokitWith(github, data.token);
    await expect(narrowed.rest.git.createBlob({ ...at, content: 'x' })).rejects.toThrow(
      'Resource not accessible by integration',
    );
    expect((await narrowed.rest.apps.listReposAccessibleToInstallation()).data.total_count).toBe(1);
    await narrowed.rest.apps.revokeInstallationAccessToken();
    await expect(narrowed.rest.repos.get(at)).rejects.toThrow('Bad credentials');
  });

  it('lists files, reads bytes, commits by the Git Data API and tells of the new head', async () => {
    const octokit = octokitAs(github, app, installationId);
    const { data: files } = await octokit.rest.pulls.listFiles({ ...at, pull_number: 1 });
    expect(files).toMatchObject([
      { filename: 'models/chair.glb', status: 'added' },
      { filename: 'new.glb', status: 'renamed', previous_filename: 'old.glb' },
    ]);
    const url = `${github.apiUrl}/repos/acme/models/git/blobs/${files[0]?.sha}`;
    const authorization = `token ${app.token('acme/models')}`;
    const raw = await fetch(url, { headers: { accept: 'application/vnd.github.raw+json', authorization } });
    expect(Buffer.from(await raw.arrayBuffer())).toEqual(Buffer.alloc(2000, 2));

    const { data: made } = await octokit.rest.git.createBlob({
      ...at,
      content: Buffer.alloc(500, 3).toString('base64'),
      encoding: 'base64',
    });
    const { data: head } = await octokit.rest.git.getCommit({ ...at, commit_sha: pull.headSha });
    const { data: tree } = await octokit.rest.git.createTree({
      ...at,
      base_tree: head.tree.sha,
      tree: [{ path: 'models/chair.glb', mode: '100644', type: 'blob', sha: made.sha }],
    });
    const { data: commit } = await octokit.rest.git.createCommit({
      ...at,
      message: 'Optimize',
      tree: tree.sha,
      parents: [pull.headSha],
    });
    expect(commit.verification).toMatchObject({ verified: true, reason: 'valid' });
    const before = pull.headSha;
    await octokit.rest.git.updateRef({ ...at, ref: 'heads/chair', sha: commit.sha });
    expect(pull.headSha).toBe(commit.sha);
    expect(await repository.file('chair', 'models/chair.glb')).toEqual(Buffer.alloc(500, 3));
    await github.settled();
    expect(receiver.received.at(-1)?.payload ?? {}).toMatchObject({
      action: 'synchronize',
      before,
      after: commit.sha,
      sender: { login: 'glb-optimizer[bot]', type: 'Bot' },
    });
    // The old head is no ancestor's child any more: going back is no fast-forward.
    await expect(octokit.rest.git.updateRef({ ...at, ref: 'heads/chair', sha: before })).rejects.toMatchObject({
      status: 422,
      message: expect.stringContaining('not a fast forward'),
    });
  });

  it('keeps one comment, reactions and a check run with its buttons', async () => {
    const octokit = octokitAs(github, app, installationId);
    const { data: comment } = await octokit.rest.issues.createComment({ ...at, issue_number: 1, body: 'First' });
    await octokit.rest.issues.updateComment({ ...at, comment_id: comment.id, body: 'Second' });
    expect(pull.comments().map(({ body }) => body)).toEqual(['Second']);
    expect(comment).toMatchObject({ user: { login: 'glb-optimizer[bot]' }, performed_via_github_app: { id: app.id } });
    const command = pull.comment('ada', '/glb status');
    await octokit.rest.reactions.createForIssueComment({ ...at, comment_id: command.id, content: 'eyes' });
    expect(command.reactions.map(({ content }) => content)).toEqual(['eyes']);
    const permission = await octokit.rest.repos.getCollaboratorPermissionLevel({ ...at, username: 'ada' });
    expect(permission.data.permission).toBe('read');

    const { data: run } = await octokit.rest.checks.create({
      ...at,
      name: 'GLB',
      head_sha: pull.headSha,
      status: 'in_progress',
    });
    await octokit.rest.checks.update({
      ...at,
      check_run_id: run.id,
      conclusion: 'success',
      output: { title: 'Done', summary: 'All fine', images: [{ alt: 'a', image_url: 'https://example.org/a.webp' }] },
      actions: [{ label: 'Undo', description: 'Take it back', identifier: 'undo' }],
    });
    const [seen] = pull.checkRuns();
    expect(seen).toMatchObject({ status: 'completed', conclusion: 'success', title: 'Done', images: [{ alt: 'a' }] });
    if (seen === undefined) throw new Error('no check run');
    pull.press(seen, 'undo', 'ada');
    pull.rerun(seen, 'ada');
    const queued = 'query ($id: ID!) { node(id: $id) { ... on PullRequest { isInMergeQueue } } }';
    const { data: known } = await octokit.rest.pulls.get({ ...at, pull_number: 1 });
    expect(await octokit.graphql(queued, { id: known.node_id })).toEqual({ node: { isInMergeQueue: false } });
    await pull.enqueue('ada');
    expect(await octokit.graphql(queued, { id: known.node_id })).toEqual({ node: { isInMergeQueue: true } });
    await pull.close('ada');
    await pull.reopen('ada');
    await github.settled();
    const names = receiver.received.map(({ event, payload }) => [event, payload.action].filter(Boolean).join('.'));
    expect(names).toEqual(
      expect.arrayContaining([
        'check_run.requested_action',
        'check_run.rerequested',
        'merge_group.checks_requested',
        'pull_request.closed',
        'pull_request.reopened',
        'issue_comment.created',
        'issue_comment.edited',
      ]),
    );
  });

  it('tells of suites pressed, repositories chosen and the App taken out', async () => {
    await pull.rerunAll(app, 'ada');
    const other = await github.repository('acme/other');
    const second = github.app({ slug: 'chooser', webhookUrl: receiver.url });
    const chosen = second.install('acme', [repository]);
    second.change(chosen, { add: [other], remove: [repository] });
    const { rest } = octokitAs(github, second, chosen);
    expect((await rest.apps.listReposAccessibleToInstallation()).data.repositories.map(({ name }) => name)).toEqual([
      'other',
    ]);
    second.uninstall(chosen);
    await github.settled();
    const names = receiver.received.map(({ event, payload }) => [event, payload.action].join('.'));
    expect(names).toEqual(
      expect.arrayContaining([
        'check_suite.rerequested',
        'installation_repositories.added',
        'installation_repositories.removed',
        'installation.deleted',
      ]),
    );
    await expect(
      octokitAs(github, second).rest.apps.getInstallation({ installation_id: chosen }),
    ).rejects.toMatchObject({ status: 404 });
  });

  it('logs deliveries and sends one again with the same GUID', async () => {
    const octokit = octokitAs(github, app);
    receiver.state.status = 500;
    pull.comment('ada', 'nobody hears this');
    await github.settled();
    receiver.state.status = 200;
    const { data: log } = await octokit.rest.apps.listWebhookDeliveries({ per_page: 100 });
    const failed = log.filter(({ status_code }) => status_code >= 400);
    expect(failed).toHaveLength(1);
    await octokit.rest.apps.redeliverWebhookDelivery({ delivery_id: failed[0]?.id ?? 0 });
    await github.settled();
    expect(github.deliveries().at(-1)).toMatchObject({ guid: failed[0]?.guid, isRedelivery: true, statusCode: 200 });
  });
});
