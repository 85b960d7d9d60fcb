/** Containers and JSON that are not what they say. */
import { writeLfsPointer } from '../../src/asset/glb.ts';
import {
  binChunk,
  changed,
  container,
  glbOfText,
  type HostileInput,
  jsonChunk,
  refused,
  sound,
  withExtras,
} from './input.ts';

const SMALL = '{"asset":{"version":"2.0"}}';
const json = jsonChunk(SMALL);
const text = (content: string) => new TextEncoder().encode(content);

/** The file as a text-mode transfer leaves it. */
function damagedByNewlines(): Uint8Array<ArrayBuffer> {
  const out: number[] = [];
  for (const byte of changed((it) => Object.assign(it, { extras: { text: 'a\nb'.repeat(9) } }))) {
    if (byte === 0x0a) out.push(0x0d);
    out.push(byte);
  }
  // The BIN chunk of the file holds no newline: one is made.
  return Uint8Array.from([...out.slice(0, -4), 0x0d, 0x0a]);
}

function append(bytes: Uint8Array, tail: Uint8Array): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(bytes.byteLength + tail.byteLength);
  out.set(bytes);
  out.set(tail, bytes.byteLength);
  return out;
}

/** By class. */
export const CONTAINERS: readonly HostileInput[] = [
  { name: 'an empty file', bytes: () => new Uint8Array(0), expected: refused('GLB_TOO_SHORT', '') },
  { name: 'three bytes', bytes: () => text('glT'), expected: refused('GLB_TOO_SHORT', '') },
  { name: 'a header alone', bytes: () => container([]), expected: refused('GLB_CHUNK', '') },
  { name: 'a PNG', bytes: () => text('\u0089PNG\r\n\u001a\n'.padEnd(64)), expected: refused('GLB_NOT_A_GLB', '') },
  { name: 'a ZIP archive', bytes: () => text('PK\u0003\u0004'.padEnd(64)), expected: refused('GLB_NOT_A_GLB', '') },
  { name: 'a .gltf', bytes: () => text(SMALL), expected: refused('GLB_NOT_A_GLB', '') },
  {
    name: 'an LFS pointer in place of bytes',
    bytes: () => text(writeLfsPointer({ digest: 'a'.repeat(64), byteLength: 9 })),
    expected: refused('GLB_NOT_A_GLB', ''),
  },
  { name: 'container version 1', bytes: () => container([json], { version: 1 }), expected: refused('GLB_VERSION', '') },
  { name: 'container version 3', bytes: () => container([json], { version: 3 }), expected: refused('GLB_VERSION', '') },
  {
    name: 'a length beyond the file',
    bytes: () => container([json], { length: 0xffffffff }),
    expected: refused('GLB_LENGTH', ''),
  },
  { name: 'a length of zero', bytes: () => container([json], { length: 0 }), expected: refused('GLB_CHUNK', '') },
  {
    name: 'a length inside a chunk',
    bytes: () => container([json], { length: 24 }),
    expected: refused('GLB_CHUNK', ''),
  },
  { name: 'half a chunk header', bytes: () => container([json], { length: 16 }), expected: refused('GLB_CHUNK', '') },
  {
    name: 'a chunk beyond the file',
    bytes: () => container([[json[0], SMALL, 4096]]),
    expected: refused('GLB_CHUNK', ''),
  },
  {
    name: 'a chunk of 4 GiB',
    bytes: () => container([[json[0], SMALL, 0xffffffff]]),
    expected: refused('GLB_CHUNK', ''),
  },
  {
    name: 'a chunk length near overflow',
    bytes: () => container([[json[0], SMALL, 0x7ffffffc]]),
    expected: refused('GLB_CHUNK', ''),
  },
  { name: 'binary first', bytes: () => container([binChunk(4), json]), expected: refused('GLB_CHUNK', '') },
  { name: 'two JSON chunks', bytes: () => container([json, json]), expected: refused('GLB_CHUNK', '') },
  {
    name: 'two BIN chunks',
    bytes: () => container([json, binChunk(4), binChunk(4)]),
    expected: refused('GLB_CHUNK', ''),
  },
  {
    name: 'BIN behind a foreign chunk',
    bytes: () => container([json, [0x58585858, 'abcd'], binChunk(4)]),
    expected: refused('GLB_CHUNK', ''),
  },
  { name: 'an empty JSON chunk', bytes: () => container([[json[0], '']]), expected: refused('GLB_JSON', '') },
  {
    name: 'a million empty chunks',
    bytes: () => container([json, binChunk(4), ...Array.from({ length: 1_000_000 }, () => [0x58585858, ''] as const)]),
    expected: 'handled',
  },
  { name: 'a file that a text-mode transfer damaged', bytes: damagedByNewlines, expected: refused('GLB_LENGTH', '') },
  { name: 'a file that is cut off', bytes: () => sound().bytes().slice(0, -8), expected: refused('GLB_LENGTH', '') },
  {
    name: 'a tail after the declared end',
    bytes: () => append(sound().bytes(), text('#!/bin/sh\nrm -rf /\n')),
    expected: 'handled',
  },
  {
    name: 'a second GLB after the declared end',
    bytes: () => append(sound().bytes(), sound().bytes()),
    expected: 'handled',
  },
];

/** By class. */
export const JSONS: readonly HostileInput[] = [
  { name: 'JSON that ends early', bytes: () => glbOfText('{"asset":'), expected: refused('GLB_JSON', '') },
  { name: 'a list at the root', bytes: () => glbOfText('[]'), expected: refused('GLB_JSON', '') },
  { name: 'null at the root', bytes: () => glbOfText('null'), expected: refused('GLB_JSON', '') },
  {
    name: 'a comma too many',
    bytes: () => glbOfText('{"asset":{"version":"2.0"},}'),
    expected: refused('GLB_JSON', ''),
  },
  { name: 'NaN as a number', bytes: () => withExtras('NaN'), expected: refused('GLB_JSON', '') },
  { name: 'a comment', bytes: () => withExtras('1/*x*/'), expected: refused('GLB_JSON', '') },
  {
    name: 'bytes that are no UTF-8',
    bytes: () => container([[json[0], Uint8Array.of(0x7b, 0x22, 0xc3, 0x28, 0x22, 0x3a, 0x31, 0x7d)]]),
    expected: refused('GLB_JSON', ''),
  },
  {
    name: 'an overlong slash',
    bytes: () => container([[json[0], Uint8Array.of(0x7b, 0x22, 0xc0, 0xaf, 0x22, 0x3a, 0x31, 0x7d)]]),
    expected: refused('GLB_JSON', ''),
  },
  {
    name: 'a hundred thousand nested lists',
    bytes: () => withExtras('['.repeat(100_000) + ']'.repeat(100_000)),
    expected: refused('LIMIT_DEPTH', ''),
    isBomb: true,
  },
  {
    name: 'ten million nested lists, never closed',
    bytes: () => withExtras('['.repeat(10_000_000)),
    expected: refused('LIMIT_DEPTH', ''),
    isBomb: true,
  },
  {
    name: 'nested objects',
    bytes: () => withExtras(`${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`),
    expected: refused('LIMIT_DEPTH', ''),
    isBomb: true,
  },
  {
    name: 'one level too many',
    bytes: () => withExtras('['.repeat(128) + ']'.repeat(128)),
    expected: refused('LIMIT_DEPTH', ''),
  },
  { name: 'brackets inside of a text', bytes: () => withExtras(`"${'['.repeat(100_000)}"`), expected: 'handled' },
  {
    name: 'ten million empty lists',
    bytes: () => withExtras(`[${'[],'.repeat(10_000_000)}0]`),
    expected: refused('LIMIT_COUNT', ''),
    isBomb: true,
  },
  {
    name: 'ten million keys',
    bytes: () => withExtras(`{${'"a":0,'.repeat(8_000_000)}"b":0}`),
    expected: refused('LIMIT_COUNT', ''),
    isBomb: true,
  },
  {
    name: 'a number of ten million digits',
    bytes: () => withExtras('1'.repeat(10_000_000)),
    expected: refused('GLB_JSON', ''),
    isBomb: true,
  },
  { name: 'a number that JSON tools change', bytes: () => withExtras('9007199254740993'), expected: 'handled' },
  { name: 'a number beyond all', bytes: () => withExtras('1e99999'), expected: 'handled' },
  {
    name: 'the same key twice',
    bytes: () => glbOfText('{"asset":{"version":"1.0"},"asset":{"version":"2.0"}}'),
    expected: 'handled',
  },
  {
    name: 'a key that names the prototype',
    bytes: () =>
      glbOfText(
        '{"asset":{"version":"2.0"},"__proto__":{"polluted":1},"extras":{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}}',
      ),
    expected: 'handled',
  },
  {
    name: 'half a character',
    bytes: () => glbOfText('{"asset":{"version":"2.0"},"nodes":[{"name":"\\ud800"}],"scenes":[{"nodes":[0]}]}'),
    expected: 'handled',
  },
  {
    name: 'more JSON than the limit',
    bytes: () => withExtras(`"${' '.repeat(64 * 2 ** 20)}"`),
    expected: refused('LIMIT_BYTES', ''),
    isBomb: true,
  },
  { name: 'a text of thirty megabytes', bytes: () => withExtras(`"${'x'.repeat(30_000_000)}"`), expected: 'handled' },
];
