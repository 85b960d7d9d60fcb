/** Publishing against the stand-in: what happens when somebody else was there, or an answer got lost. */
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { Hono } from 'hono';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { directoryStore } from '../../../app/artifacts/directory.ts';
import { writeComment } from '../../../app/github/comment.ts';
import { roadFor } from '../../../app/github/commit.ts';
import { noNotes, onTopOfFiles } from '../../../app/github/notes.ts';
import { linkedPictures, prune } from '../../../app/github/pictures.ts';
import { forgetLeft, readWishes, rememberLeft } from '../../../app/github/wishes.ts';
import { Refusal } from '../../../app/web/answer.ts';
import { mountArtifacts } from '../../../app/web/artifacts.ts';
import { artifactLinks } from '../../../app/web/links.ts';
import { openSealer } from '../../../app/web/seal.ts';
import { contentOf, MIB, writeMarker } from '../../../src/index.ts';
import { model, POLICY } from '../../e2e/models.ts';
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

async function pullWithModel() {
  const name = `octo/publish-${count++}`;
  const repository = await stage.github.repository(name, { files: { '.github/glb-optimizer.yml': POLICY } });
  await repository.commit('art', { 'a.glb': model(400 + count) });
  const pull = await repository.openPull({ head: 'art' });
  return { repository, pull, access: stage.access(installation, name) };
}

const optimized = (log: readonly { readonly message: string }[]) =>
  log.filter(({ message }) => message.startsWith('Optimize '));

describe('the comment', () => {
  it('stays deleted when somebody deleted it', async () => {
    const { pull } = await pullWithModel();
    await review(stage, jobOf(pull, installation));
    const [comment] = pull.comments();
    if (comment === undefined) throw new Error('there is no comment');
    pull.deleteComment(comment);
    await pull.push({ 'b.glb': model(500) });
    const { published } = await review(stage, jobOf(pull, installation));
    expect(published.commit).not.toBeNull();
    expect(pull.comments()).toEqual([]);
  });

  it('is found by its author, not by a marker that somebody quotes', async () => {
    const { pull, repository } = await pullWithModel();
    const theirs = pull.comment('mallory', `${writeMarker({ scope: repository.fullName })}\nmine`);
    await review(stage, jobOf(pull, installation));
    expect(theirs.body).toContain('mine');
    expect(pull.comments()).toHaveLength(2);
  });

  it('is one, although two processes write at the same moment', async () => {
    const { pull, repository, access } = await pullWithModel();
    const place = { repository: repository.fullName, pullNumber: pull.number, scope: repository.fullName };
    const body = `${writeMarker(place)}\nhello`;
    // A second copy of the module, as another process has it: the turns that writers of one process take do not help.
    vi.resetModules();
    const other = await import('../../../app/github/comment.ts');
    const again = stage.access(installation, repository.fullName);
    await Promise.all([writeComment(access, place, noNotes, body), other.writeComment(again, place, noNotes, body)]);
    expect(pull.comments()).toHaveLength(1);
  });

  it('is found on a later page', async () => {
    const { pull, repository, access } = await pullWithModel();
    for (let i = 0; i < 130; i++) pull.comment('ada', `chatter ${i}`);
    const place = { repository: repository.fullName, pullNumber: pull.number, scope: 's' };
    const first = await writeComment(access, place, noNotes, `${writeMarker(place)}\none`);
    const second = await writeComment(access, place, noNotes, `${writeMarker(place)}\ntwo`);
    expect(second).toEqual(first);
    expect(pull.comments().at(-1)?.body).toContain('two');
  });
});

describe('the commit', () => {
  it('is found again when its answer was lost', async () => {
    const { pull, repository } = await pullWithModel();
    stage.github.fault(/^POST \/graphql/, { kind: 'lost-answer' }, 2);
    const { published } = await review(stage, jobOf(pull, installation), { home: { pictures: 'none' } });
    stage.github.clearFaults();
    expect(published.commit).toBe(await repository.head('art'));
    expect(optimized(await repository.log('art'))).toHaveLength(1);
  });

  it('is not made when the branch moved meanwhile, and nothing is said', async () => {
    const { pull, repository } = await pullWithModel();
    const job = jobOf(pull, installation);
    await pull.push({ 'notes.md': 'newer' });
    await expect(review(stage, job)).rejects.toMatchObject({ code: 'GITHUB_SUPERSEDED' });
    expect(optimized(await repository.log('art'))).toEqual([]);
    expect(pull.comments()).toEqual([]);
  });

  it('is not made on a protected branch, and the comment names what is missing', async () => {
    const { pull, repository } = await pullWithModel();
    repository.protect('art');
    const { published } = await review(stage, jobOf(pull, installation));
    expect(published.commit).toBeNull();
    expect(pull.comments()[0]?.body).toContain('Nothing was committed');
  });

  it('keeps the original beside it where the policy says so', async () => {
    const { pull, repository } = await pullWithModel();
    await repository.commit('main', { '.github/glb-optimizer.yml': `${POLICY}keep-original: suffix\n` });
    const before = await repository.file('art', 'a.glb');
    const job = { ...jobOf(pull, installation), baseCommit: await repository.head('main') };
    await review(stage, job);
    const kept = (await repository.tree('art'))
      .map(({ path }) => path)
      .filter((path) => path !== 'a.glb' && /glb$/.test(path));
    expect(kept).toHaveLength(1);
    expect(await repository.file('art', kept[0] ?? '')).toEqual(before);
  });

  const file = (byteLength: number, mode = '100644') => ({
    path: 'a.glb',
    mode,
    content: { ...contentOf(new Uint8Array(0)), byteLength },
  });
  it.each([
    ['small files go by GraphQL', [file(1 * MIB), file(2 * MIB)], 'graphql'],
    ['more than four megabytes by the Git data API', [file(3 * MIB), file(2 * MIB)], 'git-data'],
    ['an executable file, too', [file(1000, '100755')], 'git-data'],
    ['and a blob that is there already', [{ path: 'b', mode: '100644', blob: 'a'.repeat(40) }], 'git-data'],
    ['a file over 30 MB is pushed', [file(31 * MIB)], 'push'],
    ['and so are more than sixty', Array.from({ length: 61 }, () => file(1000)), 'push'],
  ])('%s', (_sentence, files, road) => {
    expect(roadFor({ files, otherParents: [] })).toBe(road);
  });
});

describe('pictures', () => {
  it('of months that ended 90 days ago go, all other branches stay', async () => {
    const { repository, access } = await pullWithModel();
    for (const month of ['2026-01', '2026-08', '2026-11']) {
      await repository.commit(`glb-optimizer-pictures/${month}`, { 'x.webp': 'x' });
    }
    await repository.commit('glb-optimizer-pictures/mine', { 'x.webp': 'x' });
    const pruned = await prune(access, repository.fullName, Date.UTC(2026, 10, 24));
    expect(pruned).toEqual(['refs/heads/glb-optimizer-pictures/2026-01']);
    expect(await repository.branches()).toEqual(
      expect.arrayContaining(['main', 'art', 'glb-optimizer-pictures/2026-08', 'glb-optimizer-pictures/mine']),
    );
  });
});

describe('pictures on the server', () => {
  it('open by their links without sign-in, as GitHub fetches them, and by no other address', async () => {
    const artifacts = directoryStore(`${stage.folder}/artifacts`);
    const links = artifactLinks(openSealer('a secret for tests that is long enough'), () => Date.now());
    const web = new Hono();
    web.onError((thrown, context) => context.text(thrown.message, thrown instanceof Refusal ? thrown.status : 500));
    const visitor = async () => ({ kind: 'stranger' as const });
    mountArtifacts(web, { access: { visitor }, artifacts, links, onServed: () => {} });
    const pictures = linkedPictures(
      artifacts,
      async (digest, name) => `https://glb.test${links.to(digest, name, 3e9)}`,
    );
    const { pull, repository } = await pullWithModel();
    await review(stage, jobOf(pull, installation), { home: { pictures } });
    const body = pull.comments()[0]?.body ?? '';
    const urls = [...body.matchAll(/!\[[^\]]*\]\(<https:\/\/glb\.test([^>]+)>\)/g)].map(([, url]) => url ?? '');
    expect(urls.length).toBeGreaterThanOrEqual(1);
    for (const url of urls) {
      const answer = await web.request(url);
      expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'image/webp']);
      expect(
        Buffer.from(await answer.arrayBuffer())
          .subarray(8, 12)
          .toString(),
      ).toBe('WEBP');
      expect((await web.request(url.replace(/sign=.{4}/, 'sign=AAAA'))).status).toBe(404);
      expect((await web.request(url.split('?')[0] ?? '')).status).toBe(404);
    }
    expect(await repository.branches()).toEqual(['art', 'main']);
  });
});

describe('notes', () => {
  it('of older versions, kept as files, are read until they are written anew, and swapped like others', async () => {
    const folder = `${stage.folder}/old-notes`;
    await mkdir(folder);
    const file = createHash('sha256').update('left octo/old').digest('hex');
    await writeFile(`${folder}/${file}.txt`, '["a"]');
    const notes = onTopOfFiles(stage.notes, folder);
    expect(await notes.read('left octo/old')).toBe('["a"]');
    expect(await notes.read('left octo/other')).toBeUndefined();
    await rememberLeft(notes, 'octo/old', ['b']);
    expect(await stage.notes.read('left octo/old')).toBe('["a","b"]');
    expect([...(await readWishes(notes, 'octo/old', null)).left]).toEqual(['a', 'b']);
    await forgetLeft(notes, 'octo/old', ['a']);
    expect(await notes.read('left octo/old')).toBe('["b"]');
  });

  it('lose no refusal when two machines remember at the same moment', async () => {
    const blobs = Array.from({ length: 20 }, (_, at) => `blob-${at}`);
    await Promise.all(blobs.map((blob) => rememberLeft(stage.notes, 'octo/busy', [blob])));
    const { left } = await readWishes(stage.notes, 'octo/busy', null);
    expect([...left].sort()).toEqual([...blobs].sort());
  });
});
