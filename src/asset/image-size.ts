/** Kind and size of an image by its first bytes; nothing is decoded. */
import sharp from 'sharp';
import { LIMITS } from './limits.ts';

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

/** Width and height in pixels as declared; undefined when the header cannot be read or the kind is unknown. */
export async function imageSize(
  bytes: Uint8Array,
): Promise<{ readonly width: number; readonly height: number } | undefined> {
  const type = sniffImage(bytes);
  if (type === undefined) return undefined;
  if (type === 'image/ktx2') return ktx2Size(bytes);
  try {
    // Bombs are found by what the header declares; the pixel limit of the decoder comes on top.
    const { width, height } = await sharp(bytes, { limitInputPixels: LIMITS.imagePixels * 16 }).metadata();
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
