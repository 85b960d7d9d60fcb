/** Decoding and encoding of images by sharp (libvips), in memory. Colour profiles are ignored, as glTF demands (section 3.8.2). */
import sharp, { type Sharp } from 'sharp';
import { LIMITS } from '../asset/limits.ts';

/** 8-bit pixels, row by row. */
export interface Pixels {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly channels: 3 | 4;
}

/** An encoder and its setting. */
export type Encoding =
  | { readonly codec: 'webp'; readonly quality: number; readonly smart: boolean; readonly effort: number }
  | { readonly codec: 'webp-lossless'; readonly effort: number }
  | { readonly codec: 'jpeg'; readonly quality: number; readonly subsampling: '4:2:0' | '4:4:4' }
  | { readonly codec: 'png' };

/** Media type by codec. */
export const MIME_TYPES = Object.freeze({
  webp: 'image/webp',
  'webp-lossless': 'image/webp',
  jpeg: 'image/jpeg',
  png: 'image/png',
} as const);

const INPUT = Object.freeze({ limitInputPixels: LIMITS.imagePixels, ignoreIcc: true, failOn: 'error' } as const);

/** The kind of image by its first bytes, whatever it is labelled; undefined for all that glTF does not know. */
export function sniffImage(
  bytes: Uint8Array,
): 'image/png' | 'image/jpeg' | 'image/webp' | 'image/avif' | 'image/ktx2' | undefined {
  const text = String.fromCharCode(...bytes.subarray(0, 16));
  if (text.startsWith('\x89PNG\r\n\x1a\n')) return 'image/png';
  if (text.startsWith('\xff\xd8\xff')) return 'image/jpeg';
  if (text.startsWith('RIFF') && text.slice(8, 12) === 'WEBP') return 'image/webp';
  if (text.slice(4, 8) === 'ftyp' && /^avi[fs]/.test(text.slice(8, 12))) return 'image/avif';
  return text.startsWith('\xabKTX 20\xbb\r\n\x1a\n') ? 'image/ktx2' : undefined;
}

/** Width and height in pixels as declared, without decoding; undefined when the header cannot be read. */
export async function imageSize(
  bytes: Uint8Array,
): Promise<{ readonly width: number; readonly height: number } | undefined> {
  if (sniffImage(bytes) === 'image/ktx2') return ktx2Size(bytes);
  try {
    const { width, height } = await sharp(bytes, INPUT).metadata();
    return { width, height };
  } catch {
    return undefined;
  }
}

/** KTX 2.0 header: pixelWidth at byte 20, pixelHeight at byte 24. */
function ktx2Size(bytes: Uint8Array): { width: number; height: number } | undefined {
  if (bytes.byteLength < 28) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { width: view.getUint32(20, true), height: Math.max(view.getUint32(24, true), 1) };
}

/** Decodes to 8-bit RGB or RGBA. Throws what sharp throws. */
export async function decodeImage(bytes: Uint8Array, alpha: 'keep' | 'drop'): Promise<Pixels> {
  const image = sharp(bytes, INPUT).toColourspace('srgb');
  const shaped = alpha === 'drop' ? image.removeAlpha() : image.ensureAlpha();
  const { data, info } = await shaped.raw().toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height, channels: info.channels === 4 ? 4 : 3 };
}

/** Encodes 8-bit pixels; equal pixels and encoding give equal bytes. */
export async function encodeImage(pixels: Pixels, encoding: Encoding): Promise<Uint8Array<ArrayBuffer>> {
  const { width, height, channels } = pixels;
  const image = sharp(pixels.data, { raw: { width, height, channels } });
  return Uint8Array.from(await configure(image, encoding).toBuffer());
}

function configure(image: Sharp, encoding: Encoding): Sharp {
  switch (encoding.codec) {
    case 'webp':
      // `exact` keeps the colour under transparent texels: filtering reads it.
      return image.webp({
        quality: encoding.quality,
        smartSubsample: encoding.smart,
        effort: encoding.effort,
        exact: true,
      });
    case 'webp-lossless':
      return image.webp({ lossless: true, quality: 100, effort: encoding.effort, exact: true });
    case 'jpeg':
      return image.jpeg({ quality: encoding.quality, chromaSubsampling: encoding.subsampling, mozjpeg: true });
    case 'png':
      return image.png({ compressionLevel: 9, adaptiveFiltering: true });
  }
}

/** Up to four square windows, one from each quarter, side by side: small enough to try many encodings on. */
export function samplePixels(pixels: Pixels, windowPx: number): Pixels {
  const { width, height, channels, data } = pixels;
  if (width * height <= 4 * windowPx * windowPx) return pixels;
  const w = Math.min(windowPx, Math.floor(width / 2));
  const h = Math.min(windowPx, Math.floor(height / 2));
  const out = new Uint8Array(4 * w * h * channels);
  for (let quarter = 0; quarter < 4; quarter++) {
    const left = Math.floor(((quarter % 2) * width) / 2 + (width / 2 - w) / 2);
    const top = Math.floor((Math.floor(quarter / 2) * height) / 2 + (height / 2 - h) / 2);
    for (let y = 0; y < h; y++) {
      const from = ((top + y) * width + left) * channels;
      out.set(data.subarray(from, from + w * channels), (quarter * h + y) * w * channels);
    }
  }
  return { data: out, width: w, height: 4 * h, channels };
}
