/** Images by hand: headers that claim what nobody sends. */
import { crc32, deflateSync } from 'node:zlib';

type Bytes = Uint8Array<ArrayBuffer>;
const latin = (text: string): Bytes => Uint8Array.from(text, (character) => character.charCodeAt(0));

function join(...parts: readonly Uint8Array[]): Bytes {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let offset = 0;
  for (const part of parts) {
    out.set(part, offset);
    offset += part.byteLength;
  }
  return out;
}

const u32 = (value: number): Bytes => Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
const u32le = (value: number): Bytes => u32(value).toReversed() as Bytes;
const u64le = (value: number): Bytes => join(u32le(value % 2 ** 32), u32le(Math.floor(value / 2 ** 32)));

function chunk(name: string, data: Uint8Array): Bytes {
  const body = join(latin(name), data);
  return join(u32(data.byteLength), body, u32(crc32(body)));
}

const header = (width: number, height: number) =>
  join(latin('\x89PNG\r\n\x1a\n'), chunk('IHDR', join(u32(width), u32(height), Uint8Array.of(8, 0, 0, 0, 0))));

/** A PNG without pixels. */
export const png = (width: number, height: number): Bytes =>
  join(header(width, height), chunk('IEND', new Uint8Array(0)));

/** A whole grey PNG of so many pixels squared: zeros, packed a thousand times smaller. */
export function flatPng(size: number): Bytes {
  const rows = deflateSync(Buffer.alloc((size + 1) * size), { level: 9 });
  return join(header(size, size), chunk('IDAT', rows), chunk('IEND', new Uint8Array(0)));
}

const frame = (width: number, height: number): Bytes =>
  Uint8Array.of(0xff, 0xc0, 0, 11, 8, height >> 8, height, width >> 8, width, 1, 1, 0x11, 0);

/** A JPEG without pixels, with a second frame header if asked. */
export function jpeg(width: number, height: number, second?: readonly [number, number]): Bytes {
  const frames = [frame(width, height), ...(second === undefined ? [] : [frame(...second)])];
  return join(Uint8Array.of(0xff, 0xd8), ...frames, Uint8Array.of(0xff, 0xd9));
}

const riff = (body: Uint8Array): Bytes => join(latin('RIFF'), u32le(body.byteLength + 4), latin('WEBP'), body);
const u24le = (value: number): Bytes => Uint8Array.of(value, value >> 8, value >> 16);

/** A WebP that declares a canvas and holds nothing. */
export const webpCanvas = (width: number, height: number): Bytes =>
  riff(join(latin('VP8X'), u32le(10), new Uint8Array(4), u24le(width - 1), u24le(height - 1), new Uint8Array(8)));

/** A lossless WebP of nothing but its size. */
export const webpLossless = (width: number, height: number): Bytes =>
  riff(
    join(
      latin('VP8L'),
      u32le(8),
      Uint8Array.of(0x2f),
      u32le(((width - 1) | ((height - 1) << 14)) >>> 0),
      new Uint8Array(9),
    ),
  );

const box = (name: string, ...parts: readonly Uint8Array[]): Bytes => {
  const body = join(...parts);
  return join(u32(body.byteLength + 8), latin(name), body);
};

/** An AVIF with a size property and no pixels. */
export const avif = (width: number, height: number): Bytes =>
  join(
    box('ftyp', latin('avif'), u32(0), latin('avifmif1')),
    box('meta', u32(0), box('iprp', box('ipco', box('ispe', u32(0), u32(width), u32(height))))),
  );

/** A KTX2 header with one level. */
export function ktx2(claim: {
  readonly width: number;
  readonly height: number;
  readonly layers?: number;
  readonly levels?: number;
  readonly byteOffset?: number;
  readonly unpacked?: number;
}): Bytes {
  const { width, height, layers = 0, levels = 1, byteOffset = 104, unpacked = 16 } = claim;
  const fields = [0, 1, width, height, 0, layers, 1, levels, 2, 0, 0, 0, 0].map(u32le);
  const index = join(...fields, u64le(0), u64le(0)).slice(0, 68);
  return join(
    latin('\xabKTX 20\xbb\r\n\x1a\n'),
    index,
    u64le(byteOffset),
    u64le(16),
    u64le(unpacked),
    new Uint8Array(16),
  );
}
