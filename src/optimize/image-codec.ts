/** Decoding and encoding of images by sharp (libvips), in memory. Colour profiles are ignored, as glTF demands (section 3.8.2). */
import sharp, { type Sharp } from 'sharp';

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
  | { readonly codec: 'webp-near'; readonly level: number }
  | { readonly codec: 'avif'; readonly quality: number }
  | { readonly codec: 'jpeg'; readonly quality: number; readonly subsampling: '4:2:0' | '4:4:4' }
  | { readonly codec: 'png' };

/** Media type by codec. */
export const MIME_TYPES = Object.freeze({
  webp: 'image/webp',
  'webp-lossless': 'image/webp',
  'webp-near': 'image/webp',
  avif: 'image/avif',
  jpeg: 'image/jpeg',
  png: 'image/png',
} as const);

/** Above every operator's limit, which is checked before: 16,384². */
const INPUT = Object.freeze({ limitInputPixels: 268_435_456, ignoreIcc: true, failOn: 'error' } as const);

/** Decodes to 8-bit RGB or RGBA, reduced to `maxSizePx` on the longer edge if that is set. Throws what sharp throws. */
export async function decodeImage(
  bytes: Uint8Array,
  alpha: 'keep' | 'drop',
  maxSizePx: number | null = null,
): Promise<Pixels> {
  const decoded = sharp(bytes, INPUT).toColourspace('srgb');
  const image =
    maxSizePx === null ? decoded : decoded.resize(maxSizePx, maxSizePx, { fit: 'inside', withoutEnlargement: true });
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
      return image.webp({
        lossless: true,
        quality: encoding.effort === 6 ? 100 : 75,
        effort: encoding.effort,
        exact: true,
      });
    case 'webp-near':
      return image.webp({ nearLossless: true, quality: encoding.level, effort: 4, exact: true });
    case 'avif':
      // Effort 2 takes 0.2 s a megapixel; 4, the default, takes ten times that for a few percent.
      return image.avif({ quality: encoding.quality, effort: 2, chromaSubsampling: '4:4:4' });
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
