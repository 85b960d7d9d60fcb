/** The dashboard and its doors, on a real server in a real browser: exports, retry, limits, the operator's sign-in. */
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Page } from 'puppeteer-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dayOf } from '../../app/ledger/scope.ts';
import type { StatsDocument, WebError, WebJob } from '../../src/index.ts';
import { openReportBrowser, type ReportBrowser } from '../viewer/report-page.ts';
import { asset, ended, send, startServer, type WebServer } from './web-server.ts';

const OPERATOR = 'a token for the operator';
const textOf = (page: Page, selector: string) => page.$eval(selector, (element) => element.textContent ?? '');

let browser: ReportBrowser;
let server: WebServer;
beforeAll(async () => {
  [browser, server] = await Promise.all([
    openReportBrowser(),
    startServer({ environment: { ADMIN_TOKEN: OPERATOR, LOG_LEVEL: 'trace' } }),
  ]);
}, 60_000);
afterAll(async () => {
  await Promise.all([browser?.close(), server?.[Symbol.asyncDispose]()]);
});

const statsOf = async (query = ''): Promise<StatsDocument> => (await fetch(`${server.url}/api/stats${query}`)).json();
const upload = async (name: string): Promise<WebJob> => {
  const answer = await send(server.url, [[name, await asset('fox.glb')]]);
  const { id } = await answer.json();
  return ended(server.url, id);
};
/** As it is after five tries that failed. */
function giveUp(id: string, why: string): void {
  const database = new DatabaseSync(path.join(server.folder, 'ledger.sqlite'), { timeout: 5000 });
  const row = database
    .prepare(`update job set state = 'failed', error = ? where key = ? returning id`)
    .get(why, `upload/${id}`);
  const number = Number(row?.id);
  database.prepare('delete from review where id = ?').run(number);
  database.prepare('delete from asset where review = ?').run(number);
  database.prepare('update counted set failed_day = ? where id = ?').run(dayOf(Date.now()), number);
  database.close();
}

describe('the dashboard', { timeout: 120_000 }, () => {
  const formula = `=cmd|"calc"!A1, "and a comma".glb`;

  it('gives its jobs as CSV that a spreadsheet takes as text, and as JSON', async () => {
    const { id } = await upload(formula);
    giveUp(id, '=1+1, "quoted"\nand a second line');
    const { page } = await browser.visit(`${server.url}/?days=7&status=failed`, '.filters');
    const links = await page.$$eval('.filters a', (all) => all.map((link) => link.getAttribute('href') ?? ''));
    expect(links).toEqual(['/api/stats.csv?days=7&status=failed', '/api/stats?days=7&status=failed']);
    const answer = await fetch(server.url + links[0]);
    expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(answer.headers.get('content-disposition')).toBe('attachment; filename="jobs.csv"');
    const csv = await answer.text();
    expect(csv.split('\r\n')[0]).toBe(
      'id,kind,status,repository,pull_number,created_at,finished_at,duration_ms,asset_count,byte_length_before,saved_bytes,why',
    );
    expect(csv).toMatch(new RegExp(`^${id},upload,failed,,,`, 'm'));
    expect(csv).toContain(`,"'=1+1, ""quoted""\nand a second line"\r\n`);
    const json: StatsDocument = await (await fetch(server.url + links[1])).json();
    expect(json.jobs.map((job) => [job.id, job.status])).toEqual([[id, 'failed']]);
    expect((await fetch(`${server.url}/api/stats.csv?status=nonsense`)).status).toBe(400);
  });

  it('shows why a job failed, and tries it again at the press of a button', async () => {
    const { id } = await upload('again.glb');
    giveUp(id, 'Chrome ended <b>too soon</b>');
    const { page, complaints } = await browser.visit(`${server.url}/?status=failed`, '.job-why');
    expect(await textOf(page, '.job-why')).toBe('Chrome ended <b>too soon</b>');
    const before = (await statsOf()).totals;
    await page.click('.jobs-table .job-action .button');
    expect(await ended(server.url, id)).toMatchObject({ status: 'done', why: '' });
    const after = (await statsOf()).totals;
    expect([after.failed - before.failed, after.jobCount - before.jobCount]).toEqual([-1, 0]);
    expect(complaints).toEqual([]);
  });

  it('tries again over HTTP what failed, and nothing else', async () => {
    const { id } = await upload('http.glb');
    const retry = (headers: Record<string, string> = {}) =>
      fetch(`${server.url}/api/jobs/${id}/retry`, { method: 'POST', headers });
    expect((await retry()).status).toBe(409);
    giveUp(id, 'no luck');
    expect((await retry({ origin: 'https://evil.example' })).status).toBe(403);
    expect((await retry({ 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect((await retry()).status).toBe(202);
    expect((await ended(server.url, id)).status).toBe('done');
  });

  it('gives a person a page for what is not there, and a program JSON', async () => {
    const { page } = await browser.visit(`${server.url}/nothing`, '.door-card');
    expect(await textOf(page, 'h1')).toBe('Nothing here');
    expect(await page.$$eval('.door-card a', (all) => all.map((a) => a.getAttribute('href')))).toEqual([
      '/',
      '/upload',
    ]);
    const answer = await fetch(`${server.url}/nothing`);
    expect([answer.status, (await answer.json()).error.code]).toEqual([404, 'NOT_HERE']);
  });
});

describe('the operator', { timeout: 60_000 }, () => {
  const guess = (token: string) =>
    fetch(`${server.url}/auth/operator`, {
      method: 'POST',
      redirect: 'manual',
      headers: { origin: server.url },
      body: new URLSearchParams({ token, to: '/upload' }),
    });

  it('signs in with the token in a browser, sees who they are, and signs out', async () => {
    const { page, complaints } = await browser.visit(`${server.url}/auth?to=/upload`, 'input[name=token]');
    expect(await page.$('a[href^="/auth/login"]')).toBeNull();
    await page.type('input[name=token]', 'a wrong token');
    await page.click('form .button');
    await page.waitForSelector('.notice-bad');
    expect(await textOf(page, '.notice-bad')).toBe('This is not the token.');
    await page.type('input[name=token]', OPERATOR);
    await page.click('form .button');
    await page.waitForSelector('.session-name');
    expect(new URL(page.url()).pathname).toBe('/upload');
    expect(await textOf(page, '.session-name')).toBe('Operator');
    // No script can read the cookie.
    expect(await page.evaluate(() => document.cookie)).toBe('');
    await page.click('.session .button');
    await page.waitForSelector('input[name=token]');
    expect(complaints.filter((one) => !one.includes('403'))).toEqual([]);
    expect((await page.cookies()).map(({ name }) => name)).toEqual([]);
  });

  it('is sent to no other site', async () => {
    const answer = await fetch(`${server.url}/auth/operator`, {
      method: 'POST',
      redirect: 'manual',
      headers: { origin: server.url },
      body: new URLSearchParams({ token: OPERATOR, to: '//evil.example' }),
    });
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/']);
    expect(answer.headers.getSetCookie()[0]).toMatch(
      /^glb_session=[\w-]+; Max-Age=28800; Path=\/; HttpOnly; SameSite=Lax$/,
    );
  });

  it('has ten guesses a minute', async () => {
    const statuses: number[] = [];
    let last: Response | undefined;
    for (let tries = 0; tries < 11; tries++) {
      last = await guess('a wrong token');
      statuses.push(last.status);
    }
    expect(statuses.filter((status) => status === 429).length).toBeGreaterThan(0);
    expect(statuses.at(-1)).toBe(429);
    expect(Number(last?.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(Number(last?.headers.get('retry-after'))).toBeLessThanOrEqual(60);
  });
});

describe('limits', { timeout: 120_000 }, () => {
  it('takes 120 uploads an hour of one visitor, and says when the next is welcome', async () => {
    const statuses: number[] = [];
    let last: Response | undefined;
    for (let count = 0; count < 121 && last?.status !== 429; count++) {
      last = await send(server.url, [['a.glb', new Uint8Array([1, 2, 3])]]);
      statuses.push(last.status);
    }
    // Those of the tests above count as well.
    expect(statuses.length).toBeGreaterThan(100);
    expect([new Set(statuses.slice(0, -1)), statuses.at(-1)]).toEqual([new Set([415]), 429]);
    const seconds = Number(last?.headers.get('retry-after'));
    expect([seconds > 3000, seconds <= 3600]).toEqual([true, true]);
    const refusal: WebError | undefined = await last?.json();
    expect(refusal?.error).toMatchObject({
      code: 'TOO_MANY',
      hint: expect.stringMatching(/^Try again in \d+ min/),
    });
  });

  it('has written no secret into the log, and the number of its request on each line of one', () => {
    const lines = server.log().split('\n');
    expect(server.log()).not.toContain(OPERATOR);
    const requests = lines.filter((line) => line.includes('"message":"request"'));
    expect(requests.length).toBeGreaterThan(100);
    expect(requests.filter((line) => !/"request":"[\w-]{8,64}"/.test(line))).toEqual([]);
    const jobs = lines.filter((line) => line.includes('"message":"job settled"'));
    expect(jobs.length).toBeGreaterThan(4);
    expect(jobs.filter((line) => !/"request":"[\w-]+".*"job":"\d+"/.test(line))).toEqual([]);
  });
});
