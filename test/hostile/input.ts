/** What a hostile input is, and the parts to make one from. */
import type { GLTF } from '@gltf-transform/core';
import { type Gltf, writeGlb } from '../../src/asset/glb.ts';
import { type Bench, startGlb } from '../make-glb.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/** One file that nobody would make by accident, or nearly nobody. */
export interface HostileInput {
  readonly name: string;
  readonly bytes: () => Bytes | Promise<Bytes>;
  /** The code it is refused with and where; `handled` when it is legal, and nothing bad comes of it. */
  readonly expected: 'handled' | { readonly code: string; readonly pointer?: string };
  /** A bomb: refused within a second. */
  readonly isBomb?: boolean;
}

const JSON_CHUNK = 0x4e4f534a;
const BIN_CHUNK = 0x004e4942;
const encode = (text: string) => new TextEncoder().encode(text);

/** A container by hand: header, then chunks as `[type, bytes, declared length]`. */
export function container(
  chunks: readonly (readonly [type: number, bytes: Uint8Array | string, declared?: number])[],
  header: { readonly magic?: number; readonly version?: number; readonly length?: number } = {},
): Bytes {
  const bodies = chunks.map(([type, content, declared]) => {
    const data = typeof content === 'string' ? encode(content) : content;
    const body = new Uint8Array(8 + data.byteLength);
    const view = new DataView(body.buffer);
    view.setUint32(0, declared ?? data.byteLength, true);
    view.setUint32(4, type, true);
    body.set(data, 8);
    return body;
  });
  const total = 12 + bodies.reduce((sum, body) => sum + body.byteLength, 0);
  const out = new Uint8Array(total);
  const view = new DataView(out.buffer);
  view.setUint32(0, header.magic ?? 0x46546c67, true);
  view.setUint32(4, header.version ?? 2, true);
  view.setUint32(8, header.length ?? total, true);
  let offset = 12;
  for (const body of bodies) {
    out.set(body, offset);
    offset += body.byteLength;
  }
  return out;
}

/** A JSON chunk of this text, padded. */
export const jsonChunk = (text: string) => [JSON_CHUNK, text.padEnd(Math.ceil(text.length / 4) * 4)] as const;
/** A BIN chunk of so many zeros. */
export const binChunk = (byteLength: number) => [BIN_CHUNK, new Uint8Array(byteLength)] as const;

/** A file of this JSON text. */
export const glbOfText = (text: string): Bytes => container([jsonChunk(text)]);

/** Text that stands in the extras of an otherwise empty file. */
export const withExtras = (text: string): Bytes => glbOfText(`{"asset":{"version":"2.0"},"extras":${text}}`);

/** A triangle on a node with an index, a material, a skin, a clip and a sparse accessor. */
export function sound(): Bench {
  const bench = startGlb();
  const POSITION = bench.accessor('VEC3', Float32Array.of(0, 0, 0, 1, 0, 0, 0, 1, 0), { vertex: true, bounds: true });
  const indices = bench.accessor('SCALAR', Uint16Array.of(0, 1, 2));
  const input = bench.accessor('SCALAR', Float32Array.of(0, 1), { bounds: true });
  const output = bench.accessor('VEC3', Float32Array.of(0, 0, 0, 1, 1, 1));
  bench.accessor('VEC3', new Float32Array(9), { sparse: new Map([[1, [1, 2, 3]]]) });
  Object.assign(bench.json, {
    nodes: [{ mesh: 0, children: [1] }, { name: 'bone' }],
    scenes: [{ nodes: [0] }],
    meshes: [{ primitives: [{ attributes: { POSITION }, indices, material: 0 }] }],
    materials: [{ name: 'red', pbrMetallicRoughness: { baseColorFactor: [1, 0, 0, 1] } }],
    animations: [
      { samplers: [{ input, output }], channels: [{ sampler: 0, target: { node: 0, path: 'translation' } }] },
    ],
  } satisfies Partial<Gltf>);
  return bench;
}

/** The sound file with its JSON changed. */
export function changed(change: (json: Gltf, bench: Bench) => void): Bytes {
  const bench = sound();
  change(bench.json, bench);
  return bench.bytes();
}

/** The sound file with a value set deep in its JSON, by pointer. */
export function set(at: string, value: unknown): Bytes {
  return changed((json) => {
    const keys = at.split('/').slice(1);
    const last = keys.pop() ?? '';
    let owner: unknown = json;
    for (const key of keys) owner = (owner as Record<string, unknown>)[key];
    (owner as Record<string, unknown>)[last] = value;
  });
}

/** The sound file with an image of these bytes on its material. */
export function withImage(bytes: Uint8Array, mimeType = 'image/png'): Bytes {
  return changed((json, bench) => {
    json.textures = [{ source: bench.image(bytes, mimeType) }];
    json.materials = [{ pbrMetallicRoughness: { baseColorTexture: { index: 0 } } }];
  });
}

/** The sound file with an image of this uri. */
export function withUri(uri: string): Bytes {
  return changed((json) => {
    json.images = [{ uri }];
    json.textures = [{ source: 0 }];
    json.materials = [{ pbrMetallicRoughness: { baseColorTexture: { index: 0 } } }];
  });
}

/** A file of nothing but this JSON. */
export const glbOf = (json: Partial<GLTF.IGLTF>): Bytes =>
  writeGlb({ asset: { version: '2.0' }, ...json }, new Uint8Array(0));

/** Refused with this code, at this pointer or below. */
export const refused = (code: string, pointer?: string): HostileInput['expected'] =>
  pointer === undefined ? { code } : { code, pointer };
