/** The mark of our own output in `asset.extras`, so that a second run leaves the file alone, bit for bit. */
import { isRecord } from '../asset/extensions.ts';
import { digestOf, type Gltf, type SourceGlb } from '../asset/glb.ts';

/** The key in `asset.extras`. */
export const MARKER_KEY = 'glb-optimizer';

/** What the mark says: which recipe made the file, and what the file held then. */
export interface Marker {
  /** First 8 hexadecimal digits of the recipe's digest. */
  readonly recipe: string;
  /** First 16 hexadecimal digits of the digest over JSON without the mark, and BIN. */
  readonly content: string;
}

/** The JSON with a mark; undefined when `asset.extras` is something other than an object and must stay so. */
export function writeMarker(json: Gltf, bin: Uint8Array, recipe: string): Gltf | undefined {
  const extras: unknown = json.asset.extras;
  if (extras !== undefined && !isRecord(extras)) return undefined;
  const marker: Marker = { recipe, content: contentOf(json, bin) };
  return { ...json, asset: { ...json.asset, extras: { ...extras, [MARKER_KEY]: marker } } };
}

/** The mark of a file, if it has one and the file still is what it was when it got it. */
export function readMarker(source: Pick<SourceGlb, 'json' | 'bin'>): Marker | undefined {
  const extras: unknown = source.json.asset.extras;
  const marker = isRecord(extras) ? extras[MARKER_KEY] : undefined;
  if (!isRecord(marker)) return undefined;
  const { recipe, content } = marker;
  if (typeof recipe !== 'string' || typeof content !== 'string') return undefined;
  return contentOf(source.json, source.bin) === content ? { recipe, content } : undefined;
}

/** The JSON as it is without the mark; extras that held nothing else go with it. */
export function withoutMarker(json: Gltf): Gltf {
  const entries = Object.entries(json.asset).flatMap(([key, value]): [string, unknown][] => {
    if (key !== 'extras' || !isRecord(value)) return [[key, value]];
    const { [MARKER_KEY]: _mark, ...rest } = value;
    return Object.keys(rest).length === 0 ? [] : [[key, rest]];
  });
  return { ...json, asset: { version: json.asset.version, ...Object.fromEntries(entries) } };
}

function contentOf(json: Gltf, bin: Uint8Array): string {
  const text = new TextEncoder().encode(JSON.stringify(withoutMarker(json)));
  const all = new Uint8Array(text.byteLength + bin.byteLength);
  all.set(text);
  all.set(bin, text.byteLength);
  return digestOf(all).slice(0, 16);
}
