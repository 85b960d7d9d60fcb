/** The bytes of a buffer view through the meshopt codec, read in the rows that make them smallest. */
import { MeshoptEncoder } from 'meshoptimizer/encoder';
import type { MeshoptView } from '../asset/accessors.ts';
import type { ViewKind } from './stream-groups.ts';
import type { Compression } from './workpiece.ts';

const MODES = Object.freeze({
  vertex: 'ATTRIBUTES',
  values: 'ATTRIBUTES',
  triangles: 'TRIANGLES',
  indices: 'INDICES',
} as const);

/** The codec's most careful level; decoding takes the same time. */
const LEVEL = 3;

/** How the codec reads a view: in `count` rows of `byteStride` bytes. */
export type Row = Pick<MeshoptView, 'byteStride' | 'count' | 'mode'>;

/** A view encoded, with what its extension object must say of it. */
export interface EncodedView {
  readonly bytes: Uint8Array;
  readonly row: Row;
}

/** Encodes `raw`, whose length is a multiple of `byteStride`. */
export function encodeView(
  raw: Uint8Array,
  { kind, byteStride }: { readonly kind: ViewKind; readonly byteStride: number },
  compression: Compression,
): EncodedView {
  const encoded = encode(raw, MODES[kind], byteStride, compression);
  const pair = byteStride * 2;
  if (kind !== 'indices' || raw.byteLength % pair !== 0) return encoded;
  // Lines two by two: the codec of indices takes a byte for each at least, that of attributes half a byte where they rise.
  const inPairs = encode(raw, 'ATTRIBUTES', pair, compression);
  return inPairs.bytes.byteLength < encoded.bytes.byteLength ? inPairs : encoded;
}

function encode(raw: Uint8Array, mode: Row['mode'], byteStride: number, compression: Compression): EncodedView {
  const count = raw.byteLength / byteStride;
  const version = compression === 'KHR_meshopt_compression' ? 1 : 0;
  const bytes =
    mode === 'ATTRIBUTES'
      ? MeshoptEncoder.encodeVertexBufferLevel(raw, count, byteStride, LEVEL, version)
      : MeshoptEncoder.encodeGltfBuffer(raw, count, byteStride, mode);
  return { bytes, row: { byteStride, count, mode } };
}
