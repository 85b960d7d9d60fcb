/** Hard limits, checked before anything is decoded. The operator's, never a pull request's. */

/** What a file may claim at most. */
export interface Limits {
  readonly byteLength: number;
  readonly jsonByteLength: number;
  readonly jsonDepth: number;
  readonly jsonValueCount: number;
  readonly objectCount: number;
  readonly extensionCount: number;
  readonly morphTargetCount: number;
  readonly jointCount: number;
  readonly nodeDepth: number;
  readonly accessorByteLength: number;
  readonly emptyAccessorByteLength: number;
  readonly usedByteLength: number;
  readonly imagePixels: number;
  readonly imagePixelSum: number;
  readonly siblingCount: number;
  readonly memoryByteLength: number;
}

/** The limits, unless the operator says otherwise. `docs/limits.md` is made of these and `LIMIT_NOTES`. */
export const LIMITS: Limits = Object.freeze({
  byteLength: 512 * 1024 * 1024,
  jsonByteLength: 64 * 1024 * 1024,
  jsonDepth: 128,
  jsonValueCount: 4_000_000,
  objectCount: 250_000,
  extensionCount: 256,
  morphTargetCount: 1024,
  jointCount: 65_536,
  nodeDepth: 512,
  accessorByteLength: 2 * 1024 * 1024 * 1024,
  emptyAccessorByteLength: 256 * 1024 * 1024,
  usedByteLength: 16 * 1024 * 1024 * 1024,
  imagePixels: 67_108_864,
  imagePixelSum: 1_073_741_824,
  siblingCount: 256,
  memoryByteLength: 3 * 1024 * 1024 * 1024,
});

/** Of each limit: the finding it leads to, what it bounds, and why so much. */
export const LIMIT_NOTES: { readonly [K in keyof Limits]: readonly [code: string, what: string, why: string] } =
  Object.freeze({
    byteLength: [
      'LIMIT_BYTES',
      'bytes of a file, and of the files beside it together',
      'Git hosts refuse files over 100 MiB, LFS carries more; typed arrays and the browser stay safe below this',
    ],
    jsonByteLength: ['LIMIT_BYTES', 'bytes of the JSON chunk', 'the largest seen in practice has some 20 MB'],
    jsonDepth: ['LIMIT_DEPTH', 'levels of nesting in the JSON', 'glTF nests less than 16, extras may nest more'],
    jsonValueCount: ['LIMIT_COUNT', 'values in the JSON', 'each costs some hundred bytes once parsed'],
    objectCount: ['LIMIT_COUNT', 'objects of one kind, primitives and draw calls', 'CAD exports have some 100,000'],
    extensionCount: ['LIMIT_COUNT', 'names of extensions', 'there are some 100 extensions'],
    morphTargetCount: ['LIMIT_COUNT', 'morph targets of a primitive', 'faces with 52 to 200 shapes are common'],
    jointCount: ['LIMIT_COUNT', 'joints of a skin', 'loaders number joints with 16 bits'],
    nodeDepth: ['LIMIT_DEPTH', 'nodes from root to leaf', 'three.js and others recurse over them'],
    accessorByteLength: [
      'LIMIT_ACCESSOR',
      'decoded bytes of all accessors and compressed views',
      'the memory of a tab',
    ],
    emptyAccessorByteLength: [
      'LIMIT_ACCESSOR',
      'bytes of accessors without a view, which the file does not have to hold',
      'sparse morph targets stand on them',
    ],
    usedByteLength: [
      'LIMIT_ACCESSOR',
      'bytes of accessors, counted as often as they are used',
      'ten thousand primitives may share one accessor, and each is looked at',
    ],
    imagePixels: ['LIMIT_PIXELS', 'pixels of one image as declared', '8192 × 8192, the largest that GPUs promise'],
    imagePixelSum: ['LIMIT_PIXELS', 'pixels of all images together', '64 textures of 4096 × 4096: 5.7 GB on the GPU'],
    siblingCount: ['LIMIT_COUNT', 'files beside the asset that it names', 'each is read through Git'],
    memoryByteLength: ['LIMIT_MEMORY', 'bytes of memory, as estimated and as taken', 'the cap of the process, too'],
  });

/** JSON text as seen without parsing it. */
export interface JsonMeasures {
  /** 1 for `{}`. */
  readonly depth: number;
  /** Values, counted by what separates them. */
  readonly valueCount: number;
  /** Characters of the longest number. */
  readonly numberLength: number;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;

/** Measures JSON bytes in one pass, without recursion; whether they are JSON is the parser's to say. */
export function measureJson(bytes: Uint8Array): JsonMeasures {
  let depth = 0;
  let deepest = 0;
  let valueCount = 1;
  let numberLength = 0;
  let numberStart = -1;
  let inString = false;
  for (let i = 0; i < bytes.byteLength; i++) {
    const byte = bytes[i] ?? 0;
    if (inString) {
      if (byte === BACKSLASH) i++;
      else if (byte === QUOTE) inString = false;
      continue;
    }
    // 0-9 + - . e E
    const isNumeric =
      (byte >= 0x30 && byte <= 0x39) || byte === 0x2d || byte === 0x2b || byte === 0x2e || (byte | 32) === 0x65;
    if (isNumeric) {
      if (numberStart < 0) numberStart = i;
      continue;
    }
    if (numberStart >= 0) {
      if (i - numberStart > numberLength) numberLength = i - numberStart;
      numberStart = -1;
    }
    if (byte === QUOTE) inString = true;
    else if (byte === 0x7b || byte === 0x5b) {
      if (++depth > deepest) deepest = depth;
      valueCount++;
    } else if (byte === 0x7d || byte === 0x5d) depth--;
    else if (byte === COMMA) valueCount++;
  }
  return { depth: deepest, valueCount, numberLength };
}
