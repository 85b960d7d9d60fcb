/** Opens a report in a real browser, as a person does: from a file. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'puppeteer-core';
import sharp from 'sharp';
import { launchBrowser } from '../../app/renderer/launch.ts';
import { writeReportHtml } from '../../app/report-html.ts';
import { type AssetReport, type GlbFile, storedGlb } from '../../src/index.ts';
import { reportOf } from '../doubles/reports.ts';
import { browserForTests } from '../renderer-fixtures.ts';

/** One asset of a report that a test opens. */
export interface ShownAsset extends Partial<AssetReport> {
  readonly path: string;
  readonly before?: never;
  readonly files: { readonly base?: GlbFile; readonly before: GlbFile; readonly after: GlbFile | null } | null;
}

/** How a page is opened. */
export interface OpenOptions {
  readonly hash?: string;
  readonly isDark?: boolean;
  readonly width?: number;
  readonly height?: number;
  readonly limitBytes?: number;
  /** A phone: fingers in place of a mouse. */
  readonly hasTouch?: boolean;
  /** False takes WebGL away. */
  readonly hasWebGl?: boolean;
}

/** A report in the browser, and what it did besides being looked at. */
export interface OpenReport {
  readonly page: Page;
  /** Everything it asked for, but what it carries itself. */
  readonly requests: readonly string[];
  /** Errors on its console, and dialogs. */
  readonly complaints: readonly string[];
  /** The colour at a point of the canvas, in shares of its width and height. */
  colourAt(x: number, y: number): Promise<readonly [number, number, number]>;
}

/** A browser for one test file; each report takes the place of the one before. */
export interface ReportBrowser {
  open(assets: readonly ShownAsset[], options?: OpenOptions): Promise<OpenReport>;
  /** Opens an address; `ready` is there when it has started. Requests to its own origin are not listed. */
  visit(url: string, ready: string, options?: OpenOptions): Promise<OpenReport>;
  close(): Promise<void>;
}

/** Starts the browser. */
export async function openReportBrowser(): Promise<ReportBrowser> {
  const { browser } = await launchBrowser(browserForTests(), 'swiftshader', process.env);
  const folder = await mkdtemp(path.join(tmpdir(), 'report page '));
  let count = 0;
  let last: OpenReport | null = null;
  return {
    async open(assets, options = {}) {
      const report = reportOf(
        assets.map(({ files: _files, before: _before, ...asset }) => ({ verdict: 'improved', ...asset })),
      );
      const models = assets.flatMap(({ path: name, files }) =>
        files
          ? [
              {
                path: name,
                ...(files.base ? { base: storedGlb(files.base) } : {}),
                before: storedGlb(files.before),
                after: files.after && storedGlb(files.after),
              },
            ]
          : [],
      );
      const place = path.join(folder, `${count++}.html`);
      await writeFile(place, await writeReportHtml(report, models, [], options.limitBytes));
      await last?.page.close();
      last = await openPage(browser, pathToFileURL(place).href, '#viewer[data-shown]', options);
      return last;
    },
    async visit(url, ready, options = {}) {
      await last?.page.close();
      last = await openPage(browser, url, ready, options);
      return last;
    },
    async close() {
      await browser.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function openPage(browser: Browser, url: string, ready: string, options: OpenOptions): Promise<OpenReport> {
  const own = url.startsWith('http') ? new URL(url).origin : url;
  const page = await browser.newPage();
  const requests: string[] = [];
  const complaints: string[] = [];
  page.on('request', (request) => {
    if (!/^(blob|data):/.test(request.url()) && !request.url().startsWith(own)) requests.push(request.url());
  });
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('dialog', (dialog) => {
    complaints.push(dialog.message());
    void dialog.dismiss();
  });
  const touch = options.hasTouch ? { hasTouch: true, isMobile: true } : {};
  await page.setViewport({ width: options.width ?? 1200, height: options.height ?? 760, ...touch });
  await page.emulateMediaFeatures([
    { name: 'prefers-color-scheme', value: options.isDark ? 'dark' : 'light' },
    { name: 'prefers-reduced-motion', value: 'reduce' },
  ]);
  if (options.hasWebGl === false) {
    await page.evaluateOnNewDocument(() => Object.assign(HTMLCanvasElement.prototype, { getContext: () => null }));
  }
  await page.goto(url + (options.hash === undefined ? '' : `#${options.hash}`));
  await page.waitForSelector(ready);
  await settled(page);
  return {
    page,
    requests,
    complaints,
    async colourAt(x, y) {
      await settled(page);
      const box = await (await page.waitForSelector('canvas.stage'))?.boundingBox();
      if (!box) throw new Error('the canvas is not there');
      const clip = { x: box.x + box.width * x, y: box.y + box.height * y, width: 2, height: 2 };
      const { data } = await sharp(await page.screenshot({ clip }))
        .removeAlpha()
        .raw()
        .toBuffer({ resolveWithObject: true });
      return [data[0] ?? 0, data[1] ?? 0, data[2] ?? 0];
    },
  };
}

/** Waits for the frames that show the last change. */
export async function settled(page: Page): Promise<void> {
  await page.evaluate(
    () =>
      new Promise<void>((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(resolve, 60)))),
  );
}

/** Which of red, green and blue is strongest; grey when none is. */
export function nameOf([r, g, b]: readonly [number, number, number]): 'red' | 'green' | 'blue' | 'grey' {
  const [low, high] = [Math.min(r, g, b), Math.max(r, g, b)];
  if (high - low < 40) return 'grey';
  return high === r ? 'red' : high === g ? 'green' : 'blue';
}
