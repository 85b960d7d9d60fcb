/** The report page in a real browser: what it shows, what it asks for, and what a person can do with it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { boxGlb, type FixtureOptions } from '../renderer-fixtures.ts';
import { nameOf, openReportBrowser, type ReportBrowser, type ShownAsset, settled } from './report-page.ts';

const RED = [0.9, 0.02, 0.02] as const;
const GREEN = [0.02, 0.8, 0.02] as const;
const BLUE = [0.02, 0.02, 0.9] as const;

function assetOf(path: string, before: FixtureOptions, after: FixtureOptions | null): ShownAsset {
  return { path, files: { before: boxGlb(before), after: after && boxGlb(after) } };
}
/** Before is red, after is blue. */
const BOX = assetOf('models/box.glb', { colour: RED }, { colour: BLUE });

describe('the report page', { timeout: 60_000 }, () => {
  let browser: ReportBrowser;
  beforeAll(async () => {
    browser = await openReportBrowser();
  });
  afterAll(() => browser.close());

  it('opens from a file, asks nobody for anything, and draws both sides', async () => {
    const { page, requests, complaints, colourAt } = await browser.open([BOX]);
    expect(nameOf(await colourAt(0.45, 0.35))).toBe('red');
    expect(nameOf(await colourAt(0.55, 0.35))).toBe('blue');
    expect(nameOf(await colourAt(0.02, 0.9))).toBe('grey');
    expect(requests).toEqual([]);
    expect(complaints).toEqual([]);
    expect(await page.title()).toBe('models/box.glb – GLB Optimizer');
  });

  it('moves the line where it is dragged', async () => {
    const { page, colourAt } = await browser.open([BOX]);
    const handle = await (await page.waitForSelector('.split'))?.boundingBox();
    if (!handle) throw new Error('there is no handle');
    const [x, y] = [handle.x + handle.width / 2, handle.y + handle.height / 2];
    await page.mouse.move(x, y);
    await page.mouse.down();
    await page.mouse.move(x + 120, y, { steps: 4 });
    await page.mouse.up();
    expect(nameOf(await colourAt(0.55, 0.35))).toBe('red');
    expect(Number(await page.$eval('.split', (split) => split.getAttribute('aria-valuenow')))).toBeGreaterThan(60);
  });

  it('follows the keyboard: line, modes, the original at a press', async () => {
    const { page, colourAt } = await browser.open([BOX], { width: 1440 });
    await page.focus('.split');
    await page.keyboard.press('End');
    expect(nameOf(await colourAt(0.55, 0.35))).toBe('red');
    await page.keyboard.press('Home');
    expect(nameOf(await colourAt(0.45, 0.35))).toBe('blue');
    await page.keyboard.press('3');
    await page.keyboard.down('b');
    expect(nameOf(await colourAt(0.5, 0.35))).toBe('red');
    await page.keyboard.up('b');
    expect(nameOf(await colourAt(0.5, 0.35))).toBe('blue');
    await page.keyboard.press('2');
    expect(nameOf(await colourAt(0.25, 0.45))).toBe('red');
    expect(nameOf(await colourAt(0.75, 0.45))).toBe('blue');
  });

  it('shows the difference as heat, and none where there is none', async () => {
    const lost = assetOf('lost.glb', { colour: RED }, { colour: BLUE });
    const { page, colourAt } = await browser.open([lost, assetOf('same.glb', { colour: RED }, { colour: RED })], {
      hash: 'mode=difference',
    });
    await page.waitForFunction(() => /D \d/.test(document.querySelector('.pill-difference')?.textContent ?? ''));
    const bright = await colourAt(0.5, 0.4);
    expect(Math.max(...bright)).toBeGreaterThan(180);
    await page.keyboard.press('j');
    await page.waitForSelector('#viewer[data-shown="same.glb"]');
    await page.waitForFunction(() => document.querySelector('.pill-difference')?.textContent?.includes('identical'));
    expect(Math.max(...(await colourAt(0.5, 0.4)))).toBeLessThan(140);
  });

  it('keeps what is seen in the address, and finds it again', async () => {
    const views = ['front right', 'back left'].map((name) => ({ name, score: 0.4 }));
    const visual = { metric: 'FLIP-D', score: 0.4, limit: 1.5, views, renderer: 'a test' };
    const asset = { ...BOX, visual };
    const { page } = await browser.open([asset], { hash: 'view=back+left&mode=side' });
    const pressed = () => page.$$eval('button.view[aria-pressed="true"]', (all) => all.map((one) => one.dataset.view));
    expect(await pressed()).toEqual(['back left']);
    const canvas = await (await page.waitForSelector('canvas.stage'))?.boundingBox();
    if (!canvas) throw new Error('there is no canvas');
    await page.mouse.move(canvas.x + 200, canvas.y + 200);
    await page.mouse.down();
    await page.mouse.move(canvas.x + 260, canvas.y + 210, { steps: 4 });
    await page.mouse.up();
    await page.waitForFunction(() => location.hash.includes('camera='));
    expect(await pressed()).toEqual([]);
    const hash = new URL(page.url()).hash.slice(1);
    expect(hash).not.toContain('view=');
    const again = await browser.open([asset], { hash });
    await settled(again.page);
    await again.page.keyboard.press('w');
    await again.page.waitForFunction(() => location.hash.includes('surface=wireframe'));
    expect(new URL(again.page.url()).hash).toBe(`#${hash}&surface=wireframe`);
  });

  it('plays animations and wears variants, both sides alike', async () => {
    const options = { clips: [{ name: 'Turn', durationS: 2 }], variants: { leaf: GREEN } };
    const { page, colourAt } = await browser.open([
      assetOf('box.glb', { colour: RED, ...options }, { colour: BLUE, ...options }),
    ]);
    await page.select('select[aria-label="Variant"]', 'leaf');
    expect(nameOf(await colourAt(0.45, 0.35))).toBe('green');
    expect(nameOf(await colourAt(0.55, 0.35))).toBe('green');
    await page.click('button[aria-label="Play"]');
    const time = () => page.$eval('.motion input', (input) => Number(input.value));
    await page.waitForFunction(() => Number(document.querySelector<HTMLInputElement>('.motion input')?.value) > 20);
    await page.click('button[aria-label="Pause"]');
    await settled(page);
    const stopped = await time();
    await settled(page);
    expect(await time()).toBe(stopped);
  });

  it('keeps a hostile name text', async () => {
    const name = `<img src=x onerror="alert('asset')">`;
    const evil = assetOf(`${name}.glb`, { colour: RED, variants: { [name]: GREEN } }, { colour: BLUE });
    const { page, complaints, requests } = await browser.open([
      {
        ...evil,
        why: name,
        findings: [{ code: name, severity: 'error', pointer: name, message: name }],
        requires: [{ extension: name, hint: name }],
        steps: [{ name, outcome: 'applied', why: name, byteLengthAfter: 1 }],
        visual: { metric: name, score: 1, limit: 2, views: [{ name, score: 1 }], renderer: name },
      },
    ]);
    expect(await page.$$eval('img', (images) => images.length)).toBe(0);
    expect(await page.$eval('h2', (title) => title.textContent)).toBe(`${name}.glb`);
    expect([complaints, requests]).toEqual([[], []]);
  });

  it('says why a model cannot be shown, and shows the other', async () => {
    const broken = { bytes: new Uint8Array(40), siblings: new Map() };
    const { page, colourAt } = await browser.open([
      { path: 'broken.glb', files: { before: boxGlb({ colour: RED }), after: broken } },
    ]);
    const note = () => page.$eval('.note', (text) => text.textContent);
    expect(await note()).toMatch(/^The result cannot be shown: /);
    expect(nameOf(await colourAt(0.55, 0.35))).toBe('red');
    expect(await page.$eval('.split', (split) => split.hasAttribute('hidden'))).toBe(true);
  });

  it('says what was left out, and that a refused file has no model', async () => {
    const { page, colourAt } = await browser.open([BOX, { path: 'refused.glb', verdict: 'refused', files: null }], {
      limitBytes: boxGlb({ colour: BLUE }).bytes.byteLength,
    });
    expect(await page.$eval('.note', (text) => text.textContent)).toMatch(/^The original \(.*\) was left out/);
    expect(nameOf(await colourAt(0.45, 0.35))).toBe('blue');
    await page.click('.asset[title="refused.glb"]');
    await page.waitForSelector('#viewer[data-shown="refused.glb"]');
    expect(await page.$eval('.note', (text) => text.textContent)).toBe('There is no model to show.');
    expect(await page.$eval('canvas.stage', (canvas) => getComputedStyle(canvas).visibility)).toBe('hidden');
  });

  it('shows the numbers in a browser without WebGL, and says what is missing', async () => {
    const { page } = await browser.open([BOX], { hasWebGl: false });
    expect(await page.$eval('.note', (text) => text.textContent)).toMatch(/^Models cannot be drawn in this browser: /);
    expect(await page.$$eval('.stats tbody tr', (rows) => rows.length)).toBeGreaterThan(5);
  });

  it('measures loading when asked', async () => {
    const { page } = await browser.open([BOX]);
    await page.click('.quiet-button');
    await page.waitForFunction(
      () => document.querySelector('.stats tbody tr:last-child th')?.textContent === 'First frame here',
    );
    const cells = await page.$$eval('.stats tbody tr:nth-last-child(-n+2) td', (all) =>
      all.map((one) => one.textContent),
    );
    expect(cells.length).toBe(2);
    for (const cell of cells) expect(cell).toMatch(/^\d+ ms$|^\d+\.\d s$/);
  });

  it('is dark for who prefers it', async () => {
    const brightness = async (isDark: boolean) => {
      const { page, colourAt } = await browser.open([BOX], { isDark });
      const body = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      return [Number(/\d+/.exec(body)?.[0]), (await colourAt(0.05, 0.9))[0]] as const;
    };
    expect(Math.min(...(await brightness(false)))).toBeGreaterThan(180);
    expect(Math.max(...(await brightness(true)))).toBeLessThan(60);
  });

  it.each([390, 820, 1440])('fits a window of %d px: nothing sticks out, no button is lost', async (width) => {
    const long = assetOf('a/very/long/folder/with-a-very-long-name-of-an-asset-that-goes-on.glb', {}, {});
    const { page } = await browser.open([long, BOX], { width, height: 844 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
    const outside = await page.$$eval(
      '.bar-row button',
      (buttons, most) => buttons.filter((button) => button.getBoundingClientRect().right > most).length,
      width,
    );
    expect(outside).toBe(0);
    const bar = await (await page.waitForSelector('.bar-row'))?.boundingBox();
    const last = await (await page.waitForSelector('.tools button:last-child'))?.boundingBox();
    if (!bar || !last) throw new Error('there is no bar');
    expect(last.x + last.width).toBeLessThanOrEqual(bar.x + bar.width);
  });
});
