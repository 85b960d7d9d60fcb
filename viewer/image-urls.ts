/** URLs of images out of GLBs, made when they are first shown and given back with their asset. */
import type { ImagePart } from './glb-contents.ts';

const urls = new Map<ImagePart, string>();

/** A URL for an `<img>`; null for what browsers cannot show, such as KTX2. */
export function urlOfImage(part: ImagePart): string | null {
  if (part.byteLength === 0 || part.codec === 'KTX2' || part.codec === 'unknown') return null;
  const url = urls.get(part) ?? URL.createObjectURL(new Blob([part.bytes], { type: part.mimeType }));
  urls.set(part, url);
  return url;
}

/** Frees all of them. */
export function releaseImages(): void {
  for (const url of urls.values()) URL.revokeObjectURL(url);
  urls.clear();
}
