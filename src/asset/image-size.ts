/** Kind and size of an image by its first bytes; nothing is decoded. */
import { avifSize, type ImageSize, jpegSize, ktx2Size, pngSize, webpSize } from './image-header.ts';

/** The kinds of image that glTF and its extensions know. */
export type ImageType = 'image/png' | 'image/jpeg' | 'image/webp' | 'image/avif' | 'image/ktx2';

/** The kind of image by its signature, whatever it is labelled; undefined for all that glTF does not know. */
export function sniffImage(bytes: Uint8Array): ImageType | undefined {
  const text = String.fromCharCode(...bytes.subarray(0, 16));
  if (text.startsWith('\x89PNG\r\n\x1a\n')) return 'image/png';
  if (text.startsWith('\xff\xd8\xff')) return 'image/jpeg';
  if (text.startsWith('RIFF') && text.slice(8, 12) === 'WEBP') return 'image/webp';
  if (text.slice(4, 8) === 'ftyp' && /^avi[fs]/.test(text.slice(8, 12))) return 'image/avif';
  return text.startsWith('\xabKTX 20\xbb\r\n\x1a\n') ? 'image/ktx2' : undefined;
}

const READERS: Readonly<Record<ImageType, (bytes: Uint8Array) => ImageSize | undefined>> = {
  'image/png': pngSize,
  'image/jpeg': jpegSize,
  'image/webp': webpSize,
  'image/avif': avifSize,
  'image/ktx2': ktx2Size,
};

/** Width and height in pixels as declared; undefined when the header cannot be read or the kind is unknown. */
export function imageSize(bytes: Uint8Array): ImageSize | undefined {
  const type = sniffImage(bytes);
  return type === undefined ? undefined : READERS[type](bytes);
}
