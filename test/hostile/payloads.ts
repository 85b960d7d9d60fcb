/** Images and compressed data that are small outside and large inside, or not what they are called. */
import sharp from 'sharp';
import * as images from './image-bytes.ts';
import { changed, type HostileInput, refused, set, withImage, withUri } from './input.ts';

const PIXELS = refused('LIMIT_PIXELS', '/images/0');
const UNREADABLE = refused('IMAGE_UNREADABLE', '/images/0');
const text = (content: string) => new TextEncoder().encode(content);
const flat = async (size: number, format: 'png' | 'webp' | 'jpeg') =>
  new Uint8Array(
    await sharp({ create: { width: size, height: size, channels: 3, background: '#888' } })
      .toFormat(format)
      .toBuffer(),
  );

/** By class. */
export const IMAGES: readonly HostileInput[] = [
  {
    name: 'a PNG of 16,000 × 16,000 in 0.75 MB',
    bytes: async () => withImage(await images.flatPng(16_000)),
    expected: PIXELS,
    isBomb: true,
  },
  {
    name: 'a PNG that claims 60,000 × 60,000',
    bytes: () => withImage(images.png(60_000, 60_000)),
    expected: PIXELS,
    isBomb: true,
  },
  {
    name: 'a PNG that claims all there is',
    bytes: () => withImage(images.png(0xffffffff, 0xffffffff)),
    expected: PIXELS,
    isBomb: true,
  },
  {
    name: 'a JPEG that claims 65,535 × 65,535',
    bytes: () => withImage(images.jpeg(65_535, 65_535), 'image/jpeg'),
    expected: PIXELS,
    isBomb: true,
  },
  {
    name: 'a JPEG with a second, larger frame',
    bytes: () => withImage(images.jpeg(16, 16, [65_535, 65_535]), 'image/jpeg'),
    expected: PIXELS,
    isBomb: true,
  },
  {
    name: 'a WebP canvas of 16 million squared',
    bytes: () => withImage(images.webpCanvas(16_777_216, 16_777_216), 'image/webp'),
    expected: PIXELS,
    isBomb: true,
  },
  {
    name: 'a lossless WebP of 16,384 squared',
    bytes: () => withImage(images.webpLossless(16_384, 16_384), 'image/webp'),
    expected: PIXELS,
    isBomb: true,
  },
  {
    name: 'an AVIF of 65,536 squared',
    bytes: () => withImage(images.avif(65_536, 65_536), 'image/avif'),
    expected: PIXELS,
    isBomb: true,
  },
  {
    name: 'a KTX2 of 65,536 squared',
    bytes: () => withImage(images.ktx2({ width: 65_536, height: 65_536 }), 'image/ktx2'),
    expected: PIXELS,
    isBomb: true,
  },
  {
    name: 'a KTX2 of a million layers',
    bytes: () => withImage(images.ktx2({ width: 256, height: 256, layers: 1_000_000 }), 'image/ktx2'),
    expected: PIXELS,
    isBomb: true,
  },
  {
    name: 'a KTX2 level beyond the file',
    bytes: () => withImage(images.ktx2({ width: 4, height: 4, byteOffset: 1e9 }), 'image/ktx2'),
    expected: UNREADABLE,
  },
  {
    name: 'a KTX2 level that unpacks to a terabyte',
    bytes: () => withImage(images.ktx2({ width: 4, height: 4, unpacked: 2 ** 40 }), 'image/ktx2'),
    expected: UNREADABLE,
  },
  {
    name: 'a KTX2 of four thousand million levels',
    bytes: () => withImage(images.ktx2({ width: 4, height: 4, levels: 0xffffffff }), 'image/ktx2'),
    expected: UNREADABLE,
  },
  {
    name: 'an SVG that is called PNG',
    bytes: () =>
      withImage(
        text(
          '<svg xmlns="http://www.w3.org/2000/svg" width="99999" height="99999"><image href="file:///etc/passwd"/></svg>',
        ),
      ),
    expected: UNREADABLE,
  },
  {
    name: 'an XML with entities of entities',
    bytes: () =>
      withImage(text('<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]><svg>&b;</svg>')),
    expected: UNREADABLE,
  },
  { name: 'a page', bytes: () => withImage(text('<!doctype html><script>alert(1)</script>')), expected: UNREADABLE },
  { name: 'a GIF', bytes: () => withImage(text('GIF89a'.padEnd(64, '\0'))), expected: UNREADABLE },
  { name: 'a PDF', bytes: () => withImage(text('%PDF-1.7'.padEnd(64))), expected: UNREADABLE },
  {
    name: 'a TIFF',
    bytes: () => withImage(Uint8Array.of(0x49, 0x49, 42, 0, 8, 0, 0, 0, 0, 0, 0, 0)),
    expected: UNREADABLE,
  },
  {
    name: 'a PNG that ends in its header',
    bytes: () => withImage(images.png(8, 8).slice(0, 20)),
    expected: UNREADABLE,
  },
  { name: 'a PNG of no width', bytes: () => withImage(images.png(0, 8)), expected: UNREADABLE },
  { name: 'a PNG without data', bytes: () => withImage(images.png(64, 64)), expected: 'handled' },
  {
    name: 'seventy images of 4096 squared',
    bytes: () =>
      changed((json, bench) => {
        for (let i = 0; i < 70; i++) bench.image(images.png(4096, 4096), 'image/png');
        json.textures = [{ source: 0 }];
      }),
    expected: refused('LIMIT_PIXELS', '/images'),
    isBomb: true,
  },
  {
    name: 'an honest PNG of 2048 squared in some kB',
    bytes: async () => withImage(await flat(2048, 'png')),
    expected: 'handled',
  },
  { name: 'a JPEG that is called PNG', bytes: async () => withImage(await flat(16, 'jpeg')), expected: 'handled' },
];

const SECOND = '/bufferViews/0';
const meshopt = (fields: Record<string, unknown>) =>
  changed((json) => {
    json.extensionsUsed = ['EXT_meshopt_compression'];
    const packed = {
      buffer: 0,
      byteOffset: 0,
      byteLength: 24,
      byteStride: 12,
      count: 3,
      mode: 'ATTRIBUTES',
      ...fields,
    };
    Object.assign(json.bufferViews?.[0] ?? {}, { extensions: { EXT_meshopt_compression: packed } });
  });
const draco = (block: Uint8Array, fields: Record<string, unknown> = {}) =>
  changed((json, bench) => {
    json.extensionsUsed = ['KHR_draco_mesh_compression'];
    const extension = { bufferView: bench.view(block), attributes: { POSITION: 0 }, ...fields };
    Object.assign(json.meshes?.[0]?.primitives[0] ?? {}, { extensions: { KHR_draco_mesh_compression: extension } });
  });
const DRACO = '/meshes/0/primitives/0/extensions/KHR_draco_mesh_compression';
// DRACO 2.2, a mesh, method, flags; then varints of 4,294,967,295.
const dracoClaim = (method: 0 | 1) =>
  Uint8Array.of(
    ...text('DRACO'),
    2,
    2,
    1,
    method,
    0,
    0,
    ...(method === 1 ? [0] : []),
    ...[0, 1].flatMap(() => [255, 255, 255, 255, 15]),
    1,
    2,
    3,
    4,
  );

/** By class. */
export const COMPRESSION: readonly HostileInput[] = [
  {
    name: 'a view that unpacks to 4 GiB',
    bytes: () => meshopt({ count: 2 ** 24, byteStride: 256 }),
    expected: refused('LIMIT_ACCESSOR', SECOND),
    isBomb: true,
  },
  {
    name: 'a view that unpacks to more than itself',
    bytes: () => meshopt({ count: 1000 }),
    expected: refused('GLTF_RANGE', SECOND),
  },
  {
    name: 'a count near overflow',
    bytes: () => meshopt({ count: 2 ** 53 - 1 }),
    expected: refused('LIMIT_ACCESSOR', SECOND),
    isBomb: true,
  },
  {
    name: 'packed bytes beyond the buffer',
    bytes: () => meshopt({ byteLength: 1e9 }),
    expected: refused('GLTF_RANGE', SECOND),
  },
  {
    name: 'packed bytes that start beyond it',
    bytes: () => meshopt({ byteOffset: 2 ** 40 }),
    expected: refused('GLTF_RANGE', SECOND),
  },
  {
    name: 'packed bytes of another buffer',
    bytes: () => meshopt({ buffer: 1 }),
    expected: refused('GLTF_INDEX', SECOND),
  },
  { name: 'packed noise', bytes: () => meshopt({}), expected: refused('GLTF_VALUE', SECOND) },
  {
    name: 'a stride that its filter cannot have',
    bytes: () => meshopt({ filter: 'QUATERNION' }),
    expected: refused('GLTF_RANGE', SECOND),
  },
  {
    name: 'triangles of three bytes',
    bytes: () => meshopt({ mode: 'TRIANGLES', byteStride: 3 }),
    expected: refused('GLTF_RANGE', SECOND),
  },
  { name: 'a mode of its own', bytes: () => meshopt({ mode: 'EVERYTHING' }), expected: refused('GLTF_TYPE', SECOND) },
  {
    name: 'a fallback buffer of 4 GB',
    bytes: () =>
      changed((json) =>
        json.buffers?.push({ byteLength: 4e9, extensions: { EXT_meshopt_compression: { fallback: true } } }),
      ),
    expected: 'handled',
  },
  { name: 'Draco noise', bytes: () => draco(new Uint8Array(64).fill(0xa5)), expected: refused('GLTF_VALUE', DRACO) },
  {
    name: 'a Draco block of nothing but its name',
    bytes: () => draco(text('DRACO')),
    expected: refused('GLTF_VALUE', DRACO),
  },
  {
    name: 'four thousand million Draco faces in a row',
    bytes: () => draco(dracoClaim(0)),
    expected: refused('GLTF_VALUE', DRACO),
    isBomb: true,
  },
  {
    name: 'four thousand million Draco faces by edges',
    bytes: () => draco(dracoClaim(1)),
    expected: refused('GLTF_VALUE', DRACO),
    isBomb: true,
  },
  {
    name: 'a Draco view that is not there',
    bytes: () => draco(new Uint8Array(8), { bufferView: 99 }),
    expected: refused('GLTF_INDEX', DRACO),
  },
  {
    name: 'Draco attributes in words',
    bytes: () => draco(new Uint8Array(8), { attributes: 'all' }),
    expected: refused('GLTF_TYPE', DRACO),
  },
];

const URI = refused('URI_REFUSED', '/images');

/** By class. */
export const URIS: readonly HostileInput[] = [
  ...[
    'http://127.0.0.1/a.png',
    'https://example.com/a.png',
    'file:///etc/passwd',
    '/etc/passwd',
    '/proc/self/environ',
    '../../../../../../../../etc/passwd',
    '..%2F..%2F..%2F..%2Fetc%2Fpasswd',
    '%2e%2e/%2e%2e/%2e%2e/etc/passwd',
    '..\\..\\secret.png',
    'C:\\Windows\\win.ini',
    'C%3A/Windows/win.ini',
    '//127.0.0.1/share/a.png',
    'a.png%00.txt',
    'a.png?token=1',
    'javascript:alert(1)',
    'data:text/html,<script>alert(1)</script>',
    'data:image/png;base64,***',
    '%E0%A4%A',
  ].map((uri): HostileInput => ({ name: `an image at ${uri}`, bytes: () => withUri(uri), expected: URI })),
  {
    name: 'a buffer over the network',
    bytes: () => set('/buffers/0/uri', 'http://127.0.0.1/a.bin'),
    expected: refused('URI_REFUSED', '/buffers/0/uri'),
  },
  {
    name: 'a buffer that never ends',
    bytes: () => set('/buffers/0/uri', '/dev/zero'),
    expected: refused('URI_REFUSED', '/buffers/0/uri'),
  },
  {
    name: 'a buffer in a data uri',
    bytes: () => set('/buffers/0/uri', 'data:application/octet-stream;base64,AAAA'),
    expected: refused('URI_REFUSED', '/buffers/0/uri'),
  },
  {
    name: 'a thousand files beside it',
    bytes: () =>
      changed((json) => Object.assign(json, { images: Array.from({ length: 1000 }, (_, i) => ({ uri: `${i}.png` })) })),
    expected: refused('LIMIT_COUNT', '/images'),
  },
  {
    name: 'an unknown extension with a uri',
    bytes: () =>
      changed((json) =>
        Object.assign(json, {
          extensionsUsed: ['VENDOR_fetch'],
          extensions: { VENDOR_fetch: { uri: 'http://127.0.0.1/x', src: 'file:///etc/passwd' } },
        }),
      ),
    expected: 'handled',
  },
];
