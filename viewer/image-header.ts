/** Codec and size of an image out of its first bytes; nothing is decoded. */

/** What a header says; sizes in pixels, 0 where it does not say. */
export interface ImageHeader {
  readonly codec: 'PNG' | 'JPEG' | 'WebP' | 'AVIF' | 'KTX2' | 'unknown';
  readonly mimeType: string;
  readonly width: number;
  readonly height: number;
}

/** Reads the header by its signature, whatever the image is labelled. */
export function readImageHeader(bytes: Uint8Array): ImageHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = (start: number, length: number) => String.fromCharCode(...bytes.subarray(start, start + length));
  const header = (codec: ImageHeader['codec'], mimeType: string, size: readonly [number, number] | null) => ({
    codec,
    mimeType,
    width: size?.[0] ?? 0,
    height: size?.[1] ?? 0,
  });
  if (text(1, 3) === 'PNG' && bytes.length >= 24) {
    return header('PNG', 'image/png', [view.getUint32(16), view.getUint32(20)]);
  }
  if (bytes[0] === 0xff && bytes[1] === 0xd8) return header('JPEG', 'image/jpeg', jpegSize(view));
  if (text(0, 4) === 'RIFF' && text(8, 4) === 'WEBP') return header('WebP', 'image/webp', webpSize(view, text(12, 4)));
  if (text(4, 4) === 'ftyp' && /^avi[fs]/.test(text(8, 4))) return header('AVIF', 'image/avif', avifSize(view, bytes));
  if (text(1, 6) === 'KTX 20' && bytes.length >= 28) {
    return header('KTX2', 'image/ktx2', [view.getUint32(20, true), Math.max(1, view.getUint32(24, true))]);
  }
  return header('unknown', 'application/octet-stream', null);
}

/** The frame header: markers FFC0 to FFCF, but not FFC4, FFC8 and FFCC. [ITU T.81 table B.1] */
function jpegSize(view: DataView): readonly [number, number] | null {
  let at = 2;
  while (at + 9 < view.byteLength) {
    if (view.getUint8(at) !== 0xff) return null;
    const marker = view.getUint8(at + 1);
    // Fill bytes may come before a marker.
    if (marker === 0xff) at += 1;
    else if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) {
      return [view.getUint16(at + 7), view.getUint16(at + 5)];
    } else at += 2 + view.getUint16(at + 2);
  }
  return null;
}

/** Lossy, lossless and extended WebP write their sizes in three ways. [RFC 9649] */
function webpSize(view: DataView, chunk: string): readonly [number, number] | null {
  if (view.byteLength < 30) return null;
  if (chunk === 'VP8 ') return [view.getUint16(26, true) & 0x3fff, view.getUint16(28, true) & 0x3fff];
  if (chunk === 'VP8L') {
    const bits = view.getUint32(21, true);
    return [(bits & 0x3fff) + 1, ((bits >>> 14) & 0x3fff) + 1];
  }
  if (chunk !== 'VP8X') return null;
  const uint24 = (at: number) => view.getUint16(at, true) | (view.getUint8(at + 2) << 16);
  return [uint24(24) + 1, uint24(27) + 1];
}

/** The largest `ispe` property: alpha and tiles have their own. It stands in the first kilobytes. [ISO 23008-12, 6.5.3] */
function avifSize(view: DataView, bytes: Uint8Array): readonly [number, number] | null {
  let best: readonly [number, number] | null = null;
  const most = Math.min(bytes.length - 16, 8192);
  for (let at = 0; at < most; at++) {
    // "ispe"
    if (view.getUint32(at) !== 0x69737065) continue;
    const [width, height] = [view.getUint32(at + 8), view.getUint32(at + 12)];
    if (best === null || width * height > best[0] * best[1]) best = [width, height];
  }
  return best;
}
