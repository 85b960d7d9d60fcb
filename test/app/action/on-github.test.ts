/** The release, unpacked outside of the project, run as a runner does, against the stand-in for GitHub. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { readReport } from '../../../src/index.ts';
import type { StepResult } from '../../actions-runner/runner.ts';
import { openWorkshop, type Workshop } from '../../actions-runner/workshop.ts';
import { renderGfm } from '../../report/render-gfm.ts';

const ASSETS = fileURLToPath(new URL('../../assets/', import.meta.url));
const fox = readFileSync(path.join(ASSETS, 'fox.glb'));
// No browser on most of these runners: lossy results are taken without one, so that there is something to commit.
const POLICY = 'without-renderer: commit\n';
const POLICY_PATH = '.github/glb-optimizer.yml';

// A step starts a process, a sandbox and perhaps a browser; a busy machine takes its time.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

let workshop: Workshop;
beforeAll(async () => {
  workshop = await openWorkshop();
});
afterAll(() => workshop?.[Symbol.asyncDispose]());

/** A repository with a policy, and a pull request that adds the fox. */
async function foxPull(name: string, files: Readonly<Record<string, string>> = { [POLICY_PATH]: POLICY }) {
  const shop = await workshop.shop(name, { 'README.md': 'A shop\n', ...files });
  await shop.commit('art', { 'models/fox.glb': fox }, { author: 'ada' });
  const pull = await shop.openPull({ head: 'art', author: 'ada' });
  return { shop, pull, payload: await workshop.payloadOf('pull_request', shop) };
}

const named = (ran: StepResult, name: string) => ran.commands.filter((command) => command.name === name);
const expectGreen = (ran: StepResult) =>
  expect({ text: ran.log + ran.errorText, code: ran.exitCode }).toMatchObject({ code: 0 });

describe('a pull request', () => {
  it('opened: gets one commit, one comment, outputs, a summary, and the step is green', async () => {
    const { shop, pull, payload } = await foxPull('opened');
    const token = shop.workflowToken();
    const ran = await workshop.run({ repository: shop, eventName: 'pull_request', payload, token });
    expectGreen(ran);
    const [commit, before] = await shop.log('art');
    expect(before?.sha).toBe(payload.pull_request && pull.state.headSha === commit?.sha ? before?.sha : undefined);
    expect(ran.outputs['commit-sha']).toBe(commit?.sha);
    const after = await shop.file('art', 'models/fox.glb');
    expect(after?.byteLength).toBeLessThan(fox.byteLength / 2);
    expect(ran.outputs).toMatchObject({
      'saved-bytes': String(fox.byteLength - (after?.byteLength ?? 0)),
      'optimized-count': '1',
      conclusion: 'success',
    });
    expect(Number(ran.outputs['saved-percent'])).toBeGreaterThan(50);
    const comments = pull.comments();
    expect(comments).toHaveLength(1);
    expect(ran.outputs['comment-url']).toBe(
      `${workshop.github.url}/${shop.fullName}/pull/1#issuecomment-${comments[0]?.id}`,
    );
    expect(ran.outputs.markdown).toBe(comments[0]?.body);
    expect(ran.summary).toContain('1 GLB file optimized');
    const report = readReport(readFileSync(ran.outputs.report ?? '', 'utf8'));
    expect(report.job.commit).toBe(commit?.sha);
    // The token is masked before anything else is said, and said nowhere else.
    expect(ran.lines.filter((line) => line.includes(token))).toEqual([`::add-mask::${token}`]);
    expect(ran.errorText).toBe('');
    expect(JSON.stringify(ran.outputs) + ran.summary).not.toContain(token);
  });

  it('synchronized by our own commit: nothing is written', async () => {
    const { shop, pull, payload } = await foxPull('own-commit');
    expectGreen(await workshop.run({ repository: shop, eventName: 'pull_request', payload }));
    const [head, text] = [await shop.head('art'), pull.comments()[0]?.body];
    const again = await workshop.payloadOf('pull_request', shop);
    expect(again.action).toBe('synchronize');
    const asked = workshop.github.requests().length;
    const ran = await workshop.run({ repository: shop, eventName: 'pull_request', payload: again });
    expectGreen(ran);
    expect(ran.log).toContain('our own commit');
    const writes = workshop.github
      .requests()
      .slice(asked)
      .filter(({ method, path: place }) => method !== 'GET' && !place.endsWith('/graphql'));
    expect(writes).toEqual([]);
    expect([await shop.head('art'), pull.comments()[0]?.body, pull.comments().length]).toEqual([head, text, 1]);
    expect(ran.outputs).toMatchObject({ 'commit-sha': '', 'saved-bytes': '0' });
  });

  it('with a head that moved meanwhile: leaves it to the next run', async () => {
    const { shop, pull, payload } = await foxPull('moved');
    await pull.push({ 'notes.txt': 'more to come\n' });
    const head = await shop.head('art');
    const ran = await workshop.run({ repository: shop, eventName: 'pull_request', payload });
    expectGreen(ran);
    expect(ran.outputs).toMatchObject({ conclusion: 'superseded', 'commit-sha': '' });
    expect(await shop.head('art')).toBe(head);
    expect(pull.comments()).toEqual([]);
  });

  it('with a token that may only read: reports in summary, log and outputs, and says which lines are missing', async () => {
    const { shop, pull, payload } = await foxPull('read-only');
    const token = shop.workflowToken({ contents: 'read', pull_requests: 'read' });
    const head = await shop.head('art');
    const ran = await workshop.run({ repository: shop, eventName: 'pull_request', payload, token });
    expectGreen(ran);
    expect(await shop.head('art')).toBe(head);
    expect(pull.comments()).toEqual([]);
    const warnings = named(ran, 'warning').map(({ message }) => message);
    expect(warnings.some((text) => text.includes('permissions:\n  contents: write\n  pull-requests: write'))).toBe(
      true,
    );
    expect(ran.summary).toContain('fox.glb');
    expect(ran.summary).toContain('Nothing was committed');
    expect(ran.log).toContain('fox.glb');
    expect(ran.outputs).toMatchObject({ 'optimized-count': '1', 'commit-sha': '', 'comment-url': '' });
  });

  it('from a fork: is reported on, and its budget still makes the step red', async () => {
    const budget = `${POLICY}budgets: { triangleCount: 100 }\n`;
    const shop = await workshop.shop('forked', { [POLICY_PATH]: budget });
    const fork = await shop.fork('eve');
    await fork.commit('art', { 'models/fox.glb': fox }, { author: 'eve' });
    const pull = await shop.openPull({ head: 'art', from: fork, author: 'eve' });
    const payload = await workshop.payloadOf('pull_request', shop);
    const token = shop.workflowToken({ contents: 'read', pull_requests: 'read' });
    const head = await fork.head('art');
    const ran = await workshop.run({ repository: shop, eventName: 'pull_request', payload, token });
    expect({ log: ran.log, code: ran.exitCode }).toMatchObject({ code: 1 });
    expect(ran.outputs.conclusion).toBe('failure');
    const [budgetError] = named(ran, 'error');
    expect(budgetError?.properties).toMatchObject({ file: 'models/fox.glb', title: 'BUDGET_EXCEEDED' });
    expect(ran.summary).toContain('fox.glb');
    expect([await fork.head('art'), pull.comments()]).toEqual([head, []]);
  });

  it('whose base has a policy with an error: is red at the line, and nothing is touched', async () => {
    const { shop, payload } = await foxPull('policy-error', { [POLICY_PATH]: 'preset: balanced\npresett: small\n' });
    const head = await shop.head('art');
    const ran = await workshop.run({
      repository: shop,
      eventName: 'pull_request',
      payload,
      with: { 'fail-on': 'never' },
    });
    expect(ran.exitCode).toBe(1);
    const [error] = named(ran, 'error');
    expect(error?.properties).toMatchObject({ file: POLICY_PATH, line: '2', col: '1' });
    expect(error?.message).toContain('presett');
    expect(ran.outputs.conclusion).toBe('failure');
    expect(ran.summary).toContain('presett');
    expect(await shop.head('art')).toBe(head);
  });

  it('with names that are commands, Markdown and HTML: shows them as text', async () => {
    const shop = await workshop.shop('hostile', { [POLICY_PATH]: POLICY });
    const name = 'models/::error::<img src=x> ##[add-path]x @ada.glb';
    await shop.commit('art', { [name]: fox, 'models/%0A::set-env name=A::b.glb': fox }, { author: 'eve' });
    await shop.openPull({ head: 'art', author: 'eve' });
    const payload = await workshop.payloadOf('pull_request', shop);
    const ran = await workshop.run({ repository: shop, eventName: 'pull_request', payload });
    expectGreen(ran);
    const known = new Set(ran.commands.map((command) => command.name));
    expect([...known].sort()).toEqual(['add-mask', 'endgroup', 'group', 'warning']);
    expect(named(ran, 'warning').map(({ properties }) => properties.title)).toEqual(['No pictures']);
    expect(renderGfm(ran.summary)).not.toMatch(/<img[^>]*src="?x/);
  });

  it('that is closed or a draft: is left alone', async () => {
    const { shop, pull } = await foxPull('closed');
    await pull.close();
    const payload = await workshop.payloadOf('pull_request', shop);
    const ran = await workshop.run({ repository: shop, eventName: 'pull_request', payload });
    expectGreen(ran);
    expect(ran.outputs.conclusion).toBe('neutral');
  });
});

describe('inputs', () => {
  it('mode: report writes a comment and no commit; paths leaves out the rest', async () => {
    const shop = await workshop.shop('narrowed', { [POLICY_PATH]: POLICY });
    await shop.commit('art', { 'a/fox.glb': fox, 'b/fox.glb': fox }, { author: 'ada' });
    const pull = await shop.openPull({ head: 'art', author: 'ada' });
    const payload = await workshop.payloadOf('pull_request', shop);
    const head = await shop.head('art');
    const ran = await workshop.run({
      repository: shop,
      eventName: 'pull_request_target',
      payload,
      with: { mode: 'report', paths: 'b/**' },
    });
    expectGreen(ran);
    expect(await shop.head('art')).toBe(head);
    expect(pull.comments()).toHaveLength(1);
    expect(ran.outputs).toMatchObject({ 'optimized-count': '1', 'commit-sha': '' });
    expect(ran.summary).not.toContain('a/fox.glb');
  });

  it('policy names another file, read at the base', async () => {
    const { shop, payload } = await foxPull('other-policy', { 'config/glb.yml': `${POLICY}mode: report\n` });
    const ran = await workshop.run({
      repository: shop,
      eventName: 'pull_request',
      payload,
      with: { policy: 'config/glb.yml' },
    });
    expectGreen(ran);
    expect(ran.outputs).toMatchObject({ 'optimized-count': '1', 'commit-sha': '' });
    const missing = await workshop.run({
      repository: shop,
      eventName: 'pull_request',
      payload,
      with: { policy: 'no.yml' },
    });
    expect(missing.exitCode).toBe(1);
    expect(named(missing, 'error')[0]?.message).toContain(
      'input policy: no.yml: there is no such file at the base commit',
    );
  });
});

describe('a whole repository', () => {
  it.each(['schedule', 'workflow_dispatch'])(
    'on %s: one pull request with all that can be smaller',
    async (eventName) => {
      const shop = await workshop.shop(`whole-${eventName.replace('_', '-')}`, {
        [POLICY_PATH]: POLICY,
        'a/fox.glb': fox,
      });
      const sha = (await shop.head('main')) ?? '';
      const step = { repository: shop, eventName, payload: { schedule: '0 0 * * 0' }, sha, ref: 'refs/heads/main' };
      const ran = await workshop.run(step);
      expectGreen(ran);
      const pulls = shop.pulls();
      expect(pulls.map(({ state }) => [state.head.branch, state.baseBranch])).toEqual([
        ['glb-optimizer/backfill', 'main'],
      ]);
      expect((await shop.file('glb-optimizer/backfill', 'a/fox.glb'))?.byteLength).toBeLessThan(fox.byteLength / 2);
      expect(await shop.head('main')).toBe(sha);
      // Again: the same pull request, no other.
      expectGreen(await workshop.run(step));
      expect(shop.pulls()).toHaveLength(1);
    },
  );
});
