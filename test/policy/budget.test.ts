import { describe, expect, it } from 'vitest';
import { checkBudget } from '../../src/policy/budget.ts';

const stats = { byteLength: 12_345_678, gpuByteLength: 64_000_000, triangleCount: 200_001, drawCallCount: 100 };
const image = (index: number, widthPx: number, heightPx: number) => ({
  pointer: `/images/${index}`,
  widthPx,
  heightPx,
});

describe('checkBudget', () => {
  it.each([
    ['an empty budget allows everything', {}, []],
    ['a value at its limit is within it', { drawCallCount: 100, gpuByteLength: 64_000_000 }, []],
    ['bytes are told in their unit', { byteLength: 5_000_000 }, ['file size: 12.3 MB, the budget is 5.00 MB']],
    ['counts are told with separators', { triangleCount: 200_000 }, ['triangles: 200,001, the budget is 200,000']],
    [
      'a close miss is told to the byte',
      { byteLength: 12_345_677 },
      ['file size: 12,345,678 B, the budget is 12,345,677 B'],
    ],
    ['a budget of zero is a budget', { drawCallCount: 0 }, ['draw calls: 100, the budget is 0']],
  ])('%s', (_sentence, budget, messages) =>
    expect(checkBudget(stats, [], budget).map(({ message }) => message)).toEqual(messages),
  );

  it('names each texture over its budget, the largest first', () => {
    const images = [image(0, 2048, 2048), image(1, 1024, 4096), image(2, 8192, 8192)];
    expect(checkBudget(stats, images, { textureSize: 2048 })).toEqual([
      {
        code: 'TEXTURE_OVER_BUDGET',
        severity: 'error',
        pointer: '/images/2',
        message: 'texture: 8192 × 8192 px, the budget is 2048 px on the longer edge',
      },
      {
        code: 'TEXTURE_OVER_BUDGET',
        severity: 'error',
        pointer: '/images/1',
        message: 'texture: 1024 × 4096 px, the budget is 2048 px on the longer edge',
      },
    ]);
  });
});
