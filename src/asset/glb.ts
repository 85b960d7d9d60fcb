/** The GLB container (glTF 2.0, section 4.4): header, JSON chunk, BIN chunk; and the Git LFS pointer that may stand in its place. */
import { createHash } from 'node:crypto';
import type { GLTF } from '@gltf-transform/core';
import { type Finding, finding } from '../finding.ts';
import type { Digest } from '../units.ts';
import { formatBytes, formatCount } from '../units.ts';
import { LIMITS, type Limits, measureJson } from './limits.ts';

/** The glTF JSON, as glTF-Transform types it. Not yet checked: `conform` does that. */
export type Gltf = GLTF.IGLTF;

/** One `.glb` as found: parsed container, nothing decoded. `bin` is empty when there is no BIN chunk. */
export interface SourceGlb {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly digest: Digest;
  readonly json: Gltf;
  readonly bin: Uint8Array<ArrayBuffer>;
  /** A number in the JSON that no parser of ours can give back as it is written, such as 9007199254740993; null when there is none. */
  readonly inexactNumber: string | null;
}

/** A Git LFS pointer: what stands in Git for the real bytes. */
export interface LfsPointer {
  readonly digest: Digest;
  readonly byteLength: number;
}

const MAGIC = 0x46546c67; // "glTF"
const CHUNK_JSON = 0x4e4f534a;
const CHUNK_BIN = 0x004e4942;
/** No double needs more than 767 digits to be told exactly; reading millions of them takes minutes. */
const NUMBER_CHARS = 1100;
const HEADER_BYTES = 12;
const CHUNK_HEADER_BYTES = 8;

/** SHA-256 of bytes. */
export function digestOf(bytes: Uint8Array): Digest {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Reads a Git LFS pointer, or undefined when the bytes are not one. [git-lfs docs/spec.md: under 1,024 bytes, sorted keys] */
export function readLfsPointer(bytes: Uint8Array): LfsPointer | undefined {
  if (bytes.byteLength >= 1024) return undefined;
  const text = new TextDecoder().decode(bytes);
  if (!text.startsWith('version https://git-lfs.github.com/spec/v1\n')) return undefined;
  const digest = /^oid sha256:([0-9a-f]{64})$/m.exec(text)?.[1];
  const size = /^size (\d{1,15})$/m.exec(text)?.[1];
  return digest === undefined || size === undefined ? undefined : { digest, byteLength: Number(size) };
}

/** The pointer's text, as `git lfs` writes it. */
export function writeLfsPointer(pointer: LfsPointer): string {
  return `version https://git-lfs.github.com/spec/v1\noid sha256:${pointer.digest}\nsize ${pointer.byteLength}\n`;
}

/** Opens the container; every defect is a finding. A tail after the declared end is legal and dropped. */
export function readGlb(bytes: Uint8Array<ArrayBuffer>, limits: Limits = LIMITS): SourceGlb | readonly Finding[] {
  const container = readContainer(bytes, limits);
  if (!('json' in container)) return container;
  const json = parseJson(container.json, limits);
  if ('code' in json) return [json];
  return { bytes, digest: digestOf(bytes), json: json.value, inexactNumber: json.inexactNumber, bin: container.bin };
}

/** The bytes of both chunks, `bin` empty when there is none; nothing of them is parsed. */
export function readContainer(
  bytes: Uint8Array<ArrayBuffer>,
  limits: Limits = LIMITS,
): { readonly json: Uint8Array<ArrayBuffer>; readonly bin: Uint8Array<ArrayBuffer> } | readonly Finding[] {
  const refuse = (code: Parameters<typeof finding>[0], message: string) => [finding(code, '', message)];
  if (bytes.byteLength > limits.byteLength) {
    return refuse(
      'LIMIT_BYTES',
      `The file has ${formatBytes(bytes.byteLength)}; the limit is ${formatBytes(limits.byteLength)}.`,
    );
  }
  if (bytes.byteLength < HEADER_BYTES)
    return refuse('GLB_TOO_SHORT', `A GLB has a header of 12 bytes; this file has ${bytes.byteLength}.`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0, true) !== MAGIC)
    return refuse('GLB_NOT_A_GLB', `The file starts with ${startOf(bytes)}, not with "glTF".`);
  const version = view.getUint32(4, true);
  if (version !== 2) return refuse('GLB_VERSION', `The container version is ${version}; only 2 is known.`);
  const declared = view.getUint32(8, true);
  if (declared > bytes.byteLength) {
    return refuse(
      'GLB_LENGTH',
      `The header declares ${declared} bytes, the file has ${bytes.byteLength}: it is cut off.`,
    );
  }
  const chunks = readChunks(view, declared);
  if (typeof chunks === 'string') return refuse('GLB_CHUNK', chunks);
  const at = (chunk: Chunk) => bytes.subarray(chunk.byteOffset, chunk.byteOffset + chunk.byteLength);
  return { json: at(chunks.json), bin: chunks.bin === undefined ? new Uint8Array(0) : at(chunks.bin) };
}

interface Chunk {
  readonly byteOffset: number;
  readonly byteLength: number;
}

function readChunks(view: DataView, end: number): { json: Chunk; bin: Chunk | undefined } | string {
  let json: Chunk | undefined;
  let bin: Chunk | undefined;
  let offset = HEADER_BYTES;
  for (let index = 0; offset < end; index++) {
    if (offset + CHUNK_HEADER_BYTES > end) return `Chunk ${index} at byte ${offset} has no room for its header.`;
    const byteLength = view.getUint32(offset, true);
    const type = view.getUint32(offset + 4, true);
    const chunk = { byteOffset: offset + CHUNK_HEADER_BYTES, byteLength };
    if (chunk.byteOffset + byteLength > end) {
      return `Chunk ${index} at byte ${offset} declares ${byteLength} bytes and reaches beyond the end at ${end}.`;
    }
    if (index === 0 && type !== CHUNK_JSON) return 'The first chunk is not the JSON chunk.';
    if (index > 0 && type === CHUNK_JSON) return 'There is a second JSON chunk.';
    if (type === CHUNK_BIN && index !== 1) return 'The BIN chunk is not the second chunk.';
    if (type === CHUNK_JSON) json = chunk;
    if (type === CHUNK_BIN) bin = chunk;
    offset = chunk.byteOffset + byteLength;
  }
  return json === undefined ? 'There is no JSON chunk.' : { json, bin };
}

function parseJson(bytes: Uint8Array, limits: Limits): { value: Gltf; inexactNumber: string | null } | Finding {
  if (bytes.byteLength > limits.jsonByteLength) {
    const limit = formatBytes(limits.jsonByteLength);
    return finding('LIMIT_BYTES', '', `The JSON chunk has ${formatBytes(bytes.byteLength)}; the limit is ${limit}.`);
  }
  const { depth, valueCount, numberLength } = measureJson(bytes);
  if (depth > limits.jsonDepth) {
    return finding('LIMIT_DEPTH', '', `The JSON is nested ${depth} levels deep; the limit is ${limits.jsonDepth}.`);
  }
  if (valueCount > limits.jsonValueCount) {
    const text = `The JSON holds ${formatCount(valueCount)} values`;
    return finding('LIMIT_COUNT', '', `${text}; the limit is ${formatCount(limits.jsonValueCount)}.`);
  }
  if (numberLength > NUMBER_CHARS)
    return finding('GLB_JSON', '', `A number in the JSON has ${formatCount(numberLength)} characters.`);
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return { value: value as Gltf, inexactNumber: findInexactNumber(text) };
    return finding('GLB_JSON', '', 'The root of the JSON chunk is not an object.');
  } catch (thrown) {
    return finding(
      'GLB_JSON',
      '',
      `The JSON chunk cannot be read: ${thrown instanceof Error ? thrown.message : 'bad UTF-8'}.`,
    );
  }
}

/** Doubles hold whole numbers to 2^53 and nothing beyond 1.8e308: what is written larger would come back as another number. */
function findInexactNumber(text: string): string | null {
  // Most files have no whole number that long, and none so large; the slow look is for those that may.
  if (!/(?<![\d.])\d{16}|\d[eE]\+?\d{3}/.test(text)) return null;
  let found: string | null = null;
  // The third argument is the source text. [JSON.parse source text access, ECMAScript 2025]
  JSON.parse(text, (_key: string, value: unknown, context?: { readonly source?: string }) => {
    const source = context?.source;
    if (typeof value === 'number' && source !== undefined && !survives(value, source)) found ??= source;
    return value;
  });
  return found;
}

function survives(value: number, source: string): boolean {
  if (!Number.isFinite(value)) return false;
  return !/^-?\d+$/.test(source) || BigInt(source) === BigInt(value);
}

function startOf(bytes: Uint8Array): string {
  const head = String.fromCharCode(...bytes.subarray(0, 8));
  if (bytes.byteLength === 0) return 'nothing';
  if (bytes[0] === 0x89 && head.slice(1, 4) === 'PNG') return 'the signature of a PNG image';
  if (head.startsWith('PK')) return 'the signature of a ZIP archive';
  if (/^\s*\{/.test(head)) return 'a brace, like a .gltf JSON file';
  return `the bytes ${Array.from(bytes.subarray(0, 4), (byte) => byte.toString(16).padStart(2, '0')).join(' ')}`;
}

/** Packs JSON and BIN into a GLB: chunks padded to 4 bytes with spaces and zeros, no BIN chunk when it is empty. */
export function writeGlb(json: Gltf, bin: Uint8Array): Uint8Array<ArrayBuffer> {
  const text = new TextEncoder().encode(JSON.stringify(json));
  const jsonLength = padTo4(text.byteLength);
  const binLength = padTo4(bin.byteLength);
  const length =
    HEADER_BYTES + CHUNK_HEADER_BYTES + jsonLength + (binLength === 0 ? 0 : CHUNK_HEADER_BYTES + binLength);
  const out = new Uint8Array(length);
  const view = new DataView(out.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint32(4, 2, true);
  view.setUint32(8, length, true);
  view.setUint32(12, jsonLength, true);
  view.setUint32(16, CHUNK_JSON, true);
  out.set(text, 20);
  out.fill(0x20, 20 + text.byteLength, 20 + jsonLength);
  if (binLength > 0) {
    view.setUint32(20 + jsonLength, binLength, true);
    view.setUint32(24 + jsonLength, CHUNK_BIN, true);
    out.set(bin, 28 + jsonLength);
  }
  return out;
}

/** The next multiple of 4. */
export function padTo4(byteLength: number): number {
  return (byteLength + 3) & ~3;
}
