/** What must never happen: a second commit, a lost webhook, a command of a stranger, bytes where a pointer belongs. */
import { createHmac, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lfsPointer } from '../github-stand-in/driver/files.ts';
import type { PullHandle } from '../github-stand-in/driver/pull-handle.ts';
import type { RepositoryHandle } from '../github-stand-in/driver/repository-handle.ts';
import { startApp, startBoth, until } from './github-app.ts';
import { model, POLICY } from './models.ts';

let both: Awaited<ReturnType<typeof startBoth>>;
let count = 0;

beforeAll(async () => {
  both = await startBoth();
  both.app.install('octo');
});

afterAll(async () => {
  await both[Symbol.asyncDispose]();
});

function repositoryWith(files: Readonly<Record<string, string>> = {}): Promise<RepositoryHandle> {
  const start = { 'readme.md': 'A shop.\n', '.github/glb-optimizer.yml': POLICY, ...files };
  return both.github.repository(`octo/safe-${count++}`, { files: start });
}

function checked(pull: PullHandle, sha: string) {
  return until(`the check of ${sha.slice(0, 7)}`, () =>
    pull.checkRuns(sha).find(({ status }) => status === 'completed'),
  );
}

const optimized = async (repository: RepositoryHandle, branch = 'art') =>
  (await repository.log(branch)).filter(({ message }) => message.startsWith('Optimize '));

describe('two of the same', () => {
  it('two pushes within a second: only the last head gets a commit, and the comment tells of it', async () => {
    const repository = await repositoryWith();
    await repository.commit('art', { 'a.glb': model(100) });
    const pull = await repository.openPull({ head: 'art' });
    const last = await pull.push({ 'b.glb': model(101) });
    await checked(pull, last);
    await until('our commit', async () => (await optimized(repository)).length > 0);
    const [commit, parent] = await repository.log('art');
    expect(commit?.message).toContain('Optimize 2 GLB files');
    expect(parent?.sha).toBe(last);
    expect(await optimized(repository)).toHaveLength(1);
    expect(pull.comments()).toHaveLength(1);
    expect(pull.comments()[0]?.body).toContain('2 GLB files optimized');
  });

  it('the same delivery ten times, at once: one commit, one comment', async () => {
    const repository = await repositoryWith();
    await repository.commit('art', { 'a.glb': model(102) });
    const pull = await repository.openPull({ head: 'art' });
    await both.github.settled();
    const delivery = both.github.deliveries('pull_request').at(-1);
    if (delivery === undefined) throw new Error('nothing was delivered');
    const payload = JSON.stringify(delivery.payload);
    const signature = createHmac('sha256', both.app.webhookSecret).update(payload).digest('hex');
    const again = () => post(payload, { event: 'pull_request', delivery: delivery.guid, signature });
    expect(await Promise.all(Array.from({ length: 10 }, again))).toEqual(Array.from({ length: 10 }, () => 202));
    await checked(pull, (await repository.log('art')).at(-2)?.sha ?? '');
    expect(await optimized(repository)).toHaveLength(1);
    expect(pull.comments()).toHaveLength(1);
  });
});

describe('webhooks', () => {
  it('100 in a burst: all answered within a second each, none lost', async () => {
    const repository = await repositoryWith();
    await repository.commit('art', { 'notes.md': 'x' });
    const pull = await repository.openPull({ head: 'art' });
    await checked(pull, pull.headSha);
    const template = both.github.deliveries('pull_request').at(-1)?.payload as Record<string, unknown>;
    const lasted: number[] = [];
    const answers = await Promise.all(
      Array.from({ length: 100 }, async (_, index) => {
        const about = { ...(template.pull_request as object), number: 5000 + index };
        const payload = JSON.stringify({ ...template, action: 'opened', number: 5000 + index, pull_request: about });
        const signature = createHmac('sha256', both.app.webhookSecret).update(payload).digest('hex');
        const startedMs = performance.now();
        const status = await post(payload, { event: 'pull_request', delivery: randomUUID(), signature });
        lasted.push(performance.now() - startedMs);
        return status;
      }),
    );
    expect(answers.filter((status) => status !== 202)).toEqual([]);
    expect(Math.max(...lasted)).toBeLessThan(1000);
    const accepted = () =>
      both
        .running()
        .log()
        .match(/webhook accepted/g)?.length ?? 0;
    await until('all in the ledger', () => accepted() >= 100);
  });

  it.each([
    ['with a wrong signature', { signature: 'a'.repeat(64) }, 401],
    ['signed with Probot’s default secret', { secret: 'development' }, 401],
    ['without a delivery id', { delivery: '' }, 400],
  ])('refuses one %s', async (_sentence, change, status) => {
    const payload = '{"action":"opened"}';
    const secret = 'secret' in change ? change.secret : both.app.webhookSecret;
    const signature = createHmac('sha256', secret).update(payload).digest('hex');
    const given = { event: 'pull_request', delivery: randomUUID(), signature, ...change };
    expect(await post(payload, given)).toBe(status);
  });

  it('refuses a body larger than GitHub sends, before it is all here', async () => {
    const payload = 'x'.repeat(27 * 1024 * 1024);
    expect(await post(payload, { event: 'push', delivery: randomUUID(), signature: 'a'.repeat(64) })).toBe(413);
  });

  it('does not start with a secret that can be guessed', async () => {
    const started = startApp(both.github, { ...both.app, webhookSecret: 'development' }, `${both.dataDir}/weak`);
    await expect(started).rejects.toThrow(/webhook secret can be guessed/);
  });
});

describe('commands', () => {
  async function pullWithModel(seed: number) {
    const repository = await repositoryWith();
    repository.collaborator('ada', 'write');
    const original = model(seed);
    await repository.commit('art', { 'a.glb': original });
    const pull = await repository.openPull({ head: 'art' });
    await checked(pull, pull.headSha);
    await until('our commit', async () => (await optimized(repository)).length === 1);
    await until('the comment', () => pull.comments().length === 1);
    return { repository, pull, original };
  }

  it('of somebody without write permission gets a reaction, and nothing else', async () => {
    const { repository, pull } = await pullWithModel(110);
    const comment = pull.comment('mallory', '/glb optimize');
    await until('a reaction', () => comment.reactions.length > 0);
    expect(comment.reactions.map(({ content }) => content)).toEqual(['-1']);
    await both.github.settled();
    expect(await optimized(repository)).toHaveLength(1);
    expect(pull.comments().filter(({ author }) => author.login !== 'mallory')).toHaveLength(1);
  });

  it('/glb undo brings back the very bytes, and the refusal is remembered', async () => {
    const { repository, pull, original } = await pullWithModel(111);
    const command = pull.comment('ada', '/glb undo');
    await until('the original', async () => (await repository.file('art', 'a.glb'))?.equals(original));
    expect(command.reactions.map(({ content }) => content)).toEqual(['eyes']);
    await until('the comment', () => pull.comments()[0]?.body.includes('Taken back'));
    const next = await pull.push({ 'notes.md': 'more' });
    await checked(pull, next);
    await until('the comment', () => pull.comments()[0]?.body.includes('took the optimized file back'));
    expect(await optimized(repository)).toHaveLength(1);
    expect((await repository.file('art', 'a.glb'))?.equals(original)).toBe(true);
    // Who asks again gets it again.
    pull.comment('ada', '/glb optimize');
    await until('another commit', async () => (await optimized(repository)).length === 2);
  });

  it('/glb skip leaves the pull request alone until somebody asks again', async () => {
    const { repository, pull } = await pullWithModel(112);
    pull.comment('ada', '/glb skip');
    await until('the note', () => pull.checkRuns().at(-1)?.title?.includes('Left alone'));
    const next = await pull.push({ 'b.glb': model(113) });
    expect(await checked(pull, next)).toMatchObject({ conclusion: 'neutral' });
    expect(await optimized(repository)).toHaveLength(1);
  });

  it('/glb backfill opens one pull request for what main holds', async () => {
    const { repository, pull } = await pullWithModel(114);
    await repository.commit('main', { 'old/c.glb': model(115), 'old/d.glb': model(116) });
    pull.comment('ada', '/glb backfill');
    const own = await until('the pull request', () => repository.pulls().find(({ number }) => number !== pull.number));
    expect(own.state.baseBranch).toBe('main');
    expect(await own.changedPaths()).toEqual(['old/c.glb', 'old/d.glb']);
  });

  it('/glb help and /glb status are answered, nonsense too', async () => {
    const { pull } = await pullWithModel(117);
    pull.comment('ada', '/glb help');
    await until('an answer', () => pull.comments().some(({ body }) => body.startsWith('@ada | Comment')));
    pull.comment('ada', '/glb status');
    await until('an answer', () => pull.comments().some(({ body }) => body.includes('The last review ended: done')));
    const nonsense = pull.comment('ada', '/glb dance');
    await until('a reaction', () => nonsense.reactions.some(({ content }) => content === 'confused'));
  });

  it('by the button Undo of the check run', async () => {
    const { repository, pull, original } = await pullWithModel(118);
    const run = pull.checkRuns().at(-1);
    if (run === undefined) throw new Error('there is no check');
    pull.press(run, 'undo', 'ada');
    await until('the original', async () => (await repository.file('art', 'a.glb'))?.equals(original));
  });
});

describe('Git LFS', () => {
  it('is written to as asked for in a sub-folder: object first, then its pointer, and the comment names the bandwidth', async () => {
    const repository = await repositoryWith({ 'models/.gitattributes': '*.glb filter=lfs diff=lfs merge=lfs -text\n' });
    const original = model(120);
    await repository.commit('art', { 'models/a.glb': { lfs: original }, 'b.glb': model(121) });
    const pull = await repository.openPull({ head: 'art' });
    await checked(pull, pull.headSha);
    await until('our commit', async () => (await optimized(repository)).length === 1);
    const pointer = (await repository.file('art', 'models/a.glb'))?.toString() ?? '';
    expect(pointer).toMatch(/^version https:\/\/git-lfs\.github\.com\/spec\/v1\noid sha256:/);
    expect(pointer).not.toBe(lfsPointer(original));
    expect((await repository.file('art', 'b.glb'))?.subarray(0, 4).toString()).toBe('glTF');
    const digest = /oid sha256:(\w+)/.exec(pointer)?.[1];
    expect(both.github.requests(/PUT .*lfs/).some(({ path }) => path.includes(digest ?? 'none'))).toBe(true);
    await until('the comment', () => pull.comments()[0]?.body.includes('less Git LFS bandwidth'));
  });

  it('leaves a file alone that somebody has locked, and says who', async () => {
    const repository = await repositoryWith({ '.gitattributes': '*.glb filter=lfs -text lockable\n' });
    await repository.commit('art', { 'a.glb': { lfs: model(122) } });
    repository.lock('a.glb', 'grace');
    const pull = await repository.openPull({ head: 'art' });
    await checked(pull, pull.headSha);
    await until('the comment', () => pull.comments()[0]?.body.includes('grace has locked it'));
    expect(await optimized(repository)).toHaveLength(0);
  });
});

describe('a fork', () => {
  it('of a person who lets maintainers edit gets the commit', async () => {
    const repository = await repositoryWith();
    const fork = await repository.fork('bob', 'User');
    await fork.commit('art', { 'a.glb': model(130) });
    const pull = await repository.openPull({ head: 'art', from: fork, author: 'bob' });
    await checked(pull, pull.headSha);
    await until('our commit', async () => (await optimized(fork)).length === 1);
  });

  it('that nobody may write to gets the report, and the comment explains', async () => {
    const repository = await repositoryWith();
    const fork = await repository.fork('carol', 'User');
    await fork.commit('art', { 'a.glb': model(131) });
    const pull = await repository.openPull({ head: 'art', from: fork, author: 'carol', maintainerCanModify: false });
    expect(await checked(pull, pull.headSha)).toMatchObject({ conclusion: 'success' });
    await until('the comment', () => pull.comments()[0]?.body.includes('Nothing was committed'));
    expect(await optimized(fork)).toHaveLength(0);
  });
});

describe('a merge queue', () => {
  it('is answered at once, and a queued pull request is never pushed to', async () => {
    const repository = await repositoryWith();
    await repository.commit('art', { 'notes.md': 'x' });
    const pull = await repository.openPull({ head: 'art' });
    await checked(pull, pull.headSha);
    const sha = await pull.enqueue();
    await until('the check', () => pull.checkRuns(sha).some(({ title }) => title === 'Looked at in the pull request'));
  });
});

async function post(
  payload: string,
  headers: { readonly event: string; readonly delivery: string; readonly signature: string },
): Promise<number> {
  const answer = await fetch(`${both.running().url}/api/github/webhooks`, {
    method: 'POST',
    body: payload,
    headers: {
      'content-type': 'application/json',
      'x-github-event': headers.event,
      'x-github-delivery': headers.delivery,
      'x-hub-signature-256': `sha256=${headers.signature}`,
    },
  });
  await answer.arrayBuffer();
  return answer.status;
}
