/**
 * Pins: every whole number in an extension that we do not know, for any of them may be an index (docs/optimizer.md).
 * Most of what such a number could mean (a texture, an image) is read by its pixels; some of it is read byte by byte.
 */
import { isRecord, listExtensions, UNDERSTOOD } from './extensions.ts';
import type { Gltf } from './glb.ts';

/** Numbers that may be indices. */
export interface Pins {
  /** All of them. */
  readonly all: ReadonlySet<number>;
  /** Those whose reader may go to the stored bytes, or may know by itself what kind of file they are. */
  readonly bytes: ReadonlySet<number>;
}

/** Properties and JSON pointers that lead to stored bytes: `bufferView`, `previewView`, `/bufferViews/3`. */
const NAMES_VIEW = /views?$/i;
const POINTS_TO_STORAGE = /view|source|mime/i;
/** Who says what kind of file it is need not ask the image. */
const NAMES_MEDIA_TYPE = /^(mime|media)_?type$/i;
/** Extensions of these objects say how something is stored: a texture's name images of their own format. */
const IS_STORAGE = /^\/(textures|images|bufferViews)\//;

/** Lists the pins of a file, also those inside strings, such as JSON pointers. What holds for a property holds for all that is in it. */
export function listPins(json: Gltf): Pins {
  const all = new Set<number>();
  const bytes = new Set<number>();
  const pin = (number: number, isBytes: boolean): void => {
    all.add(number);
    if (isBytes) bytes.add(number);
  };
  const visit = (value: unknown, isBytes: boolean): void => {
    if (typeof value === 'number' && Number.isInteger(value) && value >= 0) pin(value, isBytes);
    else if (typeof value === 'string')
      for (const digits of value.match(/\d{1,9}/g) ?? []) pin(Number(digits), isBytes || POINTS_TO_STORAGE.test(value));
    else if (Array.isArray(value)) for (const item of value) visit(item, isBytes);
    else if (isRecord(value)) {
      const typed = isBytes || Object.keys(value).some((key) => NAMES_MEDIA_TYPE.test(key));
      for (const [key, child] of Object.entries(value)) visit(child, typed || NAMES_VIEW.test(key));
    }
  };
  for (const { name, pointer, value } of listExtensions(json))
    if (!UNDERSTOOD.has(name)) visit(value, IS_STORAGE.test(pointer));
  return { all, bytes };
}
