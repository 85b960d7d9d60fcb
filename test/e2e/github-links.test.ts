/** The links of comment and check run: to the page where both sides can be turned, for whoever may see the repository. */
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { ReportPage } from '../../src/index.ts';
import { startBoth, until } from './github-app.ts';
import { model, POLICY } from './models.ts';

vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

let both: Awaited<ReturnType<typeof startBoth>>;

beforeAll(async () => {
  both = await startBoth({ isPublic: true, sharesClient: true });
  both.app.install('octo');
});

afterAll(async () => {
  await both[Symbol.asyncDispose]();
});

const get = (url: string, cookie = '') => fetch(url, { redirect: 'manual', headers: { cookie } });
const cookieOf = (answer: Response) =>
  answer.headers
    .getSetCookie()
    .find((one) => !/Max-Age=0/.test(one))
    ?.split(';')[0] ?? '';

/** Through the page that a stranger is sent to, as a browser goes; gives the session and where it ends. */
async function signIn(login: string, page: string) {
  both.github.signIn(login);
  const begun = await get(page.replace('/auth?', '/auth/login?'));
  const asked = await get(begun.headers.get('location') ?? '');
  const back = await get(asked.headers.get('location') ?? '', cookieOf(begun));
  return { cookie: cookieOf(back), to: back.headers.get('location') };
}

it('lead from a private repository through sign-in to the viewer, and nobody else there', async () => {
  const repository = await both.github.repository('octo/secret', {
    files: { '.github/glb-optimizer.yml': POLICY },
    private: true,
  });
  repository.collaborator('ada', 'read');
  await repository.commit('art', { 'props/a.glb': model(600) });
  const pull = await repository.openPull({ head: 'art' });
  const asked = pull.headSha;
  await until('the checks', () => pull.headSha !== asked && pull.checkRuns().at(-1)?.conclusion);
  const link = /\*\*\[Compare in 3D\]\(<(http[^>]+)>\)\*\*/.exec(pull.comments()[0]?.body ?? '')?.[1] ?? '';
  expect(link).toMatch(new RegExp(`^${both.running().url}/compare/\\d+$`));
  // Also on the commit that the App made.
  for (const sha of [asked, pull.headSha])
    expect(pull.checkRuns(sha).map(({ detailsUrl }) => detailsUrl)).toEqual([link]);
  expect(pull.checkRuns(asked)[0]?.summary).toContain(link);

  const stranger = await get(link);
  expect(stranger.status).toBe(302);
  const door = new URL(stranger.headers.get('location') ?? '', link).href;
  const ada = await signIn('ada', door);
  expect(new URL(ada.to ?? '', link).href).toBe(link);
  const page = await get(link, ada.cookie);
  expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
  const data = link.replace('/compare/', '/api/jobs/');
  await until('the report', async () => (await get(`${data}/page`, ada.cookie)).status === 200);
  const shown: ReportPage = await (await get(`${data}/page`, ada.cookie)).json();
  const [pair] = shown.pairs;
  expect(pair).toMatchObject({ path: 'props/a.glb', before: { kind: 'linked' }, after: { kind: 'linked' } });
  const after = pair?.after?.kind === 'linked' ? pair.after.url : '';
  const bytes = Buffer.from(await (await get(new URL(after, link).href, ada.cookie)).arrayBuffer());
  expect(bytes.equals((await repository.file('art', 'props/a.glb')) ?? Buffer.alloc(0))).toBe(true);

  const mallory = await signIn('mallory', door);
  for (const part of ['', '/page', '/report']) expect((await get(data + part, mallory.cookie)).status).toBe(404);
});
