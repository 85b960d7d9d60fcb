/** What a Draco block claims to hold, read from its header, so that nothing is decoded that holds more than it may. */

/** As claimed. */
export interface DracoClaim {
  readonly pointCount: number;
  readonly faceCount: number;
}

const SEQUENTIAL = 0;
const EDGEBREAKER = 1;
const HAS_METADATA = 0x8000;

/**
 * Undefined when the header says nothing that we can read: no mesh, an old version, or metadata in front.
 * [google.github.io/draco/spec, 4.1 and 7: DRACO, major, minor, type, method, flags; then the counts of the connectivity]
 */
export function readDracoClaim(bytes: Uint8Array): DracoClaim | undefined {
  if (bytes.byteLength < 13 || String.fromCharCode(...bytes.subarray(0, 5)) !== 'DRACO') return undefined;
  const [major = 0, minor = 0, type, method] = bytes.subarray(5, 9);
  const flags = (bytes[9] ?? 0) | ((bytes[10] ?? 0) << 8);
  if (major !== 2 || minor < 2 || type !== 1 || (flags & HAS_METADATA) !== 0) return undefined;
  // Edgebreaker names its traversal first.
  let at = method === EDGEBREAKER ? 12 : 11;
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = bytes[at++] ?? 0;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) break;
    }
    return value;
  };
  const [first, second] = [varint(), varint()];
  if (method === SEQUENTIAL) return { faceCount: first, pointCount: second };
  // Edgebreaker counts the vertices of the connectivity; seams of attributes may split them later.
  return method === EDGEBREAKER ? { pointCount: first, faceCount: second } : undefined;
}
