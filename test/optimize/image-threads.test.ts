/** Encoders on any number of threads: AVIF on two makes other bytes than on one, so all of them get one. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { digestOf } from '../../src/asset/glb.ts';
import { decodeImage, type Encoding, encodeImage, type Pixels } from '../../src/optimize/image-codec.ts';
import { clouds, picture } from '../make-glb.ts';

const ENCODINGS: readonly Encoding[] = [
  { codec: 'avif', quality: 50, tune: 'iq', effort: 3, subsampling: '4:4:4' },
  { codec: 'avif', quality: 50, tune: 'psnr', effort: 3, subsampling: '4:2:0' },
  { codec: 'webp', quality: 80, smart: true, effort: 6 },
  { codec: 'webp-near', level: 40 },
  { codec: 'png', adaptive: false, palette: true },
];

/** What a process of its own makes of the same picture: the thread pool's size is read when a process begins. */
async function digestsElsewhere(poolSize: number, threads: number): Promise<string[]> {
  const at = (name: string) => JSON.stringify(new URL(name, import.meta.url).href);
  const script = `
    import sharp from 'sharp';
    import { encodeImage } from ${at('../../src/optimize/image-codec.ts')};
    import { digestOf } from ${at('../../src/asset/glb.ts')};
    import { readFileSync } from 'node:fs';
    sharp.concurrency(${threads});
    const data = readFileSync(0);
    const pixels = { data, width: 256, height: data.length / 768, channels: 3 };
    const made = await Promise.all(${JSON.stringify(ENCODINGS)}.map((encoding) => encodeImage(pixels, encoding)));
    console.log(JSON.stringify(made.map(digestOf)));`;
  const child = promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    env: { ...process.env, UV_THREADPOOL_SIZE: String(poolSize) },
  });
  child.child.stdin?.end((await small()).data);
  return JSON.parse((await child).stdout) as string[];
}

async function small(): Promise<Pixels> {
  return decodeImage(await picture([256, 640], 'png', clouds), 'drop');
}

describe('encodeImage', () => {
  const usual = sharp.concurrency();
  afterAll(() => void sharp.concurrency(usual));

  it('gives equal bytes on one thread and on many, one by one and all at once', { timeout: 120_000 }, async () => {
    const pixels = await small();
    const digests: string[] = [];
    sharp.concurrency(1);
    for (const encoding of ENCODINGS) digests.push(digestOf(await encodeImage(pixels, encoding)));
    expect(new Set(digests).size).toBe(ENCODINGS.length);
    for (const threads of [2, 4]) {
      sharp.concurrency(threads);
      const made = await Promise.all(ENCODINGS.map((encoding) => encodeImage(pixels, encoding)));
      expect(made.map(digestOf), `${threads} threads`).toEqual(digests);
    }
    expect(await digestsElsewhere(1, 1), 'a pool of one').toEqual(digests);
    expect(await digestsElsewhere(8, 3), 'a pool of eight').toEqual(digests);
  });
});
