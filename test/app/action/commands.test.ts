/** `/glb` commands by `issue_comment`, the whole repository, and what lasts between runs that start from nothing. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { StepResult } from '../../actions-runner/runner.ts';
import { openWorkshop, type Workshop } from '../../actions-runner/workshop.ts';
import type { PullHandle } from '../../github-stand-in/driver/pull-handle.ts';
import type { RepositoryHandle } from '../../github-stand-in/driver/repository-handle.ts';

const fox = readFileSync(new URL('../../assets/fox.glb', import.meta.url));
const POLICY = { '.github/glb-optimizer.yml': 'without-renderer: commit\n' };
const FOX = 'models/fox.glb';

// A step starts a process, a sandbox and perhaps a browser; a busy machine takes its time.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

let workshop: Workshop;
beforeAll(async () => {
  workshop = await openWorkshop();
});
afterAll(() => workshop?.[Symbol.asyncDispose]());

async function foxPull(name: string): Promise<{ shop: RepositoryHandle; pull: PullHandle }> {
  const shop = await workshop.shop(name, POLICY);
  shop.collaborator('ada', 'write');
  await shop.commit('art', { [FOX]: fox }, { author: 'ada' });
  return { shop, pull: await shop.openPull({ head: 'art', author: 'ada' }) };
}

async function onPull(shop: RepositoryHandle): Promise<StepResult> {
  const payload = await workshop.payloadOf('pull_request', shop);
  return workshop.run({ repository: shop, eventName: 'pull_request', payload });
}

async function onComment(shop: RepositoryHandle, pull: PullHandle, login: string, text: string) {
  const comment = pull.comment(login, text);
  const payload = await workshop.payloadOf('issue_comment', shop);
  // A workflow on comments runs at the default branch, and has its token.
  const ran = await workshop.run({ repository: shop, eventName: 'issue_comment', payload });
  return { ran, comment };
}

const green = { exitCode: 0 };

describe('a comment', () => {
  it('by somebody who may write, /glb optimize: is answered by an optimized file', async () => {
    const { shop, pull } = await foxPull('asked');
    const { ran, comment } = await onComment(shop, pull, 'ada', '/glb optimize --preset lossless');
    expect(ran, ran.log).toMatchObject(green);
    expect(comment.reactions.map(({ content }) => content)).toEqual(['eyes']);
    const [commit] = await shop.log('art');
    expect(ran.outputs['commit-sha']).toBe(commit?.sha);
    expect((await shop.file('art', FOX))?.byteLength).toBeLessThan(fox.byteLength);
  });

  it('by somebody who may not write: gets a reaction and nothing else', async () => {
    const { shop, pull } = await foxPull('stranger');
    const head = await shop.head('art');
    const { ran, comment } = await onComment(shop, pull, 'mallory', '/glb optimize');
    expect(ran, ran.log).toMatchObject(green);
    expect(comment.reactions.map(({ content }) => content)).toEqual(['-1']);
    expect([await shop.head('art'), pull.comments().length]).toEqual([head, 1]);
  });

  it('that is no command: asks GitHub nothing', async () => {
    const { shop, pull } = await foxPull('chatter');
    pull.comment('ada', 'What a fox!');
    const payload = await workshop.payloadOf('issue_comment', shop);
    const asked = workshop.github.requests().length;
    const ran = await workshop.run({ repository: shop, eventName: 'issue_comment', payload });
    expect(ran, ran.log).toMatchObject(green);
    expect(workshop.github.requests()).toHaveLength(asked);
    expect(ran.outputs.conclusion).toBe('neutral');
  });

  it('/glb undo: brings the exact bytes back, and the next run leaves them alone', async () => {
    const { shop, pull } = await foxPull('undone');
    expect(await onPull(shop)).toMatchObject(green);
    expect((await shop.file('art', FOX))?.byteLength).toBeLessThan(fox.byteLength);
    const { ran } = await onComment(shop, pull, 'ada', '/glb undo');
    expect(ran, ran.log).toMatchObject(green);
    expect(await shop.file('art', FOX)).toEqual(fox);
    await pull.push({ 'notes.txt': 'keep the fox\n' });
    const head = await shop.head('art');
    const next = await onPull(shop);
    expect(next, next.log).toMatchObject(green);
    expect(await shop.head('art')).toBe(head);
    expect(await shop.file('art', FOX)).toEqual(fox);
  });

  it('/glb skip: keeps the next runs away, until somebody asks again', async () => {
    const { shop, pull } = await foxPull('skipped');
    expect((await onComment(shop, pull, 'ada', '/glb skip')).ran).toMatchObject(green);
    const head = await shop.head('art');
    const ran = await onPull(shop);
    expect(ran.outputs.conclusion).toBe('neutral');
    expect(await shop.head('art')).toBe(head);
    const asked = await onComment(shop, pull, 'ada', '/glb optimize');
    expect(asked.ran.outputs['optimized-count']).toBe('1');
    expect(await shop.head('art')).not.toBe(head);
  });
});

describe('a comment that asks for more', () => {
  it('/glb accept: takes what nobody could look at', async () => {
    const shop = await workshop.shop('accepted', { '.github/glb-optimizer.yml': 'preset: balanced\n' });
    shop.collaborator('ada', 'write');
    await shop.commit('art', { [FOX]: fox }, { author: 'ada' });
    const pull = await shop.openPull({ head: 'art', author: 'ada' });
    const head = await shop.head('art');
    const cautious = await onPull(shop);
    expect(cautious, cautious.log).toMatchObject(green);
    expect(await shop.head('art')).toBe(head);
    const { ran } = await onComment(shop, pull, 'ada', `/glb accept ${FOX}`);
    expect(ran, ran.log).toMatchObject(green);
    expect(ran.outputs['optimized-count']).toBe('1');
    expect((await shop.file('art', FOX))?.byteLength).toBeLessThan(fox.byteLength);
  });

  it('/glb status: names the newest commit, and claims no knowledge of other runs', async () => {
    const { shop, pull } = await foxPull('status');
    const head = await shop.head('art');
    const { ran } = await onComment(shop, pull, 'ada', '/glb status');
    expect(ran, ran.log).toMatchObject(green);
    expect(pull.comments().at(-1)?.body).toContain(`@ada The newest commit is \`${head?.slice(0, 12)}\`. Each run`);
    expect(await shop.head('art')).toBe(head);
  });

  it('/glb backfill: opens one pull request for what the default branch holds, and leaves this one', async () => {
    const { shop, pull } = await foxPull('backfilled');
    await shop.commit('main', { 'old/fox.glb': fox });
    const head = await shop.head('art');
    const { ran } = await onComment(shop, pull, 'ada', '/glb backfill');
    expect(ran, ran.log).toMatchObject(green);
    const own = shop.pulls().filter(({ number }) => number !== pull.number);
    expect(own.map(({ state }) => [state.head.branch, state.baseBranch])).toEqual([['glb-optimizer/backfill', 'main']]);
    expect(await own[0]?.changedPaths()).toEqual(['old/fox.glb']);
    expect(await shop.head('art')).toBe(head);
  });
});

describe('a comment of ours', () => {
  it('that somebody deleted stays deleted', async () => {
    const { shop, pull } = await foxPull('deleted');
    expect(await onPull(shop)).toMatchObject(green);
    const [ours] = pull.comments();
    if (ours === undefined) throw new Error('no comment');
    pull.deleteComment(ours, 'ada');
    await pull.push({ 'models/other.glb': fox });
    const ran = await onPull(shop);
    expect(ran, ran.log).toMatchObject(green);
    expect(ran.outputs['commit-sha']).not.toBe('');
    expect(pull.comments()).toEqual([]);
    expect(ran.summary).toContain('other.glb');
  });
});
