/** GitHub's description as judge: it must be able to say no, to all three: answers, requests, webhooks. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { routeNames, startGitHub } from './github.ts';
import { octokitAs, octokitWith } from './octokit.ts';
import { openDescription } from './openapi/description.ts';
import { OPERATIONS, OUTSIDE } from './openapi/operations.ts';

const description = openDescription();

describe('the description', () => {
  it('covers every route, and every operation of it is served', () => {
    expect(routeNames.filter((name) => !OPERATIONS.includes(name))).toEqual(OUTSIDE);
    expect(OPERATIONS.filter((name) => !routeNames.includes(name))).toEqual([]);
    expect(OPERATIONS.filter((name) => !description.has(name))).toEqual([]);
    expect(new Set(routeNames).size).toBe(routeNames.length);
  });

  it.each([
    [
      'a field is missing',
      'GET /repos/{owner}/{repo}/git/ref/{ref}',
      200,
      { ref: 'refs/heads/a' },
      "must have required property 'node_id'",
    ],
    ['a status is not GitHub’s', 'GET /user', 204, {}, '204 is not described'],
    [
      'an error has no message',
      'GET /repos/{owner}/{repo}',
      404,
      { error: 'no' },
      "an error:  must have required property 'message'",
    ],
    [
      'a date is none',
      'POST /repos/{owner}/{repo}/issues/comments/{comment_id}/reactions',
      201,
      { id: 1, node_id: 'a', user: null, content: '+1', created_at: 'yesterday' },
      '/created_at must match format "date-time"',
    ],
    ['a list is none', 'GET /repos/{owner}/{repo}/pulls', 200, {}, 'must be array'],
  ])('says no when %s', (_sentence, operation, status, body, words) => {
    expect(description.checkResponse(operation, status, body).join('\n')).toContain(words);
  });

  it.each([
    ['title', { head: 'a', base: 'main', title: 42 }],
    ['base', { head: 'a', title: 'A' }],
  ])('says no to a request whose %s is wrong', (field, body) => {
    const complaints = description.checkRequest('POST /repos/{owner}/{repo}/pulls', new URLSearchParams(), body);
    expect(complaints.join()).toContain(field);
  });

  it('says no to a query and takes a good one', () => {
    const check = (query: string) =>
      description.checkRequest('GET /repos/{owner}/{repo}/pulls', new URLSearchParams(query), undefined);
    expect(check('state=all&per_page=100&page=2')).toEqual([]);
    expect(check('state=ajar').join()).toContain('state');
    expect(check('per_page=many').join()).toContain('per_page');
  });

  it('does not name a webhook that nobody described', () => {
    expect(description.checkWebhook('pull_request', 'exploded', {})).toEqual([
      'webhook pull-request-exploded: not in the description',
    ]);
  });
});

interface Recording {
  readonly name: string;
  readonly examples: readonly Readonly<Record<string, unknown>>[];
}

const file = createRequire(import.meta.url).resolve('@octokit/webhooks-examples/api.github.com/index.json');
const recordings: readonly Recording[] = JSON.parse(readFileSync(file, 'utf8'));

/** The recordings of one event with one action. */
function recorded(event: string, action?: string) {
  const examples = recordings.find(({ name }) => name === event)?.examples ?? [];
  return examples.filter((example) => example.action === action);
}

describe('recorded webhooks of the real GitHub', () => {
  it.each([
    ['check_run', 'requested_action'],
    ['check_suite', 'rerequested'],
    ['issue_comment', 'edited'],
    ['merge_group', 'checks_requested'],
    ['pull_request', 'reopened'],
    ['pull_request', 'ready_for_review'],
    ['pull_request', 'closed'],
  ])('%s.%s pass the judge', (event, action) => {
    const examples = recorded(event, action);
    expect(examples.length).toBeGreaterThan(0);
    for (const example of examples) expect(description.checkWebhook(event, action, example)).toEqual([]);
  });

  it('have no field of a pull request that ours lacks', async () => {
    await using github = await startGitHub();
    const app = github.app({ webhookUrl: 'http://127.0.0.1:9/' });
    const repository = await github.repository('acme/models');
    app.install('acme');
    await repository.commit('change', { 'a.glb': 'a' });
    const pull = await repository.openPull({ head: 'change' });
    pull.comment('ada', 'Hello');
    await pull.push({ 'b.glb': 'b' });
    await github.settled();
    const keys = (value: unknown) => Object.keys(typeof value === 'object' && value !== null ? value : {});
    const ours = (event: string, action: string) =>
      github.deliveries(event).find((one) => one.action === action)?.payload;
    for (const [event, action, part] of [
      ['pull_request', 'synchronize', undefined],
      ['pull_request', 'synchronize', 'pull_request'],
      ['pull_request', 'synchronize', 'sender'],
      ['issue_comment', 'created', 'comment'],
      ['issue_comment', 'created', 'issue'],
    ] as const) {
      const theirs = new Set(
        recorded(event, action).flatMap((example) => keys(part === undefined ? example : example[part])),
      );
      const own = keys(part === undefined ? ours(event, action) : ours(event, action)?.[part]);
      expect([event, action, part, [...theirs].filter((key) => !own.includes(key))]).toEqual([event, action, part, []]);
    }
  });
});

describe('a stand-in that goes wrong', () => {
  it('does not close in silence after an answer that GitHub would not give', async () => {
    const github = await startGitHub();
    const repository = await github.repository('acme/models');
    await repository.commit('change', { 'a.glb': 'a' });
    const pull = await repository.openPull({ head: 'change' });
    // A defect, as a handler could have it.
    Object.assign(pull.state, { title: 42 });
    await octokitWith(github).rest.pulls.get({ owner: 'acme', repo: 'models', pull_number: 1 });
    await expect(github.close()).rejects.toThrow(
      'GET /repos/{owner}/{repo}/pulls/{pull_number} 200: /title must be string',
    );
  });

  it('does not close in silence after a request that GitHub would not take', async () => {
    const github = await startGitHub();
    const app = github.app();
    await github.repository('acme/models');
    const octokit = octokitAs(github, app, app.install('acme'));
    await octokit.request('POST /repos/acme/models/statuses/{sha}', {
      sha: (await github.find('acme/models').head('main')) ?? '',
      state: 'wonderful',
    });
    await expect(github.close()).rejects.toThrow(
      'POST /repos/{owner}/{repo}/statuses/{sha} body: /state must be equal to one of the allowed values',
    );
  });

  it('does not close in silence after a webhook that GitHub would not send', async () => {
    const github = await startGitHub();
    github.app({ webhookUrl: 'http://127.0.0.1:9/' }).deliver('pull_request', { action: 'opened', number: 1 });
    await expect(github.close()).rejects.toThrow('webhook pull-request-opened');
  });

  it('does not close in silence after a call that it does not know', async () => {
    const github = await startGitHub();
    expect((await fetch(`${github.apiUrl}/gists`)).status).toBe(404);
    await expect(github.close()).rejects.toThrow('the stand-in knows no GET /api/v3/gists');
  });

  it('does not close in silence after GraphQL that it does not know', async () => {
    const github = await startGitHub();
    await octokitWith(github, github.user('ada').token)
      .graphql('{ rateLimit { cost } }')
      .catch(() => {});
    await expect(github.close()).rejects.toThrow('knows no such GraphQL');
  });
});
