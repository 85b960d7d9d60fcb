/**
 * Makes the pictures of docs/images from the running product: `npm run screenshots` those of the service, each in light
 * and dark; `npm run screenshots -- <report.html>` those of a report, such as the one that `npm run demo` leaves, and
 * `npm run screenshots -- <comment.html>` those of a comment, as `npm run demo:github` leaves it. Needs Chromium, and a font with emoji.
 */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Browser, Page } from 'puppeteer-core';
import sharp from 'sharp';
import { browserCandidates } from '../app/renderer/browser-path.ts';
import { launchBrowser } from '../app/renderer/launch.ts';
import { startProduct } from './screenshots/product.ts';

const IMAGES = fileURLToPath(new URL('../docs/images/', import.meta.url));
// Time for the last frame, and for pictures to be decoded.
const SETTLE_MS = 1200;

const [executable] = browserCandidates(process.env);
if (executable === undefined) {
  console.error('Chrome or Chromium is not installed.');
  process.exit(2);
}

/** One picture: where, when it is there, and what is done before it is taken. */
interface Shot {
  readonly name: string;
  readonly url: string;
  readonly ready: string;
  readonly theme: 'light' | 'dark';
  readonly width?: number;
  readonly height?: number;
  act?(page: Page): Promise<void>;
}

async function take(
  browser: Browser,
  { name, url, ready, theme, width = 1440, height = 900, act }: Shot,
): Promise<void> {
  const page = await browser.newPage();
  await page.setViewport({ width, height });
  await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: theme }]);
  await page.goto(url);
  await page.waitForSelector(ready, { timeout: 120_000 });
  await act?.(page);
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  const webp = await sharp(await page.screenshot())
    .webp({ quality: 86, smartSubsample: true })
    .toBuffer();
  await writeFile(path.join(IMAGES, name), webp);
  console.log(`${name}: ${webp.byteLength} bytes`);
  await page.close();
}

function shotsOfService(url: string, job: string): readonly Shot[] {
  return (['light', 'dark'] as const).flatMap((theme) => [
    { name: `dashboard-${theme}.webp`, url: `${url}/`, ready: '.plot canvas', theme, height: 1000 },
    { name: `upload-${theme}.webp`, url: `${url}/upload#${job}`, ready: '.job-picture', theme, height: 1000 },
    { name: `compare-${theme}.webp`, url: `${url}/compare/${job}`, ready: '#viewer[data-shown]', theme },
  ]);
}

function shotsOfReport(report: string): readonly Shot[] {
  const url = pathToFileURL(path.resolve(report)).href;
  const choose = (asset: string) => async (page: Page) => {
    await page.click(`.asset[title*="${asset}"]`);
    await page.waitForSelector(`#viewer[data-shown*="${asset}"]`);
  };
  const common = { url, ready: '#viewer[data-shown]' };
  return [
    { ...common, name: 'report.webp', theme: 'light', act: choose('shoe') },
    {
      ...common,
      name: 'report-parts.webp',
      theme: 'dark',
      async act(page) {
        await choose('knight')(page);
        await page.click('canvas.stage', { offset: { x: 450, y: 330 } });
        await page.click('#tab-parts');
      },
    },
    {
      ...common,
      name: 'report-textures.webp',
      theme: 'light',
      async act(page) {
        await choose('shoe')(page);
        await page.click('#tab-textures');
        await page.click('.texture:nth-of-type(1)');
        await page.waitForSelector('.texture-dialog[open]');
      },
    },
  ];
}

function shotsOfComment(comment: string): readonly Shot[] {
  const url = pathToFileURL(path.resolve(comment)).href;
  return (['light', 'dark'] as const).map((theme) => ({
    name: `comment-${theme}.webp`,
    url,
    ready: 'img',
    theme,
    width: 1012,
    height: 1170,
  }));
}

const report = process.argv.at(2);
const product = report === undefined ? await startProduct() : null;
const { browser } = await launchBrowser(executable, 'swiftshader', process.env);
try {
  const shotsOfPage = report?.endsWith('comment.html') ? shotsOfComment : shotsOfReport;
  const shots = product ? shotsOfService(product.server.url, product.jobId) : shotsOfPage(report ?? '');
  for (const shot of shots) await take(browser, shot);
} finally {
  await browser.close();
  await product?.[Symbol.asyncDispose]();
}
