/** What a review must not let through, each found by somebody who tried. */
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { readGlb } from '../src/asset/glb.ts';
import { listImageUses } from '../src/asset/textures.ts';
import { inspect } from '../src/inspect.ts';
import { partOf } from '../src/optimize/image-error.ts';
import { EXACT_SETTINGS, levelOf, oneUp, precisionOf, startOf } from '../src/optimize/settings.ts';
import type { RuleFlags } from '../src/policy/policy.ts';
import { selectRule } from '../src/policy/select.ts';
import { reviewAsset } from '../src/review.ts';
import { gridCorners, houseScene } from './house-scene.ts';
import { type Bench, startGlb } from './make-glb.ts';

const NOBODY = {
  open: async () => ({ kind: 'not-rendered', why: 'nobody looks' }) as const,
  close: async () => {},
};

async function reviewed(bench: Bench, flags: RuleFlags) {
  const selection = selectRule(undefined, 'a.glb', { target: 'three', ...flags });
  if (selection.kind !== 'assigned') throw new Error(selection.why);
  const bytes = bench.bytes();
  const asset = { path: 'a.glb', change: 'added', blob: '', mode: '100644', byteLength: bytes.byteLength } as const;
  const assignment = { asset, rule: selection.rule, bytes, manifests: [] };
  const signal = new AbortController().signal;
  return reviewAsset(
    assignment,
    { renderer: NOBODY, now: () => 0 },
    {
      readSibling: async () => ({ kind: 'missing' }),
      onStage: () => {},
      signal,
    },
  );
}

/** Two meshes of one material, each on a node of its own: what `join` was made for. */
function twoTables(): Bench {
  const bench = startGlb();
  const { json } = bench;
  const { positions } = gridCorners(12);
  const POSITION = bench.accessor('VEC3', positions, { vertex: true, bounds: true });
  json.materials = [{ name: 'wood', pbrMetallicRoughness: { baseColorFactor: [0.5, 0.3, 0.1, 1] } }];
  json.meshes = ['a', 'b'].map((name) => ({ name, primitives: [{ attributes: { POSITION }, material: 0 }] }));
  json.nodes = [
    { name: 'left', mesh: 0 },
    { name: 'right', mesh: 1, translation: [2, 0, 0] },
  ];
  json.scenes = [{ nodes: [0, 1] }];
  return bench;
}

describe('a review', () => {
  it('does not call a merged structure lossless when nobody looked', async () => {
    const { report, file } = await reviewed(twoTables(), { structure: 'merge', preset: 'lossless' });
    // Merged, nobody could say that it looks the same; as it was, nothing is lost.
    expect(report.steps.find(({ name }) => name === 'merge')).toMatchObject({
      outcome: 'reverted',
      why: expect.stringContaining('nobody looked'),
    });
    expect(report.verdict).toBe('improved');
    const result = readGlb((await file?.content.read()) ?? new Uint8Array());
    if (!('json' in result)) throw new Error('there is no result');
    expect(result.json.nodes?.map(({ name }) => name)).toEqual(['left', 'right']);
  });

  it('leaves a file alone whose extras hold a number that JSON tools change', async () => {
    const bench = await houseScene();
    const text = JSON.stringify(bench.json).replace('"asset":{', '"asset":{"id":9007199254740993,');
    const { byteLength } = new TextEncoder().encode(text);
    const json = new TextEncoder().encode(text + ' '.repeat((4 - (byteLength % 4)) % 4));
    const whole = bench.bytes();
    const bin = whole.subarray(20 + new DataView(whole.buffer).getUint32(12, true));
    const out = new Uint8Array(20 + json.byteLength + bin.byteLength);
    out.set(whole.subarray(0, 20));
    const view = new DataView(out.buffer);
    view.setUint32(8, out.byteLength, true);
    view.setUint32(12, json.byteLength, true);
    out.set(json, 20);
    out.set(bin, 20 + json.byteLength);
    const { report } = await reviewed({ ...bench, bytes: () => out }, {});
    expect(report).toMatchObject({
      verdict: 'unchanged',
      findings: expect.arrayContaining([expect.objectContaining({ code: 'JSON_NUMBER' })]),
    });
    expect(report.why).toContain('9007199254740993');
  });

  it('measures images in data uris, and refuses base64 that is none', async () => {
    const bench = await houseScene();
    const png = await sharp({ create: { width: 24, height: 12, channels: 3, background: 'red' } })
      .png()
      .toBuffer();
    bench.json.images?.push({ uri: `data:image/png;base64,${png.toString('base64')}` });
    const seen = await inspect(bench.bytes(), new Map());
    if (seen.kind === 'refused') throw new Error(seen.findings[0]?.message);
    expect(seen.images.at(-1)).toMatchObject({ byteLength: png.byteLength, size: { width: 24, height: 12 } });
    bench.json.images?.push({ uri: 'data:image/png;base64,***' });
    expect(await inspect(bench.bytes(), new Map())).toMatchObject({
      kind: 'refused',
      findings: [{ code: 'URI_REFUSED' }],
    });
  });

  it.each([
    ['pixels', { map: 0 }],
    ['pixels', { source: 0 }],
    ['pixels', { image: 0 }],
    ['pixels', { lut: { tex: 0 } }],
    ['pixels', { pointer: '/images/0' }],
    ['exact', { view: 0 }],
    ['exact', { bufferViews: [0] }],
    ['exact', { previewView: { of: 0 } }],
    ['exact', { lut: { index: 0, mimeType: 'image/png' } }],
    ['exact', { pointer: '/bufferViews/0' }],
    ['exact', { pointer: '/textures/0/source' }],
    ['exact', { lutTexture: { index: 0 } }],
  ] as const)('keeps every bit (%s) of an image that an unknown extension may mean by %j', async (kind, extension) => {
    const bench = await houseScene();
    const kindOf = () => partOf(listImageUses(bench.json).get(0) ?? []).kind;
    expect(['color', 'normal', 'data']).toContain(kindOf());
    Object.assign(bench.json.materials?.[0] ?? {}, { extensions: { VENDOR_lut: extension } });
    expect(kindOf()).toBe(kind);
  });

  it('ends its dials where everything is exact, and not a step earlier or later', () => {
    expect([levelOf(EXACT_SETTINGS, 'color').kind, precisionOf(EXACT_SETTINGS).positionBits]).toEqual([
      'lossless',
      null,
    ]);
    const before = { geometry: EXACT_SETTINGS.geometry - 1, color: EXACT_SETTINGS.color - 1, normal: 0, data: 0 };
    expect([levelOf(before, 'color').kind, precisionOf(before).positionBits]).not.toEqual(['lossless', null]);
    expect(levelOf(before, 'color').kind).toBe('near');
    expect(oneUp(EXACT_SETTINGS)).toEqual(EXACT_SETTINGS);
    expect(startOf('lossless')).toEqual(EXACT_SETTINGS);
  });
});
