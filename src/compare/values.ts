/** The numbers behind the contract, read back from the output: vertices, keys, matrices. */
import type { SourceGlb } from '../asset/glb.ts';
import { instanceAttributesOf } from '../asset/roles.ts';
import { type Finding, finding, pointer } from '../finding.ts';
import type { PaletteCells } from '../optimize/palette-cells.ts';
import { leastOf, mostOf } from '../units.ts';
import { checkAnimations } from './animation-values.ts';
import { Floats, sameBits } from './floats.ts';
import { checkMeshes } from './mesh-values.ts';

/**
 * Values of `after` that are broken or too far from `before`. Both must have the same meshes and animations. Within the `cells` of
 * palettes texture coordinates may lie in the middle.
 */
export function checkValues(before: SourceGlb, after: SourceGlb, cells: PaletteCells = new Map()): readonly Finding[] {
  const [was, is] = [new Floats(before), new Floats(after)];
  return [
    ...checkMeshes(was, is, cells),
    ...checkAnimations(was, is),
    ...checkMatrices(was, is),
    ...checkInstances(was, is),
  ];
}

function* checkMatrices(was: Floats, is: Floats): Generator<Finding> {
  for (const [s, skin] of (was.glb.json.skins ?? []).entries()) {
    const [from, to] = [skin.inverseBindMatrices, is.glb.json.skins?.[s]?.inverseBindMatrices];
    if (from === undefined || to === undefined || sameBits(was.of(from), is.of(to))) continue;
    yield finding('CONTRACT_BROKEN', pointer('skins', s, 'inverseBindMatrices'), 'Inverse bind matrices changed.');
  }
}

/** How far a value of an instance may move: of the extent of all places, of a rotation's component, of the scale itself. */
const INSTANCE_RATIOS: Readonly<Record<string, number>> = Object.freeze({
  TRANSLATION: 2 ** -14,
  ROTATION: 2 ** -10,
  SCALE: 2 ** -9,
});

/** Instances stay in their order. Numbers of their own keep every bit. */
function* checkInstances(was: Floats, is: Floats): Generator<Finding> {
  for (const [n, node] of (was.glb.json.nodes ?? []).entries()) {
    const output = instanceAttributesOf(is.glb.json.nodes?.[n] ?? {});
    for (const [name, from] of Object.entries(instanceAttributesOf(node))) {
      const to = output[name];
      if (to === undefined || areSameInstances(name, was.of(from), is.of(to))) continue;
      const at = pointer('nodes', n, 'extensions', 'EXT_mesh_gpu_instancing', 'attributes', name);
      yield finding('CONTRACT_BROKEN', at, 'Instances changed.');
    }
  }
}

function areSameInstances(name: string, was: Float32Array, is: Float32Array): boolean {
  const ratio = INSTANCE_RATIOS[name];
  if (ratio === undefined || was.length !== is.length) return sameBits(was, is);
  const spread = name === 'TRANSLATION' ? extentOf(was) : 1;
  const isNear = (i: number, sign: 1 | -1): boolean => {
    const [a, b] = [was[i] ?? 0, is[i] ?? 0];
    const bound = ratio * (name === 'SCALE' ? Math.abs(a) : spread);
    return Math.abs(a - sign * b) <= bound || Object.is(a, b);
  };
  if (name !== 'ROTATION') return was.every((_value, i) => isNear(i, 1));
  // Opposite quaternions are one rotation.
  return was.every((_value, i) => {
    const key = [0, 1, 2, 3].map((c) => i - (i % 4) + c);
    return key.every((k) => isNear(k, 1)) || key.every((k) => isNear(k, -1));
  });
}

/** The longest edge of the box around all places. */
function extentOf(places: Float32Array): number {
  const edges = [0, 1, 2].map((axis) => {
    const values = [...places].filter((value, i) => i % 3 === axis && Number.isFinite(value));
    return mostOf(values) - leastOf(values);
  });
  return Math.max(0, ...edges);
}
