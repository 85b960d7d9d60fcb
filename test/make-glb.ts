/** Tiny GLBs built by code: a bench on which accessors, images and JSON are put together. */
import type { GLTF } from '@gltf-transform/core';
import sharp from 'sharp';
import {
  arrayOf,
  componentByteLength,
  componentTypeOf,
  ITEM_SIZE,
  MESHOPT_EXTENSIONS,
  type TypedArray,
} from '../src/asset/accessors.ts';
import { type Gltf, readGlb, type SourceGlb, writeGlb } from '../src/asset/glb.ts';
import type { Finding } from '../src/finding.ts';

/** What an accessor is beside its values. */
export interface AccessorOptions {
  readonly normalized?: boolean;
  /** Writes min and max. */
  readonly bounds?: boolean;
  /** Pads each element to 4 bytes, as vertex attributes must be. */
  readonly vertex?: boolean;
  /** Element index -> its values, over the values given (or over zeros, when these are all zero). */
  readonly sparse?: ReadonlyMap<number, readonly number[]>;
  readonly extras?: unknown;
  readonly name?: string;
}

/** A GLB in the making. `json` is open: a test writes into it what it needs. */
export interface Bench {
  readonly json: Gltf;
  /** Appends bytes, aligned to 4; gives the buffer view's index. */
  view(bytes: Uint8Array, fields?: Partial<GLTF.IBufferView>): number;
  /** Appends values as an accessor of its own view; gives its index. */
  accessor(type: GLTF.AccessorType, array: TypedArray, options?: AccessorOptions): number;
  /** Appends attributes side by side in one view; gives an index for each. */
  interleaved(parts: readonly (readonly [GLTF.AccessorType, TypedArray, AccessorOptions?])[]): number[];
  /** Appends an embedded image; gives its index. */
  image(bytes: Uint8Array, mimeType: string, fields?: Partial<GLTF.IImage>): number;
  bytes(): Uint8Array<ArrayBuffer>;
  source(): SourceGlb;
}

/** An empty file with a scene. */
export function startGlb(rest: Partial<Gltf> = {}): Bench {
  const json: Gltf = { asset: { version: '2.0' }, scene: 0, scenes: [{ nodes: [] }], ...rest };
  const parts: Uint8Array[] = [];
  let byteLength = 0;
  const view = (bytes: Uint8Array, fields: Partial<GLTF.IBufferView> = {}): number => {
    const padded = new Uint8Array((bytes.byteLength + 3) & ~3);
    padded.set(bytes);
    parts.push(padded);
    json.bufferViews = json.bufferViews ?? [];
    const index =
      json.bufferViews.push({ buffer: 0, byteOffset: byteLength, byteLength: bytes.byteLength, ...fields }) - 1;
    byteLength += padded.byteLength;
    json.buffers = [{ ...json.buffers?.[0], byteLength }];
    return index;
  };
  const add = (accessor: GLTF.IAccessor): number => {
    json.accessors = json.accessors ?? [];
    return json.accessors.push(accessor) - 1;
  };
  const accessor: Bench['accessor'] = (type, array, options = {}) => {
    const fields = fieldsOf(type, array, options);
    const { sparse } = options;
    const isZero = sparse !== undefined && array.every((value) => value === 0);
    if (!isZero) {
      const width = array.BYTES_PER_ELEMENT * ITEM_SIZE[type];
      const stride = options.vertex ? (width + 3) & ~3 : width;
      const bytes = strided(array, width, stride, (width + 3) & ~3);
      fields.bufferView = view(bytes, options.vertex ? { byteStride: stride } : {});
    }
    if (sparse !== undefined) {
      const keys = [...sparse.keys()];
      const values = arrayOf(fields.componentType, keys.length * ITEM_SIZE[type]);
      values.set([...sparse.values()].flat());
      fields.sparse = {
        count: keys.length,
        indices: { bufferView: view(bytesOf(Uint16Array.from(keys))), componentType: 5123 },
        values: { bufferView: view(bytesOf(values)) },
      };
    }
    return add(fields);
  };
  const interleaved: Bench['interleaved'] = (members) => {
    const widths = members.map(([type, array]) => (array.BYTES_PER_ELEMENT * ITEM_SIZE[type] + 3) & ~3);
    const byteStride = widths.reduce((sum, width) => sum + width, 0);
    const count = (members[0]?.[1].length ?? 0) / ITEM_SIZE[members[0]?.[0] ?? 'SCALAR'];
    const bytes = new Uint8Array(count * byteStride);
    let offset = 0;
    const fields = members.map(([type, array, options = {}], m) => {
      const from = bytesOf(array);
      const width = array.BYTES_PER_ELEMENT * ITEM_SIZE[type];
      for (let i = 0; i < count; i++) bytes.set(from.subarray(i * width, (i + 1) * width), i * byteStride + offset);
      const made = { ...fieldsOf(type, array, options), byteOffset: offset };
      offset += widths[m] ?? 0;
      return made;
    });
    const bufferView = view(bytes, { byteStride });
    return fields.map((field) => add({ ...field, bufferView }));
  };
  const image: Bench['image'] = (bytes, mimeType, fields = {}) => {
    json.images = json.images ?? [];
    return json.images.push({ mimeType, bufferView: view(bytes), ...fields }) - 1;
  };
  const bytes = (): Uint8Array<ArrayBuffer> => {
    const bin = new Uint8Array(byteLength);
    let offset = 0;
    for (const part of parts) {
      bin.set(part, offset);
      offset += part.byteLength;
    }
    return writeGlb(json, bin);
  };
  return { json, view, accessor, interleaved, image, bytes, source: () => opened(bytes()) };
}

function fieldsOf(type: GLTF.AccessorType, array: TypedArray, options: AccessorOptions): GLTF.IAccessor {
  const size = ITEM_SIZE[type];
  const fields: GLTF.IAccessor = { componentType: componentTypeOf(array), type, count: array.length / size };
  if (options.normalized) fields.normalized = true;
  if (options.name !== undefined) fields.name = options.name;
  if (options.extras !== undefined) fields.extras = options.extras as Record<string, unknown>;
  if (options.bounds) {
    const values = [...array];
    for (const [at, value] of options.sparse ?? []) values.splice(at * size, size, ...value);
    const axis = (c: number) => values.filter((_, i) => i % size === c);
    fields.min = Array.from({ length: size }, (_, c) => Math.min(...axis(c)));
    fields.max = Array.from({ length: size }, (_, c) => Math.max(...axis(c)));
  }
  return fields;
}

function strided(array: TypedArray, width: number, stride: number, last: number): Uint8Array {
  const from = bytesOf(array);
  const count = array.byteLength / width;
  const bytes = new Uint8Array(stride === width ? array.byteLength : stride * (count - 1) + last);
  for (let i = 0; i < count; i++) bytes.set(from.subarray(i * width, (i + 1) * width), i * stride);
  return bytes;
}

/** The bytes of a typed array. */
export function bytesOf(array: TypedArray): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

/** Opens bytes that must be sound. */
export function opened(bytes: Uint8Array<ArrayBuffer>): SourceGlb {
  const glb = readGlb(bytes);
  if ('json' in glb) return glb;
  throw new Error(`not a GLB: ${messagesOf(glb)}`);
}

/** Findings as one text. */
export function messagesOf(findings: readonly Finding[]): string {
  return findings.map(({ code, pointer, message }) => `${code} ${pointer} ${message}`).join('\n');
}

/** A copy of a file with its JSON changed; the BIN chunk stays. */
export function withJson(source: SourceGlb, change: (json: Gltf) => void): SourceGlb {
  const json = structuredClone(source.json);
  change(json);
  return opened(writeGlb(json, source.bin));
}

/** Pixels from a formula, as an encoded image. `pixel` gives 3 or 4 numbers from 0 to 255. */
export async function picture(
  [width, height]: readonly [number, number],
  format: 'png' | 'jpeg' | 'webp' | 'avif',
  pixel: (x: number, y: number) => readonly number[],
): Promise<Uint8Array<ArrayBuffer>> {
  const rows = Array.from({ length: width * height }, (_, i) => pixel(i % width, Math.floor(i / width)));
  const channels = rows[0]?.length === 4 ? 4 : 3;
  const raw = { width, height, channels } as const;
  const image = sharp(Uint8Array.from(rows.flat()), { raw }).toFormat(format, { quality: 92 });
  return Uint8Array.from(await image.toBuffer());
}

/** A soft, busy colour picture: lossy codecs have something to do. */
export function clouds(x: number, y: number): [number, number, number] {
  const wave = (a: number, b: number) => 128 + 60 * Math.sin(x / a) + 60 * Math.cos(y / b) + ((x * 7 + y * 13) % 5);
  return [wave(7, 5), wave(11, 9), wave(5, 17)].map(Math.round) as [number, number, number];
}

/** Numbers from 0 to 1 that are the same in every run. [mulberry32] */
export function random(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Names of the compression extensions that a file uses. */
export function compressionsOf(source: SourceGlb): readonly string[] {
  return MESHOPT_EXTENSIONS.filter((name) => source.json.extensionsUsed?.includes(name));
}

/** Bytes of one element, tightly packed. */
export function elementWidth(accessor: GLTF.IAccessor): number {
  return componentByteLength(accessor.componentType) * ITEM_SIZE[accessor.type];
}
