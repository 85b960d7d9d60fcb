/** Merging and reordering of vertices. Kernels on plain arrays: bits in, remap tables out. */

/** Marks a vertex that nothing uses. */
export const UNUSED = 0xffffffff;

/**
 * Old vertex -> new vertex, where vertices whose bits agree in every attribute become one. New numbers are given in
 * order of first appearance, so equal input gives equal output.
 */
export function mergeVertices(
  attributes: readonly Uint8Array[],
  vertexCount: number,
): { readonly remap: Uint32Array; readonly uniqueCount: number } {
  const words = interleave(attributes, vertexCount);
  const width = vertexCount === 0 ? 0 : words.length / vertexCount;
  let tableSize = 16;
  while (tableSize < vertexCount * 2) tableSize *= 2;
  const table = new Uint32Array(tableSize).fill(UNUSED);
  const remap = new Uint32Array(vertexCount);
  let uniqueCount = 0;
  for (let v = 0; v < vertexCount; v++) {
    let slot = hashOf(words, v * width, width) & (tableSize - 1);
    for (;;) {
      const other = table[slot] ?? UNUSED;
      if (other === UNUSED) {
        table[slot] = v;
        remap[v] = uniqueCount++;
        break;
      }
      if (sameWords(words, other * width, v * width, width)) {
        remap[v] = remap[other] ?? 0;
        break;
      }
      slot = (slot + 1) & (tableSize - 1);
    }
  }
  return { remap, uniqueCount };
}

/** All attributes of a vertex side by side, each padded to 32-bit words. */
function interleave(attributes: readonly Uint8Array[], vertexCount: number): Uint32Array {
  const widths = attributes.map((bytes) => (vertexCount === 0 ? 0 : bytes.byteLength / vertexCount));
  const stride = widths.reduce((sum, width) => sum + ((width + 3) & ~3), 0);
  const out = new Uint8Array(stride * vertexCount);
  let offset = 0;
  for (const [a, bytes] of attributes.entries()) {
    const width = widths[a] ?? 0;
    for (let v = 0; v < vertexCount; v++) {
      const from = v * width;
      const to = v * stride + offset;
      for (let b = 0; b < width; b++) out[to + b] = bytes[from + b] ?? 0;
    }
    offset += (width + 3) & ~3;
  }
  return new Uint32Array(out.buffer);
}

/** MurmurHash3's mixing, word by word. */
function hashOf(words: Uint32Array, start: number, length: number): number {
  let hash = 0;
  for (let i = start; i < start + length; i++) {
    let k = Math.imul(words[i] ?? 0, 0xcc9e2d51);
    k = (k << 15) | (k >>> 17);
    hash ^= Math.imul(k, 0x1b873593);
    hash = Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64;
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}

function sameWords(words: Uint32Array, a: number, b: number, length: number): boolean {
  for (let i = 0; i < length; i++) if (words[a + i] !== words[b + i]) return false;
  return true;
}

/** Moves elements: element `i` of `source` goes to `remap[i]`; unused ones are dropped. `width` in array items. */
export function moveElements<T extends { [index: number]: number; readonly length: number }>(
  source: T,
  width: number,
  remap: Uint32Array,
  target: T,
): T {
  for (let i = 0; i < remap.length; i++) {
    const to = remap[i] ?? UNUSED;
    if (to === UNUSED) continue;
    for (let c = 0; c < width; c++) target[to * width + c] = source[i * width + c] ?? 0;
  }
  return target;
}
