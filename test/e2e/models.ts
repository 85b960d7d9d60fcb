/** Small models for tests of the App: each of its own content, each with something to save. */
import { boxGlb, glbOf } from '../renderer-fixtures.ts';

/** Optimizes what the browser cannot see here, and takes every saving: the tests are about GitHub, not about looks. */
export const POLICY = 'without-renderer: commit\nmin-saved: { bytes: 1, ratio: 0.01 }\n';

/** A box of some layers; the colour makes each seed another file. Some 8 kB, of which most can go. */
export function model(seed = 0): Uint8Array<ArrayBuffer> {
  return boxGlb({ layers: 6, colour: [(seed % 97) / 97, ((seed * 7) % 89) / 89, 0.5] }).bytes;
}

/** Random bytes that an unknown extension holds, which are kept, and blanks around its JSON, which go. */
export function heavyModel(keptBytes: number, idleBytes: number): Uint8Array<ArrayBuffer> {
  const bin = new Uint8Array(keptBytes);
  let state = 1;
  for (let i = 0; i < keptBytes; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bin[i] = state >>> 24;
  }
  const json = {
    asset: { version: '2.0' },
    scene: 0,
    scenes: [{ nodes: [0] }],
    nodes: [{ name: 'nothing' }],
    extensionsUsed: ['ACME_blob'],
    extensions: { ACME_blob: { bufferView: 0 } },
    buffers: [{ byteLength: bin.byteLength }],
    bufferViews: [{ buffer: 0, byteOffset: 0, byteLength: keptBytes }],
  };
  const tight = glbOf(json, bin);
  const jsonLength = new DataView(tight.buffer).getUint32(12, true);
  const wide = new Uint8Array(tight.byteLength + idleBytes).fill(0x20);
  wide.set(tight.subarray(0, 20 + jsonLength));
  wide.set(tight.subarray(20 + jsonLength), 20 + jsonLength + idleBytes);
  const view = new DataView(wide.buffer);
  view.setUint32(8, wide.byteLength, true);
  view.setUint32(12, jsonLength + idleBytes, true);
  return wide;
}
