/** The web side as people have it: a real server, a real browser, a real model; and what goes wrong on the way. */
import { createHash } from 'node:crypto';
import { readdir, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import path from 'node:path';
import type { Page } from 'puppeteer-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Report, StatsDocument, WebJob } from '../../src/index.ts';
import { openReportBrowser, type ReportBrowser } from '../viewer/report-page.ts';
import { asset, assetPath, ended, send, startServer, type WebServer } from './web-server.ts';

let browser: ReportBrowser;
beforeAll(async () => {
  browser = await openReportBrowser();
});
afterAll(() => browser.close());

const textOf = (page: Page, selector: string) => page.$eval(selector, (element) => element.textContent ?? '');

async function choose(page: Page, ...files: readonly string[]): Promise<void> {
  await (await page.waitForSelector('input[type=file]'))?.uploadFile(...files);
  await page.waitForSelector('.wishes .button:enabled');
  await page.click('.wishes .button');
}

describe('the whole way', { timeout: 240_000 }, () => {
  it('takes a model from a browser, shows how it goes and what it saved, compares, gives it back, and counts it', async () => {
    await using server = await startServer({ isDrawn: true });
    const { page, complaints, requests } = await browser.visit(`${server.url}/upload`, '.choose');
    await choose(page, assetPath('kaykit-knight.glb'));
    const seen = new Set<string>();
    // Progress: the step that is under way is marked while the job runs.
    for (const untilMs = Date.now() + 180_000; Date.now() < untilMs; ) {
      const now = await page.$$eval('.stage-now', (all) => all.map((one) => one.textContent ?? ''));
      for (const stage of now) seen.add(stage);
      if ((await page.$('.job-links a')) !== null) break;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect([...seen]).toEqual(expect.arrayContaining(['Optimize', 'Compare']));
    expect(await textOf(page, '.job h2')).toMatch(/^2\.\d+ MB saved −7\d\.\d %$/);
    const [, id = ''] = /#(u[\w-]+)$/.exec(page.url()) ?? [];
    const links = await page.$$eval('.job a', (all) => all.map((link) => link.getAttribute('href') ?? ''));
    const [compare = '', zip = '', single = ''] = links;
    expect([compare, zip]).toEqual([`/compare/${id}`, `/api/jobs/${id}/files.zip`]);
    await page.waitForFunction(() => (document.querySelector<HTMLImageElement>('.job-picture')?.naturalWidth ?? 0) > 0);

    // What is taken home is what the report speaks of.
    const report: Report = await (await fetch(`${server.url}/api/jobs/${id}/report`)).json();
    const digest = report.assets[0]?.outputDigest ?? '';
    const download = await fetch(server.url + single);
    expect(download.headers.get('content-disposition')).toContain('attachment; filename="kaykit-knight.glb"');
    const bytes = new Uint8Array(await download.arrayBuffer());
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(digest);
    expect(bytes.byteLength).toBe(report.assets[0]?.after?.byteLength);
    const archive = Buffer.from(await (await fetch(server.url + zip)).arrayBuffer());
    expect(archive.includes(Buffer.from(bytes))).toBe(true);

    await page.click('.job-links a');
    await page.waitForSelector('#viewer[data-shown]', { timeout: 60_000 });
    const knob = await (await page.waitForSelector('.split-knob'))?.boundingBox();
    const [x, y] = [(knob?.x ?? 0) + 8, (knob?.y ?? 0) + 8];
    await page.mouse.move(x, y);
    await page.mouse.down();
    await page.mouse.move(x + 150, y, { steps: 5 });
    await page.mouse.up();
    const value = Number(await page.$eval('.split', (handle) => handle.getAttribute('aria-valuenow')));
    expect(value).toBeGreaterThan(55);
    expect([complaints, requests]).toEqual([[], []]);

    const dashboard = await browser.visit(`${server.url}/`, '.tiles');
    const tiles = await dashboard.page.$$eval('.tile-value', (all) => all.map((one) => one.textContent));
    expect(tiles[0]).toMatch(/^2\.\d+ MB$/);
    expect(tiles.slice(1, 4)).toEqual(['1', '0', '100.0 %']);
    expect(await textOf(dashboard.page, 'tbody tr a')).toBe('kaykit-knight.glb');
    expect([dashboard.complaints, dashboard.requests]).toEqual([[], []]);
  });
});

describe('what goes wrong on the way', { timeout: 120_000 }, () => {
  let server: WebServer;
  let knight: Uint8Array<ArrayBuffer>;
  beforeAll(async () => {
    [server, knight] = await Promise.all([
      startServer({ environment: { UPLOAD_LIMIT_MB: '5' } }),
      asset('kaykit-knight.glb'),
    ]);
  });
  afterAll(() => server[Symbol.asyncDispose]());
  const jobCount = async () => {
    const stats: StatsDocument = await (await fetch(`${server.url}/api/stats`)).json();
    return stats.totals.jobCount;
  };
  /** What lies half written in the store. */
  const halves = () => readdir(path.join(server.folder, 'artifacts/half')).catch((): string[] => []);

  it.each([
    ['a picture', [0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10], /a\.glb: This is a picture/],
    ['a ZIP archive', [0x50, 0x4b, 3, 4, 0, 0], /ZIP archive/],
    ['a glTF in JSON', [...Buffer.from('{"asset":{"version":"2.0"}}')], /\.gltf \(JSON\)/],
    ['an LFS pointer', [...Buffer.from('version https://git-lfs.github.com/spec/v1\n')], /LFS pointer.*git lfs pull/],
    ['a web page', [...Buffer.from('<!DOCTYPE html><title>Sign in</title>')], /web page \(HTML\)/],
    ['nothing', [], /a\.glb: This file is empty/],
  ])('says of a file that it is %s, and keeps nothing', async (_what, bytes, sentence) => {
    const before = await jobCount();
    const answer = await send(server.url, [
      ['good.glb', knight],
      ['a.glb', Uint8Array.from(bytes)],
    ]);
    expect(answer.status).toBe(415);
    expect((await answer.json()).error.message).toMatch(sentence);
    expect([await jobCount(), await halves()]).toEqual([before, []]);
  });

  it('ends an upload over the limit while it comes, and a browser shows why', async () => {
    const large = path.join(server.folder, 'large.glb');
    const bytes = new Uint8Array(6_000_000);
    bytes.set(knight.subarray(0, 20));
    await writeFile(large, bytes);
    const { page } = await browser.visit(`${server.url}/upload`, '.choose');
    await choose(page, large);
    await page.waitForSelector('.notice:not([hidden])');
    expect(await textOf(page, '.notice')).toBe(
      'An upload may hold 5.00 MB; this one holds more. Send fewer files at once, or use the command line: npx glb-optimizer optimize.',
    );
    expect(await halves()).toEqual([]);
  });

  it('keeps nothing of a connection that is cut in the middle', async () => {
    const before = await jobCount();
    const head = '--cut\r\nContent-Disposition: form-data; name="file"; filename="cut.glb"\r\n\r\n';
    await new Promise<void>((resolve) => {
      const sending = request(`${server.url}/api/uploads`, {
        method: 'POST',
        headers: { 'content-type': 'multipart/form-data; boundary=cut', 'content-length': 4_000_000 },
      });
      sending.on('error', () => resolve());
      sending.write(head);
      sending.write(knight.subarray(0, 2_000_000), () => setTimeout(() => sending.destroy(), 300));
      sending.on('close', () => resolve());
    });
    for (let tries = 0; (await halves()).length > 0 && tries < 50; tries++)
      await new Promise((resolve) => setTimeout(resolve, 50));
    expect([await jobCount(), await halves()]).toEqual([before, []]);
  });

  it('takes several files with hostile and equal names as text, in one job', async () => {
    const hostile = '../../<img src=x onerror="alert(1)">.glb';
    const shoe = await asset('fox.glb');
    const answer = await send(server.url, [
      [hostile, shoe],
      [hostile, shoe],
      ['Füße 👟.GLB', shoe],
    ]);
    const { id } = await answer.json();
    const { page, complaints } = await browser.visit(`${server.url}/upload#${id}`, '.job-links a');
    const names = await page.$$eval('.job-asset h3', (all) => all.map((one) => one.textContent));
    const name = '<img src=x onerror="alert(1)">';
    expect(names).toEqual([`${name}.glb`, `${name} (2).glb`, 'Füße 👟.glb']);
    expect(complaints).toEqual([]);
    const dashboard = await browser.visit(`${server.url}/`, '.tiles');
    expect(await textOf(dashboard.page, 'tbody tr td')).toContain(name);
    expect(await dashboard.page.$$eval('img', (all) => all.length)).toBe(0);
    expect(dashboard.complaints).toEqual([]);
  });

  it('finishes a job whose server was killed, in two tabs that stay open', async () => {
    const { page } = await browser.visit(`${server.url}/upload`, '.choose');
    await choose(page, assetPath('kaykit-knight.glb'));
    await page.waitForFunction(() => location.hash !== '');
    const [, id = ''] = page.url().split('#');
    const other = await page.browser().newPage();
    await other.goto(page.url());
    const isRunning = async () => ((await (await fetch(`${server.url}/api/jobs/${id}`)).json()) as WebJob).status;
    while ((await isRunning()) === 'queued') await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await isRunning()).toBe('running');
    await server.kill();
    await server.start();
    const job = await ended(server.url, id);
    expect(job).toMatchObject({ status: 'done', assets: [{ verdict: 'needs-review' }] });
    for (const tab of [page, other]) {
      await tab.bringToFront();
      await tab.waitForSelector('.job-links a', { timeout: 30_000 });
      expect(await textOf(tab, '.job-asset h3')).toBe('kaykit-knight.glb');
    }
    await other.close();
  });

  it('keeps jobs of two tabs apart', async () => {
    const { page } = await browser.visit(`${server.url}/upload`, '.choose');
    const other = await page.browser().newPage();
    await other.goto(`${server.url}/upload`);
    await choose(other, assetPath('kaykit-knight.glb'));
    // A browser paints only the tab in front.
    await page.bringToFront();
    await choose(page, assetPath('fox.glb'));
    await page.waitForSelector('.job-links a', { timeout: 60_000 });
    await other.bringToFront();
    await other.waitForSelector('.job-links a', { timeout: 60_000 });
    expect([await textOf(page, '.job-asset h3'), await textOf(other, '.job-asset h3')]).toEqual([
      'fox.glb',
      'kaykit-knight.glb',
    ]);
    expect(new URL(page.url()).hash).not.toBe(new URL(other.url()).hash);
    await other.close();
  });
});
