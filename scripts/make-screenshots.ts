/**
 * Makes the pictures of the viewer in docs/images from a running report: `npm run screenshots -- <report.html>`, such as
 * the one that `npm run demo` leaves. Needs Chromium.
 */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Page } from 'puppeteer-core';
import sharp from 'sharp';
import { browserCandidates } from '../app/renderer/browser-path.ts';
import { launchBrowser } from '../app/renderer/launch.ts';

const IMAGES = fileURLToPath(new URL('../docs/images/', import.meta.url));
// Time for the last frame, and for pictures to be decoded.
const SETTLE_MS = 1200;

const report = process.argv.at(2);
const [executable] = browserCandidates(process.env);
if (report === undefined || executable === undefined) {
  console.error('usage: npm run screenshots -- <report.html>   (with Chrome or Chromium installed)');
  process.exit(2);
}

/** One picture: which asset, and what is done before it is taken. */
interface Shot {
  readonly name: string;
  readonly asset: string;
  readonly dark?: boolean;
  act(page: Page): Promise<void>;
}

const SHOTS: readonly Shot[] = [
  { name: 'report.webp', asset: 'shoe', act: async () => {} },
  {
    name: 'report-parts.webp',
    asset: 'knight',
    dark: true,
    async act(page) {
      await page.click('canvas.stage', { offset: { x: 450, y: 330 } });
      await page.click('#tab-parts');
    },
  },
  {
    name: 'report-textures.webp',
    asset: 'shoe',
    async act(page) {
      await page.click('#tab-textures');
      await page.click('.texture:nth-of-type(1)');
      await page.waitForSelector('.texture-dialog[open]');
    },
  },
];

const { browser } = await launchBrowser(executable, 'swiftshader', process.env);
try {
  for (const { name, asset, dark = false, act } of SHOTS) {
    const page = await browser.newPage();
    await page.setViewport({ width: 1440, height: 900 });
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: dark ? 'dark' : 'light' }]);
    await page.goto(pathToFileURL(path.resolve(report)).href);
    await page.click(`.asset[title*="${asset}"]`);
    await page.waitForSelector(`#viewer[data-shown*="${asset}"]`);
    await act(page);
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    const webp = await sharp(await page.screenshot())
      .webp({ quality: 88, smartSubsample: true })
      .toBuffer();
    await writeFile(path.join(IMAGES, name), webp);
    console.log(`${name}: ${webp.byteLength} bytes`);
    await page.close();
  }
} finally {
  await browser.close();
}
