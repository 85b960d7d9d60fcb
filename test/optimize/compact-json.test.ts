import { beforeAll, describe, expect, it } from 'vitest';
import { accessorsReady } from '../../src/asset/accessors.ts';
import type { Gltf } from '../../src/asset/glb.ts';
import { compactJson, dropDefaults } from '../../src/optimize/compact-json.ts';
import { packReady } from '../../src/optimize/pack.ts';
import { startGlb } from '../make-glb.ts';
import { tryStep } from './bench.ts';

beforeAll(() => Promise.all([accessorsReady, packReady]));

describe('dropDefaults', () => {
  it.each<[string, Partial<Gltf>, Partial<Gltf>]>([
    [
      'transforms at rest',
      { nodes: [{ name: 'a', translation: [0, 0, 0], rotation: [0, 0, 0, 1], scale: [1, 1, 1], children: [] }] },
      { nodes: [{ name: 'a' }] },
    ],
    ['an identity matrix', { nodes: [{ matrix: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1] }] }, { nodes: [{}] }],
    [
      'material factors',
      {
        materials: [
          {
            alphaMode: 'OPAQUE',
            doubleSided: false,
            alphaCutoff: 0.5,
            emissiveFactor: [0, 0, 0],
            pbrMetallicRoughness: { metallicFactor: 1, baseColorFactor: [1, 1, 1, 1] },
          },
        ],
      },
      { materials: [{ pbrMetallicRoughness: {} }] },
    ],
    [
      'texture coordinates of set 0',
      {
        materials: [
          { normalTexture: { index: 0, texCoord: 0, scale: 1 }, occlusionTexture: { index: 1, strength: 1 } },
        ],
      },
      { materials: [{ normalTexture: { index: 0 }, occlusionTexture: { index: 1 } }] },
    ],
    [
      'samplers that repeat',
      { samplers: [{ wrapS: 10497, wrapT: 10497, magFilter: 9729 }] },
      { samplers: [{ magFilter: 9729 }] },
    ],
    [
      'the triangle mode',
      { meshes: [{ primitives: [{ attributes: {}, mode: 4 }] }] },
      { meshes: [{ primitives: [{ attributes: {} }] }] },
    ],
  ])('drops %s', (_what, before, after) => {
    const json = { asset: { version: '2.0' }, ...before };
    dropDefaults(json);
    expect(json).toEqual({ asset: { version: '2.0' }, ...after });
  });

  it.each<[string, Partial<Gltf>]>([
    ['a moved node', { nodes: [{ translation: [0, 0, 1] }] }],
    ['a metallic factor of zero', { materials: [{ pbrMetallicRoughness: { metallicFactor: 0, roughnessFactor: 0 } }] }],
    [
      'points, lines and clamping',
      { meshes: [{ primitives: [{ attributes: {}, mode: 0 }] }], samplers: [{ wrapS: 33071 }] },
    ],
    [
      'defaults inside of extras and extensions',
      { nodes: [{ extras: { scale: [1, 1, 1] }, extensions: { X: { rotation: [0, 0, 0, 1] } } }] },
    ],
    ['the filters of a sampler, which have no default', { samplers: [{ minFilter: 9987 }] }],
    ['texture coordinates of set 1', { materials: [{ normalTexture: { index: 0, texCoord: 1 } }] }],
  ])('keeps %s', (_what, before) => {
    const json = { asset: { version: '2.0' }, ...structuredClone(before) };
    dropDefaults(json);
    expect(json).toEqual({ asset: { version: '2.0' }, ...before });
  });
});

describe('compactJson', () => {
  it('shortens transforms, drops storage names and lets equal samplers be one', async () => {
    const bench = startGlb();
    const input = bench.accessor('SCALAR', Float32Array.of(0, 1), { bounds: true, name: 'times' });
    const output = bench.accessor('VEC3', Float32Array.of(0, 0, 0, 1, 1, 1));
    bench.json.nodes = [{ translation: [0.30000001192092896, 0, 2] }, {}];
    bench.json.animations = [
      {
        samplers: [
          { input, output },
          { input, output, interpolation: 'LINEAR' },
        ],
        channels: [0, 1].map((node) => ({ sampler: node, target: { node, path: 'scale' } })),
      },
    ];
    const { glb } = await tryStep(bench.source(), [compactJson()]);
    expect(glb.json.nodes).toEqual([{ translation: [0.3, 0, 2] }, {}]);
    expect(glb.json.accessors?.[0]?.name).toBeUndefined();
    expect(glb.json.animations?.[0]?.samplers).toEqual([{ input, output }]);
    expect(glb.json.animations?.[0]?.channels.map(({ sampler }) => sampler)).toEqual([0, 0]);
  });
});
