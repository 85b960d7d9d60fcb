/** The mark of our own output in `asset.extras`, so that a second run leaves the file alone, bit for bit. */
import { isRecord } from '../asset/extensions.ts';
import { digestOf, type Gltf, type SourceGlb } from '../asset/glb.ts';

/** The key in `asset.extras`. */
export const MARKER_KEY = 'glb-optimizer';

/** What the mark says, as one text: small files are mostly JSON. */
export interface Marker {
  /** First 8 hexadecimal digits of the recipe's digest. */
  readonly recipe: string;
  /** First 12 hexadecimal digits of the digest over JSON without the mark, and BIN: whoever edits a file changes them. */
  readonly content: string;
}

const RECIPE_DIGITS = 8;
const CONTENT_DIGITS = 12;
const MARK = new RegExp(`^[0-9a-f]{${RECIPE_DIGITS + CONTENT_DIGITS}}$`);

/** The JSON with a mark: in `asset.extras`, or in the root's `extras` where the first is no object; undefined when both are none. */
export function writeMarker(json: Gltf, bin: Uint8Array, recipe: string): Gltf | undefined {
  const marker = `${recipe}${contentOf(json, bin)}`;
  const owners = { asset: json.asset, root: json as { extras?: unknown } } as const;
  const free = (extras: unknown): extras is Record<string, unknown> | undefined =>
    extras === undefined || isRecord(extras);
  const inAsset: unknown = owners.asset.extras;
  if (free(inAsset)) return { ...json, asset: { ...json.asset, extras: { ...inAsset, [MARKER_KEY]: marker } } };
  const inRoot = owners.root.extras;
  return free(inRoot) ? { ...json, extras: { ...inRoot, [MARKER_KEY]: marker } } : undefined;
}

/** The mark of a file, if it has one and the file still is what it was when it got it. */
export function readMarker(source: Pick<SourceGlb, 'json' | 'bin'>): Marker | undefined {
  const owners: readonly { readonly extras?: unknown }[] = [source.json.asset, source.json];
  const marker = owners
    .map(({ extras }) => (isRecord(extras) ? extras[MARKER_KEY] : undefined))
    .find((mark): mark is string => typeof mark === 'string' && MARK.test(mark));
  if (marker === undefined) return undefined;
  const [recipe, content] = [marker.slice(0, RECIPE_DIGITS), marker.slice(RECIPE_DIGITS)];
  return contentOf(source.json, source.bin) === content ? { recipe, content } : undefined;
}

/** The JSON as it is without the mark; extras that held nothing else go with it. */
export function withoutMarker(json: Gltf): Gltf {
  const asset = { version: json.asset.version, ...unmarked(json.asset) };
  return { ...unmarked(json), asset };
}

/** An owner without the mark in its extras; the order of its keys stays, which the digest depends on. */
function unmarked<T extends object>(owner: T): Partial<T> {
  const entries = Object.entries(owner).flatMap(([key, value]): [string, unknown][] => {
    if (key !== 'extras' || !isRecord(value)) return [[key, value]];
    const { [MARKER_KEY]: _mark, ...rest } = value;
    return Object.keys(rest).length === 0 ? [] : [[key, rest]];
  });
  return Object.fromEntries(entries) as Partial<T>;
}

function contentOf(json: Gltf, bin: Uint8Array): string {
  const text = new TextEncoder().encode(JSON.stringify(withoutMarker(json)));
  const all = new Uint8Array(text.byteLength + bin.byteLength);
  all.set(text);
  all.set(bin, text.byteLength);
  return digestOf(all).slice(0, CONTENT_DIGITS);
}
