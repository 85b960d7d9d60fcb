/** Names, extensions and extras that mean to be more than text. */
import { changed, glbOfText, type HostileInput, refused, set } from './input.ts';

/** Each means something to somebody who reads it without care. */
export const EVIL_NAMES: readonly string[] = [
  '::set-output name=token::owned',
  '::add-mask::x\n::error file=a::b',
  '%0A::warning::owned',
  '\u001b]0;owned\u0007\u001b[2J\u001b[31m',
  '</code><script>alert(1)</script><img src=x onerror=alert(1)>',
  '](javascript:alert(1)) @octocat #1 `x` | a | b',
  '<!-- glb-optimizer --> <!--',
  '\u202egpj.evil\u2066',
  '../../../.github/workflows/own.yml',
  'CON',
  '__proto__',
  '\u0024{{ secrets.TOKEN }} $(id) `id`',
  "'; DROP TABLE jobs; --",
  'a\u0000b',
  'x'.repeat(1_000_000),
];

const used = (names: readonly string[]) => changed((json) => Object.assign(json, { extensionsUsed: names }));

/** By class. */
export const NAMES: readonly HostileInput[] = EVIL_NAMES.map((evil, place) => ({
  name: `everything is called ${JSON.stringify(evil.slice(0, 30))} (${place})`,
  bytes: () =>
    changed((json) => {
      for (const list of [json.nodes, json.meshes, json.materials, json.animations, json.scenes])
        for (const item of list ?? []) Object.assign(item, { name: evil, extras: { [evil]: evil } });
      json.asset.generator = evil;
      json.asset.copyright = evil;
    }),
  expected: 'handled',
}));

/** By class. */
export const EXTENSIONS: readonly HostileInput[] = [
  {
    name: 'an unknown extension that is required',
    bytes: () =>
      changed((json) => Object.assign(json, { extensionsUsed: ['VENDOR_x'], extensionsRequired: ['VENDOR_x'] })),
    expected: 'handled',
  },
  {
    name: 'three hundred extensions',
    bytes: () => used(Array.from({ length: 300 }, (_, i) => `EXT_${i}`)),
    expected: refused('LIMIT_COUNT', '/extensionsUsed'),
  },
  {
    name: 'an extension with a name of a megabyte',
    bytes: () => used(['x'.repeat(1_000_000)]),
    expected: refused('GLTF_TYPE', '/extensionsUsed/0'),
  },
  {
    name: 'an extension with a name like a command',
    bytes: () => used(['::error::owned\u001b[31m']),
    expected: 'handled',
  },
  {
    name: 'extensions as a list',
    bytes: () => set('/nodes/0/extensions', ['x']),
    expected: refused('GLTF_TYPE', '/nodes/0/extensions'),
  },
  {
    name: 'a variant of a material that is not there',
    bytes: () =>
      set('/meshes/0/primitives/0/extensions', {
        KHR_materials_variants: { mappings: [{ material: 99, variants: [0] }] },
      }),
    expected: refused('GLTF_INDEX', '/meshes/0/primitives/0'),
  },
  {
    name: 'variants in words',
    bytes: () => set('/meshes/0/primitives/0/extensions', { KHR_materials_variants: { mappings: 'all' } }),
    expected: refused('GLTF_TYPE', '/meshes/0/primitives/0'),
  },
  {
    name: 'a WebP that is not there',
    bytes: () =>
      changed((json) => Object.assign(json, { textures: [{ extensions: { EXT_texture_webp: { source: 9 } } }] })),
    expected: refused('GLTF_INDEX', '/textures/0'),
  },
  {
    name: 'instances from nowhere',
    bytes: () => set('/nodes/0/extensions', { EXT_mesh_gpu_instancing: { attributes: { TRANSLATION: 99 } } }),
    expected: refused('GLTF_INDEX', '/nodes/0'),
  },
  {
    name: 'a light in words',
    bytes: () =>
      changed((json) =>
        Object.assign(json, {
          extensionsUsed: ['KHR_lights_punctual'],
          extensions: { KHR_lights_punctual: { lights: 'all' } },
        }),
      ),
    expected: 'handled',
  },
  {
    name: 'a pointer of an animation that leads to the prototype',
    bytes: () =>
      set('/animations/0/channels/0/target', {
        path: 'pointer',
        extensions: { KHR_animation_pointer: { pointer: '/__proto__/polluted' } },
      }),
    expected: 'handled',
  },
  {
    name: 'metadata from nowhere',
    bytes: () =>
      changed((json) =>
        Object.assign(json, {
          extensionsUsed: ['EXT_structural_metadata'],
          extensions: { EXT_structural_metadata: { propertyTables: [{ properties: { a: { values: 99 } } }] } },
        }),
      ),
    expected: 'handled',
  },
  {
    name: 'an attribute called after the prototype',
    bytes: () =>
      changed((json) =>
        Object.assign(json.meshes?.[0] ?? {}, {
          primitives: [{ attributes: JSON.parse('{"__proto__":0,"POSITION":0}') }],
        }),
      ),
    expected: 'handled',
  },
  {
    name: 'a version in the future',
    bytes: () => set('/asset/minVersion', '3.0'),
    expected: refused('GLTF_VERSION', '/asset/minVersion'),
  },
  { name: 'no asset', bytes: () => glbOfText('{}'), expected: refused('GLTF_TYPE', '/asset') },
];
