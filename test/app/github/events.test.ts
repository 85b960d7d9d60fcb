/** Webhooks as GitHub sends them, by its own examples: what becomes of each. */
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { jobsOf } from '../../../app/github/bot/events.ts';

type Json = Record<string, unknown>;

// The package is one large JSON file.
const examples: { readonly name: string; readonly examples: readonly Json[] }[] = createRequire(import.meta.url)(
  '@octokit/webhooks-examples',
);

const pull = {
  number: 12,
  state: 'open',
  draft: false,
  head: { sha: 'a'.repeat(40), ref: 'art', repo: { full_name: 'bob/shop' } },
  base: { sha: 'b'.repeat(40), ref: 'main' },
};
const shared = {
  repository: { full_name: 'octo/shop', private: true },
  installation: { id: 7 },
  sender: { login: 'ada', type: 'User' },
};
const opened = { action: 'opened', pull_request: pull, ...shared };

describe('events', () => {
  it('of every kind that GitHub has an example of are taken without a throw', () => {
    expect(examples.length).toBeGreaterThan(40);
    for (const { name, examples: payloads } of examples) {
      for (const payload of payloads) expect(() => jobsOf(name, payload, 'delivery')).not.toThrow();
    }
  });

  it('a pull request becomes one review, named by its head', () => {
    const [job, ...rest] = jobsOf('pull_request', opened, 'd1');
    expect(rest).toEqual([]);
    expect(job).toMatchObject({
      kind: 'review',
      key: `review/octo/shop#12/${'a'.repeat(40)}`,
      lane: 'octo/shop#12',
      group: 'octo/shop',
      payload: {
        job: {
          kind: 'pull-request',
          repository: 'octo/shop',
          baseCommit: 'b'.repeat(40),
          headCommit: 'a'.repeat(40),
          branch: 'art',
          origin: {
            installationId: 7,
            pullNumber: 12,
            baseBranch: 'main',
            headRepository: 'bob/shop',
            isPrivate: true,
          },
        },
      },
    });
  });

  it.each([
    ['edited', {}, 0],
    ['closed', {}, 0],
    ['labeled', {}, 0],
    ['synchronize', {}, 1],
    ['opened', { draft: true }, 0],
    ['opened', { state: 'closed' }, 0],
    ['ready_for_review', {}, 1],
    ['reopened', {}, 1],
  ])('%s with %j makes %i jobs', (action, change, count) => {
    expect(jobsOf('pull_request', { ...opened, action, pull_request: { ...pull, ...change } }, 'd')).toHaveLength(
      count,
    );
  });

  it('a reopening is an occasion of its own, and its redelivery the same one', () => {
    const key = (delivery: string) => jobsOf('pull_request', { ...opened, action: 'reopened' }, delivery)[0]?.key;
    expect(key('d1')).not.toBe(jobsOf('pull_request', opened, 'd1')[0]?.key);
    expect(key('d1')).toBe(key('d1'));
    expect(key('d1')).not.toBe(key('d2'));
  });

  it('a push of a bot is looked at outside of the lane', () => {
    const byBot = { ...opened, action: 'synchronize', sender: { login: 'glb-optimizer[bot]', type: 'Bot' } };
    expect(jobsOf('pull_request', byBot, 'd')).toMatchObject([{ kind: 'look', lane: null }]);
  });

  it.each([
    ['by a person', {}, 1],
    ['edited later', { action: 'edited' }, 0],
    ['by a bot', { sender: { login: 'x[bot]', type: 'Bot' } }, 0],
    ['on an issue', { issue: { number: 3, state: 'open' } }, 0],
    ['on a closed pull request', { issue: { number: 3, state: 'closed', pull_request: {} } }, 0],
    ['without a command', { comment: { id: 1, body: 'nice', user: { login: 'ada' } } }, 0],
  ])('a comment %s makes %i jobs', (_sentence, change, count) => {
    const comment = {
      action: 'created',
      comment: { id: 1, body: '/glb undo', user: { login: 'ada' } },
      issue: { number: 3, state: 'open', pull_request: {} },
      ...shared,
    };
    expect(jobsOf('issue_comment', { ...comment, ...change }, 'd')).toHaveLength(count);
  });

  it('no job holds more of a comment than a command needs', () => {
    const body = `/glb optimize\n${'x'.repeat(60_000)}`;
    const comment = {
      action: 'created',
      comment: { id: 1, body, user: { login: 'ada' } },
      issue: { number: 3, state: 'open', pull_request: {} },
      ...shared,
    };
    expect(JSON.stringify(jobsOf('issue_comment', comment, 'd')).length).toBeLessThan(5000);
  });

  it('buttons and Re-run are commands; those of other checks are not ours', () => {
    const run = { name: 'GLB Optimizer', head_sha: 'a'.repeat(40), pull_requests: [{ number: 12 }] };
    const press = (identifier: string, name = 'GLB Optimizer') =>
      jobsOf(
        'check_run',
        { action: 'requested_action', check_run: { ...run, name }, requested_action: { identifier }, ...shared },
        'd',
      );
    expect(press('undo')).toMatchObject([{ kind: 'command', payload: { text: '/glb undo', login: 'ada' } }]);
    expect(press('rm -rf')).toEqual([]);
    expect(press('undo', 'Build')).toEqual([]);
    expect(jobsOf('check_run', { action: 'rerequested', check_run: run, ...shared }, 'd')).toMatchObject([
      { payload: { text: '/glb optimize' } },
    ]);
  });
});
