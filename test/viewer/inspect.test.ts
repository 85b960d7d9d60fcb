/** Looking into the models, in a real browser: parts by a click, textures, surfaces, and a base beside head and result. */
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GlbFile } from '../../src/index.ts';
import { boxGlb } from '../renderer-fixtures.ts';
import { ktx2OfRows, usingBasis } from './ktx2.ts';
import { nameOf, openReportBrowser, type ReportBrowser, type ShownAsset, settled } from './report-page.ts';

const RED = [0.9, 0.02, 0.02] as const;
const GREEN = [0.02, 0.8, 0.02] as const;
const BLUE = [0.02, 0.02, 0.9] as const;
const BOX: ShownAsset = {
  path: 'box.glb',
  files: { before: boxGlb({ colour: RED }), after: boxGlb({ colour: BLUE, lostTriangles: 2 }) },
};

async function textured(name: string, edgePx: number, background: string): Promise<GlbFile> {
  const image = sharp({ create: { width: edgePx, height: edgePx, channels: 3, background } });
  const png = new Uint8Array(await image.png().toBuffer());
  return { ...boxGlb({ imageUri: name, colour: [1, 1, 1] }), siblings: new Map([[name, png]]) };
}

describe('looking into the models', { timeout: 60_000 }, () => {
  let browser: ReportBrowser;
  beforeAll(async () => {
    browser = await openReportBrowser();
  });
  afterAll(() => browser.close());

  it('says what was clicked, in both files, and marks it in both', async () => {
    const { page, colourAt, complaints } = await browser.open([BOX]);
    const canvas = await page.waitForSelector('canvas.stage');
    const box = await canvas?.boundingBox();
    if (!box) throw new Error('there is no canvas');
    const was = await colourAt(0.45, 0.35);
    await page.mouse.click(box.x + box.width * 0.45, box.y + box.height * 0.35);
    await page.waitForSelector('.pick:not([hidden])');
    expect(await page.$eval('.pick h3', (title) => title.textContent)).toBe('mesh 0');
    const cells = () => page.$$eval('.pick tbody tr', (rows) => rows.map((row) => row.textContent));
    expect((await cells())[0]).toBe('Triangles1210');
    const marked = await colourAt(0.45, 0.35);
    expect(marked[2] - was[2]).toBeGreaterThan(40);
    await page.click('#tab-parts');
    expect(await page.$eval('.part[data-kind="mesh"]', (row) => row.getAttribute('aria-pressed'))).toBe('true');
    await page.click('.part[data-kind="material"]');
    expect(await page.$eval('.pick .eyebrow', (text) => text.textContent)).toBe('Material');
    await page.keyboard.press('Escape');
    expect(await page.$('.pick:not([hidden])')).toBeNull();
    expect(await colourAt(0.45, 0.35)).toEqual(was);
    expect(complaints).toEqual([]);
  });

  it('does not take a turn of the model for a click', async () => {
    const { page } = await browser.open([BOX]);
    const box = await (await page.waitForSelector('canvas.stage'))?.boundingBox();
    if (!box) throw new Error('there is no canvas');
    await page.mouse.move(box.x + box.width * 0.45, box.y + box.height * 0.35);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.45 + 40, box.y + box.height * 0.35, { steps: 3 });
    await page.mouse.up();
    await settled(page);
    expect(await page.$('.pick:not([hidden])')).toBeNull();
  });

  it('shows the images of both files at one scale, and moves them together', async () => {
    const files = { before: await textured('a.png', 64, '#ff0000'), after: await textured('a.png', 32, '#0000ff') };
    const { page, requests, complaints } = await browser.open([{ path: 'box.glb', files }]);
    await page.click('#tab-textures');
    const facts = await page.$eval('.texture', (row) => row.textContent);
    expect(facts).toContain('baseColor');
    expect(facts).toContain('64 × 64 → 32 × 32');
    await page.click('.texture');
    await page.waitForSelector('.texture-dialog[open] img');
    const boxes = () =>
      page.$$eval('.texture-frame', (frames) =>
        frames.map((frame) => {
          const [outer, inner] = [frame.getBoundingClientRect(), frame.querySelector('img')?.getBoundingClientRect()];
          return inner ? [inner.x - outer.x, inner.y - outer.y, inner.width] : [];
        }),
      );
    await page.keyboard.press('1');
    const [left, right] = await boxes();
    expect(left?.[2]).toBeCloseTo(64, 1);
    expect(right).toEqual(left);
    expect(await page.$eval('.texture-zoom', (text) => text.textContent)).toBe('100 %');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('+');
    const [moved, alike] = await boxes();
    expect(moved?.[2]).toBeCloseTo(80, 1);
    expect(alike).toEqual(moved);
    await page.keyboard.press('Escape');
    await page.waitForFunction(() => document.querySelector('.texture-dialog') === null);
    expect([requests, complaints]).toEqual([[], []]);
  });

  it('shows KTX2 as the GPU reads it, the right way up', async () => {
    const model = boxGlb({ imageUri: 'a.ktx2', colour: [1, 1, 1] });
    const siblings = new Map([['a.ktx2', ktx2OfRows([255, 0, 0, 255], [0, 0, 200, 255])]]);
    const file = { bytes: usingBasis(model.bytes), siblings };
    const { page, complaints } = await browser.open([{ path: 'box.glb', files: { before: file, after: null } }]);
    await page.click('#tab-textures');
    expect(await page.$eval('.texture', (row) => row.textContent)).toContain('KTX2');
    await page.click('.texture');
    await page.waitForSelector('.texture-frame img:not([hidden])');
    const corners = await page.$eval('.texture-frame img', async (image) => {
      if (!(image instanceof HTMLImageElement)) return [];
      await image.decode();
      const paper = new OffscreenCanvas(image.naturalWidth, image.naturalHeight).getContext('2d');
      paper?.drawImage(image, 0, 0);
      const at = (y: number) => [...(paper?.getImageData(0, y, 1, 1).data ?? [])];
      return [at(0), at(image.naturalHeight - 1)];
    });
    expect(corners).toEqual([
      [255, 0, 0, 255],
      [0, 0, 200, 255],
    ]);
    expect(complaints).toEqual([]);
  });

  it('wears normals, a checker and wires, and its own colours again', async () => {
    const { page, colourAt, complaints } = await browser.open([BOX]);
    const own = await colourAt(0.45, 0.35);
    const worn: string[] = [];
    for (const key of ['n', 'u', 'w'] as const) {
      await page.keyboard.press(key);
      worn.push((await colourAt(0.45, 0.35)).join());
    }
    expect(new Set([...worn, own.join()]).size).toBe(4);
    await page.keyboard.press('w');
    expect(await colourAt(0.45, 0.35)).toEqual(own);
    // Both sides wear it: red and blue boxes have the same normals.
    await page.keyboard.press('n');
    await page.focus('.split');
    await page.keyboard.press('End');
    const left = await colourAt(0.55, 0.35);
    await page.keyboard.press('Home');
    expect(await colourAt(0.55, 0.35)).toEqual(left);
    expect(complaints).toEqual([]);
  });

  it('shows base, head and result side by side, and any two on the slider', async () => {
    const files = { base: boxGlb({ colour: GREEN }), before: boxGlb({ colour: RED }), after: boxGlb({ colour: BLUE }) };
    const { page, colourAt } = await browser.open([{ path: 'box.glb', files }], { width: 1440 });
    const pills = () => page.$$eval('.pill:not([hidden]) b:first-child', (all) => all.map((name) => name.textContent));
    expect(await pills()).toEqual(['Head', 'Optimized']);
    expect(nameOf(await colourAt(0.46, 0.4))).toBe('red');
    await page.select('select.pair', 'changed');
    expect(nameOf(await colourAt(0.46, 0.4))).toBe('green');
    expect(nameOf(await colourAt(0.54, 0.4))).toBe('red');
    await page.select('select.pair', 'both');
    expect(nameOf(await colourAt(0.54, 0.4))).toBe('blue');
    await page.waitForFunction(() => location.hash.includes('pair=both'));
    await page.keyboard.press('2');
    expect(await pills()).toEqual(['Base', 'Head', 'Optimized']);
    const thirds = [await colourAt(1 / 6, 0.45), await colourAt(0.5, 0.45), await colourAt(5 / 6, 0.45)];
    expect(thirds.map(nameOf)).toEqual(['green', 'red', 'blue']);
  });

  it('moves the line under a finger, and takes a tap for a click', async () => {
    const { page, colourAt } = await browser.open([BOX], { width: 390, height: 844, hasTouch: true });
    const handle = await (await page.waitForSelector('.split-knob'))?.boundingBox();
    if (!handle) throw new Error('there is no handle');
    const [x, y] = [handle.x + handle.width / 2, handle.y + handle.height / 2];
    const touch = await page.touchscreen.touchStart(x, y);
    await touch.move(x + 90, y);
    await touch.end();
    expect(nameOf(await colourAt(0.58, 0.4))).toBe('red');
    const box = await (await page.waitForSelector('canvas.stage'))?.boundingBox();
    if (!box) throw new Error('there is no canvas');
    await page.touchscreen.tap(box.x + box.width * 0.45, box.y + box.height * 0.4);
    await page.waitForSelector('.pick:not([hidden])');
    const card = await (await page.waitForSelector('.pick'))?.boundingBox();
    expect((card?.x ?? -1) >= 0 && (card?.x ?? 0) + (card?.width ?? 999) <= 390).toBe(true);
  });

  it('has tabs for the keyboard, and a name for every control', async () => {
    const { page } = await browser.open([BOX]);
    await page.focus('#tab-summary');
    await page.keyboard.press('ArrowRight');
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('tab-textures');
    expect(await page.$eval('#panel-textures', (panel) => panel.hasAttribute('hidden'))).toBe(false);
    const tree = await page.accessibility.snapshot({ interestingOnly: true });
    const nameless: string[] = [];
    const visit = (node: typeof tree): void => {
      if (!node) return;
      if (/button|slider|combobox|radio|tab$|link/.test(node.role) && !node.name) nameless.push(node.role);
      for (const child of node.children ?? []) visit(child);
    };
    visit(tree);
    expect(nameless).toEqual([]);
  });
});
