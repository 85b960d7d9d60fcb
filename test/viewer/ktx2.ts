/** KTX2 by hand: no encoder is needed for two rows of plain pixels. [KTX File Format Specification 2.0] */
import { glbOf } from '../renderer-fixtures.ts';

type Rgba = readonly [number, number, number, number];

// «KTX 20»\r\n\x1a\n
const IDENTIFIER = [0xab, 0x4b, 0x54, 0x58, 0x20, 0x32, 0x30, 0xbb, 0x0d, 0x0a, 0x1a, 0x0a];
const R8G8B8A8_SRGB = 43;
const EDGE_PX = 4;
const DFD_AT = 104;
const DFD_BYTES = 92;

/** A picture of 4 × 4 sRGB pixels: two rows of one colour above two of another. */
export function ktx2OfRows(above: Rgba, below: Rgba): Uint8Array<ArrayBuffer> {
  const dataAt = DFD_AT + DFD_BYTES;
  const length = EDGE_PX * EDGE_PX * 4;
  const bytes = new Uint8Array(dataAt + length);
  const view = new DataView(bytes.buffer);
  bytes.set(IDENTIFIER);
  const header = [R8G8B8A8_SRGB, 1, EDGE_PX, EDGE_PX, 0, 0, 1, 1, 0, DFD_AT, DFD_BYTES];
  for (const [index, word] of header.entries()) view.setUint32(12 + index * 4, word, true);
  for (const [index, word] of [dataAt, length, length].entries()) view.setBigUint64(80 + index * 8, BigInt(word), true);
  // Basic descriptor: RGBSD, BT.709, sRGB, straight alpha, 1 × 1 texels of 4 bytes; four samples of 8 bits.
  view.setUint32(DFD_AT, DFD_BYTES, true);
  view.setUint16(DFD_AT + 8, 2, true);
  view.setUint16(DFD_AT + 10, DFD_BYTES - 4, true);
  bytes.set([1, 1, 2, 0, 0, 0, 0, 0, 4], DFD_AT + 12);
  for (const [index, channel] of [0, 1, 2, 15].entries()) {
    const at = DFD_AT + 28 + index * 16;
    view.setUint16(at, index * 8, true);
    bytes.set([7, channel], at + 2);
    view.setUint32(at + 12, 255, true);
  }
  for (let pixel = 0; pixel < EDGE_PX * EDGE_PX; pixel++) {
    bytes.set(pixel < (EDGE_PX * EDGE_PX) / 2 ? above : below, dataAt + pixel * 4);
  }
  return bytes;
}

/** The same GLB with its textures named by KHR_texture_basisu. */
export function usingBasis(glb: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const jsonLength = new DataView(glb.buffer).getUint32(12, true);
  const json = JSON.parse(new TextDecoder().decode(glb.subarray(20, 20 + jsonLength)));
  const used = { extensionsUsed: ['KHR_texture_basisu'], extensionsRequired: ['KHR_texture_basisu'] };
  const textures = [{ extensions: { KHR_texture_basisu: { source: 0 } } }];
  return glbOf({ ...json, ...used, textures }, glb.slice(28 + jsonLength));
}
