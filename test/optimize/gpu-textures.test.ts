import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { GLTF } from '@gltf-transform/core';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { accessorsReady } from '../../src/asset/accessors.ts';
import { digestOf } from '../../src/asset/glb.ts';
import { measure } from '../../src/asset/measure.ts';
import { newErrors, validate } from '../../src/asset/validate.ts';
import { checkContract } from '../../src/compare/contract.ts';
import { encodeForGpu } from '../../src/optimize/gpu-textures.ts';
import { decodeImage } from '../../src/optimize/image-codec.ts';
import { decodeKtx2, encodeKtx2 } from '../../src/optimize/ktx2-codec.ts';
import { packReady } from '../../src/optimize/pack.ts';
import { EXACT_SETTINGS, gpuLevelOf, type Settings, startOf } from '../../src/optimize/settings.ts';
import { picture, random, startGlb } from '../make-glb.ts';
import { tryStep } from './bench.ts';

let png: Uint8Array<ArrayBuffer>;
let bumps: Uint8Array<ArrayBuffer>;

/** Slow changes with some noise: that makes a PNG large, and is lost in blocks. */
const grainy = (noise: number) => {
  const next = random(7);
  return (x: number, y: number): [number, number, number] => {
    const grain = () => Math.floor(next() * noise);
    return [60 + x / 2 + grain(), 60 + y / 2 + grain(), 90 + grain()];
  };
};

beforeAll(async () => {
  await Promise.all([accessorsReady, packReady]);
  png = await picture([128, 128], 'png', grainy(8));
  const relief = grainy(64);
  const texels = Array.from({ length: 128 * 128 }, (_, i) => relief(i % 128, Math.floor(i / 128))).flat();
  // Not by a palette, as a picture would be.
  const raw = { width: 128, height: 128, channels: 3 } as const;
  bumps = Uint8Array.from(await sharp(Uint8Array.from(texels), { raw }).png().toBuffer());
});

const COLOURED: GLTF.IMaterial = { pbrMetallicRoughness: { baseColorTexture: { index: 0 } } };
const BUMPY: GLTF.IMaterial = { normalTexture: { index: 0 } };

function file(bytes: Uint8Array, material: GLTF.IMaterial, mimeType: 'image/png' | 'image/jpeg' = 'image/png') {
  const bench = startGlb();
  bench.json.materials = [material];
  bench.json.textures = [{ source: bench.image(bytes, mimeType) }];
  return bench.source();
}

async function encoded(
  source: ReturnType<typeof file>,
  settings: Settings = startOf('vram'),
  maxSizePx: number | null = null,
) {
  const step = encodeForGpu({ levelOf: (kind) => gpuLevelOf(settings, kind), maxSizePx }, new Map());
  const tried = await tryStep(source, [step]);
  const view = tried.glb.json.bufferViews?.[tried.glb.json.images?.[0]?.bufferView ?? -1];
  const start = view?.byteOffset ?? 0;
  return { ...tried, image: tried.glb.bin.slice(start, start + (view?.byteLength ?? 0)) };
}

/** What the KTX 2.0 specification puts where: level count in the header, then the basic descriptor's model, primaries and transfer. */
function headerOf(bytes: Uint8Array) {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const descriptor = view.getUint32(48, true) + 12;
  const [model, primaries, transfer] = [0, 1, 2].map((at) => bytes[descriptor + at]);
  return { levels: view.getUint32(40, true), zstd: view.getUint32(44, true) === 2, model, primaries, transfer };
}

describe('encodeForGpu', () => {
  it('stores colour as ETC1S in sRGB with all mip levels, and the texture says so', async () => {
    const { glb, kind, image } = await encoded(file(png, COLOURED));
    expect(kind).toBe('changed');
    expect(glb.json.textures).toEqual([{ extensions: { KHR_texture_basisu: { source: 0 } } }]);
    expect(glb.json.images?.[0]?.mimeType).toBe('image/ktx2');
    expect(glb.json.extensionsRequired).toEqual(['KHR_texture_basisu']);
    // 163 is ETC1S, 1 BT.709, 2 sRGB. [Khronos Data Format 1.3, table 5.4 and on]
    expect(headerOf(image)).toEqual({ levels: 8, zstd: false, model: 163, primaries: 1, transfer: 2 });
  });

  it('stores directions as UASTC behind Zstandard, linear, of no colour space', async () => {
    const { image } = await encoded(file(bumps, BUMPY));
    // 166 is UASTC, 1 linear.
    expect(headerOf(image)).toEqual({ levels: 8, zstd: true, model: 166, primaries: 0, transfer: 1 });
  });

  it('takes a quarter of the graphics memory, keeps the contract and adds no error', async () => {
    const source = file(png, COLOURED);
    const { glb } = await encoded(source);
    const [before, after] = [await measure(source, new Map()), await measure(glb, new Map())];
    expect(after.stats.gpuByteLength * 4).toBeCloseTo(before.stats.gpuByteLength, -1);
    expect(glb.bytes.byteLength).toBeLessThanOrEqual(source.bytes.byteLength);
    expect(await checkContract(source, glb)).toEqual([]);
    expect(newErrors(await validate(source), await validate(glb))).toEqual([]);
  });

  it('looks like the source where it says ETC1S, and takes UASTC where ETC1S would be seen', async () => {
    const { why } = await encoded(file(png, COLOURED));
    expect(why).toContain('1 × ETC1S');
    // Every texel a colour of its own: a block of two colours cannot hold that.
    const noise = await picture([128, 128], 'png', (x, y) => [(x * 97) % 256, (y * 89) % 256, ((x ^ y) * 53) % 256]);
    expect((await encoded(file(noise, COLOURED))).why).not.toContain('ETC1S');
  });

  it.each<[string, () => Promise<ReturnType<typeof file>>]>([
    ['sides that are no multiples of four', async () => file(await picture([130, 128], 'png', grainy(8)), COLOURED)],
    ['small images', async () => file(await picture([32, 32], 'png', grainy(8)), COLOURED)],
    ['one colour', async () => file(await picture([128, 128], 'png', () => [9, 9, 9]), COLOURED)],
    ['what is read as colour and as numbers', async () => file(png, { ...COLOURED, ...BUMPY })],
    ['what nothing reads', async () => file(png, {})],
    [
      'a file that would grow',
      async () => file(await sharp(png).jpeg({ quality: 30 }).toBuffer(), BUMPY, 'image/jpeg'),
    ],
  ])('leaves %s', async (_what, make) => {
    const source = await make();
    const { kind, glb } = await encoded(source);
    expect(kind).toBe('skipped');
    expect(glb.json.images?.[0]?.mimeType).toBe(source.json.images?.[0]?.mimeType);
  });

  it('leaves everything where every bit is kept', async () => {
    expect((await encoded(file(png, COLOURED), EXACT_SETTINGS)).kind).toBe('skipped');
  });

  it('follows the rule for sizes', async () => {
    const { image } = await encoded(file(png, COLOURED), startOf('vram'), 64);
    expect(headerOf(image).levels).toBe(7);
  });
});

describe('encodeKtx2', () => {
  it('can be read back, nearer by UASTC than by ETC1S', async () => {
    const pixels = await decodeImage(png, 'keep');
    const errorOf = async (bytes: Uint8Array | undefined): Promise<number> => {
      const { data } = await decodeKtx2(bytes ?? new Uint8Array(), pixels);
      return data.reduce((sum, value, i) => sum + (value - (pixels.data[i] ?? 0)) ** 2, 0) / data.length;
    };
    const etc1s = await errorOf(await encodeKtx2(pixels, { mode: 'etc1s', quality: 128 }, 'srgb'));
    const uastc = await errorOf(await encodeKtx2(pixels, { mode: 'uastc', rdo: 0 }, 'srgb'));
    expect(uastc).toBeLessThan(etc1s);
    expect(etc1s).toBeLessThan(26);
  });

  it('gives the same bytes in another process, behind the walls that a sandboxed one has', async () => {
    const root = fileURLToPath(new URL('../..', import.meta.url));
    const pixels = {
      data: Uint8Array.from({ length: 64 * 64 * 4 }, (_, i) => (i * 37 + (i >> 8) * 11) % 256),
      width: 64,
      height: 64,
      channels: 4,
    } as const;
    for (const encoding of [
      { mode: 'etc1s', quality: 128 },
      { mode: 'uastc', rdo: 1 },
    ] as const) {
      const here = digestOf((await encodeKtx2(pixels, encoding, 'linear')) ?? new Uint8Array());
      const program =
        `import { encodeKtx2 } from ${JSON.stringify(new URL('../../src/optimize/ktx2-codec.ts', import.meta.url).href)};` +
        `import { createHash } from 'node:crypto';` +
        'const data = Uint8Array.from({ length: 64 * 64 * 4 }, (_, i) => (i * 37 + (i >> 8) * 11) % 256);' +
        `const bytes = await encodeKtx2({ data, width: 64, height: 64, channels: 4 }, ${JSON.stringify(encoding)}, 'linear');` +
        "process.stdout.write(createHash('sha256').update(bytes).digest('hex'));";
      const flags = ['--permission', `--allow-fs-read=${root}`, '--no-warnings', '--input-type=module'];
      const { stdout } = await promisify(execFile)(process.execPath, [...flags, '-e', program], { env: {} });
      // Only the digest: the encoder itself says nothing.
      expect(stdout).toBe(here);
    }
  });
});
