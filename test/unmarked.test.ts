/** Small outputs go without our mark where a second run of the same rule leaves them as they are without it, and only there. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { writeGlb } from '../src/asset/glb.ts';
import { MARKER_KEY, readMarker, stripMarks } from '../src/optimize/marker.ts';
import type { RuleFlags } from '../src/policy/policy.ts';
import { selectRule } from '../src/policy/select.ts';
import type { Renderer } from '../src/ports.ts';
import { reviewAsset } from '../src/review.ts';
import { flatColour, scriptedRenderer } from './doubles/memory.ts';
import { gridCorners } from './house-scene.ts';
import { type Bench, clouds, opened, picture, startGlb } from './make-glb.ts';

type Bytes = Uint8Array<ArrayBuffer>;

const read = (name: string): Bytes => Uint8Array.from(readFileSync(new URL(name, import.meta.url)));
const kenney = () => read('assets/kenney-building-external-texture.glb');

/** Whatever a byte less can be saved is taken: no threshold stands in for the proof. */
async function review(bytes: Bytes, flags: RuleFlags, renderer: Renderer = flatColour()) {
  const selection = selectRule(undefined, 'a.glb', { target: 'three', minSavedBytes: 1, minSavedRatio: 0, ...flags });
  if (selection.kind !== 'assigned') throw new Error(selection.why);
  const asset = { path: 'a.glb', change: 'added', blob: '', mode: '100644', byteLength: bytes.byteLength } as const;
  const sibling = read('assets/Textures/colormap.png');
  const { report, file } = await reviewAsset(
    { asset, rule: selection.rule, bytes, manifests: [] },
    { renderer, now: () => 0 },
    {
      readSibling: async () => ({ kind: 'bytes', bytes: sibling }),
      onStage: () => {},
      signal: new AbortController().signal,
    },
  );
  return { verdict: report.verdict, why: report.why, bytes: await file?.content.read() };
}

async function outputOf(bytes: Bytes, flags: RuleFlags, renderer?: Renderer): Promise<Bytes> {
  const { verdict, bytes: output } = await review(bytes, flags, renderer);
  if (output === undefined) throw new Error(`There is no output: ${verdict}`);
  return output;
}

/** A table of two materials: names, extras, nothing that looks different when it is stored otherwise. */
function table(): Bench {
  const bench = startGlb({ extras: {}, asset: { version: '2.0', generator: 'hand', extras: { author: 'anna' } } });
  const POSITION = bench.accessor('VEC3', Float32Array.of(0, 0, 0, 1, 0, 0, 1, 1, 0, 0, 1, 0), { bounds: true });
  const indices = bench.accessor('SCALAR', Uint32Array.of(0, 1, 2, 0, 2, 3));
  const { json } = bench;
  json.materials = ['oak', 'ash'].map((name, of) => ({
    name,
    alphaMode: 'OPAQUE',
    pbrMetallicRoughness: { baseColorFactor: [0.5, 0.25, of, 1], metallicFactor: 1, roughnessFactor: 1 },
  }));
  json.meshes = [0, 1].map((material) => ({
    name: `top ${material}`,
    primitives: [{ attributes: { POSITION }, indices, material, mode: 4 }],
  }));
  json.nodes = [0, 1].map((mesh) => ({ name: `node ${mesh}`, mesh, rotation: [0, 0, 0, 1], scale: [1, 1, 1] }));
  json.scenes = [{ nodes: [0, 1] }];
  return bench;
}

/** The table with a picture on it. */
async function pictured(): Promise<Bytes> {
  const bench = table();
  bench.json.images = [];
  bench.image(await picture([64, 64], 'png', clouds), 'image/png');
  bench.json.textures = [{ source: 0 }];
  const TEXCOORD_0 = bench.accessor('VEC2', Float32Array.of(0, 0, 1, 0, 1, 1, 0, 1));
  for (const { primitives } of bench.json.meshes ?? []) Object.assign(primitives[0]?.attributes ?? {}, { TEXCOORD_0 });
  for (const material of bench.json.materials ?? [])
    Object.assign(material.pbrMetallicRoughness ?? {}, { baseColorTexture: { index: 0 } });
  return bench.bytes();
}

/** A sheet of `size` × `size` quads. */
function grid(size: number): Bytes {
  const bench = startGlb();
  const { positions, uvs } = gridCorners(size);
  const POSITION = bench.accessor('VEC3', positions, { vertex: true, bounds: true });
  const TEXCOORD_0 = bench.accessor('VEC2', uvs, { vertex: true });
  bench.json.meshes = [{ name: 'sheet', primitives: [{ attributes: { POSITION, TEXCOORD_0 } }] }];
  bench.json.nodes = [{ name: 'sheet', mesh: 0 }];
  bench.json.scenes = [{ nodes: [0] }];
  return bench.bytes();
}

describe('an output below 8 kB', () => {
  it.each<[string, () => Bytes | Promise<Bytes>, RuleFlags, number]>([
    ['a building by Draco', kenney, { decoders: ['meshopt', 'draco'] }, 4032],
    ['a building for Babylon.js', kenney, { target: 'babylon' }, 4032],
    ['a table', () => table().bytes(), {}, 904],
    ['a table for any loader', () => table().bytes(), { target: 'universal' }, 904],
    ['a table, lossless', () => table().bytes(), { preset: 'lossless' }, 904],
    ['a table with a picture that became lossy WebP', pictured, {}, 2060],
  ])('has no mark, and stays as it is: %s', async (_what, source, flags, byteLength) => {
    const output = await outputOf(await source(), flags);
    expect(Buffer.from(output).includes(MARKER_KEY)).toBe(false);
    expect(output.byteLength).toBe(byteLength);
    const renderer = scriptedRenderer(() => 0);
    const second = await review(output, flags, renderer);
    expect(second).toEqual({ verdict: 'unchanged', why: 'already as small as we can make it', bytes: undefined });
    // Nothing was drawn for that.
    expect(renderer.opened).toBe(0);
    expect(await outputOf(await source(), flags)).toEqual(output);
  });

  it.each<[string, Bytes, RuleFlags]>([['meshopt', grid(2), {}]])(
    'keeps its mark where a second run would take more off it by %s',
    async (_what, source, flags) => {
      const output = await outputOf(source, flags);
      expect(readMarker(opened(output))).toBeDefined();
      expect(await review(output, flags)).toEqual({ verdict: 'unchanged', why: 'already optimized', bytes: undefined });
      const { json, bin } = opened(output);
      const bare = writeGlb(stripMarks(json), bin);
      expect((await outputOf(bare, flags)).byteLength).toBeLessThan(bare.byteLength);
    },
  );

  it.each<[string, () => Bytes | Promise<Bytes>, RuleFlags, Renderer?]>([
    ['images would be tried again', pictured, { preset: 'lossless' }],
    ['a lossy image would be made lossy again, as the rule asks for a size', pictured, { textureMaxSizePx: 48 }],
    ['it took another look', pictured, {}, scriptedRenderer((_candidate, place) => (place === 0 ? 9 : 0))],
    ['parts were merged', () => table().bytes(), { structure: 'merge', decoders: [] }],
  ])('keeps its mark where %s', async (_what, source, flags, renderer) => {
    const output = await outputOf(await source(), flags, renderer);
    expect(output.byteLength).toBeLessThan(8192);
    expect(readMarker(opened(output))).toBeDefined();
    expect(await review(output, flags)).toEqual({ verdict: 'unchanged', why: 'already optimized', bytes: undefined });
  });

  it('keeps its mark where a second run would take more off it, and the rule does not ask for so little', async () => {
    const flags = { minSavedBytes: 64, minSavedRatio: 0.05 } as const;
    expect(readMarker(opened(await outputOf(grid(2), flags)))).toBeDefined();
  });

  it('keeps its mark from 8 kB on', async () => {
    const output = await outputOf(grid(24), { decoders: [] });
    expect(output.byteLength).toBeGreaterThanOrEqual(8192);
    expect(readMarker(opened(output))).toBeDefined();
  });

  it('loses the mark of another rule, and nothing else that somebody wrote', async () => {
    const { json, bin } = opened(table().bytes());
    const text = { author: 'anna', note: 'glbo' };
    const asset = { ...json.asset, extras: { ...text, [MARKER_KEY]: 'AAAAAAAAAAAA' } };
    const { json: output } = opened(await outputOf(writeGlb({ ...json, asset }, bin), {}));
    expect(output.asset).toEqual({ ...json.asset, extras: text });
    expect(output.extras).toEqual({});
  });
});
