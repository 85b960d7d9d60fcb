/** Accessors, views and indices that claim more than there is, and graphs that lead nowhere. */
import type { GLTF } from '@gltf-transform/core';
import { changed, glbOf, type HostileInput, refused, set } from './input.ts';

const empty = (count: number, type: GLTF.AccessorType = 'VEC3'): GLTF.IAccessor => ({
  componentType: 5126,
  type,
  count,
});
const claims = (accessor: GLTF.IAccessor, times = 1) =>
  glbOf({
    accessors: Array.from({ length: times }, () => accessor),
    meshes: [{ primitives: [{ attributes: { POSITION: 0 } }] }],
    nodes: [{ mesh: 0 }],
    scenes: [{ nodes: [0] }],
  });
const RANGE = 'GLTF_RANGE';

/** By class. */
export const ACCESSORS: readonly HostileInput[] = [
  {
    name: '400 million vertices that are not there',
    bytes: () => claims(empty(400_000_000)),
    expected: refused('LIMIT_ACCESSOR', '/accessors'),
    isBomb: true,
  },
  {
    name: '100 million bytes a hundred times',
    bytes: () => claims({ componentType: 5121, type: 'SCALAR', count: 100_000_000 }, 100),
    expected: refused('LIMIT_ACCESSOR', '/accessors'),
    isBomb: true,
  },
  {
    name: 'more elements than whole numbers',
    bytes: () => claims(empty(2 ** 53)),
    expected: refused('GLTF_TYPE', '/accessors/0/count'),
    isBomb: true,
  },
  {
    name: 'the largest number of matrices',
    bytes: () => claims(empty(2 ** 53 - 1, 'MAT4')),
    expected: refused('LIMIT_ACCESSOR', '/accessors'),
    isBomb: true,
  },
  { name: 'a negative count', bytes: () => claims(empty(-1)), expected: refused('GLTF_TYPE', '/accessors/0/count') },
  { name: 'half an element', bytes: () => claims(empty(1.5)), expected: refused('GLTF_TYPE', '/accessors/0/count') },
  { name: 'no element', bytes: () => claims(empty(0)), expected: refused('GLTF_TYPE', '/accessors/0/count') },
  {
    name: 'a count in words',
    bytes: () => set('/accessors/0/count', '3'),
    expected: refused('GLTF_TYPE', '/accessors/0/count'),
  },
  {
    name: 'doubles',
    bytes: () => set('/accessors/0/componentType', 5130),
    expected: refused('GLTF_TYPE', '/accessors/0/componentType'),
  },
  {
    name: 'vectors of five',
    bytes: () => set('/accessors/0/type', 'VEC5'),
    expected: refused('GLTF_TYPE', '/accessors/0/type'),
  },
  {
    name: 'a type that every object has',
    bytes: () => set('/accessors/0/type', 'constructor'),
    expected: refused('GLTF_TYPE', '/accessors/0/type'),
  },
  {
    name: 'a view beyond the buffer',
    bytes: () => set('/bufferViews/0/byteLength', 1e9),
    expected: refused(RANGE, '/bufferViews/0'),
  },
  {
    name: 'a view far beyond',
    bytes: () => set('/bufferViews/0/byteOffset', 2 ** 52),
    expected: refused(RANGE, '/bufferViews/0'),
  },
  {
    name: 'an accessor beyond its view',
    bytes: () => set('/accessors/0/count', 4),
    expected: refused(RANGE, '/accessors/0'),
  },
  {
    name: 'an accessor that starts far beyond',
    bytes: () => set('/accessors/0/byteOffset', 2 ** 52),
    expected: refused(RANGE, '/accessors/0'),
  },
  {
    name: 'a stride that leads outside',
    bytes: () => set('/bufferViews/0/byteStride', 252),
    expected: refused(RANGE, '/accessors/0'),
  },
  {
    name: 'a stride of nothing',
    bytes: () => set('/bufferViews/0/byteStride', 0),
    expected: refused('GLTF_TYPE', '/bufferViews/0/byteStride'),
  },
  {
    name: 'two thousand million sparse values',
    bytes: () => set('/accessors/4/sparse/count', 2_000_000_000),
    expected: refused(RANGE, '/accessors/4'),
    isBomb: true,
  },
  {
    name: 'sparse indices beyond their view',
    bytes: () => set('/accessors/4/sparse/indices/byteOffset', 4096),
    expected: refused(RANGE, '/accessors/4'),
  },
  {
    name: 'sparse values from nowhere',
    bytes: () => set('/accessors/4/sparse/values/bufferView', 99),
    expected: refused('GLTF_INDEX', '/accessors/4'),
  },
  {
    name: 'a sparse index beyond the elements',
    bytes: () =>
      changed((json, bench) => {
        const at = bench.accessor('VEC3', new Float32Array(9), { sparse: new Map([[65_000, [1, 2, 3]]]) });
        for (const { primitives } of json.meshes ?? []) for (const { attributes } of primitives) attributes.NORMAL = at;
      }),
    expected: refused('GLTF_VALUE', '/accessors/5/sparse'),
  },
  {
    name: 'a buffer larger than its chunk',
    bytes: () => set('/buffers/0/byteLength', 4e9),
    expected: refused(RANGE, '/buffers/0'),
  },
  {
    name: 'a buffer of negative length',
    bytes: () => set('/buffers/0/byteLength', -1),
    expected: refused('GLTF_TYPE', '/buffers/0/byteLength'),
  },
  {
    name: 'a second buffer from nowhere',
    bytes: () => changed((json) => json.buffers?.push({ byteLength: 4e9 })),
    expected: refused('URI_REFUSED', '/buffers/1'),
  },
  {
    name: 'an index beyond the vertices',
    bytes: () =>
      changed((json, bench) =>
        Object.assign(json.meshes?.[0]?.primitives[0] ?? {}, {
          indices: bench.accessor('SCALAR', Uint32Array.of(0, 1, 0xfffffffe)),
        }),
      ),
    expected: refused('GLTF_VALUE', '/meshes/0/primitives/0/indices'),
  },
  {
    name: 'indices that are fractions',
    bytes: () =>
      changed((json, bench) =>
        Object.assign(json.meshes?.[0]?.primitives[0] ?? {}, {
          indices: bench.accessor('SCALAR', Float32Array.of(0, 1, 2)),
        }),
      ),
    expected: refused('GLTF_TYPE', '/meshes/0/primitives/0/indices'),
  },
  {
    name: 'positions that are no numbers',
    bytes: () =>
      changed((json, bench) =>
        Object.assign(json.meshes?.[0]?.primitives[0]?.attributes ?? {}, {
          POSITION: bench.accessor('VEC3', new Float32Array(9).fill(Number.NaN), { vertex: true }),
        }),
      ),
    expected: 'handled',
  },
  {
    name: 'one accessor used a hundred thousand times',
    bytes: () =>
      changed((json, bench) => {
        const POSITION = bench.accessor('VEC3', new Float32Array(60_000), { vertex: true, bounds: false });
        json.meshes = [{ primitives: Array.from({ length: 100_000 }, () => ({ attributes: { POSITION } })) }];
      }),
    expected: refused('LIMIT_ACCESSOR', '/meshes'),
    isBomb: true,
  },
];

const nodes = (count: number, node: (index: number) => GLTF.INode) =>
  glbOf({ nodes: Array.from({ length: count }, (_, i) => node(i)), scenes: [{ nodes: [0] }] });
const chain = (count: number) => nodes(count, (i) => (i + 1 < count ? { children: [i + 1] } : {}));

/** By class. */
export const GRAPHS: readonly HostileInput[] = [
  {
    name: 'a node that is its own child',
    bytes: () => nodes(1, () => ({ children: [0] })),
    expected: refused('GLTF_NODE_CYCLE', '/nodes'),
  },
  {
    name: 'two nodes that bear each other',
    bytes: () => nodes(2, (i) => ({ children: [1 - i] })),
    expected: refused('GLTF_NODE_CYCLE', '/nodes'),
  },
  {
    name: 'a circle of fifty thousand',
    bytes: () => nodes(50_000, (i) => ({ children: [(i + 1) % 50_000] })),
    expected: refused('GLTF_NODE_CYCLE', '/nodes'),
    isBomb: true,
  },
  {
    name: 'a chain of fifty thousand',
    bytes: () => chain(50_000),
    expected: refused('LIMIT_DEPTH', '/nodes'),
    isBomb: true,
  },
  { name: 'a chain of one too many', bytes: () => chain(513), expected: refused('LIMIT_DEPTH', '/nodes') },
  { name: 'the longest chain', bytes: () => chain(512), expected: 'handled' },
  {
    name: 'a child with two parents',
    bytes: () => nodes(3, (i) => (i < 2 ? { children: [2] } : {})),
    expected: refused('GLTF_NODE_CYCLE', '/nodes'),
  },
  {
    name: 'the same child twice',
    bytes: () => nodes(2, (i) => (i === 0 ? { children: [1, 1] } : {})),
    expected: refused('GLTF_NODE_CYCLE', '/nodes'),
  },
  {
    name: 'a child that is not there',
    bytes: () => set('/nodes/0/children/0', 99),
    expected: refused('GLTF_INDEX', '/nodes'),
  },
  {
    name: 'a root that is not there',
    bytes: () => set('/scenes/0/nodes/0', 99),
    expected: refused('GLTF_INDEX', '/scenes'),
  },
  { name: 'a scene that is not there', bytes: () => set('/scene', 2 ** 31), expected: refused('GLTF_INDEX', '/scene') },
  {
    name: 'a mesh that is not there',
    bytes: () => set('/nodes/0/mesh', 4_294_967_295),
    expected: refused('GLTF_INDEX', '/nodes/0/mesh'),
  },
  {
    name: 'a joint that is not there',
    bytes: () => changed((json) => Object.assign(json, { skins: [{ joints: [7] }] })),
    expected: refused('GLTF_INDEX', '/skins/0/joints'),
  },
  {
    name: 'seventy thousand joints',
    bytes: () => changed((json) => Object.assign(json, { skins: [{ joints: new Array(70_000).fill(1) }] })),
    expected: refused('LIMIT_COUNT', '/skins/0/joints'),
  },
  {
    name: 'a matrix of fifteen numbers',
    bytes: () => set('/nodes/0/matrix', new Array(15).fill(1)),
    expected: refused('GLTF_TYPE', '/nodes/0/matrix'),
  },
  {
    name: 'a clip that moves nobody',
    bytes: () => set('/animations/0/channels/0/target/node', 99),
    expected: refused('GLTF_INDEX', '/animations/0'),
  },
  {
    name: 'key times that are positions',
    bytes: () => set('/animations/0/samplers/0/input', 0),
    expected: refused('GLTF_TYPE', '/animations/0/samplers/0/input'),
  },
  {
    name: 'a channel without its sampler',
    bytes: () => set('/animations/0/channels/0/sampler', 99),
    expected: refused('GLTF_INDEX', '/animations/0'),
  },
  {
    name: 'a million nodes',
    bytes: () => nodes(1_000_000, () => ({})),
    expected: refused('LIMIT_COUNT', '/nodes'),
    isBomb: true,
  },
  {
    name: 'a thousand nodes that draw a thousand primitives',
    bytes: () =>
      changed((json) => {
        const primitive = json.meshes?.[0]?.primitives[0];
        if (primitive === undefined) throw new Error('no primitive');
        json.meshes = [{ primitives: Array.from({ length: 1000 }, () => primitive) }];
        json.nodes = Array.from({ length: 1000 }, () => ({ mesh: 0 }));
        json.animations = [];
      }),
    expected: refused('LIMIT_COUNT', '/nodes'),
    isBomb: true,
  },
  {
    name: 'two thousand morph targets',
    bytes: () =>
      changed((json) =>
        Object.assign(json.meshes?.[0]?.primitives[0] ?? {}, {
          targets: Array.from({ length: 2000 }, () => ({ POSITION: 0 })),
        }),
      ),
    expected: refused('LIMIT_COUNT', '/meshes/0/primitives/0/targets'),
  },
  { name: 'an empty scene', bytes: () => glbOf({ scenes: [{ nodes: [] }], scene: 0 }), expected: 'handled' },
  { name: 'nothing at all', bytes: () => glbOf({}), expected: 'handled' },
  { name: 'a scale of infinity', bytes: () => set('/nodes/0/scale', [1e308, 1e308, 1e308]), expected: 'handled' },
];
