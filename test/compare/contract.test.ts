import { beforeAll, describe, expect, it } from 'vitest';
import { accessorsReady } from '../../src/asset/accessors.ts';
import { openDraco } from '../../src/asset/draco.ts';
import type { Gltf, SourceGlb } from '../../src/asset/glb.ts';
import { checkContract } from '../../src/compare/contract.ts';
import { packReady } from '../../src/optimize/pack.ts';
import { stepsOf } from '../../src/optimize/recipe.ts';
import { runRecipe } from '../../src/optimize/run-recipe.ts';
import { startOf } from '../../src/optimize/settings.ts';
import { allowedBy } from '../../src/optimize/target.ts';
import { houseScene, pinnedScene } from '../house-scene.ts';
import { messagesOf, withJson } from '../make-glb.ts';

let scene: SourceGlb;
let pinned: SourceGlb;

beforeAll(async () => {
  await Promise.all([accessorsReady, packReady, openDraco()]);
  scene = (await houseScene()).source();
  pinned = (await pinnedScene()).bench.source();
});

/** The one item of a list that a damage is done to. */
function at<T>(list: readonly T[] | undefined, index: number): T {
  const item = list?.[index];
  if (item === undefined) throw new Error(`there is no item ${index}`);
  return item;
}
const primitive = (json: Gltf) => at(at(json.meshes, 0).primitives, 0);
const clip = (json: Gltf) => at(json.animations, 0);

const LOSSES: readonly (readonly [loss: string, pointer: string, damage: (json: Gltf) => void])[] = [
  ['a node renamed', '/nodes/5/name', (json) => Object.assign(at(json.nodes, 5), { name: 'button' })],
  ['a node without its name', '/nodes/5/name', (json) => delete at(json.nodes, 5).name],
  ['the last node gone', '/nodes/5', (json) => json.nodes?.pop()],
  [
    'a node moved',
    '/nodes/0/translation/1',
    (json) => Object.assign(at(json.nodes, 0), { translation: [0.1, 0.25, 0.3] }),
  ],
  ['a node turned', '/nodes/2/rotation', (json) => Object.assign(at(json.nodes, 2), { rotation: [0, 1, 0, 0] })],
  [
    'a child of another parent',
    '/nodes/0/children/1',
    (json) => {
      at(json.nodes, 0).children = [1];
      at(json.nodes, 1).children = [2];
    },
  ],
  ['a mesh taken off its node', '/nodes/1/mesh', (json) => delete at(json.nodes, 1).mesh],
  [
    'morph weights at rest changed',
    '/nodes/1/weights/0',
    (json) => Object.assign(at(json.nodes, 1), { weights: [0.25] }),
  ],
  ['a light taken off its node', '/nodes/4/extensions', (json) => delete at(json.nodes, 4).extensions],
  ['a scene dropped', '/scenes/1', (json) => json.scenes?.pop()],
  ['a root dropped from its scene', '/scenes/0/nodes/1', (json) => at(json.scenes, 0).nodes?.pop()],
  ['another default scene', '/scene', (json) => Object.assign(json, { scene: 1 })],
  ['a mesh renamed', '/meshes/0/name', (json) => Object.assign(at(json.meshes, 0), { name: 'rag' })],
  ['morph target names dropped', '/meshes/0/extras', (json) => delete at(json.meshes, 0).extras],
  [
    'another material on a primitive',
    '/meshes/0/primitives/0/material',
    (json) => Object.assign(primitive(json), { material: 1 }),
  ],
  ['a variant mapping dropped', '/meshes/0/primitives/0/extensions', (json) => delete primitive(json).extensions],
  [
    'an attribute dropped',
    '/meshes/0/primitives/0/attributes/NORMAL',
    (json) => delete primitive(json).attributes.NORMAL,
  ],
  [
    'an attribute renamed',
    '/meshes/0/primitives/0/attributes/TEXCOORD_0',
    (json) => {
      const { TEXCOORD_0, ...rest } = primitive(json).attributes;
      primitive(json).attributes = { ...rest, TEXCOORD_1: TEXCOORD_0 ?? 0 };
    },
  ],
  ['a morph target dropped', '/meshes/0/primitives/0/targets', (json) => delete primitive(json).targets],
  [
    'a triangle lost',
    '/meshes/0/primitives/0/cornerCount',
    (json) => {
      for (const index of [
        ...Object.values(primitive(json).attributes),
        ...Object.values(at(primitive(json).targets, 0)),
      ])
        at(json.accessors, index).count -= 3;
    },
  ],
  [
    'triangles turned into points',
    '/meshes/0/primitives/0/mode',
    (json) => Object.assign(primitive(json), { mode: 0 }),
  ],
  ['a material renamed', '/materials/0/name', (json) => Object.assign(at(json.materials, 0), { name: 'rot' })],
  [
    'a material factor changed',
    '/materials/0/pbrMetallicRoughness/roughnessFactor',
    (json) => Object.assign(at(json.materials, 0).pbrMetallicRoughness ?? {}, { roughnessFactor: 0.71 }),
  ],
  [
    'a material turned to blend',
    '/materials/1/alphaMode',
    (json) => Object.assign(at(json.materials, 1), { alphaMode: 'BLEND' }),
  ],
  [
    'a texture taken off',
    '/materials/0/pbrMetallicRoughness/baseColorTexture',
    (json) => delete at(json.materials, 0).pbrMetallicRoughness?.baseColorTexture,
  ],
  [
    'a sampler that repeats instead of clamping',
    '/samplers/0/wrapS',
    (json) => Object.assign(at(json.samplers, 0), { wrapS: 10497 }),
  ],
  ['a texture without its sampler', '/textures/0/sampler', (json) => delete at(json.textures, 0).sampler],
  ['an image renamed', '/textures/0/image/name', (json) => Object.assign(at(json.images, 0), { name: 'fog' })],
  ['an animation renamed', '/animations/0/name', (json) => Object.assign(clip(json), { name: 'bow' })],
  ['an animation dropped', '/animations', (json) => delete json.animations],
  ['a channel dropped', '/animations/0/channels/2', (json) => clip(json).channels.pop()],
  [
    'a channel on another node',
    '/animations/0/channels/0',
    (json) => Object.assign(at(clip(json).channels, 0).target, { node: 2 }),
  ],
  ['another interpolation', '/animations/0/channels/2', (json) => delete at(clip(json).samplers, 2).interpolation],
  [
    'a shorter clip',
    '/animations/0/end',
    (json) => {
      for (const { input, output } of clip(json).samplers)
        for (const index of [input, output]) at(json.accessors, index).count = 3;
    },
  ],
  ['a joint fewer', '/skins/0/joints/1', (json) => at(json.skins, 0).joints.pop()],
  ['another skeleton root', '/skins/0/skeleton', (json) => delete at(json.skins, 0).skeleton],
  ['no inverse bind matrices', '/skins/0/inverseBindMatrices', (json) => delete at(json.skins, 0).inverseBindMatrices],
  [
    'another lens',
    '/cameras/0/perspective/yfov',
    (json) => Object.assign(at(json.cameras, 0).perspective ?? {}, { yfov: 0.9 }),
  ],
  [
    'a light dimmed',
    '/extensions/KHR_lights_punctual/lights/0/intensity',
    (json) =>
      Object.assign(json.extensions ?? {}, {
        KHR_lights_punctual: { lights: [{ type: 'point', name: 'lamp', intensity: 3 }] },
      }),
  ],
  [
    'a variant renamed',
    '/extensions/KHR_materials_variants/variants/1/name',
    (json) =>
      Object.assign(json.extensions ?? {}, {
        KHR_materials_variants: { variants: [{ name: 'day' }, { name: 'dusk' }] },
      }),
  ],
  ['the copyright dropped', '/asset/copyright', (json) => delete json.asset.copyright],
  ['the generator replaced', '/asset/generator', (json) => Object.assign(json.asset, { generator: 'us' })],
  ["the asset's extras dropped", '/asset/extras', (json) => delete json.asset.extras],
  ['extras dropped', '/extras', (json) => delete json.extras],
  [
    'extras changed deep inside',
    '/extras/project/tags/1',
    (json) => Object.assign(json.extras ?? {}, { project: { id: 7, tags: ['a', 'c'] } }),
  ],
  [
    'extras that became a text',
    '/nodes/0/extras/tag',
    (json) => Object.assign(at(json.nodes, 0).extras ?? {}, { tag: 7 }),
  ],
  ['extras of an accessor dropped', '/storageExtras/0', (json) => delete at(json.accessors, 1).extras],
  ['an extension off the list', '/extensionsUsed/0', (json) => json.extensionsUsed?.shift()],
];

describe('checkContract', () => {
  it('passes a file against itself', async () => expect(messagesOf(await checkContract(scene, scene))).toBe(''));

  it.each(LOSSES)('sees %s', async (_loss, pointer, damage) => {
    const findings = await checkContract(scene, withJson(scene, damage));
    // At the place itself or, for channels, at the one that holds it.
    expect(findings.map((one) => one.pointer)).toContainEqual(expect.stringMatching(new RegExp(`^${pointer}(/|$)`)));
    expect(findings.every(({ code, severity }) => code === 'CONTRACT_BROKEN' && severity === 'error')).toBe(true);
  });

  it.each([
    ['a whole number beyond 24 bits', 16_777_217, 16_777_216],
    ['the ninth digit of a fraction', 0.123456789, 0.12345679],
  ])('sees extras that lost %s', async (_loss, was, is) => {
    const before = withJson(scene, (json) => Object.assign(json, { extras: { id: was } }));
    const after = withJson(scene, (json) => Object.assign(json, { extras: { id: is } }));
    expect(await checkContract(before, after)).toMatchObject([{ pointer: '/extras/id' }]);
  });

  it('sees a second image of a texture that lost its name, and an image that no texture names', async () => {
    const two = withJson(scene, (json) => {
      json.images?.push({ uri: 'b.png', name: 'b' }, { uri: 'c.png', name: 'c', extras: { c: 1 } });
      at(json.textures, 0).extensions = { EXT_texture_webp: { source: 1 } };
    });
    const renamed = withJson(two, (json) => Object.assign(at(json.images, 1), { name: 'x' }));
    expect((await checkContract(two, renamed)).map((one) => one.pointer)).toContain(
      '/textures/0/images/EXT_texture_webp/name',
    );
    const stripped = withJson(two, (json) => delete at(json.images, 2).extras);
    expect(await checkContract(two, stripped)).not.toEqual([]);
    expect(messagesOf(await checkContract(two, two))).toBe('');
  });

  it('takes the length of a clip from its channels', async () => {
    const shorter = withJson(scene, (json) => {
      const { samplers, channels } = clip(json);
      const [first] = samplers;
      samplers.push({ ...at(samplers, 0) });
      for (const sampler of samplers.slice(0, -1)) sampler.input = json.accessors?.length ?? 0;
      const input = at(json.accessors, first?.input === undefined ? 0 : at(samplers, samplers.length - 1).input);
      json.accessors?.push({ ...input, count: 3 });
      expect(channels.length).toBeGreaterThan(0);
    });
    expect((await checkContract(scene, shorter)).map((one) => one.pointer)).toContain('/animations/0/end');
  });

  it('sees an unknown extension dropped or changed', async () => {
    const dropped = withJson(pinned, (json) => delete json.extensions?.ACME_secret);
    expect(await checkContract(pinned, dropped)).not.toEqual([]);
    const changed = withJson(pinned, (json) => Object.assign(json.extensions ?? {}, { ACME_secret: { blob: 1 } }));
    expect((await checkContract(pinned, changed))[0]).toMatchObject({ code: 'CONTRACT_BROKEN' });
  });

  it.each([
    [
      'defaults written out',
      (json: Gltf) => Object.assign(at(json.nodes, 2), { scale: [1, 1, 1], rotation: [0, 0, 0, 1] }),
    ],
    [
      'transforms with fewer digits of the same float',
      (json: Gltf) => Object.assign(at(json.nodes, 0), { translation: [Math.fround(0.1), 0.2, 0.3] }),
    ],
    ['accessors by other names', (json: Gltf) => delete at(json.accessors, 0).name],
    [
      'our own mark',
      (json: Gltf) => Object.assign(json.asset.extras ?? {}, { 'glb-optimizer': { recipe: 'x', content: 'y' } }),
    ],
  ])('does not mind %s', async (_sentence, change) => {
    expect(messagesOf(await checkContract(scene, withJson(scene, change)))).toBe('');
  });

  it.each([
    { compression: 'EXT_meshopt_compression', draco: false },
    { compression: 'KHR_meshopt_compression', draco: false },
    { compression: 'EXT_meshopt_compression', draco: true },
    { compression: 'none', draco: false },
  ] as const)('passes a faithful re-pack as %o', async (layout) => {
    const options = {
      rule: { preset: 'balanced', textureMaxSizePx: null } as const,
      allowed: allowedBy('three', ['meshopt']),
      cache: new Map(),
    };
    for (const source of [scene, pinned]) {
      const { glb } = await runRecipe(source, stepsOf(startOf('balanced'), { ...options, layout }), 'cafe0123');
      expect(messagesOf(await checkContract(source, glb))).toBe('');
    }
  });
});
