/** What the viewer reads out of a GLB, against sharp, the measured statistics, and numbers worked out by hand. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { whyNotGlb } from '../../src/asset/what-file.ts';
import { inspectGlb } from '../../src/index.ts';
import { counterpart, readContents } from '../../viewer/glb-contents.ts';
import { readImageHeader } from '../../viewer/image-header.ts';
import { fitZoom, moveBy, zoomAt } from '../../viewer/texture-place.ts';
import { boxGlb } from '../renderer-fixtures.ts';

const ASSETS = fileURLToPath(new URL('../assets/', import.meta.url));
const names = readdirSync(ASSETS).filter((name) => name.endsWith('.glb'));

function contentsOf(bytes: Uint8Array<ArrayBuffer>) {
  const contents = readContents(bytes, new Map());
  if (contents === null) throw new Error('it cannot be read');
  return contents;
}

describe('what a GLB is made of', () => {
  it.each(names)('%s has the images that sharp sees, and the bytes that were measured', async (name) => {
    const bytes = new Uint8Array(readFileSync(ASSETS + name));
    const { images, meshes } = contentsOf(bytes);
    const { stats } = await inspectGlb(bytes);
    expect(images.reduce((sum, image) => sum + image.byteLength, 0)).toBe(stats?.textureByteLength);
    expect(meshes.length).toBe(stats?.meshCount);
    for (const image of images.filter(({ byteLength, codec }) => byteLength > 0 && codec !== 'KTX2')) {
      const { format, width, height } = await sharp(image.bytes).metadata();
      expect([image.codec.toLowerCase(), image.width, image.height]).toEqual([format, width, height]);
    }
    const geometry = meshes.reduce((sum, mesh) => sum + mesh.byteLength, 0);
    expect(geometry).toBeGreaterThan(0);
    expect(geometry + (stats?.textureByteLength ?? 0)).toBeLessThan(bytes.byteLength);
  });

  it('gives a mesh its bytes: 36 vertices of 8 floats are 1,152', () => {
    const [mesh] = contentsOf(boxGlb().bytes).meshes;
    expect([mesh?.triangleCount, mesh?.byteLength]).toEqual([12, 36 * 8 * 4]);
  });

  it('gives a material the triangles that wear it', () => {
    const materials = contentsOf(boxGlb({ lostTriangles: 3, variants: { leaf: [0, 1, 0] } }).bytes).materials;
    expect(materials.map(({ triangleCount }) => triangleCount)).toEqual([9, 0]);
  });

  it('reads nothing out of what is no GLB', () => {
    expect(readContents(new Uint8Array(40), new Map())).toBeNull();
    expect(readContents(new TextEncoder().encode('glTF that goes on and on'), new Map())).toBeNull();
  });

  it.each([
    ['by place, where the name is the same', { index: 1, name: 'b' }, 1],
    ['by name, where it moved', { index: 0, name: 'b' }, 1],
    ['by place, where nothing has the name', { index: 2, name: 'new' }, 2],
    ['by place, where many have the name', { index: 0, name: 'c' }, 0],
  ])('finds the same part %s', (_how, part, expected) => {
    const others = ['a', 'b', 'c', 'c'].map((name, index) => ({ index, name }));
    expect(counterpart(part, others)?.index).toBe(expected);
  });
});

describe('an image header', () => {
  it.each(['png', 'jpeg', 'webp', 'avif'] as const)('says codec and size of %s as sharp does', async (format) => {
    for (const options of format === 'webp' ? [{}, { lossless: true }] : [{}]) {
      for (const channels of [3, 4] as const) {
        const image = sharp({
          create: { width: 37, height: 21, channels, background: { r: 9, g: 99, b: 199, alpha: 0.5 } },
        });
        const header = readImageHeader(new Uint8Array(await image.toFormat(format, options).toBuffer()));
        expect([header.codec.toLowerCase(), header.width, header.height]).toEqual([format, 37, 21]);
      }
    }
  });

  it('says nothing of bytes that end too early', () => {
    for (const length of [0, 1, 8, 20]) expect(readImageHeader(new Uint8Array(length)).codec).toBe('unknown');
    expect(readImageHeader(Uint8Array.from([0xff, 0xd8, 0xff, 0xc0, 0]))).toMatchObject({ codec: 'JPEG', width: 0 });
  });
});

describe('a picture in its frame', () => {
  const [picture, frame] = [
    { width: 100, height: 50 },
    { width: 200, height: 200 },
  ];
  it('fits by its longer edge, and keeps still what one zooms at', () => {
    expect(fitZoom(picture, frame)).toBe(2);
    // The point of the picture under (60, 40) is (50, 30) before and after.
    expect(zoomAt({ x: 10, y: 10, zoom: 1 }, 4, { x: 60, y: 40 })).toEqual({ x: -140, y: -80, zoom: 4 });
  });
  it('never leaves the frame', () => {
    expect(moveBy({ x: 0, y: 0, zoom: 1 }, 1000, -1000, picture, frame)).toEqual({ x: 160, y: -10, zoom: 1 });
  });
});

describe('a file that is to be sent', () => {
  const text = (value: string) => new TextEncoder().encode(value);
  it.each([
    ['a GLB', boxGlb().bytes.subarray(0, 64), null],
    ['a GLB of version 1', Uint8Array.from([0x67, 0x6c, 0x54, 0x46, 1, 0, 0, 0]), 'version 1'],
    ['a pointer', text('version https://git-lfs.github.com/spec/v1\noid'), 'Git LFS pointer'],
    ['JSON', text('  { "asset": {} }'), '.gltf (JSON)'],
    ['a ZIP', text('PK\u0003\u0004'), 'ZIP archive'],
    ['anything else', text('o Cube\nv 1 1 1'), 'not a GLB'],
  ])('%s is known by its first bytes', (_what, head, expected) => {
    const why = whyNotGlb(head, 1000);
    if (expected === null) expect(why).toBeNull();
    else expect(why).toContain(expected);
  });
  it('is not sent when it is empty', () => {
    expect(whyNotGlb(new Uint8Array(0), 0)).toBe('This file is empty.');
  });
});
