/** Decoding and encoding of images by sharp (libvips), in memory. Colour profiles are ignored, as glTF demands (section 3.8.2). */
import type { Sharp } from 'sharp';

/** 8-bit pixels, row by row. */
export interface Pixels {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly channels: 3 | 4;
}

/** An encoder and its setting. */
export type Encoding =
  | {
      readonly codec: 'webp';
      readonly quality: number;
      readonly smart: boolean;
      readonly effort: number;
      /** Below 100, alpha loses some of its levels; for numbers that lie in alpha, never for what is seen through. */
      readonly alphaQuality?: number;
      /** False spends bits evenly. Otherwise smooth parts take them from busy ones, and filling in what nobody reads makes the rest worse. */
      readonly shaping?: boolean;
    }
  | { readonly codec: 'webp-lossless'; readonly effort: number }
  | { readonly codec: 'webp-near'; readonly level: number }
  | {
      readonly codec: 'avif';
      readonly quality: number;
      readonly tune: AvifTune;
      readonly effort: number;
      readonly subsampling: Subsampling;
    }
  | { readonly codec: 'jpeg'; readonly quality: number; readonly subsampling: Subsampling }
  | { readonly codec: 'png'; readonly adaptive: boolean; readonly palette: boolean };

/** Chroma for each four texels of two rows: a quarter of it, or all. */
export type Subsampling = '4:2:0' | '4:4:4';

/** What libaom aims at: `iq` at looks, the other two at a measure. */
export type AvifTune = 'iq' | 'ssim' | 'psnr';

/** Media type by codec. */
export const MIME_TYPES = Object.freeze({
  webp: 'image/webp',
  'webp-lossless': 'image/webp',
  'webp-near': 'image/webp',
  avif: 'image/avif',
  jpeg: 'image/jpeg',
  png: 'image/png',
} as const);

/** A found encoding, with its bytes. */
export interface Found {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly byteLength: number;
  readonly mimeType: string;
  readonly encoding: Encoding;
}

/** Puts bytes and how they were made together. */
export function toFound(bytes: Uint8Array<ArrayBuffer>, encoding: Encoding): Found {
  return { bytes, byteLength: bytes.byteLength, mimeType: MIME_TYPES[encoding.codec], encoding };
}

/** Above every operator's limit, which is checked before: 16,384². */
const INPUT = Object.freeze({ limitInputPixels: 268_435_456, ignoreIcc: true, failOn: 'error' } as const);

/** Loaded for files with images: it is a third of what a process without it loads. */
export async function loadSharp(): Promise<typeof import('sharp').default> {
  const { default: sharp } = await import('sharp');
  // libvips keeps the last operations with their pixels in case they are asked for again: none is here.
  sharp.cache(false);
  return sharp;
}

/** Decodes to 8-bit RGB or RGBA, reduced to `maxSizePx` on the longer edge if that is set. Throws what sharp throws. */
export async function decodeImage(
  bytes: Uint8Array,
  alpha: 'keep' | 'drop',
  maxSizePx: number | null = null,
): Promise<Pixels> {
  const sharp = await loadSharp();
  const decoded = sharp(bytes, INPUT).toColourspace('srgb');
  const image =
    maxSizePx === null ? decoded : decoded.resize(maxSizePx, maxSizePx, { fit: 'inside', withoutEnlargement: true });
  const shaped = alpha === 'drop' ? image.removeAlpha() : image.ensureAlpha();
  const { data, info } = await shaped.raw().toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height, channels: info.channels === 4 ? 4 : 3 };
}

/** Encodes 8-bit pixels; equal pixels and encoding give equal bytes, on any number of cores. */
export async function encodeImage(pixels: Pixels, encoding: Encoding): Promise<Uint8Array<ArrayBuffer>> {
  const { width, height, channels } = pixels;
  const sharp = await loadSharp();
  // libaom makes other bytes on several threads; sharp takes one on Linux with glibc, and one for each core elsewhere.
  sharp.concurrency(1);
  const image = sharp(pixels.data, { raw: { width, height, channels } });
  return Uint8Array.from(await configure(image, encoding, pixels).toBuffer());
}

function configure(image: Sharp, encoding: Encoding, pixels: Pixels): Sharp {
  switch (encoding.codec) {
    case 'webp':
      // `exact` keeps the colour under transparent texels: filtering reads it.
      return image.webp({
        quality: encoding.quality,
        smartSubsample: encoding.smart,
        effort: encoding.effort,
        alphaQuality: encoding.alphaQuality ?? 100,
        // libwebp's name for noise shaping 0 and filter strength 0.
        preset: encoding.shaping === false ? 'icon' : 'default',
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
      // With `exact`, libwebp rounds nothing: where something is hidden this is lossless.
      return image.webp({ nearLossless: true, quality: encoding.level, effort: 4, exact: hides(pixels) });
    case 'avif':
      return image.avif({
        quality: encoding.quality,
        effort: encoding.effort,
        tune: encoding.tune,
        chromaSubsampling: encoding.subsampling,
      });
    case 'jpeg':
      return image.jpeg({ quality: encoding.quality, chromaSubsampling: encoding.subsampling, mozjpeg: true });
    case 'png':
      return encoding.palette
        ? image.png({ compressionLevel: 9, palette: true, colours: 256, dither: 0, effort: 10 })
        : image.png({ compressionLevel: 9, adaptiveFiltering: encoding.adaptive });
  }
}

/** True when some texel is fully transparent: what colour it has is kept only if libwebp is told to. */
export function hides({ data, channels }: Pixels): boolean {
  if (channels === 3) return false;
  for (let i = 3; i < data.length; i += 4) if (data[i] === 0) return true;
  return false;
}

/** Why decoders do not agree about what an image looks like, by what its header says; undefined for nearly all. */
export async function whyAmbiguous(bytes: Uint8Array): Promise<string | undefined> {
  const sharp = await loadSharp();
  const { orientation = 1, space } = await sharp(bytes, INPUT).metadata();
  // glTF says nothing of EXIF: browsers turn such an image, other loaders do not.
  if (orientation !== 1) return 'EXIF turns it, which not every loader follows';
  return space === 'cmyk' ? 'CMYK, which every decoder turns into colours in its own way' : undefined;
}
