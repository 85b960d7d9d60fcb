/** The mark of our own output in `asset.extras`, so that a second run leaves the file alone, bit for bit. */
import { isRecord } from '../asset/extensions.ts';
import { digestOf, type Gltf, type SourceGlb } from '../asset/glb.ts';

/** The key in the extras; short, as the mark is: small files are mostly JSON. */
export const MARKER_KEY = 'glbo';

/** What the mark says. */
export interface Marker {
  /** First 8 hexadecimal digits of the recipe's digest. */
  readonly recipe: string;
  /** First 10 hexadecimal digits of the digest over JSON without the mark, and BIN: whoever edits a file changes them. */
  readonly content: string;
}

const RECIPE_DIGITS = 8;
const CONTENT_DIGITS = 10;
/** Both as nine bytes in base64url. */
const MARK = /^[\w-]{12}$/;

/** In older outputs the digits stand under this key as they are, twelve of the content. */
const OLD_KEY = 'glb-optimizer';
const OLD_MARK = /^[0-9a-f]{20}$/;

/** The JSON with a mark: in `asset.extras`, or in the root's `extras` where the first have no place for it; undefined when both have none. */
export function writeMarker(json: Gltf, bin: Uint8Array, recipe: string): Gltf | undefined {
  const marker = Buffer.from(`${recipe}${contentOf(json, bin)}`, 'hex').toString('base64url');
  const owners = { asset: json.asset, root: json as { extras?: unknown } } as const;
  const inAsset: unknown = owners.asset.extras;
  if (hasPlace(inAsset))
    return { ...json, asset: { ...json.asset, extras: { ...withoutMarks(inAsset), [MARKER_KEY]: marker } } };
  const inRoot = owners.root.extras;
  return hasPlace(inRoot) ? { ...json, extras: { ...withoutMarks(inRoot), [MARKER_KEY]: marker } } : undefined;
}

/** No extras, or an object whose text under our key, if there is any, is a mark: what somebody else wrote there stays. */
function hasPlace(extras: unknown): extras is Record<string, unknown> | undefined {
  return (
    extras === undefined || (isRecord(extras) && (!Object.hasOwn(extras, MARKER_KEY) || isMark(extras[MARKER_KEY])))
  );
}

function isMark(value: unknown): value is string {
  return typeof value === 'string' && MARK.test(value);
}

/** The mark of a file, if it has one and the file still is what it was when it got it. */
export function readMarker(source: Pick<SourceGlb, 'json' | 'bin'>): Marker | undefined {
  const owners: readonly { readonly extras?: unknown }[] = [source.json.asset, source.json];
  // An older one may stand beside it, where somebody else's text left ours no place.
  return owners
    .flatMap(({ extras }) => (isRecord(extras) ? (digitsIn(extras) ?? []) : []))
    .map((digits) => ({ recipe: digits.slice(0, RECIPE_DIGITS), content: digits.slice(RECIPE_DIGITS) }))
    .find(({ content }) => contentOf(source.json, source.bin, content.length) === content);
}

function digitsIn(extras: Record<string, unknown>): string | undefined {
  const [mark, old] = [extras[MARKER_KEY], extras[OLD_KEY]];
  if (isMark(mark)) return Buffer.from(mark, 'base64url').toString('hex');
  return typeof old === 'string' && OLD_MARK.test(old) ? old : undefined;
}

/** The JSON as it is without the mark; extras that held nothing else go with it. */
export function withoutMarker(json: Gltf): Gltf {
  const asset = { version: json.asset.version, ...unmarked(json.asset) };
  return { ...unmarked(json), asset };
}

/** The JSON without marks of ours, extras that held nothing else included, and else as it is; the very same where there is none. */
export function stripMarks(json: Gltf): Gltf {
  const [root, asset] = [strip(json), strip(json.asset)];
  return asset === json.asset ? root : { ...root, asset };
}

function strip<T extends { extras?: unknown }>(owner: T): T | Omit<T, 'extras'> {
  const { extras, ...others } = owner;
  if (!isRecord(extras) || digitsIn(extras) === undefined) return owner;
  const rest = withoutMarks(extras);
  return Object.keys(rest).length === 0 ? others : { ...owner, extras: rest };
}

/** An owner without the mark in its extras; the order of its keys stays, which the digest depends on. */
function unmarked<T extends object>(owner: T): Partial<T> {
  const entries = Object.entries(owner).flatMap(([key, value]): [string, unknown][] => {
    if (key !== 'extras' || !isRecord(value)) return [[key, value]];
    const rest = withoutMarks(value);
    return Object.keys(rest).length === 0 ? [] : [[key, rest]];
  });
  return Object.fromEntries(entries) as Partial<T>;
}

function withoutMarks(extras: Record<string, unknown> | undefined): Record<string, unknown> {
  const { [OLD_KEY]: _old, ...rest } = extras ?? {};
  if (isMark(rest[MARKER_KEY])) delete rest[MARKER_KEY];
  return rest;
}

function contentOf(json: Gltf, bin: Uint8Array, digits = CONTENT_DIGITS): string {
  const text = new TextEncoder().encode(JSON.stringify(withoutMarker(json)));
  const all = new Uint8Array(text.byteLength + bin.byteLength);
  all.set(text);
  all.set(bin, text.byteLength);
  return digestOf(all).slice(0, digits);
}
