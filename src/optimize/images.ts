/** The step for textures: each image in the smallest encoding that its slots allow, none degraded for nothing. */
import type { GLTF } from '@gltf-transform/core';
import { cloneJson } from '../asset/clone.ts';
import { extensionOf } from '../asset/extensions.ts';
import { digestOf, type Gltf } from '../asset/glb.ts';
import { imageSize, sniffImage } from '../asset/image-size.ts';
import { imagesOf, listImageUses, type SlotKind } from '../asset/textures.ts';
import type { Rule } from '../policy/policy.ts';
import { formatBytes, plural } from '../units.ts';
import { opened } from './draco-open.ts';
import { declareRequired, undeclareExtension } from './extension-lists.ts';
import { type Found, whyAmbiguous } from './image-codec.ts';
import { type ImagePart, partOf } from './image-error.ts';
import { type SearchOptions, searchEncoding } from './image-search.ts';
import type { ImageLevel } from './settings.ts';
import type { Step, StepResult } from './step.ts';
import { type Drawing, drawingsOf } from './texel-draw.ts';
import { listTexelReaders } from './texel-use.ts';
import type { Workpiece } from './workpiece.ts';

/** Remembers searches by image, part and options, so that no recipe of a climb does one twice. */
export type ImageCache = Map<string, Promise<Found>>;

/** Images under way at once: sharp works in libuv's four threads, and the search itself in ours. */
const AT_ONCE = 4;
/** A new encoding must save this share, or the image keeps its bytes: never a second loss for next to nothing. */
const MIN_SAVED_RATIO = 0.08;

/** What all images of a file have in common, and the level of each kind. */
export interface ImageOptions extends Omit<SearchOptions, 'level'> {
  readonly levelOf: (kind: SlotKind) => ImageLevel;
}

/** Re-encodes embedded images by measured search. */
export function encodeImages(options: ImageOptions, cache: ImageCache): Step {
  return { name: 'textures', run: (piece) => encodeAll(piece, options, cache) };
}

async function encodeAll(piece: Workpiece, options: ImageOptions, cache: ImageCache): Promise<StepResult> {
  if (piece.images.size === 0) return { kind: 'skipped', why: 'there are no embedded images' };
  const { levelOf, ...shared } = options;
  const uses = listImageUses(piece.json);
  const alternatives = listAlternatives(piece.json);
  // What reads each image, also where the source's own Draco must be opened to see it.
  const drawingOf = drawingsOf(listTexelReaders(opened(piece)));
  // The largest first: the last one to begin is not the one that all wait for. Pixels take time, not bytes.
  const queue = [...piece.images].sort(([a, x], [b, y]) => pixelCount(y) - pixelCount(x) || a - b);
  const found = new Map<number, Found>();
  const left = new Map<string, number>();
  const leave = (why: string) => left.set(why, (left.get(why) ?? 0) + 1);
  const work = async (): Promise<void> => {
    for (let job = queue.shift(); job !== undefined; job = queue.shift()) {
      const [index, bytes] = job;
      const part = partOf(uses.get(index) ?? []);
      // Who counts pixels counts all of them.
      const maxSizePx = part.kind === 'pixels' ? null : shared.maxSizePx;
      const search = { ...shared, maxSizePx, level: levelOf(part.kind) };
      const why = alternatives.has(index) ? 'one of two that a texture offers' : whyNot(bytes, part, search);
      const ambiguous = why ?? (await whyAmbiguous(bytes).catch(() => 'cannot be decoded'));
      if (ambiguous !== undefined) leave(ambiguous);
      else {
        const result = await cached(cache, [index, bytes], part, search, drawingOf(index)).catch(() => undefined);
        if (result === undefined) leave('cannot be decoded');
        else if (result.bytes.byteLength > bytes.byteLength * (1 - MIN_SAVED_RATIO)) leave('already as small');
        else found.set(index, result);
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  const leftText = [...left].sort().map(([why, count]) => `${plural(count, 'image')} left: ${why}`);
  if (found.size === 0) return { kind: 'skipped', why: leftText.join('; ') };
  return { kind: 'changed', piece: withImages(piece, found), why: [describe(piece, found), ...leftText].join('; ') };
}

function pixelCount(bytes: Uint8Array): number {
  const { width, height } = imageSize(bytes) ?? { width: 0, height: 0 };
  return width * height;
}

/** A VP8 chunk, first or behind the extended header's chunks, holds lossy pixels; VP8L lossless ones. [WebP container specification] */
function isLossyWebp(bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 12; at + 8 <= bytes.byteLength; ) {
    const name = String.fromCharCode(...bytes.subarray(at, at + 4));
    if (name === 'VP8 ') return true;
    if (name === 'VP8L') return false;
    const byteLength = view.getUint32(at + 4, true);
    at += 8 + byteLength + (byteLength % 2);
  }
  return false;
}

/** The bit depth in the IHDR chunk, which is always first. [PNG specification, section 11.2.1] */
const PNG_BIT_DEPTH_AT = 24;

function whyNot(bytes: Uint8Array, part: ImagePart, { level, ...options }: SearchOptions): string | undefined {
  const type = sniffImage(bytes);
  if (type === undefined) return 'not a PNG, JPEG, WebP, AVIF or KTX2 image';
  const final = whyFinal(bytes, options.maxSizePx);
  if (final !== undefined) return final;
  // Its texture names it by EXT_texture_webp, which allows nothing else.
  if (type === 'image/webp' && !options.webp) return 'WebP, which the target does not read, beside its fallback';
  // Every encoder here writes 8 bits a channel, which is all that browsers show; but it is not lossless.
  if (level.kind === 'lossless' && type === 'image/png' && bytes[PNG_BIT_DEPTH_AT] === 16) return '16 bits a channel';
  if (part.kind === 'pixels' && type === 'image/jpeg') return 'JPEG, whose last bits depend on the decoder';
  // Its numbers are read by an extension, or nobody says what it is for.
  return part.kind === 'exact' ? 'each bit of it may count' : undefined;
}

/** Why no encoding is tried, whatever the image is for. */
function whyFinal(bytes: Uint8Array, maxSizePx: number | null): string | undefined {
  const type = sniffImage(bytes);
  if (type === 'image/ktx2') return 'KTX2, already compressed for the GPU';
  if (type === 'image/avif') return 'AVIF, already compressed';
  const isLossy = type === 'image/webp' && maxSizePx === null && isLossyWebp(bytes);
  return isLossy ? 'lossy WebP: a second loss would add to the first' : undefined;
}

/** True where the steps for images leave this one without a trial, which would take a hundred times what a small file takes. */
export function isLeftUntried(bytes: Uint8Array, rule: Pick<Rule, 'preset' | 'textureMaxSizePx'>): boolean {
  // Of WebP, `vram` tries to make KTX2.
  if (rule.preset === 'vram' && sniffImage(bytes) === 'image/webp') return false;
  return whyFinal(bytes, rule.textureMaxSizePx) !== undefined;
}

/** A climb always starts from the same file, so the index of an image stands for all that reads it. */
function cached(
  cache: ImageCache,
  [index, bytes]: readonly [number, Uint8Array],
  part: ImagePart,
  options: SearchOptions,
  drawing: Drawing | undefined,
): Promise<Found> {
  const key = JSON.stringify([index, digestOf(bytes), part, options]);
  const known = cache.get(key);
  if (known !== undefined) return known;
  const search = searchEncoding(bytes, part, options, drawing);
  cache.set(key, search);
  return search;
}

/** Puts new bytes in place and lets the textures say what they are now. */
function withImages(piece: Workpiece, found: ReadonlyMap<number, Found>): Workpiece {
  const json = cloneJson(piece.json);
  const images = new Map(piece.images);
  for (const [index, { bytes, mimeType }] of found) {
    images.set(index, bytes);
    const image = json.images?.[index];
    if (image !== undefined) image.mimeType = mimeType;
  }
  for (const texture of json.textures ?? []) point(texture, found);
  for (const name of Object.values(SOURCE_EXTENSIONS)) {
    if (json.textures?.some((texture) => extensionOf(texture, name) !== undefined)) declareRequired(json, name);
    else undeclareExtension(json, name);
  }
  return { ...piece, json, images };
}

/** How a texture names an image that core glTF does not allow. There is no fallback, so the extension is required. */
const SOURCE_EXTENSIONS = Object.freeze({
  'image/webp': 'EXT_texture_webp',
  'image/avif': 'EXT_texture_avif',
} as const);

/** Lets a texture name its image as what the image is now. */
function point(texture: GLTF.ITexture, found: ReadonlyMap<number, Found>): void {
  const source = soleSourceOf(texture);
  const mimeType = source === undefined ? undefined : found.get(source)?.mimeType;
  if (source === undefined || (mimeType !== 'image/webp' && mimeType !== 'image/avif')) return;
  const { EXT_texture_webp: _webp, EXT_texture_avif: _avif, ...rest } = texture.extensions ?? {};
  delete texture.source;
  texture.extensions = { ...rest, [SOURCE_EXTENSIONS[mimeType]]: { source } };
}

/** The image of a texture that names just one; a fallback beside it is somebody else's business. */
function soleSourceOf(texture: GLTF.ITexture): number | undefined {
  const sources = imagesOf(texture);
  return sources.length === 1 ? sources[0] : undefined;
}

/** Images that stand beside another one in a texture: which of the two a loader takes is not ours to say. */
function listAlternatives(json: Gltf): ReadonlySet<number> {
  return new Set((json.textures ?? []).map(imagesOf).flatMap((sources) => (sources.length > 1 ? sources : [])));
}

function describe(piece: Workpiece, found: ReadonlyMap<number, Found>): string {
  let before = 0;
  let after = 0;
  const codecs = new Map<string, number>();
  for (const [index, { bytes, encoding }] of found) {
    before += piece.images.get(index)?.byteLength ?? 0;
    after += bytes.byteLength;
    codecs.set(encoding.codec, (codecs.get(encoding.codec) ?? 0) + 1);
  }
  const list = [...codecs].sort().map(([codec, count]) => `${count} × ${codec}`);
  return `${plural(found.size, 'image')}, ${formatBytes(before)} → ${formatBytes(after)} (${list.join(', ')})`;
}
