import { describe, expect, it } from 'vitest';
import { newErrors, validate } from '../../src/asset/validate.ts';
import { type Finding, finding, type Severity } from '../../src/finding.ts';
import { startGlb } from '../make-glb.ts';

const some = (count: number, code: string, severity: Severity = 'error'): Finding[] =>
  Array.from({ length: count }, (_, i) => finding(`VALIDATOR_${code}`, `/nodes/${i}`, '', severity));

describe('newErrors', () => {
  it.each([
    ['as many as before', some(3, 'A'), some(3, 'A'), 0],
    ['fewer than before', some(3, 'A'), some(1, 'A'), 0],
    ['two more than before', some(3, 'A'), some(5, 'A'), 2],
    ['another kind', some(3, 'A'), some(1, 'B'), 1],
    ['the same at another place', some(3, 'A'), [finding('VALIDATOR_A', '/meshes/0', '')], 1],
    ['a validator that fell over, as before', some(1, 'STOPPED'), some(1, 'STOPPED'), 1],
    ['warnings, however many', [], some(9, 'A', 'warning'), 0],
    ['an error that was a warning', some(1, 'A', 'warning'), some(1, 'A'), 1],
    [
      'more than before, where the list before was cut off',
      some(100_000, 'A'),
      some(7, 'A').concat(some(100_000, 'A')),
      0,
    ],
  ])('counts by kind: %s', (_what, before, after, count) => {
    expect(newErrors(before, after)).toHaveLength(count);
  });
});

describe('validate', () => {
  it('gives codes with our prefix, a pointer and a severity', async () => {
    const findings = await validate(startGlb({ nodes: [{ rotation: [0, 0, 0, 0.5] }] }).source());
    expect(findings).toContainEqual(
      expect.objectContaining({ code: 'VALIDATOR_ROTATION_NON_UNIT', severity: 'error', pointer: '/nodes/0/rotation' }),
    );
  });

  it('says so when the validator itself falls over', async () => {
    const source = startGlb().source();
    expect(await validate({ ...source, bytes: source.bytes.slice(0, 5) })).not.toEqual([]);
  });
});
