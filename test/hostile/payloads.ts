/** Images that are small outside and large inside, or not what they are called. */
import sharp from 'sharp';
import * as images from './image-bytes.ts';
import { changed, type HostileInput, refused, withImage } from './input.ts';

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
