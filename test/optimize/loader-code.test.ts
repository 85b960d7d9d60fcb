import { describe, expect, it } from 'vitest';
import { decodersIn, knowsNewMeshopt, LOADER_WORDS } from '../../src/optimize/loader-code.ts';
import { allowedBy } from '../../src/optimize/target.ts';

describe('decodersIn', () => {
  it.each<[string, string, readonly string[]]>([
    ['a three.js loader', 'loader.setMeshoptDecoder(MeshoptDecoder)', ['meshopt']],
    ['spaces', 'loader . setDRACOLoader( new DRACOLoader() )'.replace(' . ', '.'), ['draco']],
    ['a chain', 'new GLTFLoader().setDRACOLoader(draco).setKTX2Loader(ktx2)', ['draco', 'ktx2']],
    ['model-viewer', "ModelViewerElement.meshoptDecoderLocation = '/m.js'", ['meshopt']],
    ['PlayCanvas', 'pc.dracoInitialize({ jsUrl })\npc.basisInitialize({ jsUrl })', ['draco', 'ktx2']],
    ['a comment', '  // loader.setDRACOLoader(draco)\n * loader.setKTX2Loader(k)', []],
    ['taking it back', 'loader.setDRACOLoader(null)', []],
    ['the loader itself', 'setMeshoptDecoder( meshoptDecoder ) {', []],
  ])('reads %s', (_what, text, expected) => {
    expect(decodersIn([{ path: 'src/loader.ts', text }])).toEqual(expected);
    // A source of code only brings lines with one of these words.
    if (expected.length > 0) expect(LOADER_WORDS.some((word) => text.includes(word))).toBe(true);
  });

  it('reads no decoders out of manifests and prose', () => {
    const text = 'loader.setDRACOLoader(draco)';
    expect(
      decodersIn([
        { path: 'package.json', text },
        { path: 'README.md', text },
      ]),
    ).toEqual([]);
  });
});

describe('knowsNewMeshopt', () => {
  const three = (range: string) => ({ path: 'web/package.json', text: `{"dependencies":{"three":"${range}"}}` });
  it.each<[string, string, boolean]>([
    ['an old release', '^0.160.0', false],
    ['the last one before', '~0.182.1', false],
    ['the first one', '0.183.0', true],
    ['a range from an old one on', '>=0.150', false],
    ['whatever is newest', 'latest', true],
  ])('judges %s', (_what, range, expected) => {
    expect(knowsNewMeshopt('three', [three(range)])).toBe(expected);
  });

  it('takes the nearest manifest that names three.js, and no manifest for the newest release', () => {
    const near = { path: 'app/package.json', text: '{"name":"app"}' };
    expect(knowsNewMeshopt('three', [near, three('0.150.0'), three('0.187.0')])).toBe(false);
    expect(knowsNewMeshopt('three', [near])).toBe(true);
  });

  it('decides the codec', () => {
    expect(allowedBy('three', ['meshopt'], true).extensions).toContain('KHR_meshopt_compression');
    expect(allowedBy('three', ['meshopt'], false).extensions).not.toContain('KHR_meshopt_compression');
    expect(allowedBy('three', [], true).extensions).not.toContain('KHR_meshopt_compression');
    expect(allowedBy('r3f', [], true).extensions).not.toContain('KHR_meshopt_compression');
  });
});
