/** Hard limits, checked before anything is decoded. The operator's, never a pull request's. */

/** Each limit with its reason. */
export const LIMITS = Object.freeze({
  /** Git hosts refuse files over 100 MiB; LFS carries more. Typed arrays and the browser stay safe below this. */
  byteLength: 512 * 1024 * 1024,
  /** The largest JSON chunk seen in practice has some 20 MB; parsing takes about ten times that in memory. */
  jsonByteLength: 64 * 1024 * 1024,
  /** JSON.parse recurses natively; glTF itself nests less than 16 levels, extras may nest more. */
  jsonDepth: 128,
  /** Of one kind: nodes, accessors, materials and so on. */
  objectCount: 1_000_000,
  /** Sum of all accessors as declared, decoded. */
  accessorByteLength: 2 * 1024 * 1024 * 1024,
  /** One image, width × height: 16,384². */
  imagePixels: 268_435_456,
  /** Deepest chain of nodes; three.js and others recurse over it. */
  nodeDepth: 512,
});

/** Depth of nesting of JSON text, read from the bytes without parsing; 1 for `{}`. */
export function jsonDepth(bytes: Uint8Array): number {
  const QUOTE = 0x22;
  const BACKSLASH = 0x5c;
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let i = 0; i < bytes.byteLength; i++) {
    const byte = bytes[i];
    if (inString) {
      if (byte === BACKSLASH) i++;
      else if (byte === QUOTE) inString = false;
    } else if (byte === QUOTE) inString = true;
    else if (byte === 0x7b || byte === 0x5b) deepest = Math.max(deepest, ++depth);
    else if (byte === 0x7d || byte === 0x5d) depth--;
  }
  return deepest;
}
