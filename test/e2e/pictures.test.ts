/** The whole main job as a person runs it: real CLI, real Git, real Chromium; and a look into the pictures' pixels. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AssetReport, readGlb, readReport, writeGlb } from '../../src/index.ts';
import { run } from '../doubles/cli.ts';
import { makeRepository, type TestRepository } from '../doubles/repository.ts';

const asset = (name: string) => readFileSync(fileURLToPath(new URL(`../assets/${name}`, import.meta.url)));

/** Three cards of 544 px with gaps of 18 px: see viewer/pictures.ts. */
const CARD_PX = 544;
const GAP_PX = 18;

interface Card {
  readonly pixels: Uint8Array;
  readonly width: number;
}

/** One card without its pills and notes: the rows in which only the model stands. */
async function cardOf(file: string, index: number): Promise<Card> {
  const window = { left: index * (CARD_PX + GAP_PX) + 10, top: 80, width: CARD_PX - 20, height: 380 };
  const { data } = await sharp(file).removeAlpha().extract(window).raw().toBuffer({ resolveWithObject: true });
  return { pixels: data, width: window.width };
}

/** Mean difference of two cards, 0 to 255. */
function distance(a: Card, b: Card): number {
  let sum = 0;
  for (const [i, value] of a.pixels.entries()) sum += Math.abs(value - (b.pixels[i] ?? 0));
  return sum / a.pixels.length;
}

/** Columns that differ from the card's own border: where the model stands, as shares of the width. */
function extentOf({ pixels, width }: Card): { readonly left: number; readonly right: number } {
  const rows = pixels.length / 3 / width;
  const standsAt = (x: number): boolean => {
    let changes = 0;
    for (let y = 1; y < rows; y++) {
      const i = (y * width + x) * 3;
      const above = i - width * 3;
      // The backdrop is a soft gradient; edges belong to the model.
      if (Math.abs((pixels[i] ?? 0) - (pixels[above] ?? 0)) > 12) changes++;
    }
    return changes > 1;
  };
  const columns = Array.from({ length: width }, (_, x) => x).filter(standsAt);
  return { left: (columns[0] ?? width) / width, right: (columns.at(-1) ?? 0) / width };
}

let repository: TestRepository;
let out: string;
let assets: readonly AssetReport[];

beforeAll(async () => {
  repository = makeRepository();
  repository.commit('first');
  repository.git('switch', '-q', '-c', 'change');
  repository.write('models/Ä shoe.glb', asset('materials-variants-shoe.glb'));
  repository.write('models/fox.glb', asset('fox.glb'));
  repository.write('models/broken.glb', asset('fox.glb').subarray(0, 70_000));
  repository.commit('models');
  out = mkdtempSync(path.join(tmpdir(), 'glb-e2e-'));
  const done = await run(['pr', '--commit', '--out', out, '--json', '--target', 'three'], repository.directory);
  expect(done.exitCode).toBe(1);
  assets = readReport(done.stdout).assets;
}, 240_000);

afterAll(() => {
  repository[Symbol.dispose]();
  rmSync(out, { recursive: true });
});

function reportOf(name: string): AssetReport {
  const found = assets.find(({ path: at }) => at.endsWith(name));
  if (found === undefined) throw new Error(`${name} is not in the report`);
  return found;
}

describe('pr with pictures', () => {
  it('commits what is proven beside a broken file, and says of each what it looks like', () => {
    expect(assets.map(({ verdict }) => verdict).sort()).toEqual(['improved', 'improved', 'refused']);
    for (const name of ['shoe.glb', 'fox.glb']) {
      const { visual } = reportOf(name);
      expect(visual).toMatchObject({ metric: 'FLIP-D', limit: 1.5 });
      if ('skipped' in visual) throw new Error(visual.skipped);
      expect(visual.score).toBeGreaterThan(0);
      expect(visual.score).toBeLessThanOrEqual(1.5);
      expect(visual.views.length).toBeGreaterThanOrEqual(4);
    }
    expect(repository.git('diff', '--name-only', '-z', 'HEAD^').split('\0').filter(Boolean).sort()).toEqual([
      'models/fox.glb',
      'models/Ä shoe.glb',
    ]);
  });

  it.each(['shoe.glb', 'fox.glb'])('draws %s: not blank, framed, and before and after alike', async (name) => {
    const { images } = reportOf(name);
    const file = path.join(out, images.comparison ?? 'missing');
    expect(await sharp(file).metadata()).toMatchObject({ width: 1668, height: 544, format: 'webp' });
    const [before, after] = [await cardOf(file, 0), await cardOf(file, 1)];
    const { left, right } = extentOf(before);
    expect(right - left).toBeGreaterThan(0.4);
    expect(left).toBeGreaterThan(0.01);
    expect(right).toBeLessThan(0.99);
    expect(distance(before, after)).toBeLessThan(2.5);
    const stats = await sharp(file).extract({ left: 150, top: 150, width: 250, height: 250 }).stats();
    expect(Math.max(...stats.channels.map(({ stdev }) => stdev))).toBeGreaterThan(20);
  });

  it('finds a deliberately broken version unlike: the shoe without its textures', async () => {
    const opened = readGlb(Uint8Array.from(asset('materials-variants-shoe.glb')));
    if (!('json' in opened)) throw new Error('the shoe cannot be read');
    const json = structuredClone(opened.json);
    for (const material of json.materials ?? []) delete material.pbrMetallicRoughness?.baseColorTexture;
    const damaged = path.join(out, 'damaged.glb');
    writeFileSync(damaged, writeGlb(json, opened.bin));
    const original = fileURLToPath(new URL('../assets/materials-variants-shoe.glb', import.meta.url));
    const folder = path.join(out, 'damage');
    const { stdout } = await run(['compare', original, damaged, '--out', folder, '--json'], out);
    const [compared] = readReport(stdout).assets;
    expect(compared).toMatchObject({ verdict: 'needs-review', visual: { metric: 'FLIP-D' } });
    if (compared === undefined || 'skipped' in compared.visual) throw new Error('nothing was drawn');
    expect(compared.visual.score).toBeGreaterThan(1.5);
    const file = path.join(folder, compared.images.comparison ?? 'missing');
    expect(distance(await cardOf(file, 0), await cardOf(file, 1))).toBeGreaterThan(10);
  }, 120_000);
});
