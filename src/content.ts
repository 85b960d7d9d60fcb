/** Bytes that may lie elsewhere, so that nobody has to hold all files of a change at once. */

/** A file's bytes, read when they are wanted. */
export interface Content {
  readonly byteLength: number;
  read(): Promise<Uint8Array<ArrayBuffer>>;
}

/** Bytes that are here already. */
export function contentOf(bytes: Uint8Array<ArrayBuffer>): Content {
  return { byteLength: bytes.byteLength, read: async () => bytes };
}
