/** Sizes of images by their own headers, so that no library reads a file before its claims are known. */

/** Width and height in pixels, as declared. */
export interface ImageSize {
  readonly width: number;
  readonly height: number;
}

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** IHDR is the first chunk. [PNG, 11.2.1] */
export function pngSize(bytes: Uint8Array): ImageSize | undefined {
  if (bytes.byteLength < 33) return undefined;
  const view = viewOf(bytes);
  return view.getUint32(12) === 0x49484452 ? sizeOf(view.getUint32(16), view.getUint32(20)) : undefined;
}

/** The largest frame header: SOF0 to SOF15 without the tables among them. [ITU T.81, table B.1] */
export function jpegSize(bytes: Uint8Array): ImageSize | undefined {
  const view = viewOf(bytes);
  let found: ImageSize | undefined;
  for (let at = 2; at + 9 <= bytes.byteLength; ) {
    if (bytes[at] !== 0xff) return found;
    const marker = bytes[at + 1] ?? 0;
    // Fill bytes, and markers that stand alone.
    if (marker === 0xff) at++;
    else if (marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8)) at += 2;
    else if (marker === 0xd9 || marker === 0xda) return found;
    else {
      const isTable = marker === 0xc4 || marker === 0xc8 || marker === 0xcc;
      if (marker >= 0xc0 && marker <= 0xcf && !isTable)
        found = larger(found, sizeOf(view.getUint16(at + 7), view.getUint16(at + 5)));
      const length = view.getUint16(at + 2);
      if (length < 2) return undefined;
      at += 2 + length;
    }
  }
  return found;
}

/** The canvas of VP8X, or the frame of VP8 or VP8L, whichever is larger. [RFC 9649] */
export function webpSize(bytes: Uint8Array): ImageSize | undefined {
  const view = viewOf(bytes);
  let found: ImageSize | undefined;
  // Chunks up to the first that holds pixels; an animation's canvas is declared before its frames.
  for (let at = 12; at + 18 <= bytes.byteLength; ) {
    const name = String.fromCharCode(...bytes.subarray(at, at + 4));
    const data = at + 8;
    if (name === 'VP8X') {
      const width = view.getUint16(data + 4, true) | ((bytes[data + 6] ?? 0) << 16);
      const height = view.getUint16(data + 7, true) | ((bytes[data + 9] ?? 0) << 16);
      found = sizeOf(width + 1, height + 1);
    } else if (name === 'VP8 ') {
      return larger(found, sizeOf(view.getUint16(data + 6, true) & 0x3fff, view.getUint16(data + 8, true) & 0x3fff));
    } else if (name === 'VP8L') {
      const packed = view.getUint32(data + 1, true);
      return larger(found, sizeOf((packed & 0x3fff) + 1, ((packed >>> 14) & 0x3fff) + 1));
    } else if (name === 'ANMF') return found;
    const length = view.getUint32(at + 4, true);
    at = data + length + (length & 1);
  }
  return found;
}

/** The largest `ispe` property among all items: tiles, the picture, its alpha. [ISO/IEC 23008-12, 6.5.3] */
export function avifSize(bytes: Uint8Array): ImageSize | undefined {
  const meta = boxesOf(bytes, 0, bytes.byteLength).find(({ name }) => name === 'meta');
  // `meta` is a full box: version and flags come first.
  const properties = meta && boxesOf(bytes, meta.start + 4, meta.end).find(({ name }) => name === 'iprp');
  const container = properties && boxesOf(bytes, properties.start, properties.end).find(({ name }) => name === 'ipco');
  const view = viewOf(bytes);
  return (container ? boxesOf(bytes, container.start, container.end) : [])
    .filter(({ name, start, end }) => name === 'ispe' && end - start >= 12)
    .reduce<ImageSize | undefined>(
      (found, { start }) => larger(found, sizeOf(view.getUint32(start + 4), view.getUint32(start + 8))),
      undefined,
    );
}

interface Box {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

// A picture has some tens of boxes; more are no picture.
const MOST_BOXES = 4096;

function boxesOf(bytes: Uint8Array, from: number, to: number): readonly Box[] {
  const view = viewOf(bytes);
  const boxes: Box[] = [];
  for (let at = from; at + 8 <= to && boxes.length < MOST_BOXES; ) {
    const short = view.getUint32(at);
    const name = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    const head = short === 1 ? 16 : 8;
    if (at + head > to) break;
    const length = short === 0 ? to - at : short === 1 ? Number(view.getBigUint64(at + 8)) : short;
    if (length < head || at + length > to) break;
    boxes.push({ name, start: at + head, end: at + length });
    at += length;
  }
  return boxes;
}

/**
 * KTX 2.0: width and height at byte 20; depth, layers and faces multiply the height, so that the product is all there is to
 * decode. Undefined when a level lies outside the file or claims more than its pixels need. [KTX 2.0, 3.1]
 */
export function ktx2Size(bytes: Uint8Array): ImageSize | undefined {
  if (bytes.byteLength < 80) return undefined;
  const view = viewOf(bytes);
  const [width, height, depth, layers, faces, levels] = [20, 24, 28, 32, 36, 40].map((at) => view.getUint32(at, true));
  const size = sizeOf(
    width ?? 0,
    Math.max(height ?? 0, 1) * Math.max(depth ?? 0, 1) * Math.max(layers ?? 0, 1) * Math.max(faces ?? 0, 1),
  );
  // More levels than a picture of 2^32 pixels has are none.
  if (size === undefined || (levels ?? 0) > 32 || 80 + (levels ?? 0) * 24 > bytes.byteLength) return undefined;
  for (let level = 0; level < Math.max(levels ?? 0, 1); level++) {
    const at = 80 + level * 24;
    if (at + 24 > bytes.byteLength) return undefined;
    const [offset, length, decoded] = [0, 8, 16].map((field) => Number(view.getBigUint64(at + field, true)));
    if ((offset ?? 0) + (length ?? 0) > bytes.byteLength) return undefined;
    // The widest format has four floats of 64 bits a pixel; blocks of 16 bytes stand for 4 x 4 pixels at least.
    if ((decoded ?? 0) > (Math.ceil(size.width / 4) * Math.ceil(size.height / 4) + size.height) * 16 * 32)
      return undefined;
  }
  return size;
}

function sizeOf(width: number, height: number): ImageSize | undefined {
  return width > 0 && height > 0 ? { width, height } : undefined;
}

function larger(a: ImageSize | undefined, b: ImageSize | undefined): ImageSize | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a.width * a.height >= b.width * b.height ? a : b;
}
