/** Opens a GLB for looking into it. Only files that three has loaded come here: what does not fit is left out. */
import type { GLTF } from '@gltf-transform/core';

/** The glTF JSON. */
export type FileJson = GLTF.IGLTF;

/** A container, opened. */
export interface OpenFile {
  readonly json: FileJson;
  /** The bytes of a buffer view of the BIN chunk; undefined for others. */
  view(index: number): Uint8Array<ArrayBuffer> | undefined;
}

const MAGIC = 0x46546c67;

/** Opens a GLB; null when it is none. */
export function openFile(bytes: Uint8Array<ArrayBuffer>): OpenFile | null {
  if (bytes.byteLength < 20) return null;
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (data.getUint32(0, true) !== MAGIC) return null;
  const jsonLength = data.getUint32(12, true);
  if (20 + jsonLength > bytes.byteLength) return null;
  let json: FileJson;
  try {
    json = JSON.parse(new TextDecoder().decode(bytes.subarray(20, 20 + jsonLength)));
  } catch {
    return null;
  }
  const binStart = 20 + jsonLength + 8;
  return {
    json,
    view(index) {
      const view = json.bufferViews?.[index];
      if (view?.buffer !== 0) return undefined;
      const start = binStart + (view.byteOffset ?? 0);
      const end = start + view.byteLength;
      return end > bytes.byteLength ? undefined : bytes.subarray(start, end);
    },
  };
}
