import { describe, expect, it } from 'vitest';
import {
  allowedBy,
  type KnownTarget,
  listRequirements,
  resolveTarget,
  TARGETS,
  withSource,
} from '../../src/optimize/target.ts';

const ALL = Object.keys(TARGETS) as KnownTarget[];
const EVERY_DECODER = ['meshopt', 'draco', 'ktx2'] as const;

describe('allowedBy', () => {
  it('allows universal nothing beyond core glTF, whatever is registered', () => {
    expect([...allowedBy('universal', EVERY_DECODER).extensions]).toEqual([]);
  });

  it.each<[KnownTarget, readonly ('meshopt' | 'draco')[], boolean, boolean]>([
    ['three', [], false, false],
    ['three', ['meshopt'], true, false],
    ['three', ['meshopt', 'draco'], true, true],
    ['r3f', [], true, true],
    ['godot', ['meshopt', 'draco'], false, false],
    ['blender', [], false, true],
  ])('%s with %o reads meshopt: %s, Draco: %s', (target, decoders, meshopt, draco) => {
    const { extensions } = allowedBy(target, decoders);
    expect([extensions.has('EXT_meshopt_compression'), extensions.has('KHR_draco_mesh_compression')]).toEqual([
      meshopt,
      draco,
    ]);
  });

  it('goes on using what the source required', () => {
    expect([...withSource(allowedBy('universal', []), ['KHR_mesh_quantization']).extensions]).toEqual([
      'KHR_mesh_quantization',
    ]);
  });

  it.each(ALL)('%s names where its row comes from', (target) => expect(TARGETS[target].source).not.toBe(''));
});

describe('listRequirements', () => {
  it('gives the loader line for what is new, and for nothing else', () => {
    const after = ['EXT_meshopt_compression', 'KHR_texture_basisu'];
    expect(listRequirements('three', ['KHR_texture_basisu'], after)).toMatchObject([
      { extension: 'EXT_meshopt_compression', hint: expect.stringContaining('setMeshoptDecoder') },
    ]);
    expect(listRequirements('babylon', [], after)).toEqual([]);
  });
});

describe('resolveTarget', () => {
  const npm = (...names: string[]) => ({
    path: 'web/package.json',
    text: JSON.stringify({ dependencies: Object.fromEntries(names.map((name) => [name, '1'])) }),
  });
  it.each([
    ['drei before three', [npm('three', '@react-three/drei', '@react-three/fiber')], 'r3f'],
    ['fiber without drei', [npm('three', '@react-three/fiber')], 'three'],
    ['Babylon', [npm('@babylonjs/core')], 'babylon'],
    ['model-viewer', [npm('@google/model-viewer', 'three')], 'model-viewer'],
    ['the nearest manifest that names an engine', [npm('react'), npm('playcanvas'), npm('three')], 'playcanvas'],
    ['a Godot project', [{ path: 'game/project.godot', text: '' }], 'godot'],
    ['a Unity project', [{ path: 'ProjectSettings/ProjectVersion.txt', text: '' }], 'unity'],
    ['Bevy', [{ path: 'Cargo.toml', text: '[dependencies]\nbevy = "0.19"\n' }], 'bevy'],
    ['a crate without Bevy', [{ path: 'Cargo.toml', text: '[dependencies]\nserde = "1"\n' }], 'three'],
    ['nothing', [], 'three'],
  ])('takes %s for %s', (_what, manifests, expected) => {
    expect(resolveTarget('auto', manifests)).toMatchObject({ target: expected });
  });

  it('does what the policy says, whatever the manifests name', () => {
    expect(resolveTarget('universal', [npm('three')])).toEqual({ target: 'universal', why: 'the policy says so' });
  });
});
