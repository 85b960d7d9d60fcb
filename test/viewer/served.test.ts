/** The pages of the service in a real browser: compare over HTTP, upload, dashboard; behind the policy they are given. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GlbFile, ReportPage, WebJob } from '../../src/index.ts';
import { reportOf } from '../doubles/reports.ts';
import { boxGlb } from '../renderer-fixtures.ts';
import { nameOf, openReportBrowser, type ReportBrowser } from './report-page.ts';
import { ASSET, DONE, HISTORY, HOSTILE, JOB, STATS } from './service-samples.ts';
import { bytes, json, openSite, type Site } from './site.ts';

const RED = [0.9, 0.02, 0.02] as const;
const BLUE = [0.02, 0.02, 0.9] as const;
const [BEFORE, AFTER] = [boxGlb({ colour: RED }), boxGlb({ colour: BLUE })];

function linked({ bytes: content }: GlbFile, url: string) {
  return { kind: 'linked', url, byteLength: content.byteLength, siblings: [] } as const;
}
const PAGE: ReportPage = {
  report: reportOf([{ path: 'box.glb', verdict: 'improved' }]),
  pairs: [{ path: 'box.glb', before: linked(BEFORE, '/artifacts/before'), after: linked(AFTER, '/artifacts/after') }],
  images: [],
  stage: { kind: 'linked', base: '/viewer/' },
};
describe('the pages of the service', { timeout: 60_000 }, () => {
  let browser: ReportBrowser;
  let site: Site;
  beforeAll(async () => {
    [browser, site] = await Promise.all([openReportBrowser(), openSite()]);
  });
  afterAll(() => Promise.all([browser.close(), site.close()]));

  it('compares over HTTP, behind a policy without inline script, and asks nobody else', async () => {
    site.routes = {
      '/api/jobs/job-1/page': json(PAGE),
      '/artifacts/before': bytes(BEFORE.bytes),
      '/artifacts/after': bytes(AFTER.bytes),
    };
    const { page, requests, complaints, colourAt } = await browser.visit(
      `${site.origin}/compare/job-1`,
      '#viewer[data-shown]',
    );
    expect(nameOf(await colourAt(0.45, 0.35))).toBe('red');
    expect(nameOf(await colourAt(0.55, 0.35))).toBe('blue');
    expect(
      await page.$eval('#viewer', (viewer) => Number(viewer.getAttribute('data-first-picture-ms'))),
    ).toBeGreaterThan(0);
    expect([requests, complaints]).toEqual([[], []]);
    // The browser's own count of what moved without being asked to; from 0.1 on it is felt. [web.dev/articles/cls]
    const shift = await page.evaluate(
      () =>
        new Promise<number>((resolve) => {
          const seen = new PerformanceObserver((list) => {
            type Shift = { readonly value: number; readonly hadRecentInput: boolean };
            const moved = list.getEntries() as unknown as readonly Shift[];
            // What follows from a resize, such as that of a screenshot, is no jump.
            const unasked = moved.filter(({ hadRecentInput }) => !hadRecentInput);
            resolve(unasked.reduce((sum, { value }) => sum + value, 0));
          });
          seen.observe({ type: 'layout-shift', buffered: true });
          setTimeout(() => resolve(0), 500);
        }),
    );
    expect(shift).toBeLessThan(0.02);
  });

  it('shows how far a large file is, and the result before the original has come', async () => {
    const waiting = Promise.withResolvers<ServerResponse>();
    site.routes = {
      '/api/jobs/job-1/page': json(PAGE),
      '/artifacts/after': bytes(AFTER.bytes),
      '/artifacts/before'(_request, response) {
        response.writeHead(200, { 'content-length': BEFORE.bytes.byteLength });
        response.write(BEFORE.bytes.subarray(0, BEFORE.bytes.byteLength / 2));
        waiting.resolve(response);
      },
    };
    const { page, colourAt } = await browser.visit(`${site.origin}/compare/job-1`, '.frame:not([data-empty])');
    const held = await waiting.promise;
    await page.waitForFunction(
      () => (document.querySelector<HTMLProgressElement>('.loading progress')?.value ?? 0) >= 0.6,
    );
    expect(await page.$eval('.loading', (box) => box.textContent)).toMatch(/^Loading the original, /);
    expect(nameOf(await colourAt(0.5, 0.35))).toBe('blue');
    expect(await page.$('#viewer[data-shown]')).toBeNull();
    held.end(BEFORE.bytes.subarray(BEFORE.bytes.byteLength / 2));
    await page.waitForSelector('#viewer[data-shown]');
    expect(nameOf(await colourAt(0.45, 0.35))).toBe('red');
  });

  it('says what is wrong with a file that is cut off, gone, or a report that was never made', async () => {
    site.routes = {
      '/api/jobs/job-1/page': json(PAGE),
      '/artifacts/after': bytes(AFTER.bytes.subarray(0, 100)),
    };
    const cut = await browser.visit(`${site.origin}/compare/job-1`, '#viewer[data-shown]');
    const note = await cut.page.$eval('.note', (text) => text.textContent);
    expect(note).toContain('The result cannot be shown: the connection ended after 100 of');
    expect(note).toContain('The original cannot be shown: the file is not kept any more');
    const gone = await browser.visit(`${site.origin}/compare/nothing`, '.empty');
    expect(await gone.page.$eval('.empty', (box) => box.textContent)).toContain('it was never made, or it has expired');
    site.routes = { ...site.routes, '/api/jobs/nothing/page': json(PAGE), '/artifacts/before': bytes(BEFORE.bytes) };
    await gone.page.click('.empty .button');
    await gone.page.waitForSelector('#viewer[data-shown]');
  });

  it('sends a model, follows the job, and offers what came of it; names stay text', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'upload '));
    const [model, picture] = [path.join(folder, 'box.glb'), path.join(folder, 'picture.glb')];
    await writeFile(model, BEFORE.bytes);
    await writeFile(picture, Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0, 0, 0, 0]));
    const sent = Promise.withResolvers<string>();
    const events = Promise.withResolvers<ServerResponse>();
    site.routes = {
      async '/api/uploads'(request, response) {
        const parts: Buffer[] = [];
        for await (const part of request) parts.push(part);
        sent.resolve(Buffer.concat(parts).toString('latin1'));
        json({ id: 'job-1', url: '/upload#job-1' }, 202)(request, response);
      },
      '/api/jobs/job-1/events'(_request, response) {
        response.writeHead(200, { 'content-type': 'text/event-stream' }).write(':\n\n');
        events.resolve(response);
      },
    };
    const { page, complaints, requests } = await browser.visit(`${site.origin}/upload`, '.choose');
    const input = await page.waitForSelector('input[type=file]');
    await input?.uploadFile(model, picture);
    await page.waitForSelector('.chosen-why');
    expect(await page.$eval('.chosen-why', (text) => text.textContent)).toBe('This is a picture, not a model.');
    await page.select('select[name=preset]', 'small');
    await page.click('.wishes .button');
    const body = await sent.promise;
    expect(body).toContain('name="preset"\r\n\r\nsmall');
    expect(body.indexOf('name="preset"')).toBeLessThan(body.indexOf('name="file"; filename="box.glb"'));
    expect(body).not.toContain('picture.glb');
    const stream = await events.promise;
    const tell = (job: WebJob) => stream.write(`event: state\ndata: ${JSON.stringify(job)}\n\n`);
    const title = () => page.$eval('.job h2', (text) => text.textContent);
    tell(JOB);
    await page.waitForSelector('.job');
    expect(await title()).toBe('Number 2 in the queue');
    tell({ ...JOB, status: 'running', assets: [{ ...ASSET, stage: 'optimizing', detail: 'textures' }] });
    await page.waitForSelector('.stage-now');
    expect(await page.$eval('.stage-now', (stage) => stage.textContent)).toBe('Optimize');
    tell(DONE);
    await page.waitForSelector('.job-links a');
    expect(await title()).toBe('2.40 MB saved −80.0 %');
    expect(await page.$eval('.job-asset h3', (name) => name.textContent)).toBe(HOSTILE);
    expect(await page.$$eval('.job img', (images) => images.length)).toBe(0);
    expect(await page.$eval('.job-links a', (link) => link.getAttribute('href'))).toBe('/compare/job-1');
    expect(new URL(page.url()).hash).toBe('#job-1');
    expect([complaints, requests]).toEqual([[], []]);
    await rm(folder, { recursive: true });
  });

  it('says why a server refuses an upload', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'upload '));
    const model = path.join(folder, 'box.glb');
    await writeFile(model, BEFORE.bytes);
    const refusal = { error: { code: 'LIMIT_BYTES', message: 'The file is over the limit.', hint: 'Send less.' } };
    site.routes = {
      async '/api/uploads'(request, response) {
        for await (const part of request) void part;
        json(refusal, 413)(request, response);
      },
    };
    const { page } = await browser.visit(`${site.origin}/upload`, '.choose');
    await (await page.waitForSelector('input[type=file]'))?.uploadFile(model);
    await page.waitForSelector('.wishes .button:enabled');
    await page.click('.wishes .button');
    await page.waitForSelector('.notice:not([hidden])');
    expect(await page.$eval('.notice', (text) => text.textContent)).toBe('The file is over the limit. Send less.');
    await rm(folder, { recursive: true });
  });

  it('shows how it goes, filters, turns pages, and tries a failed job again; names stay text', async () => {
    const asked: string[] = [];
    const retried: string[] = [];
    site.routes = {
      '/api/stats'(request, response) {
        asked.push(request.url ?? '');
        json(STATS)(request, response);
      },
      '/api/assets': json(HISTORY),
      '/api/jobs/job-2/retry'(request, response) {
        retried.push(`${request.method} ${request.headers['x-glb-optimizer']}`);
        json({})(request, response);
      },
    };
    const { page, complaints, requests } = await browser.visit(`${site.origin}/`, '.tiles');
    expect(await page.$$eval('.tile-value', (all) => all.map((one) => one.textContent))).toEqual([
      '51.9 MB',
      '12',
      '1',
      '90.0 %',
      '4.2 s',
      '2',
    ]);
    await page.waitForFunction(() => document.querySelectorAll('.plot canvas').length === 3);
    expect(await page.$eval('.job-why', (why) => why.textContent)).toBe(HOSTILE);
    expect(await page.$$eval('img', (images) => images.length)).toBe(0);
    expect(await page.$$eval('.tiers .dot', (all) => all.map((one) => one.className))).toEqual([
      'dot tone-bad',
      'dot tone-good',
    ]);
    await page.click('tr:nth-child(2) .job-assets .link');
    await page.waitForSelector('.history td');
    const cells = await page.$$eval('.history td', (all) => all.slice(0, 3).map((one) => one.textContent));
    expect([cells[0], cells[2]]).toEqual(['abcdef0123', '3.00 MB → 600 kB −80.0 %']);
    expect(await page.$eval('.history h2', (title) => title.textContent)).toBe(HOSTILE);
    await page.click('.history button[aria-label=Close]');
    const buttons = await page.$$('td .button');
    for (const button of buttons)
      if (/Retry/.test((await button.evaluate((one) => one.textContent)) ?? '')) await button.click();
    await page.waitForFunction(() => !document.querySelector('td .button:disabled'));
    expect(retried).toEqual(['POST 1']);
    await page.select('.filters select[aria-label="State"]', 'failed');
    await page.waitForFunction(() => location.search.includes('status=failed'));
    await page.click('.pager .button:last-child');
    await page.waitForFunction(() => location.search.includes('page=2'));
    expect(asked).toContain('/api/stats?days=30&status=failed');
    expect(asked).toContain('/api/stats?days=30&status=failed&page=2');
    expect([complaints, requests]).toEqual([[], []]);
  });

  it.each([
    ['/', '.tiles'],
    ['/upload', '.choose'],
  ])('fits %s on a phone and on a desk, light and dark', async (place, ready) => {
    site.routes = { '/api/stats': json(STATS) };
    for (const width of [390, 1440]) {
      const { page } = await browser.visit(site.origin + place, ready, { width, height: 844, isDark: width === 390 });
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
      const body = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      const brightness = Number(/\d+/.exec(body)?.[0]);
      expect(brightness < 60).toBe(width === 390);
    }
  });
});
