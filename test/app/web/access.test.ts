/** Who gets in: sign-in against the stand-in, two people with different repositories, and writes from other sites. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { artifactLinks } from '../../../app/web/links.ts';
import { openSealer } from '../../../app/web/seal.ts';
import type { ReportPage, StatsDocument } from '../../../src/index.ts';
import { type AppProcess, startApp, until } from '../../e2e/github-app.ts';
import { asset, send, startServer, type WebServer } from '../../e2e/web-server.ts';
import type { AppHandle } from '../../github-stand-in/driver/app-handle.ts';
import { type GitHub, startGitHub } from '../../github-stand-in/github.ts';
import { houseScene } from '../../house-scene.ts';
import { openReportBrowser } from '../../viewer/report-page.ts';

const OPERATOR = 'a token for the operator';
const HOUR_MS = 3_600_000;
const SESSION = 'a secret for sessions that nobody knows';

describe('with an App', () => {
  let github: GitHub;
  let app: AppHandle;
  let server: AppProcess;
  let folder: string;
  beforeAll(async () => {
    [github, folder] = await Promise.all([startGitHub(), mkdtemp(path.join(tmpdir(), 'glb access '))]);
    app = github.app();
    server = await startApp(github, app, folder, {
      environment: {
        CLIENT_ID: app.clientId,
        CLIENT_SECRET: app.clientSecret,
        ADMIN_TOKEN: OPERATOR,
        SESSION_SECRET: SESSION,
        LOG_LEVEL: 'trace',
      },
    });
    const glb = (await houseScene()).bytes();
    for (const [name, login] of [
      ['acme/one', 'ada'],
      ['acme/two', 'bob'],
    ] as const) {
      const repository = await github.repository(name, { private: true, files: { 'README.md': 'models' } });
      repository.collaborator(login, 'read');
      if (name === 'acme/one') app.install('acme');
      await repository.commit('house', { 'house.glb': glb });
      await repository.openPull({ head: 'house' });
    }
    await github.settled();
    const headers = { authorization: `Bearer ${OPERATOR}` };
    await until('both reviews', async () => {
      const stats: StatsDocument = await (await fetch(`${server.url}/api/stats`, { headers })).json();
      return stats.totals.completed === 2;
    });
  }, 120_000);
  afterAll(async () => {
    await server?.stop();
    await rm(folder, { recursive: true, force: true });
    await github?.close();
  });

  const get = (where: string, cookie = '') =>
    fetch(where.startsWith('http') ? where : server.url + where, { redirect: 'manual', headers: { cookie } });
  const cookieOf = (answer: Response) => answer.headers.getSetCookie().find((one) => !/Max-Age=0/.test(one)) ?? '';
  async function signIn(login: string): Promise<string> {
    github.signIn(login);
    const begun = await get('/auth/login?to=/upload');
    const asked = await get(begun.headers.get('location') ?? '');
    const back = await get(asked.headers.get('location') ?? '', cookieOf(begun).split(';')[0]);
    expect([back.status, back.headers.get('location')]).toEqual([302, '/upload']);
    const session = cookieOf(back);
    expect(session).toMatch(/^glb_session=[\w-]+; Max-Age=28800; Path=\/; HttpOnly; SameSite=Lax$/);
    return session.split(';')[0] ?? '';
  }
  const statsOf = async (cookie: string): Promise<StatsDocument> => (await get('/api/stats', cookie)).json();

  it('lets nobody in without a session, however near they are', async () => {
    expect((await get('/')).headers.get('location')).toBe('/auth?to=%2F');
    for (const place of ['/api/stats', '/api/jobs/1', '/api/assets?repository=acme/one', '/metrics'])
      expect([place, (await get(place)).status]).toEqual([place, 401]);
    expect((await send(server.url, [['a.glb', await asset('fox.glb')]])).status).toBe(401);
    expect((await get(`/artifacts/${'0'.repeat(64)}`)).status).toBe(404);
    const wrong = await fetch(`${server.url}/api/stats`, { headers: { authorization: 'Bearer wrong' } });
    expect(wrong.status).toBe(401);
  });

  it('shows each person the repositories that they see, and no other', async () => {
    const [ada, bob] = [await signIn('ada'), await signIn('bob')];
    for (const [cookie, own, other] of [
      [ada, 'acme/one', 'acme/two'],
      [bob, 'acme/two', 'acme/one'],
    ] as const) {
      const stats = await statsOf(cookie);
      expect(stats.totals).toMatchObject({ jobCount: 1, completed: 1 });
      expect(stats.jobs.map(({ repository }) => repository)).toEqual([own]);
      expect(stats.repositories.map(({ repository }) => repository)).toEqual([own]);
      const [mine] = stats.jobs;
      expect((await get(`/api/jobs/${mine?.id}/page`, cookie)).status).toBe(200);
      const others = cookie === ada ? bob : ada;
      for (const part of ['', '/page', '/report', '/events', '/files.zip'])
        expect((await get(`/api/jobs/${mine?.id}${part}`, others)).status).toBe(404);
      for (const place of ['/api/stats', '/api/assets'])
        expect((await get(`${place}?repository=${other}`, cookie)).status).toBe(404);
    }
  });

  it('takes no answer that belongs to no question, and no session that it did not make', async () => {
    github.signIn('ada');
    const begun = await get('/auth/login?to=//evil.example');
    const asked = await get(begun.headers.get('location') ?? '');
    const back = asked.headers.get('location') ?? '';
    const mine = cookieOf(begun).split(';')[0] ?? '';
    expect((await get(back)).status).toBe(403);
    expect((await get(back.replace(/state=[^&]+/, 'state=other'), mine)).status).toBe(403);
    const good = await get(back, mine);
    // Nobody is sent to another site.
    expect(good.headers.get('location')).toBe('/');
    const session = cookieOf(good).split(';')[0] ?? '';
    const broken = session.slice(0, -2) + (session.endsWith('AA') ? 'BB' : 'AA');
    expect((await get('/api/stats', broken)).status).toBe(401);
  });

  it('shows in a browser who has signed in with GitHub, and lets them out again', async () => {
    const browser = await openReportBrowser();
    try {
      github.signIn('ada');
      const { page } = await browser.visit(`${server.url}/upload`, 'a[href="/auth/login?to=%2Fupload"]');
      await page.click('a[href^="/auth/login"]');
      await page.waitForSelector('.session-name');
      expect(new URL(page.url()).pathname).toBe('/upload');
      expect(await page.$eval('.session-name', (name) => name.textContent)).toBe('@ada');
      await page.click('.links a[href="/"]');
      await page.waitForSelector('.tiles');
      expect(await page.$eval('.session-name', (name) => name.textContent)).toBe('@ada');
      await page.click('.session .button');
      await page.waitForSelector('a[href^="/auth/login"]');
      expect((await page.cookies()).length).toBe(0);
    } finally {
      await browser.close();
    }
  });

  it('answers a page that asks who is signed in', async () => {
    expect(await (await get('/auth/session')).json()).toEqual({ kind: 'stranger', name: null, canSignOut: false });
    const ada = await signIn('ada');
    expect(await (await get('/auth/session', ada)).json()).toEqual({ kind: 'person', name: 'ada', canSignOut: true });
    const operator = await fetch(`${server.url}/auth/session`, { headers: { authorization: `Bearer ${OPERATOR}` } });
    expect(await operator.json()).toMatchObject({ kind: 'operator', canSignOut: true });
  });

  it('gives a file by a signed link until its time is over, and by no other', async () => {
    const ada = await signIn('ada');
    const [job] = (await statsOf(ada)).jobs;
    const page: ReportPage = await (await get(`/api/jobs/${job?.id}/page`, ada)).json();
    const [before] = page.pairs.map((pair) => pair.before);
    if (before?.kind !== 'linked') throw new Error('no link');
    // Whoever has the link needs no session.
    expect((await get(before.url)).status).toBe(200);
    const link = new URL(before.url, server.url);
    const end = Number(link.searchParams.get('until'));
    expect(end - Date.now()).toBeLessThanOrEqual(2 * HOUR_MS);
    for (const [name, value] of [
      ['until', String(end - 2 * HOUR_MS)],
      ['until', String(end + 1)],
      ['sign', 'AAAA'],
      ['name', 'page.html'],
    ] as const) {
      const other = new URL(link);
      other.searchParams.set(name, value);
      expect([name, (await get(other.pathname + other.search)).status]).toEqual([name, 404]);
    }
  });

  it('takes a write with a cookie only from its own pages', async () => {
    const cookie = await signIn('ada');
    const write = async (headers: Record<string, string>) =>
      (await fetch(`${server.url}/api/jobs/1/retry`, { method: 'POST', headers: { cookie, ...headers } })).status;
    expect(await write({})).toBe(403);
    expect(await write({ origin: 'https://evil.example', 'x-glb-optimizer': '1' })).toBe(403);
    expect(await write({ origin: 'null' })).toBe(403);
    expect(await write({ 'sec-fetch-site': 'cross-site', 'x-glb-optimizer': '1' })).toBe(403);
    // Past the guard: it is not failed.
    expect(await write({ 'x-glb-optimizer': '1' })).not.toBe(403);
    expect(await write({ origin: server.url })).not.toBe(403);
  });

  it('has written all of this into the log, by request, delivery and job, and no secret', async () => {
    const cookie = await signIn('bob');
    const text = server.log();
    const pem = app.privateKey.split('\n').find((line) => line.length > 40) ?? '';
    const sealed = cookie.slice(cookie.indexOf('=') + 1);
    for (const secret of [OPERATOR, SESSION, app.clientSecret, app.webhookSecret, pem, sealed])
      expect([secret.length > 8, text.includes(secret)]).toEqual([true, false]);
    expect(text).not.toMatch(/gh[a-z]_\w{16,}|eyJ[\w-]{8,}\.|[?&](sign|code|state)=(?!\[secret\])|Bearer (?!\[)/);
    const lines = text
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line): Record<string, unknown> => JSON.parse(line));
    const of = (message: RegExp) => lines.filter((line) => message.test(String(line.message)));
    // Each has its ids, and the job knows the delivery that made it.
    const id = expect.stringMatching(/^[\w-]{8,64}$/);
    for (const line of of(/^request/)) expect(line).toMatchObject({ request: id });
    for (const line of of(/^webhook/)) expect(line).toMatchObject({ request: id, delivery: id });
    const reviews = of(/^job/).filter(({ kind }) => kind === 'review' || kind === 'asset');
    expect(reviews.length).toBeGreaterThanOrEqual(8);
    for (const line of reviews) expect(line).toMatchObject({ request: id, delivery: id, job: expect.any(String) });
  });
});

describe('without an App', () => {
  let server: WebServer;
  beforeAll(async () => {
    server = await startServer();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  it('sends every answer with its guards, and pages without inline script', async () => {
    for (const place of ['/', '/upload', '/viewer/upload.js', '/api/stats', '/nothing', '/auth', '/health/live']) {
      const { headers } = await fetch(server.url + place);
      const policy = headers.get('content-security-policy') ?? '';
      expect([place, policy]).toEqual([place, expect.stringContaining("frame-ancestors 'none'")]);
      expect(policy).not.toContain('unsafe-inline');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('x-frame-options')).toBe('DENY');
      expect(headers.get('referrer-policy')).toMatch(/^(no-referrer|same-origin)$/);
    }
  });

  it('answers only to its own names on this machine, and to nobody behind a proxy', async () => {
    const { request } = await import('node:http');
    const statusOf = (headers: Record<string, string>) =>
      new Promise<number | undefined>((resolve) => {
        request(`${server.url}/api/stats`, { headers }, (answer) => resolve(answer.resume().statusCode)).end();
      });
    expect(await statusOf({})).toBe(200);
    expect(await statusOf({ host: 'evil.example' })).toBe(401);
    expect(await statusOf({ host: 'localhost.evil.example' })).toBe(401);
    expect(await statusOf({ 'x-forwarded-for': '203.0.113.7' })).toBe(401);
  });

  it('takes no upload that another site makes a browser send', async () => {
    const file = [['a.glb', await asset('fox.glb')]] as const;
    expect((await send(server.url, file, { headers: { origin: 'https://evil.example' } })).status).toBe(403);
    expect((await send(server.url, file, { fields: { preset: 'tiny' } })).status).toBe(400);
    expect((await send(server.url, file)).status).toBe(202);
  });

  it('gives metrics with our prefix', async () => {
    const text = await (await fetch(`${server.url}/metrics`)).text();
    for (const name of [
      'queue_depth',
      'broker_tier{tier="inline"} 1',
      'jobs_accepted_total',
      'process_resident_memory',
    ])
      expect(text).toContain(`glb_optimizer_${name}`);
  });
});

describe('links to artifacts', () => {
  it('hold for their file, their name and their time', () => {
    let nowMs = 1_800_000_000_000;
    const links = artifactLinks(openSealer('a secret for tests that is long enough'), () => nowMs);
    const digest = 'a'.repeat(64);
    const {
      name = '',
      until: end = '',
      sign = '',
    } = Object.fromEntries(new URL(links.to(digest, 'a "b".glb'), 'http://x').searchParams);
    const check = (more: object = {}, of = digest) => links.check(of, { name, until: end, sign, ...more });
    expect(check()).toBe(true);
    expect(check({ name: 'other.html' })).toBe(false);
    expect(check({ until: String(Number(end) + 1) })).toBe(false);
    expect(check({}, 'b'.repeat(64))).toBe(false);
    nowMs += 2 * 3_600_000;
    expect(check()).toBe(false);
    const days = Object.fromEntries(new URL(links.to(digest, 'b.webp', 30 * 86_400_000), 'http://x').searchParams);
    const later = { name: 'b.webp', until: days.until ?? '', sign: days.sign ?? '' };
    nowMs += 29 * 86_400_000;
    expect(links.check(digest, later)).toBe(true);
    nowMs += 2 * 86_400_000;
    expect(links.check(digest, later)).toBe(false);
  });
});
