/** Commands that look into files do it in processes apart, within the operator's limits, and leave nothing behind. */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readReport } from '../../src/index.ts';
import { run } from '../doubles/cli.ts';
import { makeRepository } from '../doubles/repository.ts';
import { houseScene } from '../house-scene.ts';

const ASSETS = fileURLToPath(new URL('../assets', import.meta.url));
// With a texture beside it.
const KENNEY = 'kenney-building-external-texture.glb';
// No process opens three megabytes in a millisecond, nor before anybody looks.
const SHOE = 'materials-variants-shoe.glb';
const folder = mkdtempSync(path.join(tmpdir(), 'glb apart '));
const temporary = path.join(folder, 'temporary');
const files = path.join(folder, 'files');
afterAll(() => rmSync(folder, { recursive: true }));

beforeAll(async () => {
  mkdirSync(temporary);
  cpSync(ASSETS, files, { recursive: true });
  writeFileSync(path.join(files, 'red.glb'), (await houseScene()).bytes());
  const blue = await houseScene();
  for (const material of blue.json.materials ?? [])
    material.pbrMetallicRoughness = { baseColorFactor: [0, 0, 1, 1], metallicFactor: 0 };
  writeFileSync(path.join(files, 'blue.glb'), blue.bytes());
});

const apart = (words: readonly string[], limits: Readonly<Record<string, string>> = {}) =>
  run(words, files, { TMPDIR: temporary, ...limits });

/** The processes whose command line names a folder. */
const runningIn = (place: string) => () =>
  readdirSync('/proc').filter((name) => {
    if (!/^\d+$/.test(name)) return false;
    try {
      return readFileSync(`/proc/${name}/cmdline`, 'utf8').includes(place);
    } catch {
      return false;
    }
  });

const NO_TIME = { LIMIT_WALL_MS: '1' };

describe('a command that looks into files', () => {
  it.each([
    ['inspect', [SHOE]],
    ['compare', [SHOE, SHOE, '--no-render']],
    ['render', [SHOE, '-o', '../out.png']],
  ])('%s is stopped by a limit of time that only the process of an asset has', async (name, words) => {
    const { exitCode, stdout, stderr } = await apart([name, ...words], NO_TIME);
    expect([exitCode, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/takes more than 1 ms\./);
    expect(readdirSync(temporary)).toEqual([]);
    expect(readdirSync(folder).sort()).toEqual(['files', 'temporary']);
  });

  it.each([
    ['a file that is not there', ['optimize', 'nothing.glb']],
    ['an option that there is not', ['inspect', 'fox.glb', '--nonsense']],
    ['a limit that is none', ['optimize', 'fox.glb'], { LIMIT_WALL_MS: 'long' }],
  ] as const)(
    'ends the process that was started ahead, at %s',
    async (_what, words, limits: Readonly<Record<string, string>> = {}) => {
      // Killed at another moment of its start each time.
      for (let time = 0; time < 3; time++) {
        const { exitCode, stdout } = await apart(words, limits);
        expect([exitCode, stdout]).toEqual([2, '']);
      }
      expect(readdirSync(temporary)).toEqual([]);
      if (process.platform === 'linux') await expect.poll(runningIn(temporary), { timeout: 10_000 }).toEqual([]);
    },
  );

  it('tries the largest files of a repository apart, too: init', async () => {
    using repository = makeRepository();
    repository.write('a.glb', readFileSync(path.join(files, 'fox.glb')));
    repository.commit('a');
    const { exitCode, stdout } = await run(['init', '--json'], repository.directory, { TMPDIR: temporary });
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining('byteLengthAfter')]);
    const stopped = await run(['init', '--json'], repository.directory, { TMPDIR: temporary, ...NO_TIME });
    expect(stopped.stdout).not.toContain('byteLengthAfter');
    expect(readdirSync(temporary)).toEqual([]);
  });

  it.each([
    ['inspect', ['fox.glb']],
    ['compare', ['fox.glb', 'fox.glb', '--no-render']],
    ['render', ['fox.glb', '-o', '../out.png']],
    ['optimize', ['fox.glb', '-o', '../out.glb', '--no-render']],
  ])('%s reads no file that is larger than the operator says', async (name, words) => {
    const { exitCode, stderr, stdout } = await apart([name, ...words], { LIMIT_BYTE_LENGTH: '100000' });
    expect(exitCode).toBe(name === 'optimize' ? 1 : 3);
    expect(stderr + stdout).toMatch(/has 163 kB; the limit is 100 kB/);
    expect(readdirSync(folder).sort()).toEqual(['files', 'temporary']);
  });

  it('finds the texture beside a file, and says which of two cannot be opened', async () => {
    const seen = await apart(['inspect', KENNEY, '--json']);
    expect(JSON.parse(seen.stdout)).toMatchObject({ path: KENNEY, stats: { textureCount: 1 } });
    expect(JSON.parse(seen.stdout).stats.textureByteLength).toBeGreaterThan(1000);
    const compared = await apart(['compare', KENNEY, KENNEY, '--no-render', '--json']);
    expect(readReport(compared.stdout).assets).toMatchObject([{ path: KENNEY, verdict: 'unchanged', after: {} }]);
    expect(readReport(compared.stdout).assets[0]?.after?.textureByteLength).toBeGreaterThan(1000);
    writeFileSync(path.join(files, 'cut.glb'), readFileSync(path.join(files, 'fox.glb')).subarray(0, 2000));
    const cut = await apart(['compare', 'fox.glb', 'cut.glb', '--json']);
    expect([cut.exitCode, JSON.parse(cut.stdout).error]).toEqual([
      1,
      expect.objectContaining({ code: 'ASSET_REFUSED', at: 'the after file' }),
    ]);
  });

  it('render draws WebP and PNG of the same picture, and leaves nothing but it', { timeout: 120_000 }, async () => {
    for (const name of ['red.png', 'red.webp']) {
      const ran = await apart(['render', 'red.glb', '-o', `../${name}`, '--size', '128', '--json']);
      expect(JSON.parse(ran.stdout)).toMatchObject({ path: 'red.glb', output: `../${name}`, widthPx: 128 });
    }
    const pixels = (name: string) => sharp(path.join(folder, name)).removeAlpha().resize(8, 8).raw().toBuffer();
    const [png, webp] = [await pixels('red.png'), await pixels('red.webp')];
    expect(readFileSync(path.join(folder, 'red.png')).subarray(1, 4).toString()).toBe('PNG');
    for (const [at, value] of png.entries()) expect(Math.abs(value - (webp[at] ?? 0))).toBeLessThan(12);
    expect(readdirSync(temporary)).toEqual([]);
    expect(readdirSync(folder).sort()).toEqual(['files', 'red.png', 'red.webp', 'temporary']);
  });

  it('compare ends with 1 where two files differ by more than was asked for, and with 0 where nobody asked', {
    timeout: 120_000,
  }, async () => {
    const pair = ['compare', 'red.glb', 'blue.glb', '--json'];
    const asked = await apart([...pair, '--max-visual-difference', '1.5']);
    const [asset] = readReport(asked.stdout).assets;
    expect(asset?.visual).toMatchObject({ limit: 1.5, score: expect.any(Number) });
    expect([asked.exitCode, asset?.verdict]).toEqual([1, 'needs-review']);
    expect((await apart([...pair, '--max-visual-difference', '1000'])).exitCode).toBe(0);
    expect((await apart(pair)).exitCode).toBe(0);
    expect(readdirSync(temporary)).toEqual([]);
  });

  it.each(['a.txt', 'a.gltf'])('optimize does not take %s for a folder', async (name) => {
    const { exitCode, stderr } = await apart(['optimize', 'fox.glb', '-o', name]);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/is no \.glb.*with a slash at its end/);
    expect(readdirSync(files)).not.toContain(name);
  });
});
