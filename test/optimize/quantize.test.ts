import { beforeAll, describe, expect, it } from 'vitest';
import { AccessorReader, accessorsReady } from '../../src/asset/accessors.ts';
import { packReady } from '../../src/optimize/pack.ts';
import { FINE } from '../../src/optimize/precision.ts';
import { quantize } from '../../src/optimize/quantize.ts';
import { startGlb } from '../make-glb.ts';
import { tryStep } from './bench.ts';

beforeAll(() => Promise.all([accessorsReady, packReady]));

const VERTEX = { vertex: true, bounds: true } as const;
const step = () => quantize({ precision: FINE, meshQuantization: true });

describe('quantize', () => {
  it('lets the smallest mesh set the grid of a morph target that several share', async () => {
    const bench = startGlb();
    const shape = [0, 0, 0, 1, 0, 0, 0, 1, 0];
    const morph = bench.accessor(
      'VEC3',
      Float32Array.from(shape, (value) => value * 0.0123),
      VERTEX,
    );
    bench.json.meshes = [1000, 0.1].map((scale) => ({
      primitives: [
        {
          attributes: {
            POSITION: bench.accessor(
              'VEC3',
              Float32Array.from(shape, (value) => value * scale),
              VERTEX,
            ),
          },
          targets: [{ POSITION: morph }],
        },
      ],
    }));
    const { glb } = await tryStep(bench.source(), [step()], 'EXT_meshopt_compression');
    const moved = new AccessorReader(glb.json, glb.bin).read(morph).array[3] ?? 0;
    // 0.1 in 14 bits is a step of 6e-6; 1,000 in 14 bits would be one of 0.06.
    expect(Math.abs(moved - 0.0123)).toBeLessThan(3.1e-6);
  });

  it.each([
    ['a mesh in one point', [0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3]],
    ['positions with NaN', [Number.NaN, 0, 0, 1, 0, 0, 0, 1, 0]],
    ['a tiny mesh far out', [1e6, 0, 0, 1e6, 0.01, 0, 1e6, 0, 0.01]],
  ])('leaves %s alone', async (_what, positions) => {
    const bench = startGlb();
    const POSITION = bench.accessor('VEC3', Float32Array.from(positions), { vertex: true });
    bench.json.meshes = [{ primitives: [{ attributes: { POSITION } }] }];
    expect(await tryStep(bench.source(), [step()], 'EXT_meshopt_compression')).toMatchObject({ kind: 'skipped' });
  });
});
