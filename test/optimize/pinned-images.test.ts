/** Images that an extension which nobody knows may mean: their pixels stay, and so does every number. */
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { AccessorReader, accessorsReady } from '../../src/asset/accessors.ts';
import { openDraco } from '../../src/asset/draco.ts';
import type { Gltf, SourceGlb } from '../../src/asset/glb.ts';
import { checkContract } from '../../src/compare/contract.ts';
import { packReady } from '../../src/optimize/pack.ts';
import { stepsOf } from '../../src/optimize/recipe.ts';
import { runRecipe } from '../../src/optimize/run-recipe.ts';
import { startOf } from '../../src/optimize/settings.ts';
import { allowedBy } from '../../src/optimize/target.ts';
import type { Preset } from '../../src/policy/policy.ts';
import { type Bench, clouds, messagesOf, picture, startGlb, withJson } from '../make-glb.ts';

const SIDE = 64;
/** Where the leaf, its texture and its buffer view are: no number means two of them. */
const [IMAGE, TEXTURE, VIEW] = [1, 3, 6];
/** A number that is the index of nothing. */
const NOTHING = 99;

/** A leaf whose transparent texels have colours of their own; a quarter of those is `hidden`. */
const leafPixels = (hidden = 7): Uint8Array =>
  Uint8Array.from(
    Array.from({ length: SIDE * SIDE }, (_, i) => {
      const [x, y] = [i % SIDE, Math.floor(i / SIDE)];
      const isLeaf = (x - 32) ** 2 + (y - 32) ** 2 < 500;
      return isLeaf ? [30 + x, 160, 40, 255 - y] : [x < 32 && y < 32 ? hidden : 90 + y, 3 * x, 11, 0];
    }).flat(),
  );
const raw = { width: SIDE, height: SIDE, channels: 4 } as const;
const leafPng = async (hidden?: number, compressionLevel = 1) =>
  Uint8Array.from(await sharp(leafPixels(hidden), { raw }).png({ compressionLevel }).toBuffer());

let leaf: Uint8Array;
let sky: Uint8Array;
beforeAll(async () => {
  await Promise.all([accessorsReady, packReady, openDraco()]);
  leaf = await leafPng();
  sky = await picture([SIDE, SIDE], 'png', clouds);
});

/** A sky and a leaf on triangles, and `ACME_gizmo` with whatever a test lets it say. */
function gizmo(says: unknown, image: readonly [Uint8Array, string] = [leaf, 'image/png']): Bench {
  const bench = startGlb({ extensionsUsed: ['ACME_gizmo'], extensions: { ACME_gizmo: says } });
  const corners = Float32Array.of(0, 0, 0, 1, 0, 0, 0, 1, 0);
  const POSITION = bench.accessor('VEC3', corners, { bounds: true });
  const TEXCOORD_0 = bench.accessor('VEC2', Float32Array.of(0, 0, 1, 0, 0, 1));
  for (let i = 0; i < 3; i++) bench.accessor('SCALAR', Float32Array.of(i, 0.5, 2));
  const far = bench.image(sky, 'image/png', { name: 'sky' });
  const near = bench.image(...image, { name: 'leaf', extras: { plant: 'oak' } });
  const textures = [{ source: far }, { source: far, name: 'a' }, { source: far, name: 'b' }, { source: near }];
  const slot = (index: number) => ({ pbrMetallicRoughness: { baseColorTexture: { index } } });
  const primitive = (material: number) => ({ attributes: { POSITION, TEXCOORD_0 }, material });
  Object.assign(bench.json, {
    textures,
    materials: [slot(0), { ...slot(TEXTURE), alphaMode: 'MASK' }],
    meshes: [{ primitives: [primitive(0), primitive(1)] }],
    nodes: [{ mesh: 0 }],
    scenes: [{ nodes: [0] }],
  });
  return bench;
}

interface Options {
  readonly webp?: boolean;
  readonly preset?: Preset;
  readonly textureMaxSizePx?: number;
}

async function optimize(source: SourceGlb, { webp = true, preset = 'balanced', ...rest }: Options = {}) {
  const { extensions, ...allowed } = allowedBy('three', ['meshopt', 'ktx2']);
  const steps = stepsOf(startOf(preset), {
    rule: { preset, textureMaxSizePx: rest.textureMaxSizePx ?? null },
    allowed: { ...allowed, extensions: new Set([...extensions].filter((name) => webp || name !== 'EXT_texture_webp')) },
    layout: { compression: 'KHR_meshopt_compression', draco: false },
    cache: new Map(),
  });
  const { glb } = await runRecipe(source, steps, 'cafe0123');
  expect(messagesOf(await checkContract(source, glb))).toBe('');
  return glb;
}

const imageOf = ({ json }: SourceGlb) => json.images?.[IMAGE];
const bytesOf = (glb: SourceGlb) => new AccessorReader(glb.json, glb.bin).view(imageOf(glb)?.bufferView ?? -1);
const pixelsOf = async (bytes: Uint8Array) =>
  Uint8Array.from(await sharp(bytes).toColourspace('srgb').ensureAlpha().raw().toBuffer());

describe('an image that an unknown extension may mean', () => {
  it.each([
    ['its own number', { curve: [IMAGE, NOTHING] }],
    ['the number of its texture', { deep: { map: TEXTURE } }],
    ['the number of its buffer view', { curve: [NOTHING, VIEW] }],
    ['all of them, in a string', { target: `#/x/${IMAGE}/${TEXTURE}/${VIEW}` }],
  ])('by %s keeps its pixels, its name and every number', async (_how, says) => {
    const source = gizmo(says).source();
    const view = imageOf(source)?.bufferView;
    expect(view).toBe(VIEW);
    const glb = await optimize(source);
    expect(imageOf(glb)).toMatchObject({ name: 'leaf', extras: { plant: 'oak' }, mimeType: 'image/webp' });
    if (JSON.stringify(says).includes(String(VIEW))) expect(imageOf(glb)?.bufferView).toBe(view);
    expect(glb.json.textures?.[TEXTURE]).toEqual({ extensions: { EXT_texture_webp: { source: IMAGE } } });
    expect(glb.json.extensions?.ACME_gizmo).toEqual(says);
    expect(bytesOf(glb).byteLength).toBeLessThan(leaf.byteLength / 2);
    expect(await pixelsOf(bytesOf(glb))).toEqual(leafPixels());
  });

  it('is a PNG where the target reads no WebP', async () => {
    const stored = await leafPng(7, 0);
    const glb = await optimize(gizmo({ curve: [IMAGE, VIEW] }, [stored, 'image/png']).source(), { webp: false });
    expect(imageOf(glb)).toMatchObject({ mimeType: 'image/png', bufferView: VIEW });
    expect(bytesOf(glb).byteLength).toBeLessThan(stored.byteLength / 2);
    expect(await pixelsOf(bytesOf(glb))).toEqual(leafPixels());
  });

  it.each<Options>([{ textureMaxSizePx: 16 }, { preset: 'small' }, { preset: 'vram' }, { preset: 'lossless' }])(
    'loses nothing with %j either',
    async (options) => {
      const glb = await optimize(gizmo({ curve: [IMAGE, VIEW] }).source(), options);
      expect(imageOf(glb)?.mimeType).toBe('image/webp');
      expect(await pixelsOf(bytesOf(glb))).toEqual(leafPixels());
    },
  );

  it.each<Preset>(['balanced', 'vram'])('loses nothing by %s where no material wears it', async (preset) => {
    const bench = gizmo({ curve: [IMAGE, VIEW] }, [await leafPng(7, 0), 'image/png']);
    bench.json.materials?.pop();
    bench.json.meshes?.[0]?.primitives.pop();
    const glb = await optimize(bench.source(), { preset });
    expect(imageOf(glb)).toMatchObject({ mimeType: 'image/webp', bufferView: VIEW });
    expect(await pixelsOf(bytesOf(glb))).toEqual(leafPixels());
  });

  it('keeps its bytes where no texture names it', async () => {
    const bench = gizmo({ curve: [IMAGE, VIEW] });
    bench.json.textures?.pop();
    bench.json.materials?.pop();
    bench.json.meshes?.[0]?.primitives.pop();
    expect(bytesOf(await optimize(bench.source()))).toEqual(leaf);
  });

  it('keeps the extras of its buffer view', async () => {
    const bench = gizmo({ curve: [VIEW] });
    Object.assign(bench.json.bufferViews?.[VIEW] ?? {}, { extras: { of: 'leaf' } });
    const glb = await optimize(bench.source());
    expect(imageOf(glb)).toMatchObject({ mimeType: 'image/webp', bufferView: VIEW });
    expect(glb.json.bufferViews?.[VIEW]?.extras).toEqual({ of: 'leaf' });
  });

  it('is left alone by a second run', async () => {
    const once = await optimize(gizmo({ curve: [IMAGE, TEXTURE, VIEW] }).source());
    expect((await optimize(once)).bytes).toEqual(once.bytes);
  });

  it.each([
    ['whose bytes may be read', { bufferView: VIEW }],
    ['whose bytes may be read, with others', { blobViews: [NOTHING, VIEW] }],
    ['whose bytes may be read by a pointer', { target: `#/bufferViews/${VIEW}` }],
    ['whose kind of file the extension knows', { lut: { index: IMAGE, mimeType: 'image/png' } }],
    ['whose texture must name it as it did', { target: `/textures/${TEXTURE}/source` }],
  ])('keeps its bytes: one %s', async (_why, says) => {
    const glb = await optimize(gizmo(says).source());
    expect(imageOf(glb)).toMatchObject({ mimeType: 'image/png' });
    if (JSON.stringify(says).includes(String(VIEW))) expect(imageOf(glb)?.bufferView).toBe(VIEW);
    expect(bytesOf(glb)).toEqual(leaf);
  });

  it.each<[string, (json: Gltf) => void]>([
    [
      'an accessor',
      (json) => json.accessors?.push({ bufferView: VIEW, componentType: 5121, type: 'SCALAR', count: 8 }),
    ],
    ['a second image', (json) => json.images?.push({ bufferView: VIEW, mimeType: 'image/png', name: 'twin' })],
    ['an extension', (json) => Object.assign(json.bufferViews?.[VIEW] ?? {}, { extensions: { ACME_gizmo: {} } })],
  ])('keeps its bytes beside %s in its buffer view', async (_what, change) => {
    const glb = await optimize(withJson(gizmo({ curve: [VIEW] }).source(), change));
    expect(imageOf(glb)).toMatchObject({ mimeType: 'image/png', bufferView: VIEW });
    expect(bytesOf(glb)).toEqual(leaf);
  });

  it('keeps its bytes where the extension has a texture of its own format', async () => {
    const bench = gizmo({});
    Object.assign(bench.json.textures?.[2] ?? {}, { extensions: { ACME_texture: { source: IMAGE } } });
    expect(bytesOf(await optimize(bench.source()))).toEqual(leaf);
  });

  it.each([
    ['a JPEG', 'jpeg'],
    ['lossy WebP', 'webp'],
  ] as const)('keeps its bytes as %s', async (_kind, format) => {
    const flat = await picture([SIDE, SIDE], format, () => [40, 80, 120]);
    const source = gizmo({ curve: [IMAGE, VIEW] }, [flat, `image/${format}`]).source();
    expect(bytesOf(await optimize(source, { textureMaxSizePx: 64 }))).toEqual(flat);
  });
});

describe('the contract', () => {
  const changed = async (says: unknown, hidden: number): Promise<string> => {
    const other = await leafPng(hidden, 9);
    expect(other).not.toEqual(leaf);
    const after = gizmo(says, [other, 'image/png']).source();
    return messagesOf(await checkContract(gizmo(says).source(), after));
  };

  it('sees one hidden colour of an image that an unknown extension may mean', async () => {
    expect(await changed({ curve: [IMAGE] }, 7)).toBe('');
    expect(await changed({ curve: [IMAGE] }, 8)).toContain('every pixel');
    expect(await changed({ curve: [NOTHING] }, 8)).toBe('');
  });

  it('sees other bytes of the same pixels where an extension may read those', async () => {
    expect(await changed({ bufferView: VIEW }, 7)).toContain('every bit');
  });
});
