/** The Basis Universal codec of KHR_texture_basisu: pixels in, KTX2 with mip levels out, and back to see what it did. Runs in memory. */
import type { NodeBasisEncoder } from 'ktx2-encoder';
import type { Pixels } from './image-codec.ts';

type BasisModule = Awaited<ReturnType<NodeBasisEncoder['init']>>;

/** What the package's own types leave out. */
interface Encoder extends InstanceType<BasisModule['BasisEncoder']> {
  setStatusOutput(isOn: boolean): void;
  setMipSRGB(isSrgb: boolean): void;
}
interface Transcoder {
  startTranscoding(): number;
  getImageTranscodedSizeInBytes(level: number, layer: number, face: number, format: number): number;
  transcodeImage(
    to: Uint8Array,
    level: number,
    layer: number,
    face: number,
    format: number,
    alphaForOpaque: 0 | 1,
    channel0: number,
    channel1: number,
  ): number;
  close(): void;
  delete(): void;
}
interface Codec extends BasisModule {
  readonly BasisEncoder: new () => Encoder;
  readonly KTX2File: new (bytes: Uint8Array) => Transcoder;
}

/** How texels become blocks. `rdo` trades a UASTC block's error for bytes: 0 trades nothing. */
export type Ktx2Encoding =
  | { readonly mode: 'etc1s'; readonly quality: number }
  | { readonly mode: 'uastc'; readonly rdo: number };

/** Basis refuses more than 12 megapixels of source: its 32-bit memory would not do. [basisu_comp.h, WebAssembly build] */
export const KTX2_MOST_PIXELS = 12 * 1024 * 1024;

/** Above which nothing is gained but time: 1 is what the encoder takes by itself. */
const UASTC_EFFORT = 1;
/** How far back a block may look for its like; the encoder's own 4,096 takes three times as long for some percent. */
const RDO_WINDOW_BYTES = 1024;
/** A mip chain of uncompressed texels and the headers are the most that comes out. */
const HEADER_BYTES = 65_536;

let codec: Promise<Codec> | undefined;

function open(): Promise<Codec> {
  // The module has the transcoder in it, which the package's types do not say.
  codec ??= load();
  return codec;
}

async function load(): Promise<Codec> {
  const { NodeBasisEncoder } = await import('ktx2-encoder');
  return (await new NodeBasisEncoder().init()) as Codec;
}

/** Encodes with all mip levels; undefined when the encoder gives up. Equal pixels and encoding give equal bytes. */
export async function encodeKtx2(
  pixels: Pixels,
  encoding: Ktx2Encoding,
  space: 'srgb' | 'linear',
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const { BasisEncoder } = await open();
  const { width, height } = pixels;
  const encoder = new BasisEncoder();
  const isSrgb = space === 'srgb';
  encoder.setStatusOutput(false);
  encoder.setCreateKTX2File(true);
  encoder.setPerceptual(isSrgb);
  encoder.setMipSRGB(isSrgb);
  encoder.setKTX2AndBasisSRGBTransferFunc?.(isSrgb);
  encoder.setMipGen(true);
  encoder.setUASTC(encoding.mode === 'uastc');
  if (encoding.mode === 'etc1s') encoder.setQualityLevel(encoding.quality);
  else {
    encoder.setPackUASTCFlags(UASTC_EFFORT);
    encoder.setKTX2UASTCSupercompression(true);
    encoder.setRDOUASTC(encoding.rdo > 0);
    encoder.setRDOUASTCQualityScalar(encoding.rdo);
    encoder.setRDOUASTCDictSize(RDO_WINDOW_BYTES);
  }
  encoder.setSliceSourceImage(0, rgbaOf(pixels), width, height, 0);
  const out = new Uint8Array(Math.ceil((width * height * 16) / 3) + HEADER_BYTES);
  try {
    const byteLength = encoder.encode(out);
    return byteLength > 0 ? withPrimaries(out.slice(0, byteLength), isSrgb) : undefined;
  } catch (thrown) {
    // A module that ran out of memory is not to be trusted with the next image.
    codec = undefined;
    throw thrown;
  } finally {
    encoder.delete();
  }
}

/** The colour primaries of the basic descriptor, which the encoder always calls BT.709. [KTX 2.0, 3.10; KHR_texture_basisu: unspecified for numbers] */
function withPrimaries(bytes: Uint8Array<ArrayBuffer>, isSrgb: boolean): Uint8Array<ArrayBuffer> {
  const descriptor = new DataView(bytes.buffer).getUint32(48, true);
  if (!isSrgb) bytes[descriptor + 13] = 0;
  return bytes;
}

// transcoder_texture_format::cTFRGBA32
const RGBA32 = 13;

/** The first level as 8-bit pixels, in as many channels as `like` has. */
export async function decodeKtx2(bytes: Uint8Array, like: Pixels): Promise<Pixels> {
  const { KTX2File } = await open();
  const file = new KTX2File(bytes);
  try {
    file.startTranscoding();
    const rgba = new Uint8Array(file.getImageTranscodedSizeInBytes(0, 0, 0, RGBA32));
    const isDone = file.transcodeImage(rgba, 0, 0, 0, RGBA32, 0, -1, -1);
    const { width, height, channels } = like;
    if (!isDone || rgba.byteLength !== width * height * 4) throw new RangeError('The KTX2 image cannot be read back.');
    if (channels === 4) return { ...like, data: rgba };
    return { ...like, data: rgba.filter((_value, i) => i % 4 < 3) };
  } finally {
    file.close();
    file.delete();
  }
}

function rgbaOf({ data, width, height, channels }: Pixels): Uint8Array {
  if (channels === 4) return data;
  const rgba = new Uint8Array(width * height * 4).fill(255);
  for (let i = 0, j = 0; i < data.length; i += 3, j += 4) {
    rgba[j] = data[i] ?? 0;
    rgba[j + 1] = data[i + 1] ?? 0;
    rgba[j + 2] = data[i + 2] ?? 0;
  }
  return rgba;
}
