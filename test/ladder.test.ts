import { beforeAll, describe, expect, it } from 'vitest';
import type { SourceGlb } from '../src/asset/glb.ts';
import { type InspectedGlb, inspect } from '../src/inspect.ts';
import { climb, type Look } from '../src/ladder.ts';
import { allowedBy } from '../src/optimize/target.ts';
import type { Rule, RuleFlags } from '../src/policy/policy.ts';
import { selectRule } from '../src/policy/select.ts';
import type { NotRendered, VisualComparison } from '../src/ports.ts';
import { gridCorners, houseScene } from './house-scene.ts';
import { type Bench, clouds, picture, random, startGlb } from './make-glb.ts';

const NOT_RENDERED: NotRendered = { kind: 'not-rendered', why: 'there is no browser' };
const seen = (score: number): VisualComparison => ({
  kind: 'compared',
  metric: 'FLIP-D',
  score,
  views: [],
  renderer: 'script',
  beforeLoadTimeMs: 0,
  afterLoadTimeMs: 0,
});
/** Gives these scores, one after the other. */
const script = (...scores: readonly number[]): Look => {
  const left = [...scores];
  return async () => seen(left.shift() ?? 99);
};

function imageOf({ json, bin }: SourceGlb): string {
  const { byteOffset = 0, byteLength = 0 } = json.bufferViews?.[json.images?.[0]?.bufferView ?? -1] ?? {};
  return Buffer.from(bin.subarray(byteOffset, byteOffset + byteLength)).toString('base64');
}

/** True when the first image is a WebP of the lossy kind, `VP8 `, not `VP8L`. */
function isLossy({ json, bin }: SourceGlb): boolean {
  const view = json.bufferViews?.[json.images?.[0]?.bufferView ?? -1];
  const at = (view?.byteOffset ?? 0) + 12;
  return new TextDecoder().decode(bin.subarray(at, at + 4)) !== 'VP8L';
}

function ruleOf(flags: RuleFlags): Rule {
  const selection = selectRule(undefined, 'a.glb', { target: 'three', ...flags });
  if (selection.kind !== 'assigned') throw new Error(selection.why);
  return selection.rule;
}

async function inspected(bench: Bench): Promise<InspectedGlb> {
  const result = await inspect(bench.bytes(), new Map());
  if (result.kind === 'refused') throw new Error(result.findings[0]?.message);
  return result;
}

/** A square whose picture is smaller with loss than without, at any quality. */
async function noisySquare(): Promise<InspectedGlb> {
  const value = random(5);
  const bench = startGlb();
  const noisy = (x: number, y: number) => clouds(x, y).map((v) => Math.round(v * 0.8 + value() * 48));
  bench.image(await picture([128, 128], 'png', noisy), 'image/png');
  const { positions, uvs } = gridCorners(2);
  const attributes = {
    POSITION: bench.accessor('VEC3', positions, { vertex: true, bounds: true }),
    TEXCOORD_0: bench.accessor('VEC2', uvs, { vertex: true }),
  };
  Object.assign(bench.json, {
    scenes: [{ nodes: [0] }],
    nodes: [{ mesh: 0 }],
    meshes: [{ primitives: [{ attributes, material: 0, mode: 0 }] }],
    materials: [{ pbrMetallicRoughness: { baseColorTexture: { index: 0 } } }],
    textures: [{ source: 0 }],
  });
  return inspected(bench);
}

let scene: InspectedGlb;
beforeAll(async () => {
  scene = await inspected(await houseScene({ textureSize: 96 }));
});

async function climbed(look: Look, flags: RuleFlags = {}, source: InspectedGlb = scene) {
  const rule = ruleOf(flags);
  return climb(
    source,
    {
      rule,
      allowed: allowedBy('three', ['meshopt']),
      start: source.source,
      recipe: 'cafe0123',
      onStage: () => {},
      signal: new AbortController().signal,
    },
    look,
  );
}

describe('climb', () => {
  it('takes the smallest result when it looks the same', async () => {
    const result = await climbed(script(1.49));
    const name = 'geometry fine, color 80, normal 80, data 80';
    expect(result).toMatchObject({ kind: 'passed', rungs: [{ name, why: 'difference 1.49 of 1.5' }] });
  });

  it('turns up the part that is at fault, and only that', async () => {
    // Lossy colours are seen, nothing else is: at the fourth level this picture is smallest without loss.
    const look: Look = async ({ glb }) => seen(isLossy(glb) ? 3 : 0);
    const result = await climbed(look);
    expect(result).toMatchObject({ kind: 'passed', seen: { score: 0 } });
    const names = result.rungs.map(({ name }) => name);
    expect(names[0]).toBe('geometry fine, color 80, normal 80, data 80');
    expect(names.at(-1)).toBe('geometry fine, color 96 careful, normal 80, data 80');
  });

  it('goes on with the part at fault where one step more of everything would save too little', async () => {
    // Only the first encoding of the image is seen, so one step more of everything passes where it may be as large as it is.
    const lookAt = (): Look => {
      let first: string | undefined;
      return async ({ glb }) => {
        first ??= imageOf(glb);
        return seen(imageOf(glb) === first ? 3 : 0);
      };
    };
    const oneUp = (await climbed(lookAt())).rungs[1];
    if (oneUp === undefined) throw new Error('There are two results.');
    const minSavedBytes = scene.source.bytes.byteLength - oneUp.byteLength + 1;
    const result = await climbed(lookAt(), { minSavedBytes, minSavedRatio: 0 });
    expect(result).toMatchObject({ kind: 'passed', rungs: [{}, { name: oneUp.name }, {}] });
    expect(result.rungs[2]?.name).toBe('geometry fine, color 90 careful, normal 80, data 80');
  });

  it.each([
    ['steps back on a dial that was turned too far, where that saves a tenth', 1.3, ['99', '96']],
    ['keeps what passed where the step back shows too much', 1.6, ['96', '99']],
  ])('%s', async (_sentence, back, order) => {
    // What each place of the colour shows alone is feared to add up with the rest, and does not.
    const alone = [0, 2, 0, 0, 1.9, 1.4, 0.1];
    const whole = [9, 8, 0.2, back];
    const look: Look = async (_candidate, sizePx) => seen((sizePx === 512 ? alone : whole).shift() ?? 99);
    const result = await climbed(look, {}, await noisySquare());
    expect(result).toMatchObject({ kind: 'passed', seen: { score: back > 1.5 ? 0.2 : back } });
    const tried = result.rungs.slice(2);
    expect(tried.map(({ name }) => name)).toEqual(
      order.map((quality) => `geometry fine, color ${quality} careful, normal 80, data 80`),
    );
    const [finer = 0, rougher = 0] = tried.map(({ byteLength }) => byteLength).sort((a, b) => b - a);
    expect(rougher).toBeLessThan(finer * 0.9);
  });

  it('asks for a review of the smallest when every result looks different', async () => {
    const result = await climbed(script(9, 8, 7, 6));
    expect(result).toMatchObject({ kind: 'needs-review', seen: { score: 9 } });
    expect(result.rungs.at(-1)?.name).toBe('lossless');
  });

  it('asks for a review when nobody can look', async () => {
    expect(await climbed(async () => NOT_RENDERED)).toMatchObject({ kind: 'needs-review', seen: NOT_RENDERED });
  });

  it('takes a lossless result unseen', async () => {
    const result = await climbed(async () => NOT_RENDERED, { preset: 'lossless' });
    expect(result).toMatchObject({ kind: 'passed', why: 'smaller without losing a bit' });
  });

  it('does not call a smaller texture lossless', async () => {
    const result = await climbed(async () => NOT_RENDERED, { preset: 'lossless', textureMaxSizePx: 32 });
    expect(result).toMatchObject({ kind: 'needs-review' });
  });

  it('takes a lossy result unseen when the policy says so', async () => {
    const result = await climbed(async () => NOT_RENDERED, { withoutRenderer: 'commit' });
    expect(result).toMatchObject({ kind: 'passed', candidate: expect.anything() });
  });

  it.each([
    ['bytes', { minSavedBytes: 10_000_000 }],
    ['ratio', { minSavedRatio: 0.99 }],
  ])('does nothing when it saves less than the policy asks for in %s', async (_unit, flags) => {
    const result = await climbed(script(0), flags);
    expect(result).toMatchObject({ kind: 'nothing', why: expect.stringContaining('less than the policy asks for') });
  });

  it('keeps geometry exact when the contract is broken, and images small', async () => {
    // One accessor holds a field of 1,000 m and a sheet of 1 cm: the bits of the one are too coarse for the other.
    const bench = startGlb();
    const field = gridCorners(24).positions.map((value) => value * 1000);
    const sheet = gridCorners(2).positions.map((value) => value * 0.01);
    const corners = field.length / 3;
    const attributes = {
      POSITION: bench.accessor('VEC3', Float32Array.of(...field, ...sheet), { vertex: true, bounds: true }),
    };
    const range = (from: number, count: number) =>
      bench.accessor(
        'SCALAR',
        Uint16Array.from({ length: count }, (_, i) => from + i),
      );
    bench.json.meshes = [
      { primitives: [{ attributes, indices: range(0, corners) }] },
      { primitives: [{ attributes, indices: range(corners, sheet.length / 3) }] },
    ];
    bench.json.nodes = [{ mesh: 0 }, { mesh: 1 }];
    bench.json.scenes = [{ nodes: [0, 1] }];
    const result = await climbed(script(0), {}, await inspected(bench));
    expect(result).toMatchObject({ kind: 'passed', rungs: [{}, {}] });
    expect(result.rungs.map(({ name }) => name)).toEqual([
      'geometry fine, color 80, normal 80, data 80',
      'geometry exact, color 80, normal 80, data 80',
    ]);
    expect(result.rungs[0]?.why).toContain('bounding box moved');
  });

  it('stops when it is told to', async () => {
    const rule = ruleOf({});
    const signal = AbortSignal.abort(new Error('enough'));
    const options = {
      rule,
      allowed: allowedBy('three', []),
      start: scene.source,
      recipe: 'x',
      onStage: () => {},
      signal,
    };
    await expect(climb(scene, options, script(0))).rejects.toThrow('enough');
  });
});
