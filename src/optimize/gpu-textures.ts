/** The step for GPU memory: images as KTX2, which stays compressed in graphics memory, as far as the file stays no larger than it was. */
import { cloneJson } from '../asset/clone.ts';
import { extensionOf } from '../asset/extensions.ts';
import { digestOf } from '../asset/glb.ts';
import { imageSize, sniffImage } from '../asset/image-size.ts';
import { type ImageUse, imagesOf, listImageUses } from '../asset/textures.ts';
import { formatBytes, plural } from '../units.ts';
import { declareRequired, undeclareExtension } from './extension-lists.ts';
import { decodeImage, type Pixels, whyAmbiguous } from './image-codec.ts';
import { type ImageError, measureError, partOf } from './image-error.ts';
import { shrinkConstant } from './image-flat.ts';
import { decodeKtx2, encodeKtx2, KTX2_MOST_PIXELS, type Ktx2Encoding } from './ktx2-codec.ts';
import type { GpuLevel } from './settings.ts';
import type { Step, StepResult } from './step.ts';
import type { Workpiece } from './workpiece.ts';

/** Remembers encodings by image, slot, level and size. */
export type GpuCache = Map<string, Promise<GpuImage | undefined>>;

/** An image as KTX2. */
export interface GpuImage {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly mode: Ktx2Encoding['mode'];
  readonly pixelCount: number;
}

/** What the step may do. */
export interface GpuOptions {
  readonly levelOf: (kind: 'color' | 'normal' | 'data') => GpuLevel;
  /** The longer edge may not be longer than this; null leaves the size. */
  readonly maxSizePx: number | null;
}

/** All images together may take this share of what they took: the rest is room for the JSON. */
const SHARE_OF_SOURCE = 0.95;
/** Smaller images cost the GPU next to nothing. */
const FEWEST_PIXELS = 64 * 64;
/** ETC1S of this quality is what the encoder's makers call good; more adds bytes and hardly looks better. */
const ETC1S_QUALITY = 128;
/** Above this mean squared error (34 dB), or this loss of structure, ETC1S is seen at once: such colours get UASTC. */
const ETC1S_MOST_SQUARED_ERROR = 26;
const ETC1S_MOST_DISSIMILARITY = 0.05;
/** UASTC with a little of its error traded for bytes: on normal maps half a degree on average for a third of them. */
const RDO = 1;

/** Turns embedded images into KTX2 where the target reads it. Kept although a file may save less: its point is graphics memory. */
export function encodeForGpu(options: GpuOptions, cache: GpuCache): Step {
  return { name: 'gpu-textures', keep: 'always', run: (piece) => encodeAll(piece, options, cache) };
}

async function encodeAll(piece: Workpiece, options: GpuOptions, cache: GpuCache): Promise<StepResult> {
  if (piece.images.size === 0) return { kind: 'skipped', why: 'there are no embedded images' };
  const uses = listImageUses(piece.json);
  const alternatives = new Set((piece.json.textures ?? []).map(imagesOf).flatMap((all) => (all.length > 1 ? all : [])));
  const found = new Map<number, GpuImage>();
  let failed = 0;
  for (const [index, bytes] of [...piece.images].sort(([a], [b]) => a - b)) {
    const own = uses.get(index) ?? [];
    if (alternatives.has(index) || !isCandidate(bytes, own)) continue;
    const kind = lossyKindOf(own);
    const level = kind === undefined ? 'none' : options.levelOf(kind);
    if (level === 'none') continue;
    const key = JSON.stringify([digestOf(bytes), partOf(own), level, options.maxSizePx]);
    const known = cache.get(key) ?? encodeOne(bytes, own, level, options.maxSizePx);
    cache.set(key, known);
    // What cannot be decoded or encoded keeps its bytes; the report says how many.
    const image = await known.catch(() => {
      failed++;
      return undefined;
    });
    if (image !== undefined) found.set(index, image);
  }
  const taken = choose(piece, found);
  const left = piece.images.size - taken.size;
  const why = failed > 0 ? `; ${plural(failed, 'image')} could not be encoded` : '';
  if (taken.size === 0) return { kind: 'skipped', why: `no image can be KTX2 without the file growing${why}` };
  return {
    kind: 'changed',
    piece: withKtx2(piece, taken),
    why: `${describe(piece, taken)}${left > 0 ? `; ${plural(left, 'image')} left` : ''}${why}`,
  };
}

/** Sizes in multiples of four pixels are what KHR_texture_basisu asks for. */
const isWholeBlocks = (width: number, height: number) => width % 4 === 0 && height % 4 === 0;

function isCandidate(bytes: Uint8Array, uses: readonly ImageUse[]): boolean {
  const type = sniffImage(bytes);
  const size = imageSize(bytes);
  if (size === undefined || size.width * size.height < FEWEST_PIXELS) return false;
  if (type !== 'image/png' && type !== 'image/jpeg' && type !== 'image/webp') return false;
  // The file says whether its texels are sRGB: what is read both ways cannot be one file.
  return lossyKindOf(uses) !== undefined && new Set(uses.map(({ kind }) => kind === 'color')).size === 1;
}

/** Undefined where nothing may be lost. */
function lossyKindOf(uses: readonly ImageUse[]): 'color' | 'normal' | 'data' | undefined {
  const { kind } = partOf(uses);
  return kind === 'exact' || kind === 'pixels' ? undefined : kind;
}

/** Undefined where an image is better off as it is. */
async function encodeOne(
  bytes: Uint8Array,
  uses: readonly ImageUse[],
  level: Exclude<GpuLevel, 'none'>,
  maxSizePx: number | null,
): Promise<GpuImage | undefined> {
  if ((await whyAmbiguous(bytes)) !== undefined) return undefined;
  const part = partOf(uses);
  const pixels = await decodeImage(bytes, part.reads[3] ? 'keep' : 'drop', maxSizePx);
  const { width, height } = pixels;
  const pixelCount = width * height;
  if (!isWholeBlocks(width, height) || pixelCount > KTX2_MOST_PIXELS) return undefined;
  // The step for textures makes it four pixels, which no block beats.
  if (shrinkConstant(pixels, undefined) !== undefined) return undefined;
  const space = part.kind === 'color' ? 'srgb' : 'linear';
  const attempt = async (encoding: Ktx2Encoding, isGood: (error: ImageError) => boolean) => {
    const made = await encodeKtx2(pixels, encoding, space);
    if (made === undefined) return undefined;
    const decoded: Pixels = await decodeKtx2(made, pixels);
    return isGood(measureError(pixels, decoded, part)) ? { bytes: made, mode: encoding.mode, pixelCount } : undefined;
  };
  const small = level === 'etc1s' ? await attempt({ mode: 'etc1s', quality: ETC1S_QUALITY }, isGoodEtc1s) : undefined;
  return small ?? (await attempt({ mode: 'uastc', rdo: level === 'uastc' ? 0 : RDO }, () => true));
}

function isGoodEtc1s({ mse, alpha, dissimilarity }: ImageError): boolean {
  return Math.max(mse, alpha) <= ETC1S_MOST_SQUARED_ERROR && dissimilarity <= ETC1S_MOST_DISSIMILARITY;
}

/** Most graphics memory for the bytes first, while all images together stay below what they were. */
function choose(piece: Workpiece, found: ReadonlyMap<number, GpuImage>): ReadonlyMap<number, GpuImage> {
  const source = (index: number) => piece.images.get(index)?.byteLength ?? 0;
  const total = [...piece.images.values()].reduce((sum, bytes) => sum + bytes.byteLength, 0);
  const growth = ([index, image]: readonly [number, GpuImage]) => image.bytes.byteLength - source(index);
  const order = [...found].sort((a, b) => growth(a) / a[1].pixelCount - growth(b) / b[1].pixelCount || a[0] - b[0]);
  const taken = new Map<number, GpuImage>();
  let byteLength = total;
  for (const [index, image] of order) {
    const next = byteLength + growth([index, image]);
    if (next > Math.max(total * SHARE_OF_SOURCE, byteLength)) continue;
    taken.set(index, image);
    byteLength = next;
  }
  return byteLength <= total * SHARE_OF_SOURCE ? taken : new Map();
}

const BASISU = 'KHR_texture_basisu';
const OTHERS = ['EXT_texture_webp', 'EXT_texture_avif'] as const;

/** There is no fallback beside the KTX2: it would cost the bytes that were saved, so the extension is required. */
function withKtx2(piece: Workpiece, taken: ReadonlyMap<number, GpuImage>): Workpiece {
  const json = cloneJson(piece.json);
  const images = new Map(piece.images);
  for (const [index, { bytes }] of taken) {
    images.set(index, bytes);
    const image = json.images?.[index];
    if (image !== undefined) image.mimeType = 'image/ktx2';
  }
  for (const texture of json.textures ?? []) {
    const [source = -1] = imagesOf(texture);
    if (!taken.has(source)) continue;
    const { EXT_texture_webp: _webp, EXT_texture_avif: _avif, ...rest } = texture.extensions ?? {};
    delete texture.source;
    texture.extensions = { ...rest, [BASISU]: { source } };
  }
  declareRequired(json, BASISU);
  for (const name of OTHERS)
    if (!json.textures?.some((texture) => extensionOf(texture, name) !== undefined)) undeclareExtension(json, name);
  return { ...piece, json, images };
}

function describe(piece: Workpiece, taken: ReadonlyMap<number, GpuImage>): string {
  const all = [...taken];
  const before = all.reduce((sum, [index]) => sum + (piece.images.get(index)?.byteLength ?? 0), 0);
  const after = all.reduce((sum, [, { bytes }]) => sum + bytes.byteLength, 0);
  const count = (mode: Ktx2Encoding['mode']) => all.filter(([, image]) => image.mode === mode).length;
  const modes = [`${count('etc1s')} × ETC1S`, `${count('uastc')} × UASTC`].filter((text) => !text.startsWith('0'));
  return `${plural(taken.size, 'image')} as KTX2, ${formatBytes(before)} → ${formatBytes(after)} (${modes.join(', ')}), a quarter of the graphics memory`;
}
