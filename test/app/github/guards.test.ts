/** What the App must never do, against the stand-in: push into a queue, believe a forged trailer, write where it may not. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { CommandPayload } from '../../../app/github/bot/events.ts';
import { runCommand } from '../../../app/github/bot/run-command.ts';
import { isOwnCommit } from '../../../app/github/own-commits.ts';
import { model, POLICY } from '../../e2e/models.ts';
import type { PullHandle } from '../../github-stand-in/driver/pull-handle.ts';
import type { RepositoryHandle } from '../../github-stand-in/driver/repository-handle.ts';
import { jobOf, openStage, review, type Stage } from './stage.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let stage: Stage;
let installation: number;
let count = 0;

beforeAll(async () => {
  stage = await openStage();
  installation = stage.app.install('octo');
});

afterAll(async () => {
  await stage[Symbol.asyncDispose]();
});

function repositoryWith(files: Readonly<Record<string, string>> = {}): Promise<RepositoryHandle> {
  return stage.github.repository(`octo/guard-${count++}`, { files: { '.github/glb-optimizer.yml': POLICY, ...files } });
}

const optimized = async (repository: RepositoryHandle) =>
  (await repository.log('art')).filter(({ message }) => message.startsWith('Optimize '));

describe('a commit', () => {
  it.each([
    ['by GraphQL', '100644'],
    ['by the Git data API', '100755'],
  ])('%s is signed by GitHub', async (_road, mode) => {
    const repository = await repositoryWith();
    await repository.commit('art', { 'a.glb': { bytes: model(900), mode } });
    const pull = await repository.openPull({ head: 'art' });
    const { published } = await review(stage, jobOf(pull, installation));
    const { octokit } = stage.access(installation, repository.fullName);
    const [owner = '', repo = ''] = repository.fullName.split('/');
    const { data } = await octokit.rest.repos.getCommit({ owner, repo, ref: published.commit ?? '' });
    expect(data.commit.verification).toMatchObject({ verified: true });
  });

  it('is not made while the pull request waits in a merge queue, and the comment says so', async () => {
    const repository = await repositoryWith();
    await repository.commit('art', { 'a.glb': model(901) });
    const pull = await repository.openPull({ head: 'art' });
    await pull.enqueue();
    const { published } = await review(stage, jobOf(pull, installation));
    expect(published.commit).toBeNull();
    expect(await optimized(repository)).toEqual([]);
    expect(pull.comments()[0]?.body).toMatch(/merge queue/);
  });

  it('is ours by its author and its trailers: neither alone is enough', async () => {
    const repository = await repositoryWith();
    await repository.commit('art', { 'a.glb': model(902) });
    const pull = await repository.openPull({ head: 'art' });
    await review(stage, jobOf(pull, installation));
    const access = stage.access(installation, repository.fullName);
    const [mine] = await repository.log('art');
    expect(await isOwnCommit(access, repository.fullName, mine?.sha ?? '')).toBe(true);
    // A person, or another bot, with our very words.
    for (const author of ['mallory', 'renovate']) {
      const forged = await pull.push({ 'a.glb': model(903) }, { author, message: mine?.message ?? '' });
      expect(await isOwnCommit(access, repository.fullName, forged)).toBe(false);
    }
    const silent = await pull.push({ 'b.txt': 'x' }, { author: `${stage.app.slug}[bot]`, message: 'No trailers' });
    expect(await isOwnCommit(access, repository.fullName, silent)).toBe(false);
  });

  it('to a fork that takes no LFS objects is not tried with raw bytes: the comment explains', async () => {
    const repository = await repositoryWith({ '.gitattributes': '*.glb filter=lfs -text\n' });
    const fork = await repository.fork('dora', 'User');
    await fork.commit('art', { 'a.glb': { lfs: model(904) } });
    const before = await fork.file('art', 'a.glb');
    const pull = await repository.openPull({ head: 'art', from: fork, author: 'dora', maintainerCanModify: false });
    const { report, published } = await review(stage, jobOf(pull, installation));
    expect(published.commit).toBeNull();
    expect(report.assets[0]).toMatchObject({ verdict: 'improved', isLfs: true });
    expect(await fork.file('art', 'a.glb')).toEqual(before);
    expect(pull.comments()[0]?.body).toMatch(/Nothing was committed[\s\S]*Would save/);
  });

  it('never forces a branch', async () => {
    const moves = stage.github.requests(/^PATCH .*\/git\/refs\//);
    expect(moves.length).toBeGreaterThan(0);
    expect(moves.map(({ body }) => body)).toEqual(moves.map(() => expect.objectContaining({ force: false })));
  });
});

describe('commands', () => {
  async function ask(pull: PullHandle, repository: RepositoryHandle, nowMs: number) {
    const comment = pull.comment('ada', '/glb status');
    const payload: CommandPayload = {
      repository: repository.fullName,
      installationId: installation,
      pullNumber: pull.number,
      headCommit: null,
      login: 'ada',
      text: comment.body,
      commentId: comment.id,
      isPrivate: false,
    };
    return runCommand(payload, {
      access: stage.access(installation, repository.fullName),
      notes: stage.notes,
      board: { list: async () => [] },
      enqueue: async () => [],
      occasion: '1',
      folder: stage.folder,
      gitPath: '',
      now: () => nowMs,
    });
  }

  it('are answered twenty times in ten minutes, and then again once these are over', async () => {
    const repository = await repositoryWith();
    repository.collaborator('ada', 'write');
    await repository.commit('art', { 'notes.md': 'x' });
    const pull = await repository.openPull({ head: 'art' });
    const startMs = Date.now();
    const outcomes: string[] = [];
    for (let at = 0; at < 22; at++) outcomes.push((await ask(pull, repository, startMs + at * 1000)).outcome);
    expect(outcomes).toEqual([...Array.from({ length: 20 }, () => 'done'), 'too-many', 'too-many']);
    const answers = () => pull.comments().filter(({ author }) => author.login.endsWith('[bot]')).length;
    expect(answers()).toBe(20);
    expect((await ask(pull, repository, startMs + 11 * 60_000)).outcome).toBe('done');
  });
});
