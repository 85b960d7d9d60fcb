import type { GLTF } from '@gltf-transform/core';
import { describe, expect, it } from 'vitest';
import { conform } from '../../src/asset/conform.ts';
import type { Gltf } from '../../src/asset/glb.ts';
import { messagesOf, startGlb, withJson } from '../make-glb.ts';

/** One triangle with an index, a skin, an animation, a sparse accessor and a texture. */
function sound() {
  const bench = startGlb();
  const positions = bench.accessor('VEC3', Float32Array.of(0, 0, 0, 1, 0, 0, 0, 1, 0), { vertex: true, bounds: true });
  const indices = bench.accessor('SCALAR', Uint16Array.of(0, 1, 2));
  const times = bench.accessor('SCALAR', Float32Array.of(0, 1), { bounds: true });
  const moves = bench.accessor('VEC3', Float32Array.of(0, 0, 0, 1, 1, 1));
  bench.accessor('VEC3', new Float32Array(9), { sparse: new Map([[1, [1, 2, 3]]]) });
  Object.assign(bench.json, {
    scenes: [{ nodes: [0] }],
    nodes: [{ mesh: 0, children: [1] }, { skin: 0, mesh: 0 }, { camera: 0 }],
    meshes: [
      {
        primitives: [{ attributes: { POSITION: positions }, indices, material: 0, targets: [{ POSITION: positions }] }],
      },
    ],
    materials: [{ pbrMetallicRoughness: { baseColorTexture: { index: 0 } } }],
    textures: [{ source: bench.image(new Uint8Array(8), 'image/png'), sampler: 0 }],
    samplers: [{}],
    cameras: [{ type: 'perspective' }],
    skins: [{ joints: [1], inverseBindMatrices: bench.accessor('MAT4', new Float32Array(16)) }],
    animations: [
      {
        samplers: [{ input: times, output: moves }],
        channels: [{ sampler: 0, target: { node: 0, path: 'translation' } }],
      },
    ],
  });
  return bench.source();
}

/** Sets a value deep in the JSON by its pointer. */
function set(json: Gltf, at: string, value: unknown): void {
  const keys = at.split('/').slice(1);
  const last = keys.pop() ?? '';
  let owner: unknown = json;
  for (const key of keys) owner = (owner as Record<string, unknown>)[key];
  (owner as Record<string, unknown>)[last] = value;
}

const changed = (at: string, value: unknown) => conform(withJson(sound(), (json) => set(json, at, value)));

describe('conform', () => {
  it('finds nothing in a sound file', () => expect(messagesOf(conform(sound()))).toBe(''));

  it.each([
    ['/scene'],
    ['/scenes/0/nodes/0'],
    ['/nodes/0/mesh'],
    ['/nodes/0/children/0'],
    ['/nodes/1/skin'],
    ['/nodes/2/camera'],
    ['/meshes/0/primitives/0/attributes/POSITION'],
    ['/meshes/0/primitives/0/indices'],
    ['/meshes/0/primitives/0/material'],
    ['/meshes/0/primitives/0/targets/0/POSITION'],
    ['/materials/0/pbrMetallicRoughness/baseColorTexture/index'],
    ['/textures/0/source'],
    ['/textures/0/sampler'],
    ['/images/0/bufferView'],
    ['/skins/0/joints/0'],
    ['/skins/0/inverseBindMatrices'],
    ['/animations/0/samplers/0/input'],
    ['/animations/0/samplers/0/output'],
    ['/animations/0/channels/0/sampler'],
    ['/animations/0/channels/0/target/node'],
    ['/accessors/0/bufferView'],
    ['/accessors/4/sparse/indices/bufferView'],
    ['/accessors/4/sparse/values/bufferView'],
    ['/bufferViews/0/buffer'],
  ])('refuses an index at %s that points to nothing', (at) => {
    const [first] = changed(at, 99);
    expect(first).toMatchObject({ code: 'GLTF_INDEX', severity: 'error' });
    expect(at.startsWith(first?.pointer ?? '-')).toBe(true);
  });

  it.each([
    ['a negative index', '/nodes/0/mesh', -1],
    ['an index with a fraction', '/nodes/0/mesh', 0.5],
    ['a text for a list', '/nodes', 'none'],
    ['a list for an object', '/nodes/0', []],
    ['a missing asset', '/asset', undefined],
    ['a version that is a number', '/asset/version', 2],
    ['a mode of 7', '/meshes/0/primitives/0/mode', 7],
    ['a component type of doubles', '/accessors/0/componentType', 5130],
    ['an accessor type of its own', '/accessors/0/type', 'VEC5'],
    ['an accessor of no elements', '/accessors/0/count', 0],
    ['a matrix of 15 numbers', '/nodes/0/matrix', new Array(15).fill(0)],
    ['extensions as a list', '/nodes/0/extensions', ['x']],
    ['a null in a list', '/meshes/0', null],
  ])('refuses %s by its type', (_sentence, at, value) => {
    expect(changed(at, value)[0]).toMatchObject({ code: 'GLTF_TYPE' });
  });

  it.each([
    ['a view beyond its buffer', '/bufferViews/0/byteLength', 9999],
    ['a view that starts beyond its buffer', '/bufferViews/0/byteOffset', 9999],
    ['an accessor of too many elements', '/accessors/0/count', 4],
    ['an accessor that starts late', '/accessors/0/byteOffset', 4],
    ['a stride that leads outside', '/bufferViews/0/byteStride', 24],
    ['a wider component type', '/accessors/1/componentType', 5125],
    ['more sparse values than elements', '/accessors/4/sparse/count', 4],
    ['sparse indices beyond their view', '/accessors/4/sparse/indices/byteOffset', 400],
    ['sparse values beyond their view', '/accessors/4/sparse/values/byteOffset', 4],
    ['a buffer larger than the BIN chunk', '/buffers/0/byteLength', 4096],
  ])('refuses %s', (_sentence, at, value) => {
    expect(changed(at, value)[0]).toMatchObject({ code: 'GLTF_RANGE' });
  });

  it('refuses more memory than the limit, however small the file', () => {
    const bomb: GLTF.IAccessor = { componentType: 5126, type: 'MAT4', count: 2 ** 30 };
    expect(changed('/accessors/0', bomb)[0]).toMatchObject({ code: 'LIMIT_ACCESSOR' });
  });

  it.each([
    ['a node in a ring of two', [{ children: [1] }, { children: [0] }], 'GLTF_NODE_CYCLE'],
    ['its own child', [{ children: [0] }], 'GLTF_NODE_CYCLE'],
    ['a child of two parents', [{ children: [2] }, { children: [2] }, {}], 'GLTF_NODE_CYCLE'],
    ['the same child twice', [{ children: [1, 1] }, {}], 'GLTF_NODE_CYCLE'],
    [
      'a chain of 600 nodes',
      Array.from({ length: 600 }, (_, n) => (n < 599 ? { children: [n + 1] } : {})),
      'LIMIT_DEPTH',
    ],
  ])('refuses %s', (_sentence, nodes, code) => {
    const bench = startGlb({ nodes });
    expect(conform(bench.source())[0]).toMatchObject({ code });
  });

  it('lets a wide tree and a chain of 500 pass', () => {
    const chain = Array.from({ length: 500 }, (_, n) => (n < 499 ? { children: [n + 1] } : {}));
    expect(messagesOf(conform(startGlb({ nodes: chain }).source()))).toBe('');
  });

  it.each([
    '../../../../../../../../'.repeat(20).concat('etc/passwd'),
    '/etc/passwd',
    'C:\\secrets.png',
    'file:///etc/passwd',
    'https://example.com/a.png',
    '//example.com/a.png',
    'a%00.png',
    '..%5C..%5Ca.png',
    'a.png?x=1',
    '%zz',
    '',
    'data:text/html,<script>',
    'javascript:alert(1)',
  ])('refuses the image uri %j', (uri) => {
    expect(changed('/images', [{ uri }])[0]).toMatchObject({ code: 'URI_REFUSED', pointer: '/images/0/uri' });
  });

  it.each(['textures/a.png', './a%20b.png', '../shared/a.png', 'data:image/png;base64,AAAA'])(
    'accepts the image uri %j',
    (uri) => {
      expect(messagesOf(changed('/images', [{ uri }]))).toBe('');
    },
  );

  it('refuses a buffer outside of the BIN chunk, and a second buffer', () => {
    expect(changed('/buffers/0/uri', 'a.bin')[0]).toMatchObject({ code: 'URI_REFUSED' });
    expect(changed('/buffers', [{ byteLength: 4 }, { byteLength: 4 }])[0]).toMatchObject({ code: 'URI_REFUSED' });
  });

  it.each([
    ['/asset/version', '1.0'],
    ['/asset/version', '3.0'],
    ['/asset/version', '2'],
    ['/asset/minVersion', '3.0'],
    ['/asset/minVersion', '2.1'],
  ])('refuses %s %s', (at, value) => {
    expect(changed(at, value)[0]).toMatchObject({ code: 'GLTF_VERSION', pointer: at });
  });

  it('tells of a required extension that it does not know, and goes on', () => {
    expect(changed('/extensionsRequired', ['ACME_x'])).toMatchObject([
      { code: 'EXTENSION_REQUIRED_UNKNOWN', severity: 'information' },
    ]);
  });
});
