/** Compressed data that claims more than it holds, and uris that lead away. */
import { changed, type HostileInput, refused, set, withUri } from './input.ts';

const text = (content: string) => new TextEncoder().encode(content);
const SECOND = '/bufferViews/0';
const meshopt = (fields: Record<string, unknown>) =>
  changed((json) => {
    json.extensionsUsed = ['EXT_meshopt_compression'];
    const packed = {
      buffer: 0,
      byteOffset: 0,
      byteLength: 24,
      byteStride: 12,
      count: 3,
      mode: 'ATTRIBUTES',
      ...fields,
    };
    Object.assign(json.bufferViews?.[0] ?? {}, { extensions: { EXT_meshopt_compression: packed } });
  });
const draco = (block: Uint8Array, fields: Record<string, unknown> = {}) =>
  changed((json, bench) => {
    json.extensionsUsed = ['KHR_draco_mesh_compression'];
    const extension = { bufferView: bench.view(block), attributes: { POSITION: 0 }, ...fields };
    Object.assign(json.meshes?.[0]?.primitives[0] ?? {}, { extensions: { KHR_draco_mesh_compression: extension } });
  });
const DRACO = '/meshes/0/primitives/0/extensions/KHR_draco_mesh_compression';
// DRACO 2.2, a mesh, method, flags; then varints of 4,294,967,295.
const dracoClaim = (method: 0 | 1) =>
  Uint8Array.of(
    ...text('DRACO'),
    2,
    2,
    1,
    method,
    0,
    0,
    ...(method === 1 ? [0] : []),
    ...[0, 1].flatMap(() => [255, 255, 255, 255, 15]),
    1,
    2,
    3,
    4,
  );

/** By class. */
export const COMPRESSION: readonly HostileInput[] = [
  {
    name: 'a view that unpacks to 4 GiB',
    bytes: () => meshopt({ count: 2 ** 24, byteStride: 256 }),
    expected: refused('LIMIT_ACCESSOR', SECOND),
    isBomb: true,
  },
  {
    name: 'a view that unpacks to more than itself',
    bytes: () => meshopt({ count: 1000 }),
    expected: refused('GLTF_RANGE', SECOND),
  },
  {
    name: 'a count near overflow',
    bytes: () => meshopt({ count: 2 ** 53 - 1 }),
    expected: refused('LIMIT_ACCESSOR', SECOND),
    isBomb: true,
  },
  {
    name: 'packed bytes beyond the buffer',
    bytes: () => meshopt({ byteLength: 1e9 }),
    expected: refused('GLTF_RANGE', SECOND),
  },
  {
    name: 'packed bytes that start beyond it',
    bytes: () => meshopt({ byteOffset: 2 ** 40 }),
    expected: refused('GLTF_RANGE', SECOND),
  },
  {
    name: 'packed bytes of another buffer',
    bytes: () => meshopt({ buffer: 1 }),
    expected: refused('GLTF_INDEX', SECOND),
  },
  { name: 'packed noise', bytes: () => meshopt({}), expected: refused('GLTF_VALUE', SECOND) },
  {
    name: 'a stride that its filter cannot have',
    bytes: () => meshopt({ filter: 'QUATERNION' }),
    expected: refused('GLTF_RANGE', SECOND),
  },
  {
    name: 'triangles of three bytes',
    bytes: () => meshopt({ mode: 'TRIANGLES', byteStride: 3 }),
    expected: refused('GLTF_RANGE', SECOND),
  },
  { name: 'a mode of its own', bytes: () => meshopt({ mode: 'EVERYTHING' }), expected: refused('GLTF_TYPE', SECOND) },
  {
    name: 'a fallback buffer of 4 GB',
    bytes: () =>
      changed((json) =>
        json.buffers?.push({ byteLength: 4e9, extensions: { EXT_meshopt_compression: { fallback: true } } }),
      ),
    expected: 'handled',
  },
  { name: 'Draco noise', bytes: () => draco(new Uint8Array(64).fill(0xa5)), expected: refused('GLTF_VALUE', DRACO) },
  {
    name: 'a Draco block of nothing but its name',
    bytes: () => draco(text('DRACO')),
    expected: refused('GLTF_VALUE', DRACO),
  },
  {
    name: 'four thousand million Draco faces in a row',
    bytes: () => draco(dracoClaim(0)),
    expected: refused('GLTF_VALUE', DRACO),
    isBomb: true,
  },
  {
    name: 'four thousand million Draco faces by edges',
    bytes: () => draco(dracoClaim(1)),
    expected: refused('GLTF_VALUE', DRACO),
    isBomb: true,
  },
  {
    name: 'a Draco view that is not there',
    bytes: () => draco(new Uint8Array(8), { bufferView: 99 }),
    expected: refused('GLTF_INDEX', DRACO),
  },
  {
    name: 'Draco attributes in words',
    bytes: () => draco(new Uint8Array(8), { attributes: 'all' }),
    expected: refused('GLTF_TYPE', DRACO),
  },
];

const URI = refused('URI_REFUSED', '/images');

/** By class. */
export const URIS: readonly HostileInput[] = [
  ...[
    'http://127.0.0.1/a.png',
    'https://example.com/a.png',
    'file:///etc/passwd',
    '/etc/passwd',
    '/proc/self/environ',
    '../../../../../../../../etc/passwd',
    '..%2F..%2F..%2F..%2Fetc%2Fpasswd',
    '%2e%2e/%2e%2e/%2e%2e/etc/passwd',
    '..\\..\\secret.png',
    'C:\\Windows\\win.ini',
    'C%3A/Windows/win.ini',
    '//127.0.0.1/share/a.png',
    'a.png%00.txt',
    'a.png?token=1',
    'javascript:alert(1)',
    'data:text/html,<script>alert(1)</script>',
    'data:image/png;base64,***',
    '%E0%A4%A',
  ].map((uri): HostileInput => ({ name: `an image at ${uri}`, bytes: () => withUri(uri), expected: URI })),
  {
    name: 'a buffer over the network',
    bytes: () => set('/buffers/0/uri', 'http://127.0.0.1/a.bin'),
    expected: refused('URI_REFUSED', '/buffers/0/uri'),
  },
  {
    name: 'a buffer that never ends',
    bytes: () => set('/buffers/0/uri', '/dev/zero'),
    expected: refused('URI_REFUSED', '/buffers/0/uri'),
  },
  {
    name: 'a buffer in a data uri',
    bytes: () => set('/buffers/0/uri', 'data:application/octet-stream;base64,AAAA'),
    expected: refused('URI_REFUSED', '/buffers/0/uri'),
  },
  {
    name: 'a thousand files beside it',
    bytes: () =>
      changed((json) => Object.assign(json, { images: Array.from({ length: 1000 }, (_, i) => ({ uri: `${i}.png` })) })),
    expected: refused('LIMIT_COUNT', '/images'),
  },
  {
    name: 'an unknown extension with a uri',
    bytes: () =>
      changed((json) =>
        Object.assign(json, {
          extensionsUsed: ['VENDOR_fetch'],
          extensions: { VENDOR_fetch: { uri: 'http://127.0.0.1/x', src: 'file:///etc/passwd' } },
        }),
      ),
    expected: 'handled',
  },
];
