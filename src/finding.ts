/** What we noticed in an asset: a stable code, how grave it is, and a JSON pointer to it. */

/** As in glTF-Validator. */
export type Severity = 'error' | 'warning' | 'information' | 'hint';

/** The codes that are ours, with their meaning; glTF-Validator's own codes come with the prefix `VALIDATOR_`. */
export const FINDING_CODES = Object.freeze({
  GLB_TOO_SHORT: 'The file ends before the 12-byte GLB header does.',
  GLB_NOT_A_GLB: 'The first four bytes are not "glTF".',
  GLB_VERSION: 'The container version is not 2.',
  GLB_LENGTH: 'The length in the header is larger than the file.',
  GLB_CHUNK: 'A chunk is missing, misplaced, repeated or reaches beyond the file.',
  GLB_JSON: 'The JSON chunk is not valid UTF-8 JSON with an object at its root.',
  JSON_NUMBER: 'A number is larger than JSON tools can hold; the file is left alone, as the number would change.',
  GLTF_VERSION: 'asset.version is not 2.x, or asset.minVersion asks for more than 2.0.',
  GLTF_INDEX: 'A glTF index points to nothing.',
  GLTF_RANGE: 'An accessor or buffer view reaches beyond its buffer.',
  GLTF_TYPE: 'A property has a type that glTF 2.0 does not allow there.',
  GLTF_NODE_CYCLE: 'A node is its own descendant or has two parents.',
  GLTF_VALUE: 'Vertex or animation data holds NaN, an infinity, or an index out of range.',
  EXTENSION_REQUIRED_UNKNOWN: 'The file requires an extension that we do not know.',
  URI_REFUSED: 'A uri points outside the commit, to the network, or to nothing.',
  IMAGE_UNREADABLE: 'An image cannot be decoded, or is of a kind that glTF does not know.',
  LIMIT_BYTES: 'The file is larger than the limit.',
  LIMIT_PIXELS: 'An image declares more pixels than the limit.',
  LIMIT_ACCESSOR: 'Accessors declare more bytes than the limit.',
  LIMIT_COUNT: 'There are more objects of one kind than the limit.',
  LIMIT_DEPTH: 'JSON or nodes are nested deeper than the limit.',
  LIMIT_MEMORY: 'Processing the file takes more memory than the limit.',
  LIMIT_TIME: 'Processing the file takes longer than the limit.',
  LFS_POINTER: 'The file is a Git LFS pointer whose object is not here.',
  BUDGET_EXCEEDED: 'A budget of the policy is exceeded.',
  TEXTURE_OVER_BUDGET: 'A texture is larger than the textureSize budget.',
  CONTRACT_BROKEN: 'A result lost something of its source and was thrown away.',
  VISUAL_DIFFERENCE: 'A result looks different from its source.',
} as const);

/** A code of ours, or one of glTF-Validator's behind the prefix. */
export type FindingCode = keyof typeof FINDING_CODES | `VALIDATOR_${string}`;

/** Whether a text is one of the codes. */
export function isFindingCode(code: string): code is FindingCode {
  return Object.hasOwn(FINDING_CODES, code) || code.startsWith('VALIDATOR_');
}

/** One thing noticed. `pointer` is a JSON pointer into the glTF JSON, '' for the whole file. `message` is plain text, foreign parts included. */
export interface Finding {
  readonly code: FindingCode;
  readonly severity: Severity;
  readonly pointer: string;
  readonly message: string;
}

/** Makes a finding; an error unless said otherwise. */
export function finding(code: FindingCode, pointer: string, message: string, severity: Severity = 'error'): Finding {
  return { code, severity, pointer: shortPointer(pointer), message: shortMessage(message) };
}

/** What a file names may have megabytes. A finding says where and what, it does not repeat them. */
const POINTER_CHARS = 500;
const MESSAGE_CHARS = 1000;

/** The longest beginning that still points to something. */
function shortPointer(pointer: string): string {
  return pointer.length <= POINTER_CHARS ? pointer : pointer.slice(0, pointer.lastIndexOf('/', POINTER_CHARS));
}

function shortMessage(message: string): string {
  return message.length <= MESSAGE_CHARS ? message : `${message.slice(0, MESSAGE_CHARS - 1).toWellFormed()}…`;
}

/** Joins reference tokens to a JSON pointer (RFC 6901): `pointer('images', 2)` is `/images/2`. */
export function pointer(...tokens: readonly (string | number)[]): string {
  return tokens.map((token) => `/${String(token).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
